"""Whichever way a request takes, directly or through ASGI, the same bytes come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from placet.api.http.dispatch import Dispatcher, Settings
from placet.api.http.metrics import Metrics
from placet.api.http.request import CLOSE, JSON, Header, Limits, Request, Response
from placet.api.http.routes import Dialect, Mount, Route
from placet.server.fast_path import Exchange, FastPathProtocol, fast_path, head_of
from placet.server.header_limits import LimitedProtocol
from tests.clients.deployment import PATIENCE

PLAIN = Dialect("plain")
USUAL: list[Header] = [(b"date", b"Sun, 06 Nov 1994 08:49:37 GMT"), (b"x-content-type-options", b"nosniff")]


async def slow(request: Request) -> Response:
    """Takes a turn or two of the loop, then sends the body back."""
    body = await request.body()
    await asyncio.sleep(0.01)
    return Response(200, body or b"slow", (JSON,))


async def never(request: Request) -> Response:
    raise AssertionError("the quick way should have answered")


def at_once(request: Request) -> Response | None:
    """Answers all but who asks to wait, in pieces."""
    if request.raw_query == b"wait":
        return None
    return Response(200, headers=(JSON,), pieces=(b'{"path":"', request.path.encode(), b'"}'))


async def goodbye(request: Request) -> Response:
    return Response(200, b"goodbye", (CLOSE,))


async def lines(request: Request) -> Response:
    """How many header lines there are once the body has come."""
    await request.body()
    return Response(200, b"%d lines" % len(request.raw_headers))


async def large(request: Request) -> Response:
    """More than a connection's buffers hold."""
    return Response(200, b"x" * 30_000_000)


async def torn(request: Request) -> Response:
    return Response(200, b"", ((b"x-name", b"a\r\nset-cookie: b=c"),))


async def other_app(scope, receive, send) -> None:
    """A mounted application, which speaks ASGI only."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"other"})


def application() -> Dispatcher:
    """One route of each sort."""
    routes = [
        Route("GET", "/quick", slow, PLAIN, at_once),
        Route("GET", "/only-quick", never, PLAIN, at_once),
        Route("POST", "/slow", slow, PLAIN),
        Route("GET", "/slow", slow, PLAIN),
        Route("GET", "/goodbye", goodbye, PLAIN),
        Route("GET", "/torn", torn, PLAIN),
        Route("POST", "/lines", lines, PLAIN),
        Route("GET", "/large", large, PLAIN),
    ]
    settings = Settings(limits=Limits(body=1000), new_id=lambda: "7")
    return Dispatcher(routes, Metrics("test"), settings, [Mount("/other", other_app)])


@asynccontextmanager
async def listening(kind: type[LimitedProtocol]) -> AsyncIterator[tuple[int, ServerState]]:
    """A server that speaks through this protocol, and uvicorn's record of what goes on."""
    config = uvicorn.Config(application(), interface="asgi3", lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    state = ServerState()
    state.default_headers = USUAL
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: kind(config=config, server_state=state, app_state={}), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], state
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.close()


async def said(kind: type[LimitedProtocol], *pieces: bytes) -> bytes:
    """All that comes back on one connection, which is half closed after the last piece."""
    async with listening(kind) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        return answer


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """A request without a body."""
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: x", *headers, "", ""]).encode()


def post(body: bytes, *headers: str) -> bytes:
    """A request with a body."""
    return get("/slow", f"Content-Length: {len(body)}", *headers, method="POST") + body


LAST = get("/goodbye")


@pytest.mark.parametrize(
    "pieces",
    [
        [get("/quick"), LAST],
        [get("/only-quick"), LAST],
        [get("/quick?wait"), LAST],
        [get("/a%20path%C3%A9"), LAST],
        [get("/quick", method="HEAD"), LAST],
        [get("/quick", method="BREW"), LAST],
        [get("/quick", method="OPTIONS"), LAST],
        [get("/quick", version="1.0")],
        [get("/quick", "Connection: close")],
        [get("/quick") + get("/slow") + get("/quick") + post(b"abc") + get("/quick") + LAST],
        [get("/slow") + get("/quick"), get("/quick") + LAST],
        [post(b"abc"), LAST],
        [post(b"abc")[:-2], b"bc"[:1], b"c", LAST],
        [post(b"a" * 1001), LAST],
        [post(b"abc", "Content-Encoding: br"), LAST],
        [post(b"not gzip", "Content-Encoding: gzip"), LAST],
        [get("/slow", "Transfer-Encoding: chunked", method="POST") + b"3\r\nabc\r\n0\r\n\r\n", LAST],
        [get("/slow", "Transfer-Encoding: chunked", method="POST") + b"3\r\nab", b"c\r\n0\r\n\r\n", LAST],
        [get("/slow", "Content-Length: 3", "Expect: 100-continue", method="POST"), b"abc", LAST],
        [get("/quick", "Connection: upgrade", "Upgrade: websocket"), LAST],
        [get("/other/page"), LAST],
        [get("/nowhere"), LAST],
        [get("http://x/quick?a=b"), LAST],
        [get("*", method="OPTIONS"), LAST],
        [get("x:80", method="CONNECT"), LAST],
        [b"nonsense\r\n\r\n"],
        [get("/slow", "Transfer-Encoding: chunked", method="POST") + b"zzz\r\n"],
    ],
)
async def test_both_ways_answer_alike(pieces: list[bytes]) -> None:
    directly, through_asgi = await asyncio.gather(said(fast_path(65_536), *pieces), said(LimitedProtocol, *pieces))
    assert directly == through_asgi
    assert directly.startswith(b"HTTP/1.1 ")


async def test_whole_requests_take_the_short_way_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    short: list[str] = []
    answer = FastPathProtocol._answer

    def noted(self: FastPathProtocol, asked: object, body: bytes) -> None:
        short.append(self.scope["path"])
        answer(self, asked, body)

    monkeypatch.setattr(FastPathProtocol, "_answer", noted)
    await said(FastPathProtocol, get("/quick"), post(b"abc"), post(b"abcdef")[:-3], b"def", get("/other/x"), LAST)
    assert short == ["/quick", "/slow", "/goodbye"]


async def test_a_header_that_would_break_its_line_is_a_500() -> None:
    answer = await said(FastPathProtocol, get("/torn"))
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"set-cookie" not in answer


def test_a_line_break_anywhere_in_a_header_is_refused() -> None:
    for name, value in ((b"a\nb", b"c"), (b"a", b"b\rc"), (b"a", b"b\r\n\r\nc")):
        assert head_of(Response(200, b"", ((name, value),)), b"", keep_alive=True) is None
    assert head_of(Response(299), b"", keep_alive=False) == b"HTTP/1.1 299 \r\nconnection: close\r\n\r\n"


async def test_a_client_that_leaves_while_it_is_answered_disturbs_nobody() -> None:
    async with listening(FastPathProtocol) as (port, state):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get("/slow"))
        await writer.drain()
        writer.close()
        while state.connections or state.tasks:
            await asyncio.sleep(0.005)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(LAST)
        assert (await reader.read()).endswith(b"goodbye")
        writer.close()


async def test_a_reader_who_does_not_read_is_not_written_to_without_end() -> None:
    async with listening(FastPathProtocol) as (port, state):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        asked, answered = 200_000, 0
        writer.write(get("/quick") * asked)
        while not answered or state.total_requests != answered:
            answered = state.total_requests
            await asyncio.sleep(0.2)
        assert 0 < answered < asked
        assert all(one.transport.get_write_buffer_size() < 1 << 20 for one in state.connections)
        writer.transport.abort()


async def test_an_exchange_under_way_ends_a_connection_that_is_told_to_stop() -> None:
    async with listening(FastPathProtocol) as (port, state):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get("/slow"))
        await writer.drain()
        while not state.tasks:
            await asyncio.sleep(0)
        (connection,) = state.connections
        assert isinstance(connection.cycle, Exchange)
        connection.shutdown()
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        assert b"connection: close\r\n" in answer
        assert answer.endswith(b"slow")
        writer.close()
