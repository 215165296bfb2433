"""What happens on this node now, for whoever watches: kept for a moment in memory, and never waited for.

House rules: telling costs nothing while nobody watches · whoever reads too slowly loses rows and is told how many ·
another node's rows are not here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from placet.consent.errors import Busy
from placet.events.live import Row, Wish

KEPT: Final = 1000
"""So many rows are kept for a reader who comes back, and so many may wait for one who reads slowly."""

MOST_READERS: Final = 100
"""So many may watch at once on one node."""

LINGER: Final = 60.0
"""Seconds after the last reader left in which rows are still kept."""


class Reader:
    """One who watches: rows that wait for them, by number, and how many were lost."""

    def __init__(self, wish: Wish) -> None:
        """Nothing waits yet."""
        self.wish = wish
        self.waiting: deque[tuple[int, Row]] = deque()
        self.lost = 0
        self.ended = False
        self.woken = asyncio.Event()

    def offer(self, number: int, row: Row) -> None:
        """A row happened; the oldest that waits is lost where too many do."""
        if not self.wish.wants(row):
            return
        if len(self.waiting) >= KEPT:
            self.waiting.popleft()
            self.lost += 1
        self.waiting.append((number, row))
        self.woken.set()

    def end(self) -> None:
        """There is no more to come."""
        self.ended = True
        self.woken.set()

    async def next(self, seconds: float) -> tuple[int, list[tuple[int, Row]]]:
        """How many rows were lost, and those that wait, as soon as there are any; none after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return 0, []
        self.woken.clear()
        lost, rows = self.lost, list(self.waiting)
        self.lost = 0
        self.waiting.clear()
        return lost, rows


class Board:
    """Where stories tell what happened, and readers watch."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Nobody watches."""
        self.clock = clock
        self.number = 0
        self.recent: deque[tuple[int, Row]] = deque(maxlen=KEPT)
        self.readers: set[Reader] = set()
        self.linger = 0.0
        self.closed = False

    @property
    def watched(self) -> bool:
        """Is it worth telling anything?"""
        return bool(self.readers) or self.clock() < self.linger

    def tell(self, rows: Iterable[Row]) -> None:
        """These happened."""
        for row in rows:
            self.number += 1
            self.recent.append((self.number, row))
            for reader in self.readers:
                reader.offer(self.number, row)

    def watch(self, wish: Wish, after: int | None = None) -> Reader:
        """A new reader, with the rows behind `after` that are still here; those that are not count as lost.

        Raises Busy where too many watch already.
        """
        if len(self.readers) >= MOST_READERS:
            raise Busy(f"{MOST_READERS} watch already")
        reader = Reader(wish)
        if after is not None:
            first = self.recent[0][0] if self.recent else self.number + 1
            reader.lost = max(first - 1 - after, 0)
            for number, row in self.recent:
                if number > after:
                    reader.offer(number, row)
        if reader.lost:
            reader.woken.set()
        self.readers.add(reader)
        if self.closed:
            reader.end()
        return reader

    def leave(self, reader: Reader) -> None:
        """This one watches no longer."""
        self.readers.discard(reader)
        self.linger = self.clock() + LINGER

    def close(self) -> None:
        """Everybody is to go: the node is shutting down."""
        self.closed = True
        for reader in self.readers:
            reader.end()
