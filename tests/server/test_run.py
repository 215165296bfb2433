"""A server that is told to stop finishes what it accepted, closes its stores and says goodbye with an exit code."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from placet.server.run import BAD_SETTINGS, FAILED, STOPPED
from tests.clients.deployment import PATIENCE

ROOT = Path(__file__).parents[2]
LONG = "3600"
"""Seconds, as a setting, that no test waits: what comes within its patience did not come of this."""


class Running:
    """A server in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""
        self.lines: list[dict] = []

    async def line(self, says: str) -> dict:
        """Wait for the log line that says this."""
        while True:
            raw = await self.process.stderr.readline()
            assert raw, f"the server ended without saying {says!r}: {self.lines}"
            self.lines.append(json.loads(raw))
            if self.lines[-1]["says"] == says:
                return self.lines[-1]

    async def ended(self) -> tuple[int, str]:
        """Its exit code and what it printed, once it has ended by itself."""
        out, err = await self.process.communicate()
        self.lines += [json.loads(raw) for raw in err.splitlines()]
        return self.process.returncode, out.decode()


def a_client(**more: Any) -> httpx.AsyncClient:
    """A client that waits for its answers."""
    return httpx.AsyncClient(timeout=PATIENCE, **more)


async def begun(mark: Path) -> None:
    """Wait until the request that leaves this mark is under way."""
    while not (mark.exists() and mark.read_text() == "begun"):
        await asyncio.sleep(0.01)


async def nobody_is_let_in(url: str) -> None:
    """Wait until the door is closed: who comes between the word and the deed may still be let in, or be cut off."""
    while True:
        try:
            async with a_client() as late:
                await late.get(f"{url}/readyz")
        except httpx.ConnectError:
            return
        except httpx.TransportError:
            continue


@asynccontextmanager
async def a_server(*arguments: str, listens: bool = True, **settings: str) -> AsyncIterator[Running]:
    environment = {
        "PATH": os.environ["PATH"],
        "PLACET_PORT": "0",
        **{f"PLACET_{what}_SECONDS": LONG for what in ("HEADER", "BODY", "SHUTDOWN")},
        **{f"PLACET_{name.upper()}": value for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.server.sample_server", *arguments),
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value != "unset"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = Running(process)
    try:
        if listens:
            running.url = (await running.line("listening"))["address"]
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_operations_on_a_port_of_their_own_are_answered_nowhere_else(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with a_server(operations_port=str(port)) as server, a_client() as client:
        beside = f"http://127.0.0.1:{port}"
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await client.get(beside + path)).status_code == 200, path
            assert (await client.get(server.url + path)).status_code == 404, path
        assert (await client.get(f"{beside}/work")).status_code == 404
        mark = tmp_path / "mark"
        answer = asyncio.create_task(client.get(f"{server.url}/work?mark={mark}"))
        await begun(mark)
        server.process.terminate()
        await server.line("draining")
        assert (await client.get(f"{beside}/readyz")).json()["reasons"] == {"server": "draining"}
        mark.with_suffix(".go").touch()
        assert (await answer).text == "done"
        assert await server.ended() == (STOPPED, "closed\n")


async def test_a_port_for_operations_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with a_server(listens=False, operations_port=str(port)) as server:
            assert (await server.ended())[0] == BAD_SETTINGS
            assert f"Cannot listen on 127.0.0.1 port {port}" in server.lines[-1]["says"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_request_that_was_accepted_is_finished_before_the_stores_close(number, tmp_path):
    async with a_server() as server, a_client() as client:
        assert (await client.get(f"{server.url}/readyz")).status_code == 200
        mark = tmp_path / "mark"
        answer = asyncio.create_task(client.get(f"{server.url}/work?mark={mark}"))
        await begun(mark)
        server.process.send_signal(number)
        await server.line("draining")
        await nobody_is_let_in(server.url)
        mark.with_suffix(".go").touch()
        assert (await answer).text == "done"
        assert (await answer).headers["connection"] == "close"
        assert await server.ended() == (STOPPED, "closed\n")
        assert mark.read_text() == "done"


async def test_the_grace_time_ends_what_does_not_finish(tmp_path):
    async with a_server(shutdown_seconds="0.5") as server, a_client() as client:
        answer = asyncio.create_task(client.get(f"{server.url}/work?mark={tmp_path}/mark"))
        await begun(tmp_path / "mark")
        server.process.terminate()
        assert await server.ended() == (FAILED, "closed\n")
        assert "requests were cut off" in [line["says"] for line in server.lines]
        await asyncio.gather(answer, return_exceptions=True)
        assert (tmp_path / "mark").read_text() == "begun"


async def test_a_second_signal_ends_the_grace_time_at_once(tmp_path):
    async with a_server() as server, a_client() as client:
        answer = asyncio.create_task(client.get(f"{server.url}/work?mark={tmp_path}/mark"))
        await begun(tmp_path / "mark")
        server.process.terminate()
        await server.line("draining")
        server.process.terminate()
        assert await asyncio.wait_for(server.ended(), PATIENCE) == (FAILED, "closed\n")
        await asyncio.gather(answer, return_exceptions=True)


async def test_a_server_may_be_stopped_while_it_opens():
    async with a_server("slowly", listens=False) as server:
        assert await server.process.stdout.readline() == b"opening\n"
        server.process.terminate()
        assert await asyncio.wait_for(server.ended(), PATIENCE) == (STOPPED, "")


async def test_bad_settings_stop_the_start_with_their_cure():
    async with a_server("badly", listens=False) as server:
        assert await server.ended() == (BAD_SETTINGS, "")
        assert server.lines[-1]["says"] == "cannot start: There is no such store. Use another one."


async def test_a_port_that_is_taken_stops_the_start_with_its_cure():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with a_server(listens=False, port=str(port)) as server:
            assert (await server.ended())[0] == BAD_SETTINGS
            assert "Choose another host or port" in server.lines[-1]["says"]


async def test_a_unix_socket_serves_as_well_and_is_taken_away_at_the_end(tmp_path):
    path = tmp_path / "placet.sock"
    async with a_server(socket=str(path), port="unset") as server:
        assert server.url == f"unix:{path}"
        async with a_client(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
            assert (await client.get("http://placet/healthz")).status_code == 200
        server.process.terminate()
        assert await server.ended() == (STOPPED, "closed\n")
        assert not path.exists()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def send(writer: asyncio.StreamWriter, *pieces: bytes) -> None:
    """Write what the server still takes: it may close before we are done."""
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        return


async def everything(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionError:
        return b""


HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD, b"X-Long: ", *[b"a" * 10_000] * 100, b"\r\n\r\n"],
        [HEAD, *[b"X-%d: %b\r\n" % (number, b"a" * 10_000) for number in range(100)], b"\r\n"],
        [HEAD + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n"],
        [HEAD + b"X-Long: " + b"a" * 60_000, b"a" * 10_000 + b"\r\n\r\n"],
        [b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
        [HEAD + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n"],
    ],
)
async def test_headers_beyond_the_limit_are_431_or_a_closed_connection(pieces):
    async with a_server(header_bytes="65536") as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await send(writer, *pieces)
        answer = await everything(reader)
        assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""
        writer.close()
        async with a_client() as client:
            assert (await client.get(f"{server.url}/healthz")).status_code == 200


async def test_large_headers_below_the_limit_pass_in_small_pieces_and_after_large_bodies():
    async with a_server(header_bytes="65536") as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"b" * 200_000
        last = HEAD + b"X-Long: " + b"a" * 60_000 + b"\r\nConnection: close\r\n\r\n"
        await send(writer, body + last[:30_000], last[30_000:])
        answer = await everything(reader)
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        writer.close()


@pytest.mark.parametrize("first", [b"", HEAD])
async def test_a_client_that_never_finishes_its_headers_is_dropped(first):
    async with a_server(header_seconds="0.2") as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await send(writer, first)
        assert await everything(reader) == b""
        writer.close()


async def test_a_body_that_never_ends_is_408_and_closed():
    async with a_server(body_seconds="0.3") as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await send(writer, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        assert (await everything(reader)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_nothing_of_a_person_reaches_the_log():
    secrets = ["anna@example.org", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "CPXxRfAPXxRfA", "secret-path", "secret-body"]
    headers = {
        "OT-Identifier": secrets[0],
        "OT-Sync-Profile-Auth": secrets[1],
        "OT-Consent-String": secrets[2],
        "User-Agent": "secret-agent",
        "Cookie": "secret-cookie=1",
    }
    async with a_server() as server, a_client(headers=headers) as client:
        query = f"?identifier={secrets[0]}"
        assert (await client.get(f"{server.url}/fail{query}")).status_code == 500
        assert (await client.get(f"{server.url}/secret-path{query}")).status_code == 404
        assert (await client.post(f"{server.url}/echo{query}", content="secret-body")).status_code == 200
        assert (await client.request("SECRET", f"{server.url}/echo{query}")).status_code in {400, 405}
        server.process.terminate()
        await server.ended()
    log = json.dumps(server.lines)
    answered = [line for line in server.lines if line["says"] == "answered"]
    assert [(line["route"], line["status"]) for line in answered] == [
        ("/fail", 500),
        ("(none)", 404),
        ("/echo", 200),
    ]
    assert answered[0]["app"] == "app-1"
    assert answered[0]["ms"] > 0 and answered[0]["request"]
    bug = next(line for line in server.lines if line["says"] == "unexpected error")
    assert bug["error"] == "KeyError" and any("sample_server.py" in step for step in bug["where"])
    for secret in [*secrets, "secret-agent", "secret-cookie", "identifier", "127.0.0.1:", "SECRET"]:
        assert secret not in log.replace(server.url, "")
