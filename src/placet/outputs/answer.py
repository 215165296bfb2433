"""One request to somebody else's server and its answer, as it comes in, within bounds."""

import asyncio
import ssl
import zlib
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult

import httptools

from placet.outputs.guard import Unreachable, port_of

AGENT: Final = b"placet"
CHUNK: Final = 65_536
HEADERS_MOST: Final = 65_536
_GZIP: Final = 31


class Answer:
    """One answer as it comes in; what httptools calls while parsing.

    A body longer than `most` is refused; with `cut` it ends there, and one we cannot unpack counts as empty.
    """

    def __init__(self, most: int, *, cut: bool = False) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self.done = False
        self._most, self._cut = most, cut
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
            self.done = True


async def exchange(
    parts: SplitResult,
    address: str,
    request: bytes,
    most: int,
    trust: ssl.SSLContext | None,
    *,
    cut: bool = False,
    last_look: Callable[[], None] = lambda: None,
) -> Answer:
    """Send a request to this address and hear its whole answer, at most `most` bytes of body; with 0 only its head.

    `trust` of None speaks without TLS; `cut` is `Answer`'s; `last_look` is called right before the first byte leaves.
    Raises Unreachable, OSError, and what `last_look` raises.
    """
    name = parts.hostname if trust else None
    reader, writer = await asyncio.open_connection(address, port_of(parts), ssl=trust, server_hostname=name)
    answer = Answer(most, cut=cut)
    try:
        last_look()
        writer.write(request)
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


def head(method: str, parts: SplitResult, headers: tuple[tuple[str, str], ...]) -> bytes:
    """A request's first line and headers, up to the empty line. The headers must hold no line ends."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"User-Agent: {AGENT.decode()}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


def _cut_off(answer: Answer) -> None:
    """The other side hung up: the end of a body without a length, a broken answer otherwise."""
    whole = answer.status and b"content-length" not in answer.headers and b"transfer-encoding" not in answer.headers
    if not whole:
        raise Unreachable("it hung up in the middle of its answer")
