"""When something happened, by our clock: a device's clock corrected by when it says it sent (segment.md §1.9).

    timestamp := received - (sent - said)

A time we cannot read counts as not said. What was said stays beside the correction, never under it.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

FARTHEST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: beyond it no time is a time."""


class CorrectedTime(Struct, frozen=True):
    """The corrected time and the one the device said (None: it did not say), in epoch ms."""

    at: int
    said_at: int | None


def correct_clock(said: Any, sent: Any, received: int) -> CorrectedTime:
    """When an event happened. `said` and `sent` are ISO 8601 texts as the client wrote them, or anything else."""
    said_at, sent_at = instant(said), instant(sent)
    if said_at is None:
        return CorrectedTime(received, None)
    if sent_at is None:
        return CorrectedTime(said_at, said_at)
    return CorrectedTime(min(max(received - (sent_at - said_at), 0), FARTHEST), said_at)


def instant(text: Any) -> int | None:
    """Epoch ms of an ISO 8601 time, in UTC unless it says otherwise; None for what is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH
    except (ValueError, OverflowError):
        return None
    ms = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    return ms if 0 <= ms <= FARTHEST else None


def iso(at: int) -> str:
    """Epoch ms as an ISO 8601 time in UTC."""
    return f"{second(at // 1000)}.{at % 1000:03}Z"


@lru_cache(4096)
def second(at: int) -> str:
    """A second's date and time. What comes in at once happened within a few seconds."""
    return datetime.fromtimestamp(at, UTC).isoformat()[:19]


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
