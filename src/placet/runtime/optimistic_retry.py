"""Repeats a decision when another writer changed the same data first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from placet.errors import Busy, Stale

T = TypeVar("T")
MAX_ATTEMPTS: Final = 8
"""How often something is decided again because somebody else was faster."""


async def retry_on_conflict(attempt: Callable[[], Awaitable[T]]) -> T:
    """What an attempt comes to, made again while somebody else is faster. Raises Busy when they always are."""
    for _ in range(MAX_ATTEMPTS):
        try:
            return await attempt()
        except Stale:
            continue
    raise Busy("this profile is being changed by many at once")


class ConflictGate:
    """Decisions that change the same things, many at once: most get through side by side.

    One that was beaten goes again alone, and those who come meanwhile stand behind it; else a crowd that brings the
    same new people beats one another until they are told to come back later.
    """

    def __init__(self) -> None:
        """Nobody was beaten yet."""
        self.lock = asyncio.Lock()

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What an attempt comes to. Raises Busy when other nodes are always faster."""
        if not self.lock.locked():
            try:
                return await attempt()
            except Stale:
                pass
        async with self.lock:
            return await retry_on_conflict(attempt)
