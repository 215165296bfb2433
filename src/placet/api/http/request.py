"""A request as handlers read it within limits, and a response as they answer it."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct

from placet.formats.errors import Malformed
from placet.formats.nesting import MAX_DEEP_BODY, check_depth

Header: TypeAlias = tuple[bytes, bytes]
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON: Final[Header] = (b"content-type", b"application/json")
TEXT: Final[Header] = (b"content-type", b"text/plain; charset=utf-8")
CLOSE: Final[Header] = (b"connection", b"close")
"""Sent where the rest of a request is not worth reading."""

NO_PARAMS: Final[Mapping[str, str]] = {}

MAX_MEMBERS: Final = 16
"""Files that one gzip body may join. Each costs a copy of what follows; clients send one."""

LARGE: Final = 131_072
"""Bytes from which on a body is measured in one turn of the event loop and read in another."""

_GZIP_WINDOW: Final = 31
_GZIP: Final = frozenset({b"gzip", b"x-gzip"})
_PLAIN: Final = frozenset({b"", b"identity"})


class HttpRefusal(Exception):
    """A request that HTTP itself already settles: too large, too slow, the wrong method, too often."""

    def __init__(self, status: int, reason: str, headers: tuple[Header, ...] = ()) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = headers


class ClientDisconnected(Exception):
    """The client hung up before it had sent its body: nobody is left to answer."""


class Limits(Struct, frozen=True):
    """How much of a request we are willing to read."""

    body: int = 1 << 20
    """Bytes, before and after unpacking."""
    body_seconds: float = 10.0
    """From the first look at a body to its last byte."""
    headers: int = 100
    """Header lines; their bytes are limited where they are parsed (`placet.server.header_limits`)."""


class Response(Struct, frozen=True):
    """Status, body and headers (lower-case names), without `content-length`: that is added on the way out.

    A long body of which most is always the same may come as `pieces` instead, which nobody need copy together.
    """

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()
    pieces: tuple[bytes, ...] = ()

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.pieces)) if self.pieces else len(self.body)


class Request:
    """What a client asked. Header names are lower case; when one is sent twice the last counts."""

    __slots__ = ("_limits", "_scope", "_sent", "app_id", "headers", "host", "method", "params", "path", "prefix")

    def __init__(self, scope: Scope, sent: Receive | bytes, limits: Limits) -> None:
        """`sent` is the body where it is here already, else what receives it."""
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.params = NO_PARAMS
        """What the route's `{name}` places matched."""
        self.prefix = self.host = ""
        """The door it came in by, if not the common one: a prefix, already taken off the path, and a host name."""
        self.app_id = ""
        """Set by a face once it knows the site: the only thing about a caller that reaches the log."""
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._scope = scope
        self._sent = sent
        self._limits = limits

    @property
    def raw_headers(self) -> list[Header]:
        """The headers as sent, in order, repeated ones too."""
        raw: list[Header] = self._scope["headers"]
        return raw

    @property
    def raw_query(self) -> bytes:
        """What follows the `?`, as sent."""
        query: bytes = self._scope["query_string"]
        return query

    @property
    def peer(self) -> str:
        """The address at the other end of the connection, which may be a proxy's; "" on a Unix socket."""
        client = self._scope.get("client")
        return client[0] if client else ""

    @property
    def target(self) -> str:
        """Path and query as the client asked for them, prefix and all: what clients sign."""
        path: str = (self._scope.get("raw_path") or self._scope["path"].encode()).decode("latin-1")
        return path.partition("?")[0] + (f"?{self.raw_query.decode('latin-1')}" if self.raw_query else "")

    def base(self, public_url: str) -> str:
        """Where the client reaches this face, without a slash at the end; `public_url` where it came in as usual."""
        scheme = public_url.partition("://")[0]
        return (f"{scheme}://{self.host}" if self.host else public_url) + self.prefix

    def header(self, name: bytes) -> str:
        """One header as text (bytes above ASCII read as Latin-1), or "" when it is absent or empty."""
        return self.headers.get(name, b"").decode("latin-1")

    def query(self) -> dict[str, str]:
        """The query string taken apart; when a name occurs twice the last counts."""
        return dict(parse_qsl(self.raw_query.decode("latin-1"), keep_blank_values=True))

    async def body(self) -> bytes:
        """The whole body, unpacked. Raises Refusal (408, 413, 415), Malformed or Gone; read it at most once.

        No JSON in it nests deeper than `MAX_DEEP_BODY`, whatever the content type says.
        """
        body = await read_body(self.headers, self._sent, self._limits)
        check_depth(body, MAX_DEEP_BODY)
        if len(body) > LARGE:
            await asyncio.sleep(0)  # others get their turn before it is read
        return body


async def read_body(headers: dict[bytes, bytes], sent: Receive | bytes, limits: Limits) -> bytes:
    """The body, unpacked when it came as gzip. Raises Refusal (400, 408, 413, 415), Malformed or Gone."""
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in _PLAIN and encoding not in _GZIP:
        raise HttpRefusal(415, "send the body as it is or as gzip", ((b"accept-encoding", b"gzip, identity"), CLOSE))
    _check_promise(headers.get(b"content-length", b"0"), limits)
    body = sent if isinstance(sent, bytes) else await _gather_in_time(sent, limits)
    if len(body) > limits.body:
        raise _too_large(limits)
    return unpack(body, limits) if encoding in _GZIP else body


def unpack(packed: bytes, limits: Limits) -> bytes:
    """What is inside gzip, never more than the limit. Raises Refusal (413) or Malformed."""
    parts: list[bytes] = []
    room = limits.body
    while packed:
        if len(parts) == MAX_MEMBERS:
            raise Malformed(f"the gzip body has more than {MAX_MEMBERS} members", "send one")
        unpacker = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = unpacker.decompress(packed, room + 1)
        except zlib.error as why:
            raise Malformed("the body is not gzip", "send what the content-encoding header says") from why
        room -= len(part)
        if room < 0:
            raise _too_large(limits)
        if not unpacker.eof:
            raise Malformed("the gzip body is cut off", "send the whole of it")
        parts.append(part)
        packed = unpacker.unused_data
    return b"".join(parts)


async def _gather_in_time(receive: Receive, limits: Limits) -> bytes:
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _gather(receive, limits)
    except TimeoutError:
        raise HttpRefusal(408, f"the body took longer than {limits.body_seconds:g} seconds", (CLOSE,)) from None


async def _gather(receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limits.body:
            raise _too_large(limits)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _check_promise(length: bytes, limits: Limits) -> None:
    """Refuse a body by its announced length, before any of it is read."""
    if not length.isdigit():
        raise HttpRefusal(400, "content-length is not a number", (CLOSE,))
    if len(length) > 18 or int(length) > limits.body:
        raise _too_large(limits)


def _too_large(limits: Limits) -> HttpRefusal:
    # Closing the connection spares us the rest of the body.
    return HttpRefusal(413, f"the body is larger than {limits.body} bytes", (CLOSE,))
