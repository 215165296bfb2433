"""Gathers what arrives while a batch is on its way, and sends it off as the next one.

No timer and no size to tune: a lone request leaves at once, and the busier the disk, the larger the batches.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

from placet.stores.ports import Busy

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_WAITING: Final = 20_000
"""Beyond this the store is not keeping up, and a fast refusal helps more than a place in the queue."""


class Unanswered(Busy):
    """The database did not answer in time; whoever waits behind the work that it did not answer is refused too."""


class Committer(Generic[Item, Answer]):
    """Batches of at most `most` items, at most `lanes` of them on their way at once.

    `send` answers a batch item by item, in order; an answer that is an Exception is raised to its one caller,
    what `send` raises to everyone in the batch. `clash` names what no two items of a batch may share: the second
    one waits for the next batch.
    """

    def __init__(
        self,
        send: Callable[[list[Item]], Awaitable[list[Answer | Exception]]],
        *,
        lanes: int = 1,
        most: int = 256,
        clash: Callable[[Item], Iterable[Hashable]] = lambda _: (),
    ) -> None:
        self.send = send
        self.lanes = lanes
        self.most = most
        self.clash = clash
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
            batch = self.next_batch()
            try:
                results = await self.send([item for item, _ in batch])
            except Exception as error:  # whatever it is, those who wait must hear of it
                if isinstance(error, Unanswered):
                    batch += self.waiting
                    self.waiting.clear()
                results = [error] * len(batch)
            for (_, answer), result in zip(batch, results, strict=True):
                if answer.done():  # its caller has gone away
                    continue
                if isinstance(result, Exception):
                    answer.set_exception(result)
                    continue
                answer.set_result(result)
        # Here and not when the task is torn down, a turn later: whoever arrives in between would wait for ever.
        self.flying -= 1

    def next_batch(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        """Those who wait longest and do not clash; the others keep their places."""
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        later: list[tuple[Item, asyncio.Future[Answer]]] = []
        taken: set[Hashable] = set()
        for _ in range(min(self.most, len(self.waiting))):
            one = self.waiting.popleft()
            keys = set(self.clash(one[0]))
            (batch if taken.isdisjoint(keys) else later).append(one)
            taken |= keys
        self.waiting.extendleft(reversed(later))
        return batch

    async def close(self) -> None:
        """Refuse newcomers, and return when everyone who was accepted has been answered."""
        self.closed = True
        while self.flights:
            await asyncio.wait(self.flights)
