"""One HTTP request to another server and its response, parsed as it arrives, within limits."""

import zlib
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult

import httptools

from placet.outputs.transport.connection_pool import PooledConnection
from placet.outputs.transport.ssrf_guard import Unreachable

USER_AGENT: Final = b"placet"
CHUNK: Final = 65_536
HEADERS_MOST: Final = 65_536
_GZIP: Final = 31


class NoResponse(Unreachable):
    """The server closed the connection before it responded: it may not have received the request."""

    def __init__(self) -> None:
        super().__init__("it hung up without an answer")


class HttpResponse:
    """A response as it arrives; its methods are httptools' parser callbacks.

    A body longer than `limit` is refused; with `cut` it is truncated there, and one that cannot be decompressed counts
    as empty.
    """

    def __init__(self, limit: int, *, cut: bool = False) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self.done = self.over = self.leaves_open = False
        """`done`: enough has been read. `over`: the last byte was read. `leaves_open`: the connection can be reused."""
        self._most, self._cut = limit, cut
        self._parser = httptools.HttpResponseParser(self)
        self._unpack: zlib._Decompress | None = None
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Parse more bytes. Raises Unreachable when they are not HTTP or too long; bytes after the response are
        ignored."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as why:
            if self.done:
                self.leaves_open = False
                return
            raise _meaning(why) from None

    @property
    def brief(self) -> bool:
        """Does the response announce a short body?"""
        length = self.headers.get(b"content-length", b"")
        return length.isdigit() and len(length) < 6 and int(length) <= CHUNK

    def on_message_begin(self) -> None:
        if self.over:
            raise Unreachable("it answers more than once")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        if self._size > HEADERS_MOST:
            raise Unreachable("its headers are too long")
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if not self._most:
            self.done = self.status >= 200
            return
        encoding = self.headers.get(b"content-encoding", b"").strip().lower()
        if encoding in (b"gzip", b"x-gzip"):
            self._unpack = zlib.decompressobj(_GZIP)
        elif encoding not in (b"", b"identity") and self._cut:
            self._most, self.done = 0, self.status >= 200
        elif encoding not in (b"", b"identity"):
            raise Unreachable(f"it is packed as {encoding.decode('latin-1')[:20]}, which we did not ask for")

    def on_body(self, data: bytes) -> None:
        if not self._most:
            return
        room = self._most - len(self.body)
        try:
            self.body += self._unpack.decompress(data, room + 1) if self._unpack else data[: room + 1]
        except zlib.error:
            raise Unreachable("its packing is broken") from None
        if len(self.body) > self._most and self._cut:
            del self.body[self._most :]
            self._most, self.done = 0, True
        elif len(self.body) > self._most:
            raise Unreachable(f"it is longer than {self._most} bytes")

    def on_message_complete(self) -> None:
        if self.status >= 200:
            self.done = self.over = True
            self.leaves_open = self._parser.should_keep_alive()


async def exchange(
    line: PooledConnection,
    request: bytes,
    limit: int,
    *,
    cut: bool = False,
    last_look: Callable[[], None] = lambda: None,
) -> HttpResponse:
    """Send a request over a connection and read its response, at most `limit` bytes of body; with 0 only its head.

    `cut` is `HttpResponse`'s; `last_look` is called right before the first byte is sent. Raises Unreachable, OSError
    (NoResponse), and what `last_look` raises.
    """
    answer = HttpResponse(limit, cut=cut)
    last_look()
    line.writer.write(request)
    try:
        await line.writer.drain()
        data = await line.reader.read(CHUNK)
    except ConnectionError as why:
        raise NoResponse from why
    if not data:
        raise NoResponse
    answer.feed(data)
    while not answer.done:
        data = await line.reader.read(CHUNK)
        if not data:
            _cut_off(answer)
            break
        answer.feed(data)
    return answer


async def read_response(answer: HttpResponse, line: PooledConnection) -> None:
    """Read the rest of a response, up to its last byte or until the server closes. Raises Unreachable and OSError."""
    while not answer.over and (data := await line.reader.read(CHUNK)):
        answer.feed(data)


def head(method: str, parts: SplitResult, headers: tuple[tuple[str, str], ...], *, close: bool = True) -> bytes:
    """A request's first line and headers, up to the empty line. The headers must hold no line ends."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"User-Agent: {USER_AGENT.decode()}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _meaning(error: httptools.HttpParserError) -> Unreachable:
    """The error behind a parser error: an Unreachable raised in a callback, or one that describes the parse error."""
    if isinstance(error, httptools.HttpParserCallbackError):
        return error.__context__ if isinstance(error.__context__, Unreachable) else Unreachable("bad answer")
    return Unreachable(f"it does not speak HTTP ({error})")


def _cut_off(answer: HttpResponse) -> None:
    """The server closed the connection: the end of a body without a length, else raises Unreachable."""
    whole = answer.status and b"content-length" not in answer.headers and b"transfer-encoding" not in answer.headers
    if not whole:
        raise Unreachable("it hung up in the middle of its answer")
