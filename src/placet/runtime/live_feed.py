"""What happens on this node now, for whoever watches: kept for a moment in memory, and never waited for.

House rules: telling costs nothing while nobody watches · whoever reads too slowly loses rows and is told how many ·
another node's rows are not here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from placet.errors import Busy
from placet.events.records.live_rows import LiveRow, Subscription

KEPT: Final = 1000
"""So many rows are kept for a reader who comes back, and so many may wait for one who reads slowly."""

MAX_SUBSCRIBERS: Final = 100
"""So many may watch at once on one node."""

RECONNECT_WINDOW: Final = 60.0
"""Seconds after the last reader left in which rows are still kept."""


class Subscriber:
    """One who watches: rows that wait for them, by number, and how many were lost."""

    def __init__(self, wish: Subscription) -> None:
        """Nothing waits yet."""
        self.subscription = wish
        self.waiting: deque[tuple[int, LiveRow]] = deque()
        self.dropped = 0
        self.ended = False
        self.wakeup = asyncio.Event()

    def offer(self, number: int, row: LiveRow) -> None:
        """A row happened; the oldest that waits is lost where too many do."""
        if not self.subscription.wants(row):
            return
        if len(self.waiting) >= KEPT:
            self.waiting.popleft()
            self.dropped += 1
        self.waiting.append((number, row))
        self.wakeup.set()

    def end(self) -> None:
        """There is no more to come."""
        self.ended = True
        self.wakeup.set()

    async def next(self, seconds: float) -> tuple[int, list[tuple[int, LiveRow]]]:
        """How many rows were lost, and those that wait, as soon as there are any; none after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.wakeup.wait()
        except TimeoutError:
            return 0, []
        self.wakeup.clear()
        lost, rows = self.dropped, list(self.waiting)
        self.dropped = 0
        self.waiting.clear()
        return lost, rows


class LiveFeed:
    """Where stories tell what happened, and readers watch."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Nobody watches."""
        self.clock = clock
        self.number = 0
        self.recent: deque[tuple[int, LiveRow]] = deque(maxlen=KEPT)
        self.subscribers: set[Subscriber] = set()
        self.reconnect_window = 0.0
        self.closed = False

    @property
    def has_subscribers(self) -> bool:
        """Is it worth telling anything?"""
        return bool(self.subscribers) or self.clock() < self.reconnect_window

    def publish(self, rows: Iterable[LiveRow]) -> None:
        """These happened."""
        for row in rows:
            self.number += 1
            self.recent.append((self.number, row))
            for reader in self.subscribers:
                reader.offer(self.number, row)

    def subscribe(self, wish: Subscription, after: int | None = None) -> Subscriber:
        """A new reader, with the rows behind `after` that are still here; those that are not count as lost.

        Raises Busy where too many watch already.
        """
        if len(self.subscribers) >= MAX_SUBSCRIBERS:
            raise Busy(f"{MAX_SUBSCRIBERS} watch already")
        reader = Subscriber(wish)
        if after is not None:
            first = self.recent[0][0] if self.recent else self.number + 1
            reader.dropped = max(first - 1 - after, 0)
            for number, row in self.recent:
                if number > after:
                    reader.offer(number, row)
        if reader.dropped:
            reader.wakeup.set()
        self.subscribers.add(reader)
        if self.closed:
            reader.end()
        return reader

    def unsubscribe(self, reader: Subscriber) -> None:
        """This one watches no longer."""
        self.subscribers.discard(reader)
        self.reconnect_window = self.clock() + RECONNECT_WINDOW

    def close(self) -> None:
        """Everybody is to go: the node is shutting down."""
        self.closed = True
        for reader in self.subscribers:
            reader.end()
