"""The circuit breakers of one node by destination; nodes do not share breaker state."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from placet.outputs.delivery.circuit_breaker import CLOSED, Breaker, BreakerPolicy, BreakerState, Wait, check, failed
from placet.outputs.destination import Reply, TryAgain

Name: TypeAlias = tuple[str, str, str]
"""Organisation, workspace, destination."""


class BreakerOpen(Struct, frozen=True):
    """Nothing was sent because the breaker is open: retry at `until` (epoch ms); `why` is the reason."""

    until: int
    why: str


class CircuitBreakers:
    """Breakers by destination; a breaker that returns to its initial state is removed."""

    def __init__(self, policy: BreakerPolicy | None = None) -> None:
        """All breakers are closed."""
        self.policy = policy or BreakerPolicy()
        self.open: dict[Name, Breaker] = {}

    async def through(
        self, name: Name, send: Callable[[], Awaitable[Reply]], clock: Callable[[], int]
    ) -> Reply | BreakerOpen:
        """Send if the breaker permits it, and record the reply."""
        may = check(self.open.get(name, CLOSED), clock(), self.policy)
        if isinstance(may, Wait):
            return BreakerOpen(may.until, "the destination does not answer; it is asked again from time to time")
        if may is not CLOSED:
            self.open[name] = may
        reply = await send()
        self.record_reply(name, reply, clock())
        return reply

    def record_reply(self, name: Name, reply: Reply, now: int) -> None:
        """Update the breaker from a reply. Only `TryAgain` counts as a failure: a rejection shows that the server
        works."""
        breaker = self.open.get(name, CLOSED)
        after = failed(breaker, now, self.policy, reply.after) if isinstance(reply, TryAgain) else CLOSED
        if after == CLOSED:
            self.open.pop(name, None)
            return
        self.open[name] = after

    def not_closed(self, now: int) -> dict[Name, BreakerState]:
        """The destinations whose breaker is open or half-open, with its state."""
        found = {name: breaker.state(now) for name, breaker in self.open.items()}
        return {name: position for name, position in found.items() if position is not BreakerState.CLOSED}
