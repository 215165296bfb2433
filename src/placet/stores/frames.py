"""Batches as they are read for deliveries: each once, however many of its events are due."""

import asyncio

from placet.events.frame import Frame, read_frame
from placet.stores.house import House


class Frames:
    """Batches read while a claim lasts, each once."""

    def __init__(self, house: House) -> None:
        """None was read yet."""
        self.house = house
        self.read: dict[str, asyncio.Task[Frame]] = {}

    async def of(self, batch: str) -> Frame:
        """The batch's frame. Raises Missing, Busy, and ValueError where it cannot be read."""
        if batch not in self.read:
            self.read[batch] = asyncio.ensure_future(self.load(batch))
        return await self.read[batch]

    async def load(self, batch: str) -> Frame:
        """Read it from the store."""
        return read_frame((await self.house.stores.events.batch(bytes.fromhex(batch))).body)
