"""Gathers what arrives while a batch is on its way, and sends it off as the next one.

No timer and no size to tune: a lone request leaves at once, and the busier the disk, the larger the batches.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from placet.stores.ports import Busy

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_WAITING: Final = 20_000
"""Beyond this the store is not keeping up, and a fast refusal helps more than a place in the queue."""


class Committer(Generic[Item, Answer]):
    """Batches of at most `most` items, at most `lanes` of them on their way at once.

    `send` answers a batch item by item, in order; what it raises, everyone in the batch gets.
    """

    def __init__(
        self, send: Callable[[list[Item]], Awaitable[list[Answer]]], *, lanes: int = 1, most: int = 256
    ) -> None:
        self.send = send
        self.lanes = lanes
        self.most = most
        self.waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self.flying = 0
        self.flights: set[asyncio.Task[None]] = set()
        self.closed = False

    async def commit(self, item: Item) -> Answer:
        """Hand in one item; returns its answer. Raises Busy when closed or overrun, and what `send` raises."""
        if self.closed:
            raise Busy("the stores are closed")
        if len(self.waiting) >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} requests are waiting for the disk already")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, answer))
        if self.flying < self.lanes:
            self.take_off()
        return await answer

    def take_off(self) -> None:
        """Start a lane. It runs once the loop has turned, and so takes along all who arrived in this turn."""
        self.flying += 1
        flight = asyncio.create_task(self.fly())
        self.flights.add(flight)
        flight.add_done_callback(self.flights.discard)

    async def fly(self) -> None:
        """Send off batch after batch until nobody waits."""
        while self.waiting:
            batch = [self.waiting.popleft() for _ in range(min(self.most, len(self.waiting)))]
            try:
                answers = await self.send([item for item, _ in batch])
            except Exception as error:
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), result in zip(batch, answers, strict=True):
                if not answer.done():  # its caller may have gone away
                    answer.set_result(result)
        # Here and not when the task is torn down, a turn later: whoever arrives in between would wait for ever.
        self.flying -= 1

    async def close(self) -> None:
        """Refuse newcomers, and return when everyone who was accepted has been answered."""
        self.closed = True
        while self.flights:
            await asyncio.wait(self.flights)
