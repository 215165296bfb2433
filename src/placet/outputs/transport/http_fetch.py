"""Fetches a document from another server; the only module that opens outgoing connections to read.

Rules: HTTPS, or plain HTTP to this machine where that is allowed · a name is resolved once, its addresses are checked,
and the checked address is the one connected to · every redirect is checked again · time, bytes and redirects are
bounded.
"""

import asyncio
import ssl
from typing import Final
from urllib.parse import SplitResult, urljoin

from msgspec import Struct

from placet.outputs.transport.connection_pool import opened
from placet.outputs.transport.http_exchange import HttpResponse, exchange, head
from placet.outputs.transport.ssrf_guard import (
    AllowedHosts,
    Resolve,
    Unreachable,
    address_of,
    checked_address,
    resolved,
)

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class FetchLimits(Struct, frozen=True):
    """The limits of a fetch. `private` allows addresses inside the private network, and plain HTTP to this machine."""

    seconds: float = 30.0
    bytes: int = 16 * 1024 * 1024
    redirects: int = 3
    private: bool = False


ORDINARY: Final = FetchLimits()


class Fetched(Struct, frozen=True):
    """The result: 200 with a body, or 304 without. `max_age` is the Cache-Control lifetime in seconds, None if
    absent."""

    status: int
    body: bytes = b""
    etag: str = ""
    max_age: int | None = None


async def fetch(
    url: str,
    etag: str = "",
    bounds: FetchLimits = ORDINARY,
    *,
    resolve: Resolve = resolved,
    trust: ssl.SSLContext | None = None,
) -> Fetched:
    """The document at `url`, or 304 when `etag` still matches. Raises Unreachable."""
    try:
        async with asyncio.timeout(bounds.seconds):
            return await _follow(url, etag, bounds, resolve, trust or ssl.create_default_context())
    except TimeoutError:
        raise Unreachable(f"it took longer than {bounds.seconds:g} seconds") from None
    except (OSError, ssl.SSLError, EOFError) as why:
        raise Unreachable(f"the connection failed ({type(why).__name__})") from why


async def _follow(url: str, etag: str, bounds: FetchLimits, resolve: Resolve, trust: ssl.SSLContext) -> Fetched:
    allowed = AllowedHosts(bounds.private, bounds.private, "set fetch_private if that is meant")
    for _ in range(bounds.redirects + 1):
        parts = checked_address(url, allowed)
        address = await address_of(parts, allowed, resolve)
        line = await opened(parts, address, trust if parts.scheme == "https" else None)
        try:
            answer = await exchange(line, _request(parts, etag), bounds.bytes)
        finally:
            line.close()
        if answer.status not in REDIRECTS:
            return _fetched(answer)
        location = answer.headers.get(b"location", b"").decode("latin-1")
        if not location:
            raise Unreachable(f"it answered {answer.status} without saying where to go")
        url = urljoin(url, location)
    raise Unreachable(f"it redirects more than {bounds.redirects} times")


def _request(parts: SplitResult, etag: str) -> bytes:
    headers = (("Accept", "*/*"), ("Accept-Encoding", "gzip"))
    return head("GET", parts, (*headers, ("If-None-Match", etag)) if etag else headers)


def _fetched(answer: HttpResponse) -> Fetched:
    if answer.status not in (200, 304):
        raise Unreachable(f"it answered {answer.status}")
    etag = answer.headers.get(b"etag", b"").decode("latin-1")
    body = bytes(answer.body) if answer.status == 200 else b""
    return Fetched(answer.status, body, etag, max_age(answer.headers.get(b"cache-control", b"").decode("latin-1")))


def max_age(text: str) -> int | None:
    """The seconds of `max-age` in a Cache-Control header; 0 for `no-cache` and `no-store`, None for neither."""
    found = None
    for directive in text.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in ("no-cache", "no-store"):
            return 0
        digits = value.strip('" ')
        if name == "max-age" and digits.isascii() and digits.isdecimal():
            found = min(int(digits[:10]), 31_536_000)
    return found
