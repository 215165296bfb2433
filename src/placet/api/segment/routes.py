"""The paths of Segment's tracking API, long and short, and of its CDN (segment.md §1.1, §2)."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from msgspec import Struct

from placet.api.http.metrics import Metrics
from placet.api.http.problems import Problem
from placet.api.http.request import JSON, Request, Response
from placet.api.http.routes import Dialect, Handler, Route
from placet.api.http.storage_budget import Spend, unlimited
from placet.api.segment.cdn import integrations, settings
from placet.api.segment.messages import MessageContext, MessageEvents, read_batch, read_message
from placet.api.segment.scripts import SegmentScripts
from placet.errors import Missing
from placet.events.event import EventKind
from placet.events.policy.compile_source import Source
from placet.formats.errors import Malformed
from placet.services.events.collect_events import Collect, Collected

SUCCESS: Final = Response(200, b'{"success": true}', (JSON,))
BATCHES: Final = ("/v1/batch", "/v1/b", "/v1/import")
"""Paths that take batches; the last one is what old clients know it by (segment.md §1.1)."""
CODES: Final = {413: "invalid_request", 429: "rate_limited", 503: "busy", 404: "not_found"}
"""What a status is called in an error's body; others that are the client's doing are `invalid_request`."""


class SegmentServices(Struct, frozen=True):
    """What the face needs: the story, a source by its write key, where it is reached, the clock, new ids, scripts.

    Pages wait `wait_ms` milliseconds for the list of destinations.
    """

    collect: Callable[[Collect, int], Awaitable[Collected]]
    source: Callable[[str], Source | None]
    public_url: str
    now: Callable[[], int]
    new_id: Callable[[], str]
    scripts: SegmentScripts = SegmentScripts({})
    spend: Spend = unlimited
    wait_ms: int = 0


class SegmentDialect:
    """Handlers bound to their stories."""

    def __init__(self, services: SegmentServices, metrics: Metrics) -> None:
        """Any page may send: write keys are public, and no answer tells anything (segment.md §8, row 15)."""
        self._services, self._metrics = services, metrics
        self._dialect = Dialect("segment", worded, lambda _request, _origin: True, basic_key, credentials=True)

    def routes(self) -> list[Route]:
        """All of them."""
        posts: dict[str, Handler] = {"/v1/m": self.metric, **dict.fromkeys(BATCHES, self.batch)}
        for kind in EventKind:
            posts[f"/v1/{kind.value}"] = posts[f"/v1/{kind.value[0]}"] = self.one(kind)
        gets: dict[str, Handler] = {
            "/v1/projects/{key}/settings": self.settings,
            "/v1/projects/{key}/integrations": self.integrations,
            "/analytics.js/v1/{key}/analytics.min.js": self.script,
            "/analytics-next/bundles/{name}": self.chunk,
        }
        return [Route("POST", path, handler, self._dialect) for path, handler in posts.items()] + [
            Route("GET", path, handler, self._dialect) for path, handler in gets.items()
        ]

    def one(self, kind: EventKind) -> Handler:
        """The handler of a route that forces the type of its message."""

        async def message(request: Request) -> Response:
            arrival, body = self._arrival(), await request.body()
            return await self._take(request, read_message(body, kind, arrival), arrival, len(body))

        return message

    async def batch(self, request: Request) -> Response:
        """Many messages at once."""
        arrival, body = self._arrival(), await request.body()
        return await self._take(request, await read_batch(body, arrival), arrival, len(body))

    async def metric(self, request: Request) -> Response:
        """A client's numbers about itself: heard and forgotten (segment.md §1.10)."""
        await request.body()
        return SUCCESS

    async def settings(self, request: Request) -> Response:
        """What a client loads before it sends."""
        source = self._source(request)
        return json(settings(source, request.params["key"], request.base(self._services.public_url)))

    async def integrations(self, request: Request) -> Response:
        """The active destinations of a source.

        A page that asks before it has loaded analytics.js calls `analytics.register` on the answer, which throws while
        only the snippet's stub is there. So pages (they send `Origin`) wait a moment, and keep no copy that would be
        there at once the next time. Servers do not wait, nor do pages that say `wait=0`, as our own SDK does.
        """
        source = self._source(request)
        if not request.header(b"origin") or request.query().get("wait") == "0":
            return json(integrations(source))
        if self._services.wait_ms:
            await asyncio.sleep(self._services.wait_ms / 1000)
        return json(integrations(source), b"no-store")

    async def script(self, request: Request) -> Response:
        """Segment's own client, for sources there are."""
        self._source(request)
        return self._services.scripts.entry(request)

    async def chunk(self, request: Request) -> Response:
        """A part that the client loads when it needs it."""
        return self._services.scripts.chunk(request)

    def _arrival(self) -> MessageContext:
        return MessageContext(self._services.now(), self._services.new_id)

    def _source(self, request: Request) -> Source:
        source = self._services.source(request.params["key"])
        if source is None or not source.enabled:
            raise Missing("no source has this write key")
        return source

    async def _take(self, request: Request, arrived: MessageEvents, arrival: MessageContext, size: int) -> Response:
        """Keep what arrived, `size` bytes. The answer is the same whatever became of it: clients would only repeat it.

        Raises Refusal (429) when the source's budget of stored bytes is used up.
        """
        key = basic_key(request) or arrived.write_key
        self._services.spend(key, request, size)
        made = await self._services.collect(Collect(key, arrived.events, arrived.refused), arrival.received)
        counts = self._metrics.events
        for outcome in ("kept", "deliveries", "held", "repeated"):
            counts[outcome] += getattr(made, outcome)
        counts.update(code.value for code in made.dropped)
        return SUCCESS


def basic_key(request: Request) -> str:
    """The write key of `Authorization: Basic`, with or without the colon behind it; "" where there is none."""
    scheme, _, credentials = request.header(b"authorization").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(credentials.strip(), validate=True).decode("ascii").partition(":")[0]
    except ValueError:
        return ""


def json(value: object, retention: bytes = b"public, max-age=60") -> Response:
    """An answer that caches may keep for a short while, since settings change."""
    return Response(200, msgspec.json.encode(value), (JSON, (b"cache-control", retention)))


def worded(problem: Problem) -> Response:
    """An error as Segment words it; what is too large is as malformed as any other body (segment.md §1.4)."""
    status = 400 if problem.status == 413 else problem.status
    code = CODES.get(problem.status, "invalid_request" if status < 500 else "internal_error")
    message = "malformed JSON" if isinstance(problem.error, Malformed) else problem.reason
    body: dict[str, object] = {"success": False, "message": message, "code": code}
    if problem.incident:
        body["incident"] = problem.incident
    retry = tuple((b"x-ratelimit-reset", value) for name, value in problem.headers if name == b"retry-after")
    limited = retry if problem.status == 429 else ()
    return Response(status, msgspec.json.encode(body), (JSON, *problem.headers, *limited))
