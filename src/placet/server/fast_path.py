"""Requests that came whole, answered without ASGI in between: the same application and answers for half the work.

Most requests are small, arrive in one piece, and find their connection idle. Such a one is handed to the
application's `answer` as soon as it is parsed. All others (a body that comes in pieces, `Expect`, an upgrade, a
request behind one that is still being answered, a reader who does not read) go the usual way, through uvicorn.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from http import HTTPStatus
from typing import Any, Final, Protocol, cast
from urllib.parse import unquote

from httptools import parse_url

from placet.api.http.request import CLOSE, TEXT, Header, Receive, Response, Scope, Send
from placet.server.header_limits import LimitedProtocol

LOG: Final = logging.getLogger("placet.server.run")

FAILED: Final = Response(500, b"Internal Server Error", (TEXT, CLOSE, (b"content-length", b"21")))
STATUS: Final = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}


class Answering(Protocol):
    """An application that can be asked directly; `takes` says whether a request is for `answer`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def takes(self, scope: Scope) -> bool: ...

    def answer(self, scope: Scope, sent: Receive | bytes) -> Response | Awaitable[Response | None]: ...


class NullEvent:
    """Stands where uvicorn keeps what wakes a handler that waits for more of a body: none does here."""

    def set(self) -> None:
        """Wakes nobody."""


class Exchange:
    """One request being answered directly, as uvicorn's protocol looks at it: a `RequestResponseCycle` in little."""

    __slots__ = ("disconnected", "head_only", "keep_alive", "response_complete")

    message_event: Final = NullEvent()

    def __init__(self, *, keep_alive: bool, head_only: bool) -> None:
        self.keep_alive = keep_alive
        self.head_only = head_only
        self.disconnected = False
        self.response_complete = False


class FastPathProtocol(LimitedProtocol):
    """uvicorn's protocol with a short way to an application that has one."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._asked = cast("Answering", self.app) if hasattr(self.app, "answer") else None
        self._held: list[bytes] | None = None
        """The body so far of a request whose headers are read and which nobody was given yet."""
        self._usual: list[Header] = []
        self._usual_as_sent = b""

    def data_received(self, data: bytes) -> None:
        """Some bytes came; a request of which more is still to come goes the usual way."""
        super().data_received(data)
        if self._held is None:
            return
        held, self._held = self._held, None
        if not self.transport.is_closing():
            self._pass_on(held)

    def on_headers_complete(self) -> None:
        """The last header came."""
        if self._asked is None or self.oversized() or not self._is_plain() or not self._is_idle():
            super().on_headers_complete()
            return
        self._in_headers = False
        self._held = []

    def on_body(self, body: bytes) -> None:
        """Some of the body came."""
        if self._held is None:
            super().on_body(body)
            return
        self._body_came = True
        self._held.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._held is None:
            super().on_message_complete()
            return
        self._in_message = False
        held, self._held = self._held, None
        self._fill_scope()
        scope: Any = self.scope
        if self._asked is not None and self._asked.takes(scope):
            self._answer(self._asked, b"".join(held))
            return
        self._pass_on(held)
        super().on_message_complete()

    def _is_plain(self) -> bool:
        return not (self.expect_100_continue or self.parser.should_upgrade())

    def _is_idle(self) -> bool:
        """Is nothing in this request's way: another one, a reader who does not read, too many others?"""
        limit = self.limit_concurrency
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and (limit is None or (len(self.connections) < limit and len(self.tasks) < limit))
        )

    def _fill_scope(self) -> None:
        """What uvicorn puts into the scope once the headers are read."""
        url = parse_url(self.url)
        path = url.path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["query_string"] = url.query or b""

    def _pass_on(self, held: list[bytes]) -> None:
        """Let uvicorn have a request after all."""
        super().on_headers_complete()
        for part in held:
            super().on_body(part)

    def _answer(self, asked: Answering, body: bytes) -> None:
        keep = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        exchange = Exchange(keep_alive=keep, head_only=self.scope["method"] == "HEAD")
        cycle: Any = exchange
        scope: Any = self.scope
        self.cycle = cycle
        answer = asked.answer(scope, body)
        if isinstance(answer, Response):
            self._say(answer, exchange)
            return
        self.tasks.add(self.loop.create_task(self._wait(answer, exchange)))

    async def _wait(self, answer: Awaitable[Response | None], exchange: Exchange) -> None:
        """Say what is not ready yet once it is."""
        try:
            response = await answer
        except Exception:
            LOG.exception("an answer could not be made")
            response = FAILED
        finally:
            # Nothing is waited for from here on, and a callback when the task is done would cost a turn of the loop.
            task: Any = asyncio.current_task()
            self.tasks.discard(task)
        if response is not None and not exchange.disconnected:
            self._say(response, exchange)

    def _say(self, response: Response, exchange: Exchange) -> None:
        """Write an answer, and be ready for the next request or hang up."""
        head = head_of(response, self._usual_lines(), keep_alive=exchange.keep_alive)
        if head is None:
            LOG.error("a header of an answer held a line break", extra={"facts": {"status": response.status}})
            self._say(FAILED, exchange)
            return
        exchange.keep_alive = exchange.keep_alive and CLOSE not in response.headers
        body = () if exchange.head_only else response.pieces or (response.body,)
        self.transport.writelines((head, *body))
        exchange.response_complete = True
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _usual_lines(self) -> bytes:
        """The header lines of every answer; uvicorn makes them anew each second, with the date."""
        usual = self.server_state.default_headers
        if usual is not self._usual:
            self._usual, self._usual_as_sent = usual, lines_of(usual)
        return self._usual_as_sent


def head_of(response: Response, usual: bytes, *, keep_alive: bool) -> bytes | None:
    """All that comes before the body; None when a header would break out of its line."""
    lines = lines_of(response.headers)
    if lines.count(b"\n") != len(response.headers) or lines.count(b"\r") != len(response.headers):
        return None
    status = STATUS.get(response.status) or b"HTTP/1.1 %d \r\n" % response.status
    close = b"" if keep_alive or CLOSE in response.headers else b"connection: close\r\n"
    return b"".join((status, usual, lines, close, b"\r\n"))


def lines_of(headers: Iterable[Header]) -> bytes:
    """Headers as they are sent."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def fast_path(header_bytes: int) -> type[FastPathProtocol]:
    """The protocol with this limit, as a class: uvicorn makes one object of it for each connection."""
    return type("Direct", (FastPathProtocol,), {"header_bytes": header_bytes})
