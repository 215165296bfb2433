"""How often a caller's network may ask: a bucket of tokens for each, in bounded memory (cmp-api.md §4.2)."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from math import ceil
from typing import Final

from msgspec import Struct

from placet.api.http.request import HttpRefusal, Request

MINUTE: Final = 60.0


class Rate(Struct, frozen=True):
    """`per_minute` requests on average, `burst` at once."""

    per_minute: int
    burst: int


class Bucket:
    """Tokens drip in steadily and overflow at the burst; every request takes one. Times are seconds, handed in.

    What is kept is not the level but when the bucket will be full again: one number says both (GCRA).
    """

    __slots__ = ("_full", "_minute", "made")

    def __init__(self, now: float) -> None:
        self.made = 0
        """Requests in the current minute, refused ones included."""
        self._full = now
        self._minute = now + MINUTE

    def take(self, now: float, drip: float, depth: float) -> float:
        """Take a token: 0.0, or how many seconds too early it is.

        `drip` is the time one token takes to come, `depth` the time an empty bucket takes to fill, less one token.
        """
        if now >= self._minute:
            self._minute, self.made = now + MINUTE, 0
        self.made += 1
        full = max(now, self._full)
        early = full - now - depth
        if early > 0.0:
            return early
        self._full = full + drip
        return 0.0


class Buckets:
    """One bucket for each key that asked lately: when there are `limit`, the one unused for longest is forgotten.

    A forgotten key starts with a full bucket, so `limit` must exceed the callers that may be active at once.
    """

    def __init__(self, rate: Rate, limit: int = 100_000) -> None:
        self.rate = rate
        self._drip = MINUTE / rate.per_minute
        # A hair of slack, or sums of fractions would refuse the last token of a burst.
        self._depth = self._drip * (rate.burst - 1) + 1e-6
        self._most = limit
        self._buckets: OrderedDict[str | bytes, Bucket] = OrderedDict()

    def take(self, key: str | bytes, now: float) -> float:
        """Count a request of `key` at `now` (seconds): 0.0 when it is welcome, else how many seconds too early."""
        bucket = self._buckets.get(key) or self._add(key, now)
        self._buckets.move_to_end(key)
        return bucket.take(now, self._drip, self._depth)

    def made(self, key: str | bytes) -> int:
        """How often `key` asked in the current minute."""
        return self._buckets[key].made

    def __len__(self) -> int:
        return len(self._buckets)

    def _add(self, key: str | bytes, now: float) -> Bucket:
        if len(self._buckets) >= self._most:
            self._buckets.popitem(last=False)
        bucket = self._buckets[key] = Bucket(now)
        return bucket


def too_often(rate: Rate, early: float, made: int, event: str) -> HttpRefusal:
    """The answer to a caller that is `early` seconds too early; `event` lets an operator find it again."""
    return HttpRefusal(
        429,
        f"more than {rate.per_minute} requests a minute",
        (
            (b"retry-after", b"%d" % ceil(early)),
            (b"ot-ratelimit-event-id", event.encode()),
            (b"ot-requests-allowed", b"%d" % rate.per_minute),
            (b"ot-request-made", b"%d" % made),
            (b"ot-period", b"MINUTE"),
        ),
    )


def address_prefix(address: str) -> str:
    """The network a client calls from, fine enough to tell callers apart: /24 of IPv4, /56 of IPv6.

    Proxies write addresses with a port too: `192.0.2.7:4711`, `[2001:db8::1]:4711`. "" for what is no address.
    """
    if "." in address and ":" not in address:
        return address.rpartition(".")[0]
    host = address[1:].partition("]")[0] if address.startswith("[") else address
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if parsed.version == 4:
        return host.rpartition(".")[0]
    mapped = getattr(parsed, "ipv4_mapped", None)
    return address_prefix(str(mapped)) if mapped else parsed.packed[:7].hex()


def proxied_address(header: str, hops: int) -> Callable[[Request], str]:
    """Finds the address a client calls from: the connection's own, or what the trusted proxy `hops` from the right
    of `header` wrote; whatever stands further left came from the client and may be made up.
    """
    name = header.lower().encode()

    def named(request: Request) -> str:
        said = request.headers.get(name, b"").decode("latin-1").split(",")
        return (said[-hops].strip() if len(said) >= hops else "") or request.peer

    return named if header else lambda request: request.peer
