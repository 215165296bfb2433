"""HTTP as uvicorn parses it, with a limit on headers: how many bytes, and how long they may take.

httptools keeps a header in memory until its last byte has come, however long it is; this is where that ends.
"""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from placet.faces.http import CLOSE, TEXT, Receive, Scope, Send

_REASON: Final = b"the request headers are too large"
_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
) % (len(_REASON), _REASON)


async def headers_too_large(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a request whose headers were read whole and turned out too large."""
    del scope, receive
    headers = [TEXT, CLOSE, (b"content-length", b"%d" % len(_REASON))]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": _REASON})


class Guarded(HttpToolsProtocol):
    """uvicorn's protocol; `header_bytes` limits the request line and headers together."""

    header_bytes: ClassVar[int] = 65_536

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._in_headers = False
        self._waited = 0
        """Bytes that came since the headers began, the first chunk not counted: it may begin with another body."""
        self._chunk = 0
        self._begun = 0
        """Bytes of the chunk in which the headers began."""
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected; it has `header_seconds` to ask."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn asks for more than asyncio promises
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        self._chunk = len(data)
        if self._in_headers:
            self._waited += self._chunk
        super().data_received(data)
        if self._in_headers and self._waited > self.header_bytes:
            self.transport.write(_REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        """The first byte of a request came."""
        super().on_message_begin()
        self._in_headers = True
        self._waited = 0
        self._begun = self._chunk
        self._since = self.loop.time()

    def on_headers_complete(self) -> None:
        """The last header came: the request goes to the application, or is refused in its place."""
        self._in_headers = False
        if not self.oversized():
            return super().on_headers_complete()
        app, self.app = self.app, headers_too_large
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def oversized(self) -> bool:
        """Are the headers just read too large? Summing is left out where all that came would be small enough."""
        return self._begun + self._waited > self.header_bytes and self._size() > self.header_bytes

    def late(self, now: float, seconds: float) -> bool:
        """Has this client been sending headers, or nothing at all yet, for more than `seconds`?"""
        asking = self._in_headers or self.cycle is None
        return asking and now - self._since > seconds

    def unused(self, now: float, seconds: float) -> bool:
        """Has nothing been asked here for more than `seconds` since the last answer?"""
        done = self.cycle is not None and self.cycle.response_complete
        return done and not self._in_headers and now - self._since > seconds

    def on_response_complete(self) -> None:
        """Take up the next request, or wait for one: `unused` tells how long, instead of a timer for each answer."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._since = self.loop.time()

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
