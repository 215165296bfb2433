"""The server's end of the line to the process that writes the SQLite file."""

import asyncio
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Final, cast

from placet.errors import Busy
from placet.stores.sql.sqlite.writer_protocol import LENGTH, Failed, Reply, answers_from

CONNECTION_LOST: Final = "the writer process was lost; what was on its way may or may not be written"

PAUSE: Final = 0.5
"""Seconds between two attempts to start a writer that cannot open its file."""


class WriterConnection(asyncio.Protocol):
    """Frames out, frames in; each answer goes to whoever asked first."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.read = bytearray()
        self.hello: asyncio.Future[list[Reply]] = loop.create_future()
        self.asked: deque[asyncio.Future[list[Reply]]] = deque([self.hello])
        self.lost: asyncio.Future[None] = loop.create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line stands."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        """Hand every whole frame to the one who waits for it."""
        self.read += data
        while len(self.read) >= LENGTH:
            end = LENGTH + int.from_bytes(self.read[:LENGTH])
            if len(self.read) < end:
                return
            answers = answers_from(memoryview(self.read)[LENGTH:end].tobytes())
            del self.read[:end]
            asked = self.asked.popleft()
            if not asked.done():
                asked.set_result(answers)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        """Tell everyone who still waits."""
        for answer in self.asked:
            if not answer.done():
                answer.set_exception(Busy(CONNECTION_LOST))
        self.lost.set_result(None)

    async def request(self, stored_batch: bytes) -> list[Reply]:
        """Send a frame, return its answers. Raises Busy when the line breaks."""
        if self.lost.done() or self.transport is None:
            raise Busy(CONNECTION_LOST)
        answer: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        self.asked.append(answer)
        self.transport.write(stored_batch)
        return await answer


class WriterClient:
    """The writer process: started when first needed, started again when it was lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: WriterConnection | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.failed_at = 0.0
        self.starting = asyncio.Lock()

    async def request(self, stored_batch: bytes) -> list[Reply]:
        """Have a frame written. Raises Busy."""
        line = self.connection
        if line is None or line.lost.done():
            line = await self.start()
        return await line.request(stored_batch)

    async def start(self) -> WriterConnection:
        """Start the process unless someone just did. Raises Busy, at once while a failure is fresh."""
        async with self.starting:
            if self.connection and not self.connection.lost.done():
                return self.connection
            if time.monotonic() - self.failed_at < PAUSE:
                raise Busy("the writer process could not be started a moment ago")
            await self.reap()
            try:
                self.connection = await self.spawn()
            except (OSError, Busy) as error:
                self.failed_at = time.monotonic()
                raise Busy(str(error)) from error
            return self.connection

    async def spawn(self) -> WriterConnection:
        """A new process, connected, with its file open. Raises Busy or OSError."""
        ours, theirs = socket.socketpair()
        command = [
            sys.executable,
            "-m",
            "placet.stores.sql.sqlite.writer_process",
            str(self.path),
            str(theirs.fileno()),
        ]
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; forking takes a millisecond
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        ours.setblocking(False)
        _, line = await asyncio.get_running_loop().create_unix_connection(WriterConnection, sock=ours)
        [hello] = await line.hello
        if isinstance(hello, Failed):
            raise Busy(hello.why)
        return line

    async def reap(self) -> None:
        """Wait for a process that has ended or is about to."""
        if self.process:
            await asyncio.to_thread(self.process.wait)
            self.process = None

    async def close(self) -> None:
        """Hang up; the writer finishes what it has and ends."""
        if self.connection and self.connection.transport:
            self.connection.transport.close()
        await self.reap()
