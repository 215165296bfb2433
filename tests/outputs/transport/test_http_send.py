"""What was shaped is sent, never to where we should not go, and every answer is one of three."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from placet.outputs.destination import HttpRequest, Rejected, Sent, TryAgain
from placet.outputs.transport.http_send import Network, replied, seconds_in, send


@asynccontextmanager
async def receiving(answer: bytes):
    """A server on loopback that gives this answer and keeps the requests."""
    heard: list[bytes] = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        heard.append(head + await reader.readexactly(4))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in?x=1", heard


def shaped(url: str, loopback: bool = True) -> HttpRequest:
    return HttpRequest(url, (("Content-Length", "4"), ("webhook-id", "d1")), b"body", loopback)


async def test_a_request_arrives_as_it_was_shaped():
    async with receiving(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, heard):
        assert await send(shaped(url)) == Sent(204)
    assert heard[0].startswith(b"POST /in?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"webhook-id: d1\r\n" in heard[0]
    assert heard[0].endswith(b"\r\n\r\nbody")


async def test_an_answer_of_any_length_and_packing_counts_by_its_status():
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 99999999\r\n\r\nxxxx"
    async with receiving(answer) as (url, _):
        assert await send(shaped(url)) == Sent(200)


@pytest.mark.parametrize("hears, packing, heard_body", [
    (0, "identity", b""),
    (100, "identity", b"x" * 20),
    (7, "identity", b"x" * 7),
    (100, "br", b""),
])  # fmt: skip
async def test_as_much_of_an_answer_is_heard_as_was_wanted(hears, packing, heard_body):
    answer = f"HTTP/1.1 200 OK\r\nContent-Encoding: {packing}\r\nContent-Length: 20\r\n\r\n".encode() + b"x" * 20
    async with receiving(answer) as (url, _):
        assert await send(replace(shaped(url), reads_body=hears)) == Sent(200, heard_body)


async def test_a_request_may_have_another_method():
    async with receiving(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, heard):
        await send(replace(shaped(url), method="PUT"))
    assert heard[0].startswith(b"PUT /in?x=1 HTTP/1.1\r\n")


@pytest.mark.parametrize("status, after, reply", [
    (200, "", Sent(200)),
    (299, "", Sent(299)),
    (301, "", Rejected("it answered 301; redirects are not followed", 301)),
    (400, "", Rejected("it answered 400", 400)),
    (404, "", Rejected("it answered 404", 404)),
    (408, "", TryAgain("it answered 408", None, 408)),
    (429, "7", TryAgain("it answered 429", 7.0, 429)),
    (429, "Wed, 21 Oct 2026 07:28:00 GMT", TryAgain("it answered 429", None, 429)),
    (500, "", TryAgain("it answered 500", None, 500)),
    (501, "", Rejected("it answered 501", 501)),
    (503, " 30 ", TryAgain("it answered 503", 30.0, 503)),
])  # fmt: skip
def test_every_status_is_sent_try_again_or_refused(status, after, reply):
    assert replied(status, after) == reply


async def test_a_redirect_to_our_own_network_is_not_followed():
    answer = b"HTTP/1.1 307 Temporary\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    async with receiving(answer) as (url, heard):
        assert isinstance(await send(shaped(url)), Rejected)
    assert len(heard) == 1


@pytest.mark.parametrize("url, loopback", [
    ("http://127.0.0.1:9/", False),
    ("https://127.0.0.1:9/", False),
    ("https://[::1]:9/", False),
    ("https://[::ffff:10.0.0.1]/", True),
    ("https://10.1.2.3/", True),
    ("https://169.254.169.254/latest", True),
    ("http://hook.example/", True),
    ("ftp://hook.example/", True),
    ("https://user:pass@hook.example/", True),
])  # fmt: skip
async def test_our_own_network_is_not_called(url, loopback):
    assert isinstance(await send(shaped(url, loopback)), TryAgain)


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["93.184.216.34", "192.168.1.1"], ["::1"]])
async def test_a_name_is_judged_by_every_address_it_has(addresses):
    async def resolve(host, port):
        return addresses

    reply = await send(shaped("https://hook.example/", loopback=False), net=Network(resolve=resolve))
    assert isinstance(reply, TryAgain)
    assert "private network" in reply.why


async def test_a_server_that_never_answers_is_given_up_in_time():
    async def serve(reader, writer):
        await reader.read()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    assert await send(shaped(url), 0.05) == TryAgain("it took longer than 0.05 seconds")
    server.close()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n"])
async def test_an_answer_that_is_none_is_no_delivery(answer):
    async with receiving(answer) as (url, _):
        assert isinstance(await send(shaped(url)), TryAgain)


async def test_nobody_listening_is_no_delivery():
    assert isinstance(await send(shaped("http://127.0.0.1:1/")), TryAgain)


@pytest.mark.parametrize(
    "url", ["http://hook.example/T0/secret", "https://u:secret@hook.example/", "https://a b/secret"]
)
async def test_no_reason_shows_the_keys_that_an_address_holds(url):
    reply = await send(shaped(url))
    assert isinstance(reply, TryAgain)
    assert "secret" not in reply.why


@pytest.mark.parametrize("retry_after, date, expected", [
    ("120", "", 120.0),
    (" 3 ", "", 3.0),
    ("Sat, 21 Nov 2026 10:00:30 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", 30.0),
    ("Sat, 21 Nov 2026 09:00:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", 0.0),
    ("Sat, 21 Nov 2026 10:00:30 GMT", "", None),
    ("soon", "Sat, 21 Nov 2026 10:00:00 GMT", None),
    ("-5", "", None),
    ("", "", None),
])  # fmt: skip
def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(retry_after: str, date: str, expected: float | None) -> None:
    assert seconds_in(retry_after, date) == expected
