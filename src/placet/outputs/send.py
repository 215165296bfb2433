"""Sends what was shaped: the one place that opens sockets to take data out.

House rules: no address of our own network (`guard`) · no redirect is followed, for the body was meant for one address
and no other · every answer becomes one of three: sent, try again, refused.
"""

import asyncio
import ssl
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final
from urllib.parse import SplitResult

from placet.outputs.answer import exchange, head
from placet.outputs.guard import Allowed, Resolve, Unreachable, address_of, judged, resolved
from placet.outputs.shape import Refused, Reply, Sent, Shaped, TryAgain

LATER: Final = frozenset({408, 410, 425, 429, 460})
NEVER: Final = frozenset({501, 505})
"""Which statuses are worth another try, and which server errors are not (segment.md §1.4)."""

CURE: Final = "set loopback on the destination if it is this machine"


async def send(
    request: Shaped, seconds: float = 10.0, *, resolve: Resolve = resolved, trust: ssl.SSLContext | None = None
) -> Reply:
    """Send one request, within so many seconds. Whatever goes wrong is told as a reply. Raises TooLate."""
    allowed = Allowed(here=request.loopback, cure=CURE)
    try:
        async with asyncio.timeout(seconds):
            parts = ours(request.url, allowed)
            address = await address_of(parts, allowed, resolve)
            tls = (trust or usual_trust()) if parts.scheme == "https" else None
            message = head(request.method, parts, request.headers) + request.body
            answer = await exchange(parts, address, message, request.hears, tls, cut=True, last_look=request.last_look)
    except TimeoutError:
        return TryAgain(f"it took longer than {seconds:g} seconds")
    except Unreachable as why:
        return TryAgain(str(why))
    except (OSError, EOFError) as why:
        return TryAgain(f"the connection failed ({type(why).__name__})")
    retry_after, date = (answer.headers.get(name, b"").decode("latin-1") for name in (b"retry-after", b"date"))
    return replied(answer.status, retry_after, bytes(answer.body), date)


def ours(url: str, allowed: Allowed) -> SplitResult:
    """`judged`, without the address in what it says: paths and queries hold keys. Raises Unreachable."""
    try:
        return judged(url, allowed)
    except Unreachable:
        raise Unreachable("its address is none that we call: only https:// is, with a host and no user") from None


@cache
def usual_trust() -> ssl.SSLContext:
    """The certificates that the system trusts, read once."""
    return ssl.create_default_context()


def replied(status: int, retry_after: str, body: bytes = b"", date: str = "") -> Reply:
    """What a status means for us."""
    if 200 <= status < 300:
        return Sent(status, body)
    if status in LATER or (status >= 500 and status not in NEVER):
        return TryAgain(f"it answered {status}", seconds_in(retry_after, date), status, body)
    moved = "; redirects are not followed" if 300 <= status < 400 else ""
    return Refused(f"it answered {status}{moved}", status, body)


def seconds_in(retry_after: str, date: str) -> float | None:
    """How long `Retry-After` asks to wait: seconds, or a date held against the answer's own (RFC 9110 §10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max((parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
