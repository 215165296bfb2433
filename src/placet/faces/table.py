"""The table of paths: which entry answers a method of a path, in one look-up where the path has no places."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from placet.faces.cors import Allows, is_preflight, preflight
from placet.faces.http import Refusal, Request, Response
from placet.faces.metrics import Watch
from placet.faces.routes import Caller, Claims, Door, Face, Handler, Quick, Route, pattern

Watches: TypeAlias = Callable[[str, str], Watch]
"""(method, path) → what counts its answers."""


class Entry(Struct, frozen=True):
    """One method of one path, with everything it needs bound beforehand.

    `rivals` are other dialects' entries for the same, each with what it claims.
    """

    name: str
    handler: Handler
    face: Face
    watch: Watch
    quick: Quick | None = None
    allows: Allows | None = None
    caller: Caller | None = None
    rivals: "Rivals" = ()

    def chosen(self, request: Request) -> "Entry":
        """The rival that claims this request, else this entry."""
        return next((entry for claims, entry in self.rivals if claims(request)), self)


Rivals: TypeAlias = tuple[tuple[Claims, Entry], ...]
"""Entries of other dialects for the same path, each with what it claims."""


class Place(Struct, frozen=True):
    """All methods of one path, and what answers the methods it does not have."""

    entries: dict[str, Entry]
    otherwise: Entry

    def entry(self, method: str) -> Entry:
        """Who answers `method` here; HEAD is answered as GET is."""
        return self.entries.get(method) or (method == "HEAD" and self.entries.get("GET")) or self.otherwise


class Table:
    """The paths of some faces."""

    def __init__(self, routes: Iterable[Route], watch: Watches) -> None:
        """Raises ValueError when two routes answer the same and neither claims what."""
        self._exact: dict[str, Place] = {}
        self._patterns: list[tuple[re.Pattern[str], Place]] = []
        for path, its_routes in by_path(routes).items():
            place = a_place(path, its_routes, watch)
            shape = pattern(path)
            if shape is None:
                self._exact[path] = place
            else:
                self._patterns.append((shape, place))

    def find(self, request: Request, path: str) -> Entry | None:
        """The entry that answers; places in the path are filled into `request.params`."""
        place = self._exact.get(path) or self._matched(request, path)
        if place is None:
            return None
        entry = place.entry(request.method)
        return entry.chosen(request) if entry.rivals else entry

    def _matched(self, request: Request, path: str) -> Place | None:
        for shape, place in self._patterns:
            match = shape.fullmatch(path)
            if match is not None:
                request.params = match.groupdict()
                return place
        return None


class Entrance:
    """A door with the table behind it."""

    def __init__(self, door: Door, routes: Iterable[Route], watch: Watches) -> None:
        self._host, self._prefix = door.host.encode(), door.prefix
        self._table = Table((route for route in routes if route.face.name in door.faces), watch)

    def find(self, request: Request) -> Entry | None:
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


def a_place(path: str, routes: list[Route], watch: Watches) -> Place:
    """Everything at one path."""
    entries = dict(entries_of(path, routes, watch))
    allowed = sorted({*entries, "OPTIONS"} | ({"HEAD"} if "GET" in entries else set()))
    otherwise = partial(other_method, ", ".join(allowed).encode())
    return Place(entries, an_entry(path, otherwise, routes[0].face, watch("other", path)))


def entries_of(path: str, routes: list[Route], watch: Watches) -> Iterator[tuple[str, Entry]]:
    """For each method its entry: the route that claims nothing, or the only one, with the others as its rivals."""
    for method in {route.method: None for route in routes}:
        found = [route for route in routes if route.method == method]
        common = [route for route in found if route.claims is None] if len(found) > 1 else found
        if len(common) != 1:
            raise ValueError(f"{method} {path} has two handlers")
        counted = watch(method, path)
        rivals = tuple((route.claims, entry_of(route, counted)) for route in found if route.claims)
        yield method, entry_of(common[0], counted, rivals if len(found) > 1 else ())


def entry_of(route: Route, watch: Watch, rivals: Rivals = ()) -> Entry:
    """A route's entry."""
    return an_entry(route.path, route.handler, route.face, watch, route.quick, rivals)


def an_entry(
    name: str, handler: Handler, face: Face, watch: Watch, quick: Quick | None = None, rivals: Rivals = ()
) -> Entry:
    """An entry with what its face says bound to it."""
    return Entry(name, handler, face, watch, quick, face.allows, face.caller, rivals)


async def other_method(allowed: bytes, request: Request) -> Response:
    """What answers methods a path does not have: browsers that ask first, and everybody else."""
    if request.method != "OPTIONS":
        raise Refusal(405, "this path does not know that method", ((b"allow", allowed),))
    if is_preflight(request):
        return preflight(request, allowed)
    return Response(204, b"", ((b"allow", allowed),))


def by_path(routes: Iterable[Route]) -> dict[str, list[Route]]:
    """The routes of each path, in their order."""
    paths: dict[str, list[Route]] = {}
    for route in routes:
        paths.setdefault(route.path, []).append(route)
    return paths
