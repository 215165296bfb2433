"""A line to a server is used again after a whole answer, and after nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from placet.outputs.destination import ConsentChanged, HttpRequest, Reply, Sent, TryAgain
from placet.outputs.transport import connection_pool as idle_lines
from placet.outputs.transport import http_send as sending
from placet.outputs.transport.connection_pool import ConnectionPool
from placet.outputs.transport.http_send import Network, send
from tests.clients.deployment import PATIENCE

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
HANG_UP = b""


class Server:
    """Answers each request with the next of `answers` (the last one for ever), and counts lines and requests."""

    def __init__(self, *answers: bytes | list[bytes]) -> None:
        self.answers = list(answers)
        self.lines = self.requests = 0
        self.heard = b""
        self.url = ""
        self.open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        self.open.append(writer)
        while True:
            try:
                self.heard = await reader.readuntil(b"body")
            except asyncio.IncompleteReadError:
                break
            self.requests += 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            pieces = answer if isinstance(answer, list) else [answer]
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.01)
            if pieces[-1] == HANG_UP:
                break
        writer.close()


@asynccontextmanager
async def answering(*answers: bytes | list[bytes]) -> AsyncIterator[Server]:
    server = Server(*answers)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listener:
        server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/in"
        yield server


@pytest.fixture
async def lines(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ConnectionPool]:
    monkeypatch.setattr(sending, "MOMENT", PATIENCE)
    lines = ConnectionPool()
    yield lines
    lines.close()


async def sent(server: Server, lines: ConnectionPool, **more: object) -> Reply:
    request = HttpRequest(server.url, (("Content-Length", "4"),), b"body", loopback=True)
    return await send(replace(request, **more), net=Network(connections=lines))


@pytest.mark.parametrize("answer", [
    OK + b"ok",
    [OK, b"ok"],
    [OK + b"o", b"k"],
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"ok",
])  # fmt: skip
@pytest.mark.parametrize("hears", [0, 100])
async def test_after_a_whole_answer_the_next_request_takes_the_same_line(
    answer, hears: int, lines: ConnectionPool
) -> None:
    async with answering(answer) as server:
        replies = [await sent(server, lines, reads_body=hears) for _ in range(3)]
    assert all(isinstance(reply, Sent) for reply in replies)
    assert (server.lines, server.requests) == (1, 3)
    assert b"connection: close" not in server.heard.lower()


@pytest.mark.parametrize("answer", [
    OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"ok",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    OK + b"ok" + b"more than was promised",
    OK + b"ok" + OK + b"no",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nxxxx",
    [b"HTTP/1.1 200 OK\r\n\r\nuntil the end", HANG_UP],
])  # fmt: skip
async def test_after_anything_else_it_takes_another(answer, lines: ConnectionPool) -> None:
    async with answering(answer) as server:
        replies = [await sent(server, lines) for _ in range(3)]
    assert replies == [Sent(200)] * 3
    assert (server.lines, server.requests) == (3, 3)


async def test_a_line_that_the_server_has_hung_up_is_not_taken(lines: ConnectionPool) -> None:
    async with answering(OK + b"ok") as server:
        await sent(server, lines)
        server.open[0].close()
        await server.open[0].wait_closed()
        assert await sent(server, lines) == Sent(200)
    assert (server.lines, server.requests) == (2, 2)


async def test_a_server_that_hangs_up_without_a_word_is_asked_once_more_over_a_new_line(lines: ConnectionPool) -> None:
    async with answering(OK + b"ok", HANG_UP, OK + b"ok") as server:
        await sent(server, lines)
        assert await sent(server, lines) == Sent(200)
    assert (server.lines, server.requests) == (2, 3)


async def test_over_a_new_line_nobody_is_asked_twice(lines: ConnectionPool) -> None:
    async with answering(HANG_UP) as server:
        assert await sent(server, lines) == TryAgain("it hung up without an answer")
    assert server.requests == 1


async def test_a_broken_answer_is_not_asked_for_again(lines: ConnectionPool) -> None:
    async with answering(OK + b"ok", [b"HTTP/1.1 2", HANG_UP]) as server:
        await sent(server, lines)
        assert isinstance(await sent(server, lines), TryAgain)
    assert server.requests == 2


async def test_a_last_look_is_taken_before_each_first_byte(lines: ConnectionPool) -> None:
    looks = []

    def look(refuse_at: int) -> Callable[[], None]:
        def taken() -> None:
            looks.append(1)
            if len(looks) == refuse_at:
                raise ConsentChanged

        return taken

    async with answering(OK + b"ok", HANG_UP) as server:
        await sent(server, lines)
        with pytest.raises(ConsentChanged):
            await sent(server, lines, revocation_check=look(2))
    assert (len(looks), server.requests) == (2, 2)


async def test_many_at_once_have_a_line_each_and_only_some_are_kept(
    lines: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle_lines, "MOST", 4)
    async with answering(OK + b"ok") as server:
        assert await asyncio.gather(*(sent(server, lines) for _ in range(10))) == [Sent(200)] * 10
        assert server.lines == 10
        await asyncio.gather(*(sent(server, lines) for _ in range(10)))
        assert server.lines == 16


async def test_a_line_that_was_idle_for_long_is_not_taken(
    lines: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle_lines, "IDLE", 0.0)
    async with answering(OK + b"ok") as server:
        for _ in range(3):
            await sent(server, lines)
    assert server.lines == 3


async def test_permission_to_call_this_machine_is_not_lent(lines: ConnectionPool) -> None:
    async with answering(OK + b"ok") as server:
        assert await sent(server, lines) == Sent(200)
        assert isinstance(await sent(server, lines, loopback=False), TryAgain)
    assert server.requests == 1
