"""One ASGI application: finds the handler for a path, and sees that every request gets exactly one answer.

House rules: an exact path is one look-up · there is always an entry, also for a path that does not exist · what is
common to all requests happens here, in line: layers of middleware would cost more than the work itself.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from time import perf_counter
from typing import Final
from uuid import uuid4

from msgspec import Struct

from placet.api.http.cors import cors_headers
from placet.api.http.metrics import Metrics, RouteMetrics
from placet.api.http.problems import Problem, problem_of
from placet.api.http.rate_limit import Buckets, address_prefix, too_often
from placet.api.http.request import (
    CLOSE,
    App,
    ClientDisconnected,
    Header,
    HttpRefusal,
    Limits,
    Message,
    Receive,
    Request,
    Response,
    Scope,
    Send,
)
from placet.api.http.route_table import CustomDomain, Endpoint, RouteTable, make_endpoint
from placet.api.http.routes import Caller, CustomDomainSetting, Dialect, Mount, Route
from placet.errors import Missing

LOG: Final = logging.getLogger("placet.http")

BARE: Final = frozenset({204, 304})
"""Statuses that have no body, hence no length."""

_HUNG_UP: Final = 499


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
        domains: Iterable[CustomDomainSetting] = (),
    ) -> None:
        self._settings = settings = settings or Settings()
        self._clock = settings.clock
        self._limits = settings.limits
        self._slow = 0.0 if settings.log_all else settings.slow
        self._metrics = metrics
        self._mounts = [(mount, metrics.route_metrics("*", mount.prefix)) for mount in mounts]
        self._nowhere = make_endpoint("(none)", _nowhere, Dialect("none"), metrics.route_metrics("*", "(none)"))
        watch, known = cache(metrics.route_metrics), list(routes)
        self._table = RouteTable(known, watch)
        self._custom_domains = [CustomDomain(domain, known, watch) for domain in domains]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as ASGI has it; anything but HTTP is refused."""
        if scope["type"] != "http":
            raise RuntimeError(f"only http is spoken here, not {scope['type']}")
        if mounted := self._mounted(scope["path"]):
            await self._pass_on(*mounted, scope, receive, send)
            return
        answer = self.answer(scope, receive)
        response = answer if isinstance(answer, Response) else await answer
        if response is None:
            return
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body or b"".join(response.pieces)})

    def takes(self, scope: Scope) -> bool:
        """Is this request for `answer`? What belongs to a mounted application is not."""
        return not self._mounts or self._mounted(scope["path"]) is None

    def answer(self, scope: Scope, sent: Receive | bytes) -> Response | Awaitable[Response | None]:
        """What a request is answered with, complete: at once where nothing need be waited for, else when it is ready.

        `sent` is the request's body where it is here already, else what receives it. None comes of a client that
        hung up before it had sent its body. Errors are answers too: only a bug of this class raises.
        """
        began = self._clock()
        request = Request(scope, sent, self._limits)
        entry = self._find(request)
        try:
            self._admit(entry, request, began)
            response = entry.sync_handler(request) if entry.sync_handler is not None else None
        except Exception as error:
            response = self._answer_to(error, entry, request)
        return self._wait(entry, request, began) if response is None else self._finish(entry, request, response, began)

    async def _wait(self, entry: Endpoint, request: Request, began: float) -> Response | None:
        """The handler's answer."""
        try:
            response = await entry.handler(request)
        except ClientDisconnected:
            entry.metrics.record(_HUNG_UP, self._clock() - began)
            return None
        except Exception as error:
            response = self._answer_to(error, entry, request)
        return self._finish(entry, request, response, began)

    def _admit(self, entry: Endpoint, request: Request, now: float) -> None:
        """Raise Refusal for too many headers, and for whoever asks too often."""
        if len(request.raw_headers) > self._limits.headers:
            raise HttpRefusal(431, f"more than {self._limits.headers} headers", (CLOSE,))
        if entry.caller is not None:
            self._count(entry.caller, entry, request, now)

    def _finish(self, entry: Endpoint, request: Request, response: Response, began: float) -> Response:
        """The response with what every answer says; counted, and logged when it is worth a line."""
        headers = response.headers
        if entry.allows is not None:
            headers += cors_headers(request, entry.allows, credentials=entry.dialect.credentials)
        seconds = self._clock() - began
        entry.metrics.record(response.status, seconds)
        if seconds >= self._slow or response.status >= 500:
            self._log(entry, request, response.status, seconds)
        return Response(response.status, response.body, _measured(response, headers), response.pieces)

    def _find(self, request: Request) -> Endpoint:
        """The entry that answers: behind the door it came in by, else among all."""
        for custom_domain in self._custom_domains:
            if entry := custom_domain.find(request):
                return entry
        return self._table.find(request, request.path) or self._nowhere

    def _count(self, caller: Caller, entry: Endpoint, request: Request, now: float) -> None:
        """Raise Refusal when whoever is asking asks too often."""
        rates = self._settings.rates
        if rates is None:
            return
        # By network and not by the name that a caller gives itself: anybody may use somebody else's app id, and make
        # up as many as they like. Only where there is no address (a Unix socket) the name has to do, cut short.
        key = address_prefix(self._settings.address(request)) or caller(request)[:64]
        early = rates.take(key, now)
        if early:
            self._metrics.limited[entry.dialect.name] += 1
            raise too_often(rates.rate, early, rates.made(key), self._settings.new_id())

    def _answer_to(self, error: Exception, entry: Endpoint, request: Request) -> Response:
        """A known error in the face's words; anything else is our bug, told by its number in the log only."""
        problem = problem_of(error)
        if problem is None:
            incident = self._settings.new_id()
            facts = {"incident": incident, "route": entry.name, "app": request.app_id}
            LOG.error("unexpected error", exc_info=error, extra={"facts": facts})
            problem = Problem(500, "something went wrong here", incident=incident)
        return entry.dialect.shape(problem)

    def _log(self, entry: Endpoint, request: Request, status: int, seconds: float) -> None:
        facts = {
            "method": request.method if entry is not self._nowhere else "*",
            "route": entry.name,
            "status": status,
            "ms": round(seconds * 1000, 3),
            "app": request.app_id,
            "request": self._settings.new_id(),
        }
        LOG.info("answered", extra={"facts": facts})

    def _mounted(self, path: str) -> tuple[App, RouteMetrics] | None:
        for mount, watch in self._mounts:
            if path == mount.prefix or path.startswith(mount.prefix + "/"):
                return mount.app, watch
        return None

    async def _pass_on(self, app: App, watch: RouteMetrics, scope: Scope, receive: Receive, send: Send) -> None:
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
            watch.record(status, self._settings.clock() - began)


def _measured(response: Response, headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """The headers with the length of the body, where there can be one."""
    if response.status in BARE:
        return headers
    return (*headers, (b"content-length", b"%d" % response.length))


async def _nowhere(request: Request) -> Response:
    del request
    raise Missing("there is nothing at this path")
