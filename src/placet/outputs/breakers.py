"""The circuit breakers of one node, each found by its destination; a node learns for itself what is down."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from placet.outputs.breaker import CLOSED, Breaker, Fuse, Position, Wait, ask, failed
from placet.outputs.shape import Reply, TryAgain

Name: TypeAlias = tuple[str, str, str]
"""Organisation, workspace, destination."""


class PutOff(Struct, frozen=True):
    """Nothing was sent, since the destination is not spoken to now: try at `until` (epoch ms), why."""

    until: int
    why: str


class Breakers:
    """Breakers by destination; one that is closed and well is forgotten."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        """All closed."""
        self.fuse = fuse or Fuse()
        self.open: dict[Name, Breaker] = {}

    async def through(
        self, name: Name, send: Callable[[], Awaitable[Reply]], clock: Callable[[], int]
    ) -> Reply | PutOff:
        """Send, if the destination is spoken to now, and learn from how it answers."""
        may = ask(self.open.get(name, CLOSED), clock(), self.fuse)
        if isinstance(may, Wait):
            return PutOff(may.until, "the destination does not answer; it is asked again from time to time")
        if may is not CLOSED:
            self.open[name] = may
        reply = await send()
        self.learn(name, reply, clock())
        return reply

    def learn(self, name: Name, reply: Reply, now: int) -> None:
        """What an answer tells. Only what is worth another try is a failure: a refusal comes from a living server."""
        breaker = self.open.get(name, CLOSED)
        after = failed(breaker, now, self.fuse, reply.after) if isinstance(reply, TryAgain) else CLOSED
        if after == CLOSED:
            self.open.pop(name, None)
            return
        self.open[name] = after

    def not_closed(self, now: int) -> dict[Name, Position]:
        """The destinations that are not simply spoken to, and where their breakers stand."""
        found = {name: breaker.position(now) for name, breaker in self.open.items()}
        return {name: position for name, position in found.items() if position is not Position.CLOSED}
