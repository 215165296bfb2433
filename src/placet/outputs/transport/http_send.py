"""Sends delivery requests over HTTP; the only module that opens outgoing connections to send data.

Rules: private network addresses are refused (`ssrf_guard`) · redirects are not followed, since the body is meant for
one address only · every response becomes one of three replies: Sent, TryAgain, Rejected.
"""

import asyncio
import ssl
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final
from urllib.parse import SplitResult

from msgspec import Struct

from placet.outputs.destination import HttpRequest, Rejected, Reply, Sent, TryAgain
from placet.outputs.transport.connection_pool import (
    ConnectionPool,
    ConnectionTarget,
    PooledConnection,
    opened,
    place_of,
)
from placet.outputs.transport.http_exchange import HttpResponse, NoResponse, exchange, head, read_response
from placet.outputs.transport.ssrf_guard import (
    AllowedHosts,
    Resolve,
    Unreachable,
    address_of,
    checked_address,
    resolved,
)

LATER: Final = frozenset({408, 410, 425, 429, 460})
NEVER: Final = frozenset({501, 505})
"""Statuses worth another try, and server errors that are not (segment.md §1.4)."""

MOMENT: Final = 0.25
"""Seconds to wait for the rest of a response whose status is known, so that its connection can be reused."""

CURE: Final = "set loopback on the destination if it is this machine"


class Network(Struct, frozen=True):
    """How hosts are resolved, which certificates are trusted, and the connection pool (None: one per request)."""

    resolve: Resolve = resolved
    trust: ssl.SSLContext | None = None
    connections: ConnectionPool | None = None


async def send(request: HttpRequest, seconds: float = 10.0, net: Network = Network()) -> Reply:  # noqa: B008 - a frozen value
    """Send one request, within so many seconds. Failures are returned as a reply. Raises ConsentChanged."""
    try:
        async with asyncio.timeout(seconds):
            answer = await exchanged(request, net)
    except TimeoutError:
        return TryAgain(f"it took longer than {seconds:g} seconds")
    except Unreachable as why:
        return TryAgain(str(why))
    except (OSError, EOFError) as why:
        return TryAgain(f"the connection failed ({type(why).__name__})")
    retry_after, date = (answer.headers.get(name, b"").decode("latin-1") for name in (b"retry-after", b"date"))
    return replied(answer.status, retry_after, bytes(answer.body), date)


async def exchanged(request: HttpRequest, net: Network) -> HttpResponse:
    """The response, over a pooled connection if there is one.

    A server may close an idle connection at the moment it is reused: then the request is sent once more, over a new
    one. Raises Unreachable, OSError and ConsentChanged.
    """
    allowed = AllowedHosts(here=request.loopback, cure=CURE)
    parts = ours(request.url, allowed)
    place = place_of(parts, loopback=request.loopback)
    if net.connections and (line := net.connections.take(place)):
        with suppress(NoResponse):
            return await send_over(line, request, parts, place, net)
    address = await address_of(parts, allowed, net.resolve)
    trust = (net.trust or usual_trust()) if parts.scheme == "https" else None
    return await send_over(await opened(parts, address, trust), request, parts, place, net)


async def send_over(
    line: PooledConnection, request: HttpRequest, parts: SplitResult, place: ConnectionTarget, net: Network
) -> HttpResponse:
    """The response over this connection, which returns to the pool if it can be reused."""
    message = head(request.method, parts, request.headers, close=net.connections is None) + request.body
    again = False
    try:
        answer = await exchange(line, message, request.reads_body, cut=True, last_look=request.revocation_check)
        again = net.connections is not None and await finished(answer, line)
    finally:
        if not again:
            line.close()
    if again and net.connections:
        net.connections.keep(place, line)
    return answer


async def finished(answer: HttpResponse, line: PooledConnection) -> bool:
    """Is the response complete and the connection reusable? Waits up to `MOMENT` for the rest of a short one."""
    if not answer.over and answer.brief:
        with suppress(TimeoutError, OSError, Unreachable):
            async with asyncio.timeout(MOMENT):
                await read_response(answer, line)
    return answer.leaves_open


def ours(url: str, allowed: AllowedHosts) -> SplitResult:
    """`checked_address`, without the URL in its error message: paths and queries hold keys. Raises Unreachable."""
    try:
        return checked_address(url, allowed)
    except Unreachable:
        raise Unreachable("its address is none that we call: only https:// is, with a host and no user") from None


@cache
def usual_trust() -> ssl.SSLContext:
    """The system's trusted certificates, read once."""
    return ssl.create_default_context()


def replied(status: int, retry_after: str, body: bytes = b"", date: str = "") -> Reply:
    """The reply for an HTTP status."""
    if 200 <= status < 300:
        return Sent(status, body)
    if status in LATER or (status >= 500 and status not in NEVER):
        return TryAgain(f"it answered {status}", seconds_in(retry_after, date), status, body)
    moved = "; redirects are not followed" if 300 <= status < 400 else ""
    return Rejected(f"it answered {status}{moved}", status, body)


def seconds_in(retry_after: str, date: str) -> float | None:
    """The delay `Retry-After` asks for: seconds, or a date relative to the response's `Date` (RFC 9110 §10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max((parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
