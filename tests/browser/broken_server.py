"""A server that breaks on purpose: it fails, says nothing, stops in the middle, talks nonsense, forgets headers."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from placet.api.http.request import App, Receive, Scope, Send


class Fault(StrEnum):
    """What is wrong with an answer."""

    FAILS = auto()
    HANGS = auto()
    IS_CUT = auto()
    IS_NONSENSE = auto()
    MAY_NOT_BE_READ = auto()
    """No `access-control-allow-origin`: another origin's page gets nothing."""


ALLOWED = b"access-control-allow-origin"


@dataclass
class Broken:
    """Which paths break, by what they end in, and how; whoever hangs is let go with `mend`."""

    faults: dict[str, Fault] = field(default_factory=dict)
    _mended: list[asyncio.Event] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None

    def of(self, path: str) -> Fault | None:
        """What is wrong with this path."""
        return next((fault for end, fault in self.faults.items() if path.endswith(end)), None)

    def mend(self) -> None:
        """Everything works again; who was kept waiting is cut off."""
        self.faults.clear()
        while self._mended and self._loop:
            self._loop.call_soon_threadsafe(self._mended.pop().set)

    async def wait(self) -> None:
        """Until everything works again."""
        self._loop = asyncio.get_running_loop()
        self._mended.append(mended := asyncio.Event())
        await mended.wait()


def breaking(app: App, broken: Broken) -> App:
    """The same application, with these faults."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        fault = broken.of(scope["path"])
        if fault is None:
            return await app(scope, receive, send)
        if fault is Fault.HANGS:
            return await broken.wait()
        if fault is Fault.FAILS:
            return await _say(send, 500, b"It broke.")
        if fault is Fault.IS_NONSENSE:
            return await _say(send, 200, b'{"rule": <html>')
        spoiled = _cut if fault is Fault.IS_CUT else _unreadable
        return await app(scope, receive, spoiled(send))

    return faulty


async def _say(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (ALLOWED, b"*"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _cut(send: Send) -> Send:
    """Half a body, and no more."""

    async def cut(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return cut


def _unreadable(send: Send) -> Send:
    async def unreadable(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if pair[0].lower() != ALLOWED]
            message = {**message, "headers": kept}
        await send(message)

    return unreadable
