"""One ASGI application: finds the handler for a path, and sees that every request gets exactly one answer.

House rules: an exact path is one look-up · there is always an entry, also for a path that does not exist · what is
common to all requests happens here, in line: layers of middleware would cost more than the work itself.
"""

import logging
import re
from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter
from typing import Final
from uuid import uuid4

from msgspec import Struct

from placet.consent.errors import Missing
from placet.faces.cors import Allows, cors_headers, is_preflight, preflight
from placet.faces.errors import Problem, problem_of
from placet.faces.http import (
    CLOSE,
    App,
    Gone,
    Header,
    Limits,
    Message,
    Receive,
    Refusal,
    Request,
    Response,
    Scope,
    Send,
)
from placet.faces.metrics import Metrics, Watch
from placet.faces.rates import Buckets, address_prefix, too_often
from placet.faces.routes import Caller, Face, Handler, Mount, Route, pattern

LOG: Final = logging.getLogger("placet.http")

BARE: Final = frozenset({204, 304})
"""Statuses that have no body, hence no length."""

_HUNG_UP: Final = 499


class Entry(Struct, frozen=True):
    """One method of one path, with everything it needs bound beforehand."""

    name: str
    handler: Handler
    face: Face
    watch: Watch
    allows: Allows | None = None
    caller: Caller | None = None


class Place(Struct, frozen=True):
    """All methods of one path, and what answers the methods it does not have."""

    entries: dict[str, Entry]
    otherwise: Entry

    def entry(self, method: str) -> Entry:
        """Who answers `method` here; HEAD is answered as GET is."""
        return self.entries.get(method) or (method == "HEAD" and self.entries.get("GET")) or self.otherwise


class Settings(Struct, frozen=True):
    """What a dispatcher may be told. `rates` of None limits nobody; `address` finds the address a client calls from.

    Answers are logged when they take `slow` seconds or are our fault; with `log_all` each of them is.
    """

    limits: Limits = Limits()
    rates: Buckets | None = None
    address: Callable[[Request], str] = lambda request: request.peer
    slow: float = 1.0
    log_all: bool = False
    clock: Callable[[], float] = perf_counter
    new_id: Callable[[], str] = lambda: str(uuid4())


class Dispatcher:
    """The application that a server runs."""

    def __init__(
        self,
        routes: Iterable[Route],
        metrics: Metrics,
        settings: Settings | None = None,
        mounts: Iterable[Mount] = (),
    ) -> None:
        self._settings = settings = settings or Settings()
        self._clock = settings.clock
        self._limits = settings.limits
        self._slow = 0.0 if settings.log_all else settings.slow
        self._metrics = metrics
        self._exact: dict[str, Place] = {}
        self._patterns: list[tuple[re.Pattern[str], Place]] = []
        self._mounts = [(mount, metrics.watch("*", mount.prefix)) for mount in mounts]
        self._nowhere = _entry("(none)", _nowhere, Face("none"), metrics.watch("*", "(none)"))
        for path, its_routes in _by_path(routes).items():
            self._add(path, its_routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP is refused."""
        if scope["type"] != "http":
            raise RuntimeError(f"only http is spoken here, not {scope['type']}")
        began = self._clock()
        request = Request(scope, receive, self._limits)
        entry = self._find(request)
        if entry is self._nowhere and (mounted := self._mounted(request.path)):
            await self._pass_on(*mounted, scope, receive, send)
            return
        try:
            if len(scope["headers"]) > self._limits.headers:
                raise Refusal(431, f"more than {self._limits.headers} headers", (CLOSE,))
            if entry.caller is not None:
                self._count(entry.caller, entry, request, began)
            response = await entry.handler(request)
        except Gone:
            entry.watch.note(_HUNG_UP, self._clock() - began)
            return
        except Exception as error:
            response = self._answer_to(error, entry, request)
        headers = response.headers
        if entry.allows is not None:
            headers += cors_headers(request, entry.allows, credentials=entry.face.credentials)
        await send({"type": "http.response.start", "status": response.status, "headers": _measured(response, headers)})
        await send({"type": "http.response.body", "body": response.body})
        seconds = self._clock() - began
        entry.watch.note(response.status, seconds)
        if seconds >= self._slow or response.status >= 500:
            self._log(entry, request, response.status, seconds)

    def _find(self, request: Request) -> Entry:
        """The entry that answers; places in its path are filled into `request.params`."""
        place = self._exact.get(request.path)
        if place is not None:
            return place.entry(request.method)
        for shape, place in self._patterns:
            match = shape.fullmatch(request.path)
            if match is not None:
                request.params = match.groupdict()
                return place.entry(request.method)
        return self._nowhere

    def _count(self, caller: Caller, entry: Entry, request: Request, now: float) -> None:
        """Raise Refusal when whoever is asking asks too often."""
        rates = self._settings.rates
        if rates is None:
            return
        # Cut short: a caller may call itself anything, and we remember many.
        key = caller(request)[:64] or address_prefix(self._settings.address(request))
        early = rates.take(key, now)
        if early:
            self._metrics.limited[entry.face.name] += 1
            raise too_often(rates.rate, early, rates.made(key), self._settings.new_id())

    def _answer_to(self, error: Exception, entry: Entry, request: Request) -> Response:
        """A known error in the face's words; anything else is our bug, told by its number in the log only."""
        problem = problem_of(error)
        if problem is None:
            incident = self._settings.new_id()
            facts = {"incident": incident, "route": entry.name, "app": request.app_id}
            LOG.error("unexpected error", exc_info=error, extra={"facts": facts})
            problem = Problem(500, "something went wrong here", incident=incident)
        return entry.face.shape(problem)

    def _log(self, entry: Entry, request: Request, status: int, seconds: float) -> None:
        facts = {
            "method": request.method if entry is not self._nowhere else "*",
            "route": entry.name,
            "status": status,
            "ms": round(seconds * 1000, 3),
            "app": request.app_id,
            "request": self._settings.new_id(),
        }
        LOG.info("answered", extra={"facts": facts})

    def _add(self, path: str, routes: list[Route]) -> None:
        entries = {
            route.method: _entry(path, route.handler, route.face, self._metrics.watch(route.method, path))
            for route in routes
        }
        allowed = sorted({*entries, "OPTIONS"} | ({"HEAD"} if "GET" in entries else set()))
        otherwise = partial(_other_method, ", ".join(allowed).encode())
        place = Place(entries, _entry(path, otherwise, routes[0].face, self._metrics.watch("other", path)))
        shape = pattern(path)
        if shape is None:
            self._exact[path] = place
        else:
            self._patterns.append((shape, place))

    def _mounted(self, path: str) -> tuple[App, Watch] | None:
        for mount, watch in self._mounts:
            if path == mount.prefix or path.startswith(mount.prefix + "/"):
                return mount.app, watch
        return None

    async def _pass_on(self, app: App, watch: Watch, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a mounted application answer, and count what it said."""
        began = self._settings.clock()
        status = 500

        async def overhear(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, overhear)
        finally:
            watch.note(status, self._settings.clock() - began)


def _entry(name: str, handler: Handler, face: Face, watch: Watch) -> Entry:
    return Entry(name, handler, face, watch, face.allows, face.caller)


def _measured(response: Response, headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """The headers with the length of the body, where there can be one."""
    if response.status in BARE:
        return headers
    return (*headers, (b"content-length", b"%d" % len(response.body)))


async def _nowhere(request: Request) -> Response:
    del request
    raise Missing("there is nothing at this path")


async def _other_method(allowed: bytes, request: Request) -> Response:
    if request.method != "OPTIONS":
        raise Refusal(405, "this path does not know that method", ((b"allow", allowed),))
    if is_preflight(request):
        return preflight(request, allowed)
    return Response(204, b"", ((b"allow", allowed),))


def _by_path(routes: Iterable[Route]) -> dict[str, list[Route]]:
    paths: dict[str, list[Route]] = {}
    for route in routes:
        known = paths.setdefault(route.path, [])
        if any(route.method == other.method for other in known):
            raise ValueError(f"{route.method} {route.path} has two handlers")
        known.append(route)
    return paths
