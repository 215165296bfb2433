"""A pool of open connections to other servers, reused for the next request to the same server.

Rules: one request at a time uses a connection · a connection is closed unless it delivered exactly one whole response ·
the checks made when it was opened (address, certificate) hold for as long as it is open.
"""

import asyncio
import ssl
from collections import defaultdict
from typing import Final
from urllib.parse import SplitResult

from msgspec import Struct

from placet.outputs.transport.ssrf_guard import port_of

IDLE: Final = 15.0
"""Seconds after which an idle connection is not reused: most servers close it a little later."""

MOST: Final = 64
"""Idle connections kept open to one server."""


class ConnectionTarget(Struct, frozen=True):
    """The server a connection leads to, and whether it was opened with permission for loopback addresses."""

    scheme: str
    host: str
    port: int
    loopback: bool


class PooledConnection(Struct):
    """An open connection, since when it is idle (the loop's time), and whether it was used before."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    since: float = 0.0
    used: bool = False

    @property
    def is_open(self) -> bool:
        """Is the connection open, as far as this side can tell?"""
        return not (self.reader.at_eof() or self.reader.exception() or self.writer.is_closing())

    def close(self) -> None:
        """Close the connection in any state."""
        self.writer.close()


class ConnectionPool:
    """The idle connections of one node, by target."""

    def __init__(self) -> None:
        """The pool is empty."""
        self._idle: dict[ConnectionTarget, list[PooledConnection]] = defaultdict(list)

    def take(self, place: ConnectionTarget) -> PooledConnection | None:
        """The most recently used connection that is still open, or None; stale ones found on the way are closed."""
        now, idle = asyncio.get_running_loop().time(), self._idle[place]
        while idle:
            line = idle.pop()
            if line.is_open and now - line.since < IDLE:
                return line
            line.close()
        del self._idle[place]
        return None

    def keep(self, place: ConnectionTarget, line: PooledConnection) -> None:
        """Return a connection to the pool after a whole response; connections idle for too long are closed."""
        line.since, line.used = asyncio.get_running_loop().time(), True
        idle = self._idle[place]
        while idle and (len(idle) >= MOST or line.since - idle[0].since >= IDLE):
            idle.pop(0).close()
        idle.append(line)

    def close(self) -> None:
        """Close all idle connections."""
        for idle in self._idle.values():
            for line in idle:
                line.close()
        self._idle.clear()


def place_of(parts: SplitResult, *, loopback: bool) -> ConnectionTarget:
    """The connection target of a URL."""
    return ConnectionTarget(parts.scheme, str(parts.hostname), port_of(parts), loopback)


async def opened(parts: SplitResult, address: str, trust: ssl.SSLContext | None) -> PooledConnection:
    """A new connection to this address; without TLS where `trust` is None. Raises OSError."""
    name = parts.hostname if trust else None
    return PooledConnection(*await asyncio.open_connection(address, port_of(parts), ssl=trust, server_hostname=name))
