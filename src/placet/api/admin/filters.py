"""Destination filters in the shapes of Segment's Public API (segment.md §6.7): list, make, change, remove, preview."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from placet.api.admin.authenticate import Admit, bearer
from placet.api.admin.bodies import number, read
from placet.api.admin.public import cursor, iso, place_of, said, worded
from placet.api.http.request import Request, Response
from placet.api.http.routes import Dialect, Handler, Route
from placet.errors import Invalid
from placet.events.filters.actions import object_to_filters
from placet.events.filters.ast import BadFilter
from placet.events.filters.from_settings import rule_of
from placet.events.simulate.preview import preview
from placet.services.settings.edit_filters import FilterEdit, PlacedFilter
from placet.settings.api_tokens import Bearer, Role
from placet.settings.connections import ActionSetting, FilterSetting

MOST: Final = 1000


class FilterServices(Struct, frozen=True):
    """What the routes need: who may ask, the stories, the clock, and new ids."""

    admit: Admit
    filters: Callable[[Bearer, str], Awaitable[tuple[PlacedFilter, ...]]]
    one: Callable[[Bearer, str, str], Awaitable[PlacedFilter]]
    edit: Callable[[Bearer, FilterEdit], Awaitable[tuple[PlacedFilter, ...]]]
    now: Callable[[], int]
    new_id: Callable[[], str]


class NewFilter(Struct, frozen=True, rename={"source": "sourceId", "when": "if"}):
    """A filter to be made."""

    source: str
    title: str
    when: str
    actions: tuple[ActionSetting, ...]
    description: str | None = None
    enabled: bool = False


class FilterChange(Struct, frozen=True, rename={"when": "if"}):
    """What to change about a filter; what is left out stays."""

    title: str | UnsetType = UNSET
    when: str | UnsetType = UNSET
    actions: tuple[ActionSetting, ...] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class Bare(Struct, frozen=True, rename={"when": "if"}):
    """A filter to be tried."""

    when: str
    actions: tuple[ActionSetting, ...]


class FilterTrial(Struct, frozen=True):
    """A filter, and the event to try it on."""

    filter: Bare
    payload: dict[str, Any]


class FilterDialect:
    """Handlers bound to their stories."""

    def __init__(self, services: FilterServices) -> None:
        """No web page may ask."""
        self._services = services
        self._dialect = Dialect("segment-public", worded, caller=lambda _: "")

    def routes(self) -> list[Route]:
        """All of them. Segment calls this one thing `destination`, everything else `destinations`."""
        base, one = "/destination/{destination}/filters", "/destination/{destination}/filters/{filter}"
        handlers: list[tuple[str, str, Handler]] = [
            ("POST", "/destination/filters/preview", self.preview),
            ("GET", base, self.list),
            ("POST", base, self.create),
            ("GET", one, self.get),
            ("PATCH", one, self.update),
            ("DELETE", one, self.delete),
        ]
        return [Route(method, path, handler, self._dialect) for method, path, handler in handlers]

    async def list(self, request: Request) -> Response:
        """A destination's filters, a page at a time."""
        who = await self._who(request, Role.READ)
        found = await self._services.filters(who, request.params["destination"])
        count, start = number(request, "pagination[count]", 200, MOST), place_of(request)
        page = {"current": cursor(start), "totalEntries": len(found)}
        page |= {"next": cursor(start + count)} if start + count < len(found) else {}
        page |= {"previous": cursor(max(start - count, 0))} if start else {}
        shown = [told(one) for one in found[start : start + count]]
        return said(request, {"filters": shown, "pagination": page})

    async def get(self, request: Request) -> Response:
        """One filter."""
        who = await self._who(request, Role.READ)
        return said(request, {"filter": told(await self._services.one(who, *places(request)))})

    async def create(self, request: Request) -> Response:
        """Make a filter."""
        who = await self._who(request, Role.WRITE)
        new, now = await read(request, NewFilter), self._services.now()
        made = FilterSetting(
            f"flt_{self._services.new_id()}",
            new.title,
            new.when,
            new.actions,
            new.description or "",
            new.enabled,
            now,
            now,
        )
        checked(made)
        edit = FilterEdit(new.source, request.params["destination"], lambda there: (*there, made))
        return said(request, {"filter": told(chosen(await self._services.edit(who, edit), made.id))})

    async def update(self, request: Request) -> Response:
        """Change a filter."""
        who = await self._who(request, Role.WRITE)
        change, now = await read(request, FilterChange), self._services.now()
        destination, id = places(request)
        wanted = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
        if "description" in wanted:
            wanted["description"] = wanted["description"] or ""

        def changed(there: tuple[FilterSetting, ...]) -> tuple[FilterSetting, ...]:
            return tuple(replace(one, **wanted, updated_at=now) if one.id == id else one for one in there)

        found = await self._services.edit(who, FilterEdit("", destination, changed, id))
        return said(request, {"filter": told(chosen(found, id))})

    async def delete(self, request: Request) -> Response:
        """Remove a filter."""
        who = await self._who(request, Role.WRITE)
        destination, id = places(request)
        edit = FilterEdit("", destination, lambda there: tuple(one for one in there if one.id != id), id)
        await self._services.edit(who, edit)
        return said(request, {"status": "SUCCESS"})

    async def preview(self, request: Request) -> Response:
        """What a filter makes of an event; nothing is kept or sent."""
        await self._who(request, Role.READ)
        trial = await read(request, FilterTrial)
        rule = checked(FilterSetting("preview", "preview", trial.filter.when, trial.filter.actions))
        return said(request, {"inputPayload": trial.payload, "result": preview(trial.payload, (rule,))})

    async def _who(self, request: Request, role: Role) -> Bearer:
        return await bearer(request.header(b"authorization"), role, self._services.admit)


def checked(setting: FilterSetting) -> Any:
    """The rule a filter stands for. Raises Invalid."""
    try:
        rule = rule_of(setting)
    except BadFilter as why:
        raise Invalid(f"if: {why.problem}: {why.cure}") from why
    if wrong := object_to_filters((rule,)):
        raise Invalid(wrong[0])
    return rule


def places(request: Request) -> tuple[str, str]:
    """The destination and the filter of a path."""
    return request.params["destination"], request.params["filter"]


def chosen(found: tuple[PlacedFilter, ...], id: str) -> PlacedFilter:
    """The filter of this id."""
    return next(one for one in found if one.filter.id == id)


def told(placed: PlacedFilter) -> dict[str, Any]:
    """A filter as Segment shows one."""
    one = placed.filter
    return {
        "id": one.id,
        "sourceId": placed.source,
        "destinationId": placed.destination,
        "if": one.when,
        "actions": one.actions,
        "title": one.title,
        "description": one.description,
        "enabled": one.enabled,
        "createdAt": iso(one.created_at),
        "updatedAt": iso(one.updated_at),
    }
