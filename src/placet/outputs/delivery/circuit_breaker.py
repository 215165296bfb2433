"""A circuit breaker: decides from recent replies whether requests are sent to a destination.

    closed      every request is sent; `BreakerPolicy` failures in a row open it
    open        no request is sent until a time, which is later each time it opens again
    half-open   that time has passed: one request is sent as a probe; success closes the breaker, failure opens it

A breaker is an immutable value: each transition returns the next one.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace


class BreakerState(StrEnum):
    """The state of a breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class BreakerPolicy(Struct, frozen=True):
    """When a breaker opens, and for how long: `first` ms, then twice that, …, never more than `longest`.

    A probe that has not answered after `probe` ms counts as lost, and another one may go.
    """

    failures: int = 5
    first: int = 2_000
    longest: int = 300_000
    probe: int = 60_000


class Breaker(Struct, frozen=True):
    """Recent results for one destination: consecutive failures, consecutive openings, and the end of the current one.

    `probed` is when the last probe was sent, 0 while none is in flight. All times are epoch ms.
    """

    failed: int = 0
    opened: int = 0
    until: int = 0
    probed: int = 0

    def state(self, now: int) -> BreakerState:
        """Closed, open or half-open."""
        if not self.opened:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.until else BreakerState.HALF_OPEN


CLOSED: Final = Breaker()


class Wait(Struct, frozen=True):
    """No request may be sent now; check again at `until` (epoch ms)."""

    until: int


def check(breaker: Breaker, now: int, policy: BreakerPolicy) -> Breaker | Wait:
    """The breaker after permitting one request, or the time at which to check again."""
    position = breaker.state(now)
    if position is BreakerState.CLOSED:
        return breaker
    if position is BreakerState.OPEN:
        return Wait(breaker.until)
    if breaker.probed and now < breaker.probed + policy.probe:
        return Wait(min(now + policy.first, breaker.probed + policy.probe))
    return replace(breaker, probed=max(now, 1))


def failed(breaker: Breaker, now: int, policy: BreakerPolicy, after: float | None = None) -> Breaker:
    """The breaker after a failed request; `after` is the delay in seconds that the destination asked for.

    A requested delay opens the breaker at once, for `longest` at most. A request that was sent before the breaker
    opened and fails afterwards does not change it.
    """
    count = breaker.failed + 1
    position = breaker.state(now)
    if after is not None:
        until = now + min(max(int(after * 1000), 1), policy.longest)
        return Breaker(count, max(breaker.opened, 1), max(until, breaker.until))
    if position is BreakerState.OPEN or (position is BreakerState.HALF_OPEN and not breaker.probed):
        return replace(breaker, failed=count)
    if position is BreakerState.CLOSED and count < policy.failures:
        return replace(breaker, failed=count)
    return Breaker(count, breaker.opened + 1, now + pause(breaker.opened, policy))


def pause(opened: int, policy: BreakerPolicy) -> int:
    """How long the breaker stays open, in ms, after `opened` earlier consecutive openings."""
    return min(policy.first << min(opened, 30), policy.longest)
