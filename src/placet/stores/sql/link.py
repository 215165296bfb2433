"""The server's end of the line to the process that writes the SQLite file."""

import asyncio
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Final, cast

from placet.stores.ports import Busy
from placet.stores.sql.wire import LENGTH, Answer, No, answers_from

LOST: Final = "the writer process was lost; what was on its way may or may not be written"

PAUSE: Final = 0.5
"""Seconds between two attempts to start a writer that cannot open its file."""


class Line(asyncio.Protocol):
    """Frames out, frames in; each answer goes to whoever asked first."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.read = bytearray()
        self.hello: asyncio.Future[list[Answer]] = loop.create_future()
        self.asked: deque[asyncio.Future[list[Answer]]] = deque([self.hello])
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
                answer.set_exception(Busy(LOST))
        self.lost.set_result(None)

    async def ask(self, frame: bytes) -> list[Answer]:
        """Send a frame, return its answers. Raises Busy when the line breaks."""
        if self.lost.done() or self.transport is None:
            raise Busy(LOST)
        answer: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self.asked.append(answer)
        self.transport.write(frame)
        return await answer


class Writer:
    """The writer process: started when first needed, started again when it was lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line: Line | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.failed_at = 0.0
        self.starting = asyncio.Lock()

    async def ask(self, frame: bytes) -> list[Answer]:
        """Have a frame written. Raises Busy."""
        line = self.line
        if line is None or line.lost.done():
            line = await self.start()
        return await line.ask(frame)

    async def start(self) -> Line:
        """Start the process unless someone just did. Raises Busy, at once while a failure is fresh."""
        async with self.starting:
            if self.line and not self.line.lost.done():
                return self.line
            if time.monotonic() - self.failed_at < PAUSE:
                raise Busy("the writer process could not be started a moment ago")
            await self.reap()
            try:
                self.line = await self.spawn()
            except (OSError, Busy) as error:
                self.failed_at = time.monotonic()
                raise Busy(str(error)) from error
            return self.line

    async def spawn(self) -> Line:
        """A new process, connected, with its file open. Raises Busy or OSError."""
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "placet.stores.sql.writer", str(self.path), str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; forking takes a millisecond
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        ours.setblocking(False)
        _, line = await asyncio.get_running_loop().create_unix_connection(Line, sock=ours)
        [hello] = await line.hello
        if isinstance(hello, No):
            raise Busy(hello.why)
        return line

    async def reap(self) -> None:
        """Wait for a process that has ended or is about to."""
        if self.process:
            await asyncio.to_thread(self.process.wait)
            self.process = None

    async def close(self) -> None:
        """Hang up; the writer finishes what it has and ends."""
        if self.line and self.line.transport:
            self.line.transport.close()
        await self.reap()
