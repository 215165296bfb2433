"""Connections to other people's servers, kept open for the next request to the same one.

House rules: one request at a time uses a line · one that has said anything but a whole answer is hung up · what was
judged when it was opened (address, certificate) holds for as long as it stands.
"""

import asyncio
import ssl
from collections import defaultdict
from typing import Final
from urllib.parse import SplitResult

from msgspec import Struct

from placet.outputs.transport.ssrf_guard import port_of

IDLE: Final = 15.0
"""Seconds after which a line that nobody uses is not used again: most servers hang up after a little more."""

MOST: Final = 64
"""Lines that are kept open to one server."""


class ConnectionTarget(Struct, frozen=True):
    """Which server a line leads to, and under which permission it was opened."""

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
        """Is it open, as far as one can know?"""
        return not (self.reader.at_eof() or self.reader.exception() or self.writer.is_closing())

    def close(self) -> None:
        """Close it, whatever state it is in."""
        self.writer.close()


class ConnectionPool:
    """The idle lines of one node, by where they lead."""

    def __init__(self) -> None:
        """None is open yet."""
        self._idle: dict[ConnectionTarget, list[PooledConnection]] = defaultdict(list)

    def take(self, place: ConnectionTarget) -> PooledConnection | None:
        """The line that was used last, if one still stands; the others that do not are hung up on the way."""
        now, idle = asyncio.get_running_loop().time(), self._idle[place]
        while idle:
            line = idle.pop()
            if line.is_open and now - line.since < IDLE:
                return line
            line.close()
        del self._idle[place]
        return None

    def keep(self, place: ConnectionTarget, line: PooledConnection) -> None:
        """Keep a line for the next one, after a whole answer; those that have been idle for long are hung up."""
        line.since, line.used = asyncio.get_running_loop().time(), True
        idle = self._idle[place]
        while idle and (len(idle) >= MOST or line.since - idle[0].since >= IDLE):
            idle.pop(0).close()
        idle.append(line)

    def close(self) -> None:
        """Hang all of them up."""
        for idle in self._idle.values():
            for line in idle:
                line.close()
        self._idle.clear()


def place_of(parts: SplitResult, *, loopback: bool) -> ConnectionTarget:
    """Where an address leads."""
    return ConnectionTarget(parts.scheme, str(parts.hostname), port_of(parts), loopback)


async def opened(parts: SplitResult, address: str, trust: ssl.SSLContext | None) -> PooledConnection:
    """A new line to this address; `trust` of None speaks without TLS. Raises OSError."""
    name = parts.hostname if trust else None
    return PooledConnection(*await asyncio.open_connection(address, port_of(parts), ssl=trust, server_hostname=name))
