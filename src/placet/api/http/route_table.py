"""The table of paths: which entry answers a method of a path, in one look-up where the path has no places."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from placet.api.http.cors import Allows, is_preflight, preflight
from placet.api.http.metrics import RouteMetrics
from placet.api.http.request import HttpRefusal, Request, Response
from placet.api.http.routes import Caller, Claims, CustomDomainSetting, Dialect, Handler, Route, SyncHandler, pattern

MetricsOf: TypeAlias = Callable[[str, str], RouteMetrics]
"""(method, path) → what counts its answers."""


class Endpoint(Struct, frozen=True):
    """One method of one path, with everything it needs bound beforehand.

    `rivals` are other dialects' entries for the same, each with what it claims.
    """

    name: str
    handler: Handler
    dialect: Dialect
    metrics: RouteMetrics
    sync_handler: SyncHandler | None = None
    allows: Allows | None = None
    caller: Caller | None = None
    rivals: "Rivals" = ()

    def chosen(self, request: Request) -> "Endpoint":
        """The rival that claims this request, else this entry."""
        return next((entry for claims, entry in self.rivals if claims(request)), self)


Rivals: TypeAlias = tuple[tuple[Claims, Endpoint], ...]
"""Entries of other dialects for the same path, each with what it claims."""


class PathEndpoints(Struct, frozen=True):
    """All methods of one path, and what answers the methods it does not have."""

    endpoints: dict[str, Endpoint]
    otherwise: Endpoint

    def endpoint(self, method: str) -> Endpoint:
        """Who answers `method` here; HEAD is answered as GET is."""
        return self.endpoints.get(method) or (method == "HEAD" and self.endpoints.get("GET")) or self.otherwise


class RouteTable:
    """The paths of some faces."""

    def __init__(self, routes: Iterable[Route], watch: MetricsOf) -> None:
        """Raises ValueError when two routes answer the same and neither claims what."""
        self._exact: dict[str, PathEndpoints] = {}
        self._patterns: list[tuple[re.Pattern[str], PathEndpoints]] = []
        for path, its_routes in by_path(routes).items():
            place = a_place(path, its_routes, watch)
            shape = pattern(path)
            if shape is None:
                self._exact[path] = place
            else:
                self._patterns.append((shape, place))

    def find(self, request: Request, path: str) -> Endpoint | None:
        """The entry that answers; places in the path are filled into `request.params`."""
        place = self._exact.get(path) or self._matched(request, path)
        if place is None:
            return None
        entry = place.endpoint(request.method)
        return entry.chosen(request) if entry.rivals else entry

    def _matched(self, request: Request, path: str) -> PathEndpoints | None:
        for shape, place in self._patterns:
            match = shape.fullmatch(path)
            if match is not None:
                request.params = match.groupdict()
                return place
        return None


class CustomDomain:
    """A door with the table behind it."""

    def __init__(self, domain: CustomDomainSetting, routes: Iterable[Route], watch: MetricsOf) -> None:
        self._host, self._prefix = domain.host.encode(), domain.prefix
        self._table = RouteTable((route for route in routes if route.dialect.name in domain.dialects), watch)

    def find(self, request: Request) -> Endpoint | None:
        """The entry behind this door, if the request came through it; the request then knows where it came in."""
        if self._host and host_of(request) != self._host:
            return None
        if self._prefix and not request.path.startswith(self._prefix + "/"):
            return None
        path = request.path.removeprefix(self._prefix)
        entry = self._table.find(request, path)
        if entry is not None:
            request.path, request.prefix = path, self._prefix
            request.host = request.header(b"host") if self._host else ""
        return entry


def host_of(request: Request) -> bytes:
    """The host name that was asked for, lower case, without a port."""
    return request.headers.get(b"host", b"").partition(b":")[0].lower()


def a_place(path: str, routes: list[Route], watch: MetricsOf) -> PathEndpoints:
    """Everything at one path."""
    entries = dict(endpoints_of(path, routes, watch))
    allowed = sorted({*entries, "OPTIONS"} | ({"HEAD"} if "GET" in entries else set()))
    otherwise = partial(other_method, ", ".join(allowed).encode())
    return PathEndpoints(entries, make_endpoint(path, otherwise, routes[0].dialect, watch("other", path)))


def endpoints_of(path: str, routes: list[Route], watch: MetricsOf) -> Iterator[tuple[str, Endpoint]]:
    """For each method its entry: the route that claims nothing, or the only one, with the others as its rivals."""
    for method in {route.method: None for route in routes}:
        found = [route for route in routes if route.method == method]
        common = [route for route in found if route.claims is None] if len(found) > 1 else found
        if len(common) != 1:
            raise ValueError(f"{method} {path} has two handlers")
        counted = watch(method, path)
        rivals = tuple((route.claims, endpoint_of(route, counted)) for route in found if route.claims)
        yield method, endpoint_of(common[0], counted, rivals if len(found) > 1 else ())


def endpoint_of(route: Route, watch: RouteMetrics, rivals: Rivals = ()) -> Endpoint:
    """A route's entry."""
    return make_endpoint(route.path, route.handler, route.dialect, watch, route.sync_handler, rivals)


def make_endpoint(
    name: str,
    handler: Handler,
    dialect: Dialect,
    watch: RouteMetrics,
    quick: SyncHandler | None = None,
    rivals: Rivals = (),
) -> Endpoint:
    """An entry with what its face says bound to it."""
    return Endpoint(name, handler, dialect, watch, quick, dialect.allows, dialect.caller, rivals)


async def other_method(allowed: bytes, request: Request) -> Response:
    """What answers methods a path does not have: browsers that ask first, and everybody else."""
    if request.method != "OPTIONS":
        raise HttpRefusal(405, "this path does not know that method", ((b"allow", allowed),))
    if is_preflight(request):
        return preflight(request, allowed)
    return Response(204, b"", ((b"allow", allowed),))


def by_path(routes: Iterable[Route]) -> dict[str, list[Route]]:
    """The routes of each path, in their order."""
    paths: dict[str, list[Route]] = {}
    for route in routes:
        paths.setdefault(route.path, []).append(route)
    return paths
