"""HTTP as uvicorn parses it, with limits on what a connection may send and on how long it may leave answers unread.

httptools keeps a header or trailer in memory until its last byte has come, however long it is; this is where that ends.
Limited are the headers of each request, what comes between the parts of a chunked body and behind it (sizes,
extensions, trailers), requests that wait behind one that is still being answered, and answers that nobody reads.
"""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from placet.api.http.request import CLOSE, TEXT, Receive, Scope, Send

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


MAX_WAITING: Final = 100
"""Requests of one connection that may wait for their turn. Browsers do not send any before they have their answer."""


class TooMany(Exception):
    """A client sent more requests than may wait."""


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol; `header_bytes` limits the request line and headers together, and what surrounds a body."""

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
        self._in_message = False
        self._body_came = False
        self._around = 0
        """Bytes that came behind the headers since the last of the body."""
        self._unsent = 0
        self._unsent_since = 0.0
        """Bytes of answers that the client had not taken at the last look, and since when it takes none."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected; it has `header_seconds` to ask."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn asks for more than asyncio promises
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        self._chunk = len(data)
        self._body_came = False
        if self._in_headers:
            self._waited += self._chunk
        elif self._in_message:
            self._around += self._chunk
        super().data_received(data)
        if self._body_came:
            self._around = 0
        if self._in_headers and self._waited > self.header_bytes:
            self.transport.write(_REFUSAL)
            self.transport.close()
        elif self._in_message and self._around > self.header_bytes:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """The first byte of a request came."""
        super().on_message_begin()
        self._in_headers = self._in_message = True
        self._waited = self._around = 0
        self._begun = self._chunk
        self._since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came. Trailers are dropped: nobody here asks for any, and they must not pass for headers."""
        if self._in_headers:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Some of the body came."""
        self._body_came = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_message = False
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """The last header came: the request goes to the application, or is refused in its place.

        Raises TooMany, which ends the connection, where too many wait already.
        """
        self._in_headers = False
        if len(self.pipeline) >= MAX_WAITING:
            self.transport.abort()
            raise TooMany
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
        """Has this client been sending headers, a body that was answered already, or nothing yet, for too long?"""
        answered = self.cycle is not None and self.cycle.response_complete
        asking = self._in_headers or self.cycle is None or (self._in_message and answered)
        return asking and now - self._since > seconds

    def unused(self, now: float, seconds: float) -> bool:
        """Has nothing been asked here for more than `seconds` since the last answer?"""
        done = self.cycle is not None and self.cycle.response_complete and not self._in_message
        return done and not self._in_headers and now - self._since > seconds

    def stuck(self, now: float, seconds: float) -> bool:
        """Has this client left answers unread for more than `seconds`? Ask every second or so."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or not self._unsent or unsent < self._unsent:
            self._unsent_since = now
        self._unsent = unsent
        return unsent > 0 and now - self._unsent_since > seconds

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
