"""The paths of mParticle's event, configuration and alias APIs, for servers, pages and apps (mparticle.md §0)."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from msgspec import Struct

from placet.api.http.metrics import Metrics
from placet.api.http.problems import Problem
from placet.api.http.request import JSON, HttpRefusal, Request, Response
from placet.api.http.routes import Dialect, Handler, Route
from placet.api.http.storage_budget import Spend, unlimited
from placet.api.mparticle.aliases import read_alias
from placet.api.mparticle.authenticate import KEY, Caller, basic, unnamed, with_secret, with_signature
from placet.api.mparticle.batches import MAX_REQUEST, BatchContext, BatchEvents, read_batch, read_bulk
from placet.api.mparticle.compact_batches import spelled_out
from placet.api.mparticle.history import of_the_past
from placet.api.mparticle.scripts import MparticleScripts
from placet.api.mparticle.sdk_config import for_apps, for_pages
from placet.errors import Denied, Missing
from placet.events.ingest.validate import DropCode
from placet.events.policy.compile_source import Source
from placet.formats.errors import Malformed
from placet.services.events.collect_events import Collect, Collected

ACCEPTED: Final = Response(202)
SCRIPT: Final = (b"content-type", b"text/javascript; charset=utf-8")
FRESH: Final = (b"cache-control", b"public, max-age=60")
NEVER: Final = frozenset({400, 404, 413, 415, 431})
"""Answers to a page that would stop its queue for ever, or empty it (mparticle.md §2.3)."""


class MparticleServices(Struct, frozen=True):
    """What the face needs: the story, sources by public key, sources and secrets by an input's, the vendor's scripts,
    where it is reached, the clock, new ids, and what charges the storage budget of a public key.
    """

    collect: Callable[[Collect, int], Awaitable[Collected]]
    source: Callable[[str], Source | None]
    input: Callable[[str], Source | None]
    secret: Callable[[str], bytes | None]
    scripts: MparticleScripts
    public_url: str
    now: Callable[[], int]
    new_id: Callable[[], str]
    spend: Spend = unlimited


class MparticleDialect:
    """Handlers bound to their stories."""

    def __init__(self, services: MparticleServices, metrics: Metrics) -> None:
        """Any page may send, for web keys are public; servers and apps prove theirs."""
        self._services, self._metrics = services, metrics
        self._servers = Dialect("mparticle", worded, lambda *_: True, caller_key)
        self._pages = Dialect("mparticle", self._patient, lambda *_: True, caller_key)

    def routes(self) -> list[Route]:
        """All of them, under the names of the vendor's hosts and of its clients' one-domain option."""
        return [*self._for_servers(), *self._for_pages(), *self._for_apps()]

    def _for_servers(self) -> list[Route]:
        posts: dict[str, Handler] = {
            "/v2/events": self.events,
            "/v2/bulkevents": self.bulk,
            "/v2/bulkevents/historical": self.historical,
        }
        return [Route("POST", path, handler, self._servers) for path, handler in posts.items()]

    def _for_pages(self) -> list[Route]:
        posts: dict[str, Handler] = {}
        for start in ("", "/webevents"):
            for version in ("v1", "v2", "v3"):
                posts[f"{start}/{version}/JS/{{key}}/events"] = self.page_events
                posts[f"{start}/{version}/JS/{{key}}/Forwarding"] = self.forwarding
            posts[f"{start}/v1/identity/{{key}}/Alias"] = self.page_alias
        gets: dict[str, Handler] = {"/js/v2/{key}/mparticle.js": self.script}
        gets |= dict.fromkeys(("/JS/v2/{key}/config", "/js/v2/{key}/config", "/tags/JS/v2/{key}/config"), self.config)
        return [Route("POST", path, handler, self._pages) for path, handler in posts.items()] + [
            Route("GET", path, handler, self._servers) for path, handler in gets.items()
        ]

    def _for_apps(self) -> list[Route]:
        posts: dict[str, Handler] = {}
        gets: dict[str, Handler] = {"/v4/{key}/config": self.app_config, "/config/v4/{key}/config": self.app_config}
        for start in ("", "/nativeevents"):
            posts[f"{start}/v1/{{key}}/events"] = posts[f"{start}/v2/{{key}}/events"] = self.app_events
            posts[f"{start}/v1/identity/{{key}}/alias"] = self.app_alias
            gets[f"{start}/v1/{{key}}/audience"] = self.audience
        return [Route("POST", path, handler, self._servers) for path, handler in posts.items()] + [
            Route("GET", path, handler, self._servers) for path, handler in gets.items()
        ]

    async def events(self, request: Request) -> Response:
        """One batch from a server."""
        caller = with_secret(request, self._services.secret)
        arrival = self._arrival()
        arrived = await read_batch(await request.body(), arrival, MAX_REQUEST)
        made = await self._take(caller, arrived, arrival)
        if useless(made):
            raise Malformed(f"nothing in the batch can be used: {told(made)}", "see the events' required fields")
        return ACCEPTED

    async def bulk(self, request: Request) -> Response:
        """Many batches from a server; what can be used of them is (mparticle.md §1.1)."""
        caller = with_secret(request, self._services.secret)
        arrival = self._arrival()
        await self._take(caller, await read_bulk(await request.body(), arrival), arrival)
        return ACCEPTED

    async def historical(self, request: Request) -> Response:
        """Batches about long ago: kept, and sent to nobody."""
        caller = with_secret(request, self._services.secret)
        arrival = self._arrival()
        arrived = of_the_past(await read_bulk(await request.body(), arrival), arrival.received)
        await self._take(caller, arrived, arrival, past=True)
        return ACCEPTED

    async def page_events(self, request: Request) -> Response:
        """One batch from a page, whose client sends again, or drops all it has, unless it is told 202."""
        caller = self._page(request)
        arrival, body = self._arrival(), await request.body()
        self._services.spend(request.params["key"], request, len(body))
        await self._take(caller, await read_batch(body, arrival), arrival)
        return ACCEPTED

    async def app_events(self, request: Request) -> Response:
        """One batch from an app, in its compact words or in those of the documentation."""
        body = await request.body()
        caller = self._app(request, body)
        self._services.spend(request.params["key"], request, len(body))
        arrival = self._arrival()
        await self._take(caller, await read_batch(spelled_out(body), arrival), arrival)
        return ACCEPTED

    async def forwarding(self, request: Request) -> Response:
        """What a page's kits sent on by themselves: heard and counted."""
        self._page(request)
        await request.body()
        self._metrics.events["forwarded_by_kit"] += 1
        return ACCEPTED

    async def page_alias(self, request: Request) -> Response:
        """A page says that two users are one person's; unlike batches, a wrong request is told so (§2.5)."""
        caller = self._page(request)
        return await self._alias(caller, await request.body())

    async def app_alias(self, request: Request) -> Response:
        """The same from an app."""
        body = await request.body()
        return await self._alias(self._app(request, body), body)

    async def config(self, request: Request) -> Response:
        """What the web client loads."""
        source, base, debug = self._page_s(request)
        return Response(200, msgspec.json.encode(for_pages(source, base, debug)), (JSON, FRESH))

    async def script(self, request: Request) -> Response:
        """The web client itself with all it needs to know, as snippets load it."""
        source, base, debug = self._page_s(request)
        plain, packed = self._services.scripts.for_source(source, request.params["key"], base, debug)
        headers = (SCRIPT, FRESH, (b"vary", b"accept-encoding"))
        if "gzip" in request.header(b"accept-encoding"):
            return Response(200, packed, (*headers, (b"content-encoding", b"gzip")))
        return Response(200, plain, headers)

    async def app_config(self, request: Request) -> Response:
        """What an app loads; 304 where it has it."""
        self._app(request, b"")
        source = self._services.input(request.params["key"])
        if source is None or not source.enabled:
            raise Missing("no source has this key")
        tag = f'"{source.routes.mapping.version}"'.encode()
        if request.headers.get(b"if-none-match") == tag:
            return Response(304, b"", ((b"etag", tag),))
        return Response(200, msgspec.json.encode(for_apps(source, self._services.now())), (JSON, (b"etag", tag)))

    async def audience(self, request: Request) -> Response:
        """Which audiences a user is in: a feature this workspace does not have yet, which clients know (§2.6)."""
        key = request.params["key"]
        if self._services.input(key) is None and self._services.source(key) is None:
            raise unnamed()
        raise Denied("audiences are not served")

    async def _alias(self, caller: Caller, body: bytes) -> Response:
        arrival = self._arrival()
        try:
            arrived = read_alias(body, arrival)
        except Malformed as why:
            told = {"code": "BAD_REQUEST", "message": str(why)}
            return Response(400, msgspec.json.encode(told), (JSON,))
        await self._take(caller, arrived, arrival)
        return ACCEPTED

    def _arrival(self) -> BatchContext:
        return BatchContext(self._services.now(), self._services.new_id)

    def _page_s(self, request: Request) -> tuple[Source, str, bool]:
        """The source that a page's client loads for, where it is reached, and whether it is in development mode."""
        source = self._services.source(request.params["key"])
        if source is None or not source.enabled:
            raise Missing("no source has this key")
        return source, request.base(self._services.public_url), request.query().get("env") == "1"

    def _page(self, request: Request) -> Caller:
        key = request.params["key"]
        if self._services.source(key) is None:
            raise unnamed()
        return Caller(key, proven=False)

    def _app(self, request: Request, body: bytes) -> Caller:
        return with_signature(request, request.params["key"], body, self._services.secret)

    async def _take(self, caller: Caller, arrived: BatchEvents, arrival: BatchContext, past: bool = False) -> Collected:
        """Keep what arrived."""
        ask = Collect(caller.key, arrived.events, arrived.refused, caller.proven, past)
        made = await self._services.collect(ask, arrival.received)
        counts = self._metrics.events
        for outcome in ("kept", "deliveries", "held", "repeated"):
            counts[outcome] += getattr(made, outcome)
        counts.update(code.value for code in made.dropped)
        return made

    def _patient(self, problem: Problem) -> Response:
        """An error as a page's client survives it: what it can never send right it must not send again."""
        if problem.status in NEVER:
            self._metrics.events[DropCode.UNREADABLE.value] += 1
            return Response(202, b"", problem.headers)
        if problem.status == 408:
            return Response(503, b"", (*problem.headers, (b"retry-after", b"1")))
        return worded(problem)


def useless(made: Collected) -> bool:
    """Was nothing of a batch kept, now or earlier, and something in it wrong?"""
    return bool(made.dropped) and not made.kept and not made.repeated


def told(made: Collected) -> str:
    """Why events were dropped, each reason once."""
    return ", ".join(dict.fromkeys(code.value for code in made.dropped))


def caller_key(request: Request) -> str:
    """Whom the rate limit counts: the key, wherever it stands."""
    credentials = basic(request)
    return credentials[0] if credentials else request.params.get("key") or request.header(KEY)


def worded(problem: Problem) -> Response:
    """An error as mParticle words it: in both spellings its clients read, without a word to strangers (§1.2, §2.4)."""
    status = 400 if isinstance(problem.error, HttpRefusal) and problem.status in (413, 415) else problem.status
    limited = ((b"x-mp-rate-limit-exceeded", b"app"),) if status == 429 else ()
    headers = (*problem.headers, *limited)
    if status in (401, 403):
        return Response(status, b"", headers)
    code = {400: "BAD_REQUEST", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS", 503: "SERVICE_UNAVAILABLE"}.get(status)
    errors = [{"code": code or "ERROR", "message": problem.reason}]
    body = {"errors": errors, "Errors": errors} | ({"incident": problem.incident} if problem.incident else {})
    return Response(status, msgspec.json.encode(body), (JSON, *headers))
