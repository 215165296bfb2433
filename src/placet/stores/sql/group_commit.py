"""Gathers what arrives while a batch is on its way, and sends it off as the next one.

No timer and no size to tune: a lone request leaves at once, and the busier the disk, the larger the batches.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

from placet.errors import Busy

ChangeT = TypeVar("ChangeT")
ResultT = TypeVar("ResultT")

MAX_WAITING: Final = 20_000
"""Beyond this the store is not keeping up, and a fast refusal helps more than a place in the queue."""


class Unanswered(Busy):
    """The database did not answer in time; whoever waits behind the work that it did not answer is refused too."""


class GroupCommitter(Generic[ChangeT, ResultT]):
    """Batches of at most `limit` items, at most `max_workers` of them on their way at once.

    `send` answers a batch item by item, in order; an answer that is an Exception is raised to its one caller,
    what `send` raises to everyone in the batch. `conflicts` names what no two items of a batch may share: the second
    one waits for the next batch.
    """

    def __init__(
        self,
        send: Callable[[list[ChangeT]], Awaitable[list[ResultT | Exception]]],
        *,
        max_workers: int = 1,
        limit: int = 256,
        conflicts: Callable[[ChangeT], Iterable[Hashable]] = lambda _: (),
    ) -> None:
        self.send = send
        self.max_workers = max_workers
        self.most = limit
        self.conflicts = conflicts
        self.waiting: deque[tuple[ChangeT, asyncio.Future[ResultT]]] = deque()
        self.running = 0
        self.workers: set[asyncio.Task[None]] = set()
        self.closed = False

    async def commit(self, item: ChangeT) -> ResultT:
        """Hand in one item; returns its answer. Raises Busy when closed or overrun, and what `send` raises."""
        if self.closed:
            raise Busy("the stores are closed")
        if len(self.waiting) >= MAX_WAITING:
            raise Busy(f"{MAX_WAITING} requests are waiting for the disk already")
        answer: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, answer))
        if self.running < self.max_workers:
            self.start_worker()
        return await answer

    def start_worker(self) -> None:
        """Start a lane. It runs once the loop has turned, and so takes along all who arrived in this turn."""
        self.running += 1
        flight = asyncio.create_task(self.run_worker())
        self.workers.add(flight)
        flight.add_done_callback(self.workers.discard)

    async def run_worker(self) -> None:
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
        self.running -= 1

    def next_batch(self) -> list[tuple[ChangeT, asyncio.Future[ResultT]]]:
        """Those who wait longest and do not clash; the others keep their places."""
        batch: list[tuple[ChangeT, asyncio.Future[ResultT]]] = []
        later: list[tuple[ChangeT, asyncio.Future[ResultT]]] = []
        taken: set[Hashable] = set()
        for _ in range(min(self.most, len(self.waiting))):
            one = self.waiting.popleft()
            keys = set(self.conflicts(one[0]))
            (batch if taken.isdisjoint(keys) else later).append(one)
            taken |= keys
        self.waiting.extendleft(reversed(later))
        return batch

    async def close(self) -> None:
        """Refuse newcomers, and return when everyone who was accepted has been answered."""
        self.closed = True
        while self.workers:
            await asyncio.wait(self.workers)
