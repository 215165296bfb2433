"""A document is fetched within bounds, and from nowhere we should not go."""

import asyncio
import gzip
from contextlib import asynccontextmanager

import pytest

from placet.outputs.transport.http_fetch import FetchLimits, fetch, max_age
from placet.outputs.transport.ssrf_guard import Unreachable, is_public
from tests.clients.deployment import PATIENCE

HERE = FetchLimits(seconds=PATIENCE, private=True)


@asynccontextmanager
async def serving(*answers: bytes):
    """A server on loopback that gives these answers, one a connection, and keeps the requests."""
    heard: list[bytes] = []
    left = list(answers)

    async def serve(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(left.pop(0) if left else b"")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def test_a_document_comes_with_its_etag_and_age():
    answer = http("200 OK", b"list", 'ETag: "v1"', "Cache-Control: public, max-age=600")
    async with serving(answer) as (url, heard):
        found = await fetch(f"{url}/v3/list.json?x=1", bounds=HERE)
    assert (found.status, found.body, found.etag, found.max_age) == (200, b"list", '"v1"', 600)
    assert heard[0].startswith(b"GET /v3/list.json?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"If-None-Match" not in heard[0]


async def test_what_has_not_changed_is_not_sent_again():
    async with serving(http("304 Not Modified", b"", 'ETag: "v1"')) as (url, heard):
        found = await fetch(url, '"v1"', HERE)
    assert (found.status, found.body) == (304, b"")
    assert b'If-None-Match: "v1"\r\n' in heard[0]


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", gzip.compress(b"words", mtime=0), "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2\r\nds\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nwords",
        b"HTTP/1.1 100 Continue\r\n\r\n" + http("200 OK", b"words"),
    ],
)
async def test_every_way_of_sending_a_body_is_understood(answer):
    async with serving(answer) as (url, _):
        assert (await fetch(url, bounds=HERE)).body == b"words"


async def test_a_redirect_is_followed():
    async with serving(http("302 Found", b"", "Location: /new"), http("200 OK", b"here")) as (url, heard):
        assert (await fetch(f"{url}/old", bounds=HERE)).body == b"here"
    assert heard[1].startswith(b"GET /new ")


@pytest.mark.parametrize(
    "answer, words",
    [
        (http("500 Oops"), "answered 500"),
        (http("302 Found"), "without saying where"),
        (http("302 Found", b"", "Location: ftp://x/"), "only https:// is"),
        (http("302 Found", b"", "Location: http://192.168.0.1/"), "only https:// is"),
        (b"", "hung up"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "hung up"),
        (b"hello\r\n\r\n", "does not speak HTTP"),
        (http("200 OK", b"x" * 2000), "longer than 1000 bytes"),
        (http("200 OK", gzip.compress(b"x" * 100_000, mtime=0), "Content-Encoding: gzip"), "longer than 1000 bytes"),
        (http("200 OK", b"nonsense", "Content-Encoding: gzip"), "packing is broken"),
        (http("200 OK", b"x", "Content-Encoding: br"), "packed as br"),
        (http("200 OK", b"", f"X: {'y' * 70_000}"), "headers are too long"),
    ],
)
async def test_an_answer_that_will_not_do_is_told(answer, words):
    async with serving(answer) as (url, _):
        with pytest.raises(Unreachable, match=words):
            await fetch(url, bounds=FetchLimits(seconds=PATIENCE, bytes=1000, private=True))


async def test_redirects_end():
    turn = http("302 Found", b"", "Location: /again")
    async with serving(*[turn] * 5) as (url, heard):
        with pytest.raises(Unreachable, match="more than 3 times"):
            await fetch(url, bounds=HERE)
    assert len(heard) == 4


async def test_a_server_that_says_nothing_is_given_up():
    async def wait(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    async with server:
        with pytest.raises(Unreachable, match="longer than"):
            port = server.sockets[0].getsockname()[1]
            await fetch(f"http://127.0.0.1:{port}/", bounds=FetchLimits(seconds=0.05, private=True))


@pytest.mark.parametrize(
    "url",
    [
        "http://lists.example/gvl.json",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "https://user:pass@lists.example/",
        "https:///path",
        "https://lists.example:0/",
        "https://lists.example:99999/",
        "https://lists.example/a b\r\nX: y",
        "nonsense",
    ],
)
async def test_only_https_is_called(url):
    with pytest.raises(Unreachable, match=r"https|address"):
        await fetch(url)


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
async def test_a_name_that_leads_into_a_private_network_is_refused(address):
    async def both(host, port):
        return ["93.184.215.14", address]

    with pytest.raises(Unreachable, match="private network"):
        await fetch("https://lists.example/gvl.json", resolve=both)


async def test_plain_http_stays_on_this_machine_whatever_the_name_says():
    async def elsewhere(host, port):
        return ["93.184.215.14"]

    with pytest.raises(Unreachable, match="private network"):
        await fetch("http://localhost/gvl.json", bounds=HERE, resolve=elsewhere)


@pytest.mark.parametrize("address, public", [
    ("93.184.215.14", True), ("2606:2800:21f::1", True), ("100.64.0.1", False), ("0.0.0.0", False),
    ("224.0.0.1", False), ("2002:0a00:0001::", False), ("64:ff9b::a00:1", False), ("fe80::1%eth0", False),
])  # fmt: skip
def test_public_means_public_however_it_is_written(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize("text, seconds", [
    ("max-age=60", 60), ('public, max-age="5"', 5), ("max-age=60, no-cache", 0), ("no-store", 0), ("public", None),
    ("max-age=x", None), ("max-age=99999999999", 31_536_000),
])  # fmt: skip
def test_how_long_an_answer_is_fresh(text, seconds):
    assert max_age(text) == seconds
