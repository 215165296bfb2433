"""The live stream: what this node takes in and sends out, as server-sent events (HTML Standard §9.2).

    GET /v1/stream?source=&user=&type=&verdict=&way=in|out&stage=production|development

Each message is a row, its id the place to go on from (`Last-Event-ID`). `event: lost` says how many rows a reader who
was too slow, or came back too late, has missed. Without the role `unmasked`, names and payloads are masked. A comment
every few seconds keeps proxies from hanging up. With several nodes each shows what it does itself.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from placet.api.admin.authenticate import Admit, bearer
from placet.api.http.problems import neutral, problem_of
from placet.api.http.request import Header, HttpRefusal, Receive, Response, Scope, Send
from placet.api.http.routes import Mount
from placet.consent.profile.person import masked as masked_name
from placet.errors import Busy, Denied
from placet.events.records.batch_codec import document_of
from placet.events.records.live_rows import Direction, EventStage, LiveRow, Subscription, masked, stage_of
from placet.settings.api_tokens import Bearer, Role

PATH: Final = "/v1/stream"
HEADERS: Final[list[Header]] = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
HEARTBEAT: Final = 15.0
QUESTIONS: Final = ("source", "user", "type", "verdict", "way", "stage")
CHOICES: Final = {"way": frozenset(Direction), "stage": frozenset(EventStage)}


class Watching(Struct, frozen=True):
    """How somebody watches: the next rows, and how to leave."""

    next: Callable[[float], Any]
    ended: Callable[[], bool]
    leave: Callable[[], None]


class StreamServices(Struct, frozen=True):
    """What the stream needs: who may watch, how to watch (from behind a number on), and this node's own name."""

    admit: Admit
    watch: Callable[[Subscription, int | None], Watching]
    node: str
    heartbeat: float = HEARTBEAT


class Stream:
    """The stream as an application of its own, since its answer has no end."""

    def __init__(self, services: StreamServices) -> None:
        """Bound to its stories."""
        self.services = services

    def mount(self) -> Mount:
        """Where it is found."""
        return Mount(PATH, self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show rows until the reader or the node goes away."""
        headers = dict(scope["headers"])
        try:
            who, subscription = await self.asked(scope, headers)
            watching = self.services.watch(subscription, self.after(headers))
        except (HttpRefusal, Denied, Busy) as error:
            problem = problem_of(error)
            assert problem is not None
            await answer(neutral(problem), send)
            return
        try:
            await self.pour(watching, who, headers, receive, send)
        finally:
            watching.leave()

    async def asked(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Bearer, Subscription]:
        """Who asks, and for what. Raises Refusal and Denied."""
        if scope["path"] != PATH or scope["method"] != "GET":
            raise HttpRefusal(404 if scope["path"] != PATH else 405, "GET /v1/stream")
        who = await bearer(headers.get(b"authorization", b"").decode("latin-1"), Role.READ, self.services.admit)
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        for name, value in asked.items():
            if name not in QUESTIONS or value not in CHOICES.get(name, (value,)):
                raise HttpRefusal(400, f"'{name}={value}' is no question: ask for {', '.join(QUESTIONS)}")
        asked["direction"] = asked.pop("way", "")
        return who, Subscription(who.organisation, who.workspace, **asked)

    def after(self, headers: dict[bytes, bytes]) -> int | None:
        """The number to go on behind; 0, so that all that is missing counts as lost, for another node's."""
        last = headers.get(b"last-event-id", b"").decode("latin-1")
        if not last:
            return None
        node, _, number = last.partition("-")
        return int(number) if node == self.services.node and number.isdecimal() and len(number) < 19 else 0

    async def pour(
        self, watching: Watching, who: Bearer, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        """Rows as they come; ends when the reader hangs up, the node closes, or the token is revoked."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        gone = asyncio.ensure_future(hung_up(receive))
        try:
            async for piece in self.pieces(watching, who, headers):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                if gone.done():
                    return
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone

    async def pieces(self, watching: Watching, who: Bearer, headers: dict[bytes, bytes]) -> AsyncIterator[bytes]:
        """What is written: rows, what was lost, and a comment where nothing happens."""
        yield b": placet\nretry: 2000\n\n"
        loop, checked = asyncio.get_running_loop(), 0.0
        while not watching.ended():
            if loop.time() >= checked + self.services.heartbeat:
                checked = loop.time()
                if not await self.still_allowed(headers):
                    return
            lost, rows = await watching.next(self.services.heartbeat)
            if lost:
                yield b"event: lost\ndata: " + msgspec.json.encode({"rows": lost}) + b"\n\n"
            for number, row in rows:
                data = msgspec.json.encode(shown(row, unmasked=who.may(Role.UNMASKED)))
                yield f"id: {self.services.node}-{number}\ndata: ".encode() + data + b"\n\n"
            if not rows and not lost:
                yield b": still here\n\n"

    async def still_allowed(self, headers: dict[bytes, bytes]) -> bool:
        """Does the token still open this? It may have been revoked since."""
        try:
            await bearer(headers.get(b"authorization", b"").decode("latin-1"), Role.READ, self.services.admit)
        except (HttpRefusal, Denied):
            return False
        return True


async def hung_up(receive: Receive) -> None:
    """Return when the reader is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def answer(response: Response, send: Send) -> None:
    """Say why there is no stream."""
    length = (b"content-length", b"%d" % len(response.body))
    await send({"type": "http.response.start", "status": response.status, "headers": [*response.headers, length]})
    await send({"type": "http.response.body", "body": response.body})


def shown(row: LiveRow, *, unmasked: bool) -> dict[str, Any]:
    """A row as its reader may see it."""
    event = row.event
    try:
        payload: Any = document_of(event)
    except (ValueError, RecursionError):
        payload = None
    users = [{"kind": one.kind, "value": one.value if unmasked else masked_name(one.value)} for one in event.identities]
    return {
        "way": row.direction,
        "at": row.at,
        "stage": stage_of(event),
        "source": row.source,
        "connection": row.connection,
        "type": event.kind,
        "name": event.name,
        "event": event.id,
        "user": users,
        "verdict": row.verdict,
        "verdicts": row.verdicts,
        "reason": row.reason,
        "payload": payload if unmasked or payload is None else masked(payload),
    }
