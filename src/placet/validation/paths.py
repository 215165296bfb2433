"""Ways through an organisation's settings that several checks take."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, get_origin

from msgspec import Struct, structs

from placet.settings.notices import OptOutForm
from placet.settings.organisation import CategorySetting, Organisation, RuleSet, SiteSetting, Workspace
from placet.settings.purposes import Texts
from placet.settings.regions import Rule

Path: TypeAlias = tuple[str | int, ...]
"""Field names and positions in lists, from the organisation down to a value."""


class Remark(Struct, frozen=True):
    """Where something is wrong, what, and what to do about it."""

    path: Path
    message: str
    cure: str


Look: TypeAlias = Callable[[Organisation], Iterator[Remark]]
"""One check: a pure function over all settings."""


def spell(path: Path) -> str:
    """A path as people write it: `workspaces[0].sites[2].app_id`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def workspaces(organisation: Organisation) -> Iterator[tuple[Path, Workspace]]:
    """Every workspace."""
    for at, workspace in enumerate(organisation.workspaces):
        yield ("workspaces", at), workspace


def categories(organisation: Organisation) -> Iterator[tuple[Path, Workspace, CategorySetting]]:
    """Every category."""
    for path, workspace in workspaces(organisation):
        for at, category in enumerate(workspace.categories):
            yield (*path, "categories", at), workspace, category


def sites(organisation: Organisation) -> Iterator[tuple[Path, Workspace, SiteSetting]]:
    """Every site."""
    for path, workspace in workspaces(organisation):
        for at, site in enumerate(workspace.sites):
            yield (*path, "sites", at), workspace, site


def rule_sets(organisation: Organisation) -> Iterator[tuple[Path, Workspace, RuleSet]]:
    """Every rule set."""
    for path, workspace in workspaces(organisation):
        for at, rules in enumerate(workspace.region_rules):
            yield (*path, "region_rules", at), workspace, rules


def rules(organisation: Organisation) -> Iterator[tuple[Path, Workspace, Rule]]:
    """Every rule of every set."""
    for path, workspace, rule_set in rule_sets(organisation):
        for at, rule in enumerate(rule_set.rules):
            yield (*path, "rules", at), workspace, rule


def opt_out_forms(organisation: Organisation) -> Iterator[tuple[Path, Workspace, OptOutForm]]:
    """The form of a global opt-out of every notice that has one."""
    for path, workspace in workspaces(organisation):
        for at, notice in enumerate(workspace.notices):
            if notice.global_opt_out is not None:
                yield (*path, "notices", at, "global_opt_out"), workspace, notice.global_opt_out


def ids(values: Iterable[Any]) -> frozenset[str]:
    """The ids of some values."""
    return frozenset(value.id for value in values)


def texts(value: Struct, path: Path) -> Iterator[tuple[Path, Texts, bool]]:
    """Every text at or below a value, and whether one must be there."""
    for field in structs.fields(value):
        here = (*path, field.name)
        held = getattr(value, field.name)
        if field.type == Texts:
            yield here, held, field.required
        elif isinstance(held, Struct):
            yield from texts(held, here)
        elif isinstance(held, tuple):
            yield from texts_of_items(held, here)
        elif get_origin(field.type) is dict and field.type == dict[str, Texts]:
            for key, each in held.items():
                yield (*here, key), each, True


def texts_of_items(items: tuple[Any, ...], path: Path) -> Iterator[tuple[Path, Texts, bool]]:
    """Every text inside the items of a list."""
    for at, item in enumerate(items):
        if isinstance(item, Struct):
            yield from texts(item, (*path, at))
