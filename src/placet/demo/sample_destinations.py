"""The demo's sample destinations: two small servers that take events in, and show what reached them."""

import asyncio
import html
import json
from collections import deque
from collections.abc import Callable
from functools import partial
from string import Template
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from placet.settings.connections import DestinationSetting
from placet.settings.organisation import Organisation, Workspace

SHOWN: Final = 200
"""So many of the latest messages a destination shows."""

LONGEST: Final = 1 << 20
PLUGIN_ID: Final = "outfitter"
"""The workspace of the example whose destinations these are."""

PAGE: Final = Template("""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>$name</title>
<meta http-equiv="refresh" content="2">
<style>:root { color-scheme: light dark } body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem;
margin: 2rem auto; padding: 0 1rem } table { border-collapse: collapse; width: 100% }
td, th { text-align: start; padding: .3rem .6rem; border-bottom: 1px solid #8886; overflow-wrap: anywhere }</style>
<h1>$name</h1><p>A sample destination. It shows what placet let through to it, the latest first.</p>
<table><thead><tr><th scope="col">What<th scope="col">Whose<th scope="col">Message</tr></thead>
<tbody>$rows</tbody></table></html>
""")


class SampleServer:
    """One destination: what reached it so far."""

    def __init__(self, id: str, name: str, port: int) -> None:
        self.id, self.name, self.port = id, name, port
        self.came: deque[dict[str, Any]] = deque(maxlen=SHOWN)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def take(self, body: bytes) -> None:
        """Something reached it."""
        said = json.loads(body)
        self.came.appendleft(said if isinstance(said, dict) else {"said": said})

    def page(self) -> bytes:
        """What people see."""
        rows = "".join(row_of(one) for one in self.came) or '<tr><td colspan="3">Nothing yet.</td></tr>'
        return PAGE.substitute(name=html.escape(self.name), rows=rows).encode()

    def list(self) -> bytes:
        """What the tour sees."""
        return json.dumps([*self.came]).encode()


def row_of(said: dict[str, Any]) -> str:
    """A message as a row of the table."""
    what = said.get("event") or said.get("type") or "?"
    whose = said.get("userId") or said.get("anonymousId") or ", ".join(str(name) for name in said.get("names", ()))
    cells = (what, whose, said.get("messageId") or said.get("id") or "")
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>"


class SampleDestinations(Struct, frozen=True):
    """The sample destinations as they stand on this machine."""

    servers: tuple[SampleServer, ...]

    def on(self, organisation: Organisation) -> Organisation:
        """The organisation with these in the place of destinations that no machine here has."""
        return replace(organisation, workspaces=tuple(self._moved(one) for one in organisation.workspaces))

    def _moved(self, workspace: Workspace) -> Workspace:
        here = {server.id: server for server in self.servers} if workspace.id == PLUGIN_ID else {}

        def moved(one: DestinationSetting) -> DestinationSetting:
            return replace(one, url=here[one.id].address, loopback=True) if one.id in here else one

        return replace(workspace, destinations=tuple(map(moved, workspace.destinations)))


def sample_destinations(free_port: Callable[[int], int], first: int) -> SampleDestinations:
    """Both destinations, on ports of their own."""
    names = (("tally", "Tally Metrics (analytics)"), ("adlane", "Adlane (advertising)"))
    return SampleDestinations(tuple(SampleServer(id, name, free_port(first + n)) for n, (id, name) in enumerate(names)))


async def open_sample_destinations(destinations: SampleDestinations) -> list[asyncio.Server]:
    """Let every destination listen."""
    return [
        await asyncio.start_server(partial(answer, server), "127.0.0.1", server.port, limit=LONGEST)
        for server in destinations.servers
    ]


async def answer(server: SampleServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request: a message to keep, or a look at those that came."""
    try:
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
        kind, body = "text/html; charset=utf-8", b"ok"
        if head.startswith("POST"):
            server.take(await asyncio.wait_for(reader.readexactly(length_of(head)), 10))
        elif head.startswith("GET /came"):
            kind, body = "application/json", server.list()
        else:
            body = server.page()
        lines = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(lines.encode() + body)
        await writer.drain()
    except (TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()


def length_of(head: str) -> int:
    """The announced length of a body, at most LONGEST. Raises ValueError."""
    lines = (line.partition(":") for line in head.lower().split("\r\n"))
    size = int(next((value for name, _, value in lines if name == "content-length"), "0"))
    if not 0 <= size <= LONGEST:
        raise ValueError("a body of this length is not taken")
    return size
