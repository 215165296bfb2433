"""What a connection may send is limited at every place, and whoever does not read their answers is dropped."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from placet.server.fast_path import fast_path
from placet.server.header_limits import MAX_WAITING, LimitedProtocol
from tests.clients.deployment import PATIENCE
from tests.server.test_fast_path import LAST, get, listening, said

LIMIT = 4096
KINDS = [fast_path(LIMIT), type("Guarded", (LimitedProtocol,), {"header_bytes": LIMIT})]
CHUNKED = get("/lines", "Transfer-Encoding: chunked", method="POST")
MAX_SENT = 20_000_000
"""More than the buffers between a client and a server hold."""

both = pytest.mark.parametrize("kind", KINDS, ids=["direct", "asgi"])


@asynccontextmanager
async def connected(
    kind: type[LimitedProtocol],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, LimitedProtocol]]:
    """A client, and its connection as the server has it."""
    async with listening(kind) as (port, state):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while not state.connections:
            await asyncio.sleep(0)
        (connection,) = state.connections
        assert isinstance(connection, LimitedProtocol)
        yield reader, writer, connection
        writer.transport.abort()


async def arrive(writer: asyncio.StreamWriter, connection: LimitedProtocol, *pieces: bytes) -> None:
    """Send pieces, each as a packet of its own."""
    for piece in pieces:
        connection._chunk = -1
        writer.write(piece)
        await writer.drain()
        while connection._chunk == -1 and not connection.transport.is_closing():
            await asyncio.sleep(0)


async def send_until_dropped(writer: asyncio.StreamWriter, connection: LimitedProtocol, piece: bytes) -> int:
    """Send the same again and again; how many bytes went before the server hung up, at most MOST_SENT."""
    sent = 0
    try:
        while sent < MAX_SENT and not connection.transport.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
            sent += len(piece)
    except ConnectionError:
        pass
    return sent


ENDLESS = {
    "trailers": (b"0\r\n", b"a: b\r\n" * 100),
    "one trailer": (b"0\r\na: ", b"b" * 1000),
    "the name of a trailer": (b"0\r\n", b"a" * 1000),
    "trailers behind a body": (b"3\r\nabc\r\n", b"0\r\n" + b"a: b\r\n" * 100, b"a: b\r\n" * 100),
    "the extension of a chunk": (b"3;a=", b"b" * 1000),
    "the extension of the last chunk": (b"0;a=", b"b" * 1000),
}


@both
@pytest.mark.parametrize("path", ["/lines", "/quick", "/nowhere"])
@pytest.mark.parametrize("what", ENDLESS)
async def test_what_surrounds_a_chunked_body_is_limited(kind: type[LimitedProtocol], what: str, path: str) -> None:
    *first, again = ENDLESS[what]
    async with connected(kind) as (_, writer, connection):
        await arrive(writer, connection, get(path, "Transfer-Encoding: chunked", method="POST"), *first)
        assert await send_until_dropped(writer, connection, again) < MAX_SENT
        assert len(connection.headers) <= 2


@both
async def test_trailers_are_no_headers(kind: type[LimitedProtocol]) -> None:
    trailers = b"0\r\nauthorization: Basic eDp5\r\ncontent-encoding: gzip\r\n\r\n"
    together = await said(kind, CHUNKED + b"3\r\nabc\r\n" + trailers, LAST)
    apart = await said(kind, CHUNKED, b"3\r\nabc\r\n", trailers, LAST)
    assert b"2 lines" in together
    assert b"2 lines" in apart


@both
async def test_many_small_chunks_are_no_excess(kind: type[LimitedProtocol]) -> None:
    async with connected(kind) as (reader, writer, connection):
        await arrive(writer, connection, CHUNKED, *[b"1\r\na\r\n"] * 900, b"0\r\n\r\n")
        writer.write(LAST)
        assert (await asyncio.wait_for(reader.read(), PATIENCE)).startswith(b"HTTP/1.1 200 OK\r\n")


def too_large() -> Iterator[list[bytes]]:
    """Second requests whose headers are too large, in one piece and in many."""
    head = b"GET /quick HTTP/1.1\r\nHost: x\r\n"
    yield [head + b"a: " + b"b" * LIMIT + b"\r\n\r\n"]
    yield [head, *[b"a: " + b"b" * 500 + b"\r\n"] * 20, b"\r\n"]
    yield [head + b"a: ", *[b"b" * 500] * 20]
    yield [b"GET /" + b"b" * 500, *[b"b" * 500] * 20]


@both
@pytest.mark.parametrize("pieces", list(too_large()), ids=["at once", "many lines", "one line", "the path"])
@pytest.mark.parametrize("first", [get("/quick"), CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"], ids=["get", "post"])
async def test_headers_of_later_requests_are_limited(
    kind: type[LimitedProtocol], first: bytes, pieces: list[bytes]
) -> None:
    async with connected(kind) as (reader, writer, connection):
        writer.write(first)
        assert (await asyncio.wait_for(reader.readline(), PATIENCE)) == b"HTTP/1.1 200 OK\r\n"
        with suppress(ConnectionError):
            for piece in pieces:
                await arrive(writer, connection, piece)
        while not connection.transport.is_closing():
            await asyncio.sleep(0)
        with suppress(ConnectionError):
            assert b"HTTP/1.1 200 OK" not in await asyncio.wait_for(reader.read(), PATIENCE)


@both
async def test_few_requests_may_wait_behind_one_that_is_being_answered(kind: type[LimitedProtocol]) -> None:
    few = await said(kind, get("/slow") * MAX_WAITING + LAST)
    assert few.count(b"HTTP/1.1 200 OK\r\n") == MAX_WAITING + 1
    async with connected(kind) as (_, writer, connection):
        assert await send_until_dropped(writer, connection, get("/slow") * 1000) < MAX_SENT
        assert len(connection.pipeline) <= MAX_WAITING


@both
async def test_a_client_that_leaves_its_answer_unread_is_dropped(kind: type[LimitedProtocol]) -> None:
    async with connected(kind) as (reader, writer, connection):
        assert not connection.stuck(0.0, 30.0)
        writer.transport.pause_reading()
        await arrive(writer, connection, get("/large"))
        while not connection.transport.get_write_buffer_size():
            await asyncio.sleep(0)
        await quiet(connection)
        assert not connection.stuck(100.0, 30.0)
        assert not connection.stuck(129.0, 30.0)
        assert connection.stuck(131.0, 30.0)
        writer.transport.resume_reading()
        await reader.readexactly(5_000_000)
        assert not connection.stuck(132.0, 30.0)
        assert not connection.stuck(161.0, 30.0)
        await reader.readexactly(25_000_000)
        await quiet(connection)
        assert not connection.stuck(1000.0, 30.0)
        assert not connection.stuck(2000.0, 30.0)


async def quiet(connection: LimitedProtocol) -> None:
    """Wait until the system's own buffers are full, or all is sent."""
    before = -1
    while (now := connection.transport.get_write_buffer_size()) != before:
        before = now
        await asyncio.sleep(0.05)


@both
async def test_a_body_that_does_not_end_after_its_answer_is_late(kind: type[LimitedProtocol]) -> None:
    async with connected(kind) as (reader, writer, connection):
        await arrive(writer, connection, get("/quick", "Transfer-Encoding: chunked"), b"3\r\nabc\r\n")
        await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
        now = asyncio.get_running_loop().time()
        assert (connection.late(now, 60.0), connection.unused(now + 61, 60.0)) == (False, False)
        assert connection.late(now + 61, 60.0)
        await arrive(writer, connection, b"0\r\n\r\n")
        assert not connection.late(now + 61, 60.0)
        assert connection.unused(now + 61, 60.0)
