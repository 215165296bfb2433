"""What changed between two states of an organisation's settings, said so that a person can judge it."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeAlias

from msgspec import Struct, structs

from placet.settings.organisation import Organisation
from placet.validation.secrets import masked

Place: TypeAlias = tuple[str, ...]
"""Field names, ids and languages, from the organisation down to a value."""


class SettingChange(Struct, frozen=True):
    """A value that came (`before` is None), went (`after` is None) or became another; both shortened."""

    path: Place
    before: str | None
    after: str | None

    def __str__(self) -> str:
        where = "/".join(self.path)
        if self.before is None:
            return f"+ {where}: {self.after}"
        if self.after is None:
            return f"- {where}: {self.before}"
        return f"~ {where}: {self.before} → {self.after}"


def changes(before: Organisation | None, after: Organisation) -> tuple[SettingChange, ...]:
    """Every difference, in the order of the fields; empty when both are the same. Secrets are masked."""
    if before is None:
        nothing = Organisation(id=after.id, name=after.name)
        return (SettingChange(("organisation",), None, brief(after.name)), *changes(nothing, after))
    return tuple(of_struct((), masked(before), masked(after)))


def of_value(path: Place, before: Any, after: Any) -> Iterator[SettingChange]:
    """The differences between two values of one field."""
    if before == after:
        return
    if type(before) is type(after) and isinstance(before, Struct):
        yield from of_struct(path, before, after)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from of_map(path, before, after)
    elif isinstance(before, tuple) and isinstance(after, tuple) and named(before) and named(after):
        yield from of_list(path, before, after)
    else:
        yield SettingChange(path, brief(before), brief(after))


def of_struct(path: Place, before: Struct, after: Struct) -> Iterator[SettingChange]:
    """Field by field."""
    for field in structs.fields(before):
        yield from of_value((*path, field.name), getattr(before, field.name), getattr(after, field.name))


def of_map(path: Place, before: dict[str, Any], after: dict[str, Any]) -> Iterator[SettingChange]:
    """Key by key: what went, what changed, what came. A mere change of order is no change."""
    for key, value in before.items():
        if key not in after:
            yield SettingChange((*path, key), brief(value), None)
            continue
        yield from of_value((*path, key), value, after[key])
    for key, value in after.items():
        if key not in before:
            yield SettingChange((*path, key), None, brief(value))


def of_list(path: Place, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[SettingChange]:
    """Id by id, and the order where that is all that changed."""
    old, new = {item.id: item for item in before}, {item.id: item for item in after}
    yield from of_map(path, old, new)
    stayed = [id_ for id_ in old if id_ in new]
    moved = [id_ for id_ in new if id_ in old]
    if stayed != moved:
        yield SettingChange((*path, "(order)"), brief(tuple(stayed)), brief(tuple(moved)))


def named(items: tuple[Any, ...]) -> bool:
    """True when every item has an id of its own."""
    if not all(isinstance(item, Struct) and hasattr(item, "id") for item in items):
        return False
    return len({item.id for item in items}) == len(items)


def brief(value: Any) -> str:
    """A value on one short line; things with a name are called by it."""
    if isinstance(value, Struct):
        name = getattr(value, "name", "")
        return cut(name if name and isinstance(name, str) else str(getattr(value, "id", type(value).__name__)))
    if isinstance(value, Enum):
        return cut(str(value.value))
    if isinstance(value, tuple):
        return cut("[" + ", ".join(brief(item) for item in value) + "]")
    if isinstance(value, dict):
        return cut("{" + ", ".join(f"{key}: {brief(each)}" for key, each in value.items()) + "}")
    if value is None:
        return "(none)"
    return cut(repr(value) if isinstance(value, str) else str(value).lower())


def cut(text: str) -> str:
    """The first sixty characters, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
