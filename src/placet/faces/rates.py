"""How often a caller may ask: a bucket of tokens for each key, in bounded memory (cmp-api.md §4.1)."""

from collections import OrderedDict
from ipaddress import ip_address
from math import ceil
from typing import Final

from msgspec import Struct

from placet.faces.http import Refusal

MINUTE: Final = 60.0


class Rate(Struct, frozen=True):
    """`per_minute` requests on average, `burst` at once."""

    per_minute: int
    burst: int


class Bucket:
    """Tokens drip in at the rate and overflow at the burst; every request takes one. Times are seconds, handed in."""

    __slots__ = ("_at", "_began", "_left", "_made")

    def __init__(self, rate: Rate, now: float) -> None:
        self._left = float(rate.burst)
        self._at = now
        self._began = now
        self._made = 0

    def take(self, rate: Rate, now: float) -> bool:
        """Take a token; False when there is none."""
        left = min(rate.burst, self._left + max(now - self._at, 0.0) * rate.per_minute / MINUTE)
        self._at = now
        if now - self._began >= MINUTE:
            self._began, self._made = now, 0
        self._made += 1
        if left < 1.0:
            self._left = left
            return False
        self._left = left - 1.0
        return True

    def wait(self, rate: Rate) -> float:
        """Seconds until there is a token again."""
        return max((1.0 - self._left) * MINUTE / rate.per_minute, 0.0)

    @property
    def made(self) -> int:
        """Requests in the current minute, refused ones included."""
        return self._made


class Buckets:
    """One bucket for each key that asked lately: when there are `most`, the one unused for longest is forgotten.

    A forgotten key starts with a full bucket, so `most` must exceed the callers that may be active at once.
    """

    def __init__(self, rate: Rate, most: int = 100_000) -> None:
        self.rate = rate
        self._most = most
        self._buckets: OrderedDict[str | bytes, Bucket] = OrderedDict()

    def take(self, key: str | bytes, now: float) -> Bucket | None:
        """Count a request of `key` at `now` (seconds); its empty bucket when it asks too often, else None."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._add(key, now)
        self._buckets.move_to_end(key)
        return None if bucket.take(self.rate, now) else bucket

    def __len__(self) -> int:
        return len(self._buckets)

    def _add(self, key: str | bytes, now: float) -> Bucket:
        if len(self._buckets) >= self._most:
            self._buckets.popitem(last=False)
        bucket = self._buckets[key] = Bucket(self.rate, now)
        return bucket


def too_often(rate: Rate, bucket: Bucket, event: str) -> Refusal:
    """The answer to a caller whose bucket is empty; `event` lets an operator find it again."""
    return Refusal(
        429,
        f"more than {rate.per_minute} requests a minute",
        (
            (b"retry-after", b"%d" % ceil(bucket.wait(rate))),
            (b"ot-ratelimit-event-id", event.encode()),
            (b"ot-requests-allowed", b"%d" % rate.per_minute),
            (b"ot-request-made", b"%d" % bucket.made),
            (b"ot-period", b"MINUTE"),
        ),
    )


def address_prefix(address: str) -> str:
    """The network a client calls from, fine enough to tell callers apart: /24 of IPv4, /56 of IPv6."""
    if "." in address and ":" not in address:
        return address.rpartition(".")[0]
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    return address_prefix(str(mapped)) if mapped else parsed.packed[:7].hex()
