"""Filters of one source and destination, changed by tools: each change is a new version of the settings, and audited.

What a tool changed is part of the settings from then on (`placet export` shows it): a team that applies its files
afterwards without it takes it away again.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.errors import Invalid, Missing
from placet.runtime.optimistic_retry import retry_on_conflict
from placet.settings.api_tokens import Bearer
from placet.settings.connections import ConnectionSetting, FilterSetting
from placet.settings.organisation import Organisation
from placet.stores.ports.catalogue import Draft
from placet.stores.ports.stores import Stores
from placet.validation.checks.filters import check_filters
from placet.validation.diff import changes
from placet.validation.finding import Severity

EVERY: Final = ""
"""Stands for every source of a destination."""


class PlacedFilter(Struct, frozen=True):
    """A filter, and between which source and destination it stands."""

    source: str
    destination: str
    filter: FilterSetting


class FilterEdit(Struct, frozen=True):
    """A change to the filters between a source and a destination (`EVERY` source where `filter` names one).

    `change` makes the filters of the connection as they shall be from those that are there.
    """

    source: str
    destination: str
    change: Callable[[tuple[FilterSetting, ...]], tuple[FilterSetting, ...]]
    filter: str = ""


async def filters(who: Bearer, destination: str, stores: Stores) -> tuple[PlacedFilter, ...]:
    """All filters of a destination in the bearer's workspace. Raises Missing."""
    draft = await the_draft(who, stores)
    return placed(draft.organisation, who.workspace, destination)


async def one_filter(who: Bearer, destination: str, id: str, stores: Stores) -> PlacedFilter:
    """One of them. Raises Missing."""
    found = next((one for one in await filters(who, destination, stores) if one.filter.id == id), None)
    if found is None:
        raise Missing(f"the destination {destination} has no filter {id}")
    return found


async def edit_filters(who: Bearer, edit: FilterEdit, stores: Stores, now: int) -> tuple[PlacedFilter, ...]:
    """Make a change; the destination's filters from then on. Raises Missing, Invalid and Busy."""
    return await retry_on_conflict(lambda: attempt(who, edit, stores, now))


async def attempt(who: Bearer, edit: FilterEdit, stores: Stores, now: int) -> tuple[PlacedFilter, ...]:
    """Load, decide, keep, answer. Raises Stale when somebody else applied meanwhile."""
    draft = await the_draft(who, stores)
    before = draft.organisation
    place = spot(before, who.workspace, edit)

    after = changed(before, who.workspace, place, edit)
    if wrong := [one for one in check_filters(after) if one.severity is Severity.ERROR]:
        raise Invalid(f"{wrong[0].message}: {wrong[0].cure}")

    made = "\n".join(map(str, changes(before, after)))
    if made:
        await stores.catalogue.apply(after, draft.version, f"token {who.name}", now, made)
    return placed(after, who.workspace, edit.destination)


async def the_draft(who: Bearer, stores: Stores) -> Draft:
    """The settings as last applied. Raises Missing."""
    draft = await stores.catalogue.draft(who.organisation)
    if draft is None:
        raise Missing("there are no settings yet: apply some first")
    return draft


def connections(organisation: Organisation, workspace: str) -> tuple[ConnectionSetting, ...]:
    """A workspace's connections."""
    return next((one.connections for one in organisation.workspaces if one.id == workspace), ())


def placed(organisation: Organisation, workspace: str, destination: str) -> tuple[PlacedFilter, ...]:
    """A destination's filters. Raises Missing where there is no such destination."""
    space = next((one for one in organisation.workspaces if one.id == workspace), None)
    if space is None or all(one.id != destination for one in space.destinations):
        raise Missing(f"there is no destination {destination} in this workspace")
    own = (one for one in space.connections if one.destination == destination)
    return tuple(PlacedFilter(one.source, destination, each) for one in own for each in one.filters)


def spot(organisation: Organisation, workspace: str, edit: FilterEdit) -> str:
    """The id of the connection that a change is about. Raises Missing."""
    for one in connections(organisation, workspace):
        named = any(each.id == edit.filter for each in one.filters) if edit.filter else one.source == edit.source
        if one.destination == edit.destination and named:
            return one.id
    if edit.filter:
        raise Missing(f"the destination {edit.destination} has no filter {edit.filter}")
    raise Missing(f"the source {edit.source} is not connected to the destination {edit.destination}")


def changed(organisation: Organisation, workspace: str, connection: str, edit: FilterEdit) -> Organisation:
    """The settings with the change in them."""
    workspaces = tuple(
        replace(
            space,
            connections=tuple(
                replace(one, filters=edit.change(one.filters)) if one.id == connection else one
                for one in space.connections
            ),
        )
        if space.id == workspace
        else space
        for space in organisation.workspaces
    )
    return replace(organisation, workspaces=workspaces)
