"""A circuit breaker: whether a destination is spoken to now, decided from how it answered lately.

    closed      everything goes; so many failures in a row open it
    open        nothing goes until a time, later each time it opens again
    half-open   that time has come: one request goes as a probe; its success closes, its failure opens again

A breaker is a value: what happens to it comes back as the next one.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace


class BreakerState(StrEnum):
    """Where a breaker stands."""

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
    """How a destination answered lately: failures in a row, how often in a row it was opened, and until when.

    `probed` is when the last probe left, 0 for none on its way. All times are epoch ms.
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
    """Nothing goes now; ask again at `until` (epoch ms)."""

    until: int


def check(breaker: Breaker, now: int, policy: BreakerPolicy) -> Breaker | Wait:
    """May a request go? The breaker from then on, or when to ask again."""
    position = breaker.state(now)
    if position is BreakerState.CLOSED:
        return breaker
    if position is BreakerState.OPEN:
        return Wait(breaker.until)
    if breaker.probed and now < breaker.probed + policy.probe:
        return Wait(min(now + policy.first, breaker.probed + policy.probe))
    return replace(breaker, probed=max(now, 1))


def failed(breaker: Breaker, now: int, policy: BreakerPolicy, after: float | None = None) -> Breaker:
    """It did not answer, or not as one who is well; `after` is how many seconds it asked to be left alone.

    A destination that names a time is left alone at once, for no longer than `longest`. What left before the
    breaker opened, and comes back as a failure only afterwards, tells nothing new.
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
    """How long a breaker stays open that was opened so often before, in ms."""
    return min(policy.first << min(opened, 30), policy.longest)
