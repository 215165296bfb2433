"""Batches as they are read for deliveries: each once, however many of its events are due."""

import asyncio

from placet.events.records.batch_codec import StoredBatch, read_stored_batch
from placet.runtime.context import NodeContext


class BatchCache:
    """Batches read while a claim lasts, each once."""

    def __init__(self, context: NodeContext) -> None:
        """None was read yet."""
        self.house = context
        self.read: dict[str, asyncio.Task[StoredBatch]] = {}

    async def of(self, batch: str) -> StoredBatch:
        """The batch's frame. Raises Missing, Busy, and ValueError where it cannot be read."""
        if batch not in self.read:
            self.read[batch] = asyncio.ensure_future(self.load(batch))
        return await self.read[batch]

    async def load(self, batch: str) -> StoredBatch:
        """Read it from the store."""
        return read_stored_batch((await self.house.stores.events.batch(bytes.fromhex(batch))).body)
