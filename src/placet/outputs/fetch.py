"""Fetches a document from somebody else's server: the one place that opens sockets outwards to read.

House rules: HTTPS, or plain HTTP to this machine where that is allowed · a name is resolved once, its addresses are
judged, and the judged address is the one that is called · every redirect is judged anew · nothing is unbounded: time,
bytes, hops.
"""

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httptools
from msgspec import Struct

AGENT: Final = b"placet"
CHUNK: Final = 65_536
HEADERS_MOST: Final = 65_536
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GZIP: Final = 31


class Unreachable(Exception):
    """The document could not be had: why, in words for an operator. Keep what you have and try again later."""


class Bounds(Struct, frozen=True):
    """How far a fetch may go. `private` allows addresses inside our own network, and plain HTTP to this machine."""

    seconds: float = 30.0
    bytes: int = 16 * 1024 * 1024
    redirects: int = 3
    private: bool = False


ORDINARY: Final = Bounds()


class Fetched(Struct, frozen=True):
    """What came back: 200 with a body, or 304 without. `max_age` is how long it is fresh, in seconds, if it says so."""

    status: int
    body: bytes = b""
    etag: str = ""
    max_age: int | None = None


Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host; raises OSError."""


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def fetch(
    url: str,
    etag: str = "",
    bounds: Bounds = ORDINARY,
    *,
    resolve: Resolve = resolved,
    trust: ssl.SSLContext | None = None,
) -> Fetched:
    """The document at `url`, or 304 when it is still the one that `etag` names. Raises Unreachable."""
    try:
        async with asyncio.timeout(bounds.seconds):
            return await _follow(url, etag, bounds, resolve, trust or ssl.create_default_context())
    except TimeoutError:
        raise Unreachable(f"it took longer than {bounds.seconds:g} seconds") from None
    except (OSError, ssl.SSLError, EOFError) as why:
        raise Unreachable(f"the connection failed ({type(why).__name__})") from why


async def _follow(url: str, etag: str, bounds: Bounds, resolve: Resolve, trust: ssl.SSLContext) -> Fetched:
    for _ in range(bounds.redirects + 1):
        parts = _judged(url, bounds)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await _address(parts, port, bounds, resolve)
        answer = await _ask(parts, address, port, etag, bounds, trust if parts.scheme == "https" else None)
        if answer.status not in REDIRECTS:
            return _fetched(answer)
        location = answer.headers.get(b"location", b"").decode("latin-1")
        if not location:
            raise Unreachable(f"it answered {answer.status} without saying where to go")
        url = urljoin(url, location)
    raise Unreachable(f"it redirects more than {bounds.redirects} times")


def _judged(url: str, bounds: Bounds) -> SplitResult:
    """The address taken apart, if we may go there at all."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as why:
        raise Unreachable(f"{url[:200]!r} is not an address: {why}") from None
    if not host or parts.username is not None or port == 0 or not url.isascii() or not url.isprintable():
        raise Unreachable(f"{url[:200]!r} is not an address we call: write https://host/path")
    if parts.scheme == "https" or (parts.scheme == "http" and bounds.private and _is_here(host)):
        return parts
    raise Unreachable(f"{parts.scheme}:// is not called: only https:// is")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _address(parts: SplitResult, port: int, bounds: Bounds, resolve: Resolve) -> str:
    """The address to call: every one the name has must be public, so that none can be slipped in."""
    host = str(parts.hostname)
    addresses = await resolve(host, port)
    if not addresses:
        raise Unreachable(f"{host} has no address")
    for each in addresses:
        here = parts.scheme == "http" and not ipaddress.ip_address(each).is_loopback
        if here or not (bounds.private or is_public(each)):
            raise Unreachable(f"{host} lies in a private network ({each}): set fetch_private if that is meant")
    return addresses[0]


def is_public(address: str) -> bool:
    """Is this an address of the open internet? One that wraps an IPv4 address is judged by that."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.IPv6Network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


class _Answer:
    """One answer as it comes in; what httptools calls while parsing."""

    def __init__(self, most: int) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self.done = False
        self._most = most
        self._parser = httptools.HttpResponseParser(self)
        self._unpack: zlib._Decompress | None = None
        self._size = 0

    def feed(self, data: bytes) -> None:
        """More of it. Raises Unreachable when it is no HTTP or too long."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as why:
            raise (why.__context__ if isinstance(why.__context__, Unreachable) else Unreachable("bad answer")) from None
        except httptools.HttpParserError as why:
            raise Unreachable(f"it does not speak HTTP ({why})") from None

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        if self._size > HEADERS_MOST:
            raise Unreachable("its headers are too long")
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        encoding = self.headers.get(b"content-encoding", b"").strip().lower()
        if encoding in (b"gzip", b"x-gzip"):
            self._unpack = zlib.decompressobj(_GZIP)
        elif encoding not in (b"", b"identity"):
            raise Unreachable(f"it is packed as {encoding.decode('latin-1')[:20]}, which we did not ask for")

    def on_body(self, data: bytes) -> None:
        room = self._most - len(self.body)
        try:
            self.body += self._unpack.decompress(data, room + 1) if self._unpack else data[: room + 1]
        except zlib.error:
            raise Unreachable("its packing is broken") from None
        if len(self.body) > self._most:
            raise Unreachable(f"it is longer than {self._most} bytes")

    def on_message_complete(self) -> None:
        if self.status >= 200:
            self.done = True


async def _ask(
    parts: SplitResult, address: str, port: int, etag: str, bounds: Bounds, trust: ssl.SSLContext | None
) -> _Answer:
    name = parts.hostname if trust else None
    reader, writer = await asyncio.open_connection(address, port, ssl=trust, server_hostname=name)
    answer = _Answer(bounds.bytes)
    try:
        writer.write(_request(parts, etag))
        await writer.drain()
        while not answer.done:
            data = await reader.read(CHUNK)
            if not data:
                _cut_off(answer)
                break
            answer.feed(data)
    finally:
        writer.close()
    return answer


def _cut_off(answer: _Answer) -> None:
    """The other side hung up: the end of a body without a length, a broken answer otherwise."""
    whole = answer.status and b"content-length" not in answer.headers and b"transfer-encoding" not in answer.headers
    if not whole:
        raise Unreachable("it hung up in the middle of its answer")


def _request(parts: SplitResult, etag: str) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    lines = [
        f"GET {path} HTTP/1.1".encode("ascii"),
        b"Host: " + host.encode("ascii"),
        b"User-Agent: " + AGENT,
        b"Accept: */*",
        b"Accept-Encoding: gzip",
        b"Connection: close",
    ]
    if etag:
        lines.append(b"If-None-Match: " + etag.encode("latin-1"))
    return b"\r\n".join([*lines, b"", b""])


def _fetched(answer: _Answer) -> Fetched:
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
