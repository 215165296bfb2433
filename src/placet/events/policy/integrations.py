"""Which destinations an event itself excludes, in whatever spelling clients write it (segment.md §4.3)."""

from collections.abc import Iterable
from typing import Any, Final

from placet.events.fields import EventFields

ALL: Final = "all"

FIELDS: Final = ("integrations", "Integrations", "INTEGRATIONS", "integration", "providers", "Providers")
"""What the choice is called: `providers` by clients before 2014."""

IN_CONTEXT: Final = ("integrations", "providers")
"""The same inside `context`, where settings of destinations stand too: there only a refusal is a choice."""

NO: Final = frozenset({"false", "0", "no", "off", "none", "null", "undefined", ""})
"""Texts that are meant as no."""


def choices(facts: EventFields) -> Any:
    """What an event says of destinations: their names in small letters and whether each may have it.

    None where it says nothing, "" where it says something that is no object. Said twice, no binds. Raises as
    `EventFields` does.
    """
    said = [facts[field] for field in FIELDS if field in facts.fields]
    inner = context_choices(facts["context"])
    if not inner and all(one is None or one == {} for one in said):
        return None
    found: dict[str, bool] = {}
    for one in said:
        if one is not None and not isinstance(one, dict):
            return ""
        lay_over(found, one or {})
    lay_over(found, inner)
    return found


def context_choices(context: Any) -> dict[str, Any]:
    """The refusals inside `context`."""
    if not isinstance(context, dict):
        return {}
    parts = [context[name] for name in IN_CONTEXT if isinstance(context.get(name), dict)]
    return {name: value for part in parts for name, value in part.items() if value is False or means_no(value)}


def lay_over(found: dict[str, bool], said: dict[str, Any]) -> None:
    """Add what one object says."""
    for name, value in said.items():
        key = spelled(name)
        found[key] = found.get(key, True) and not means_no(value)


def means_no(value: Any) -> bool:
    """Is this a no? An object or a list of settings is a yes; whatever else is empty or says no is one."""
    if isinstance(value, str):
        return value.strip().casefold() in NO
    return not value and not isinstance(value, dict | list)


def spelled(name: str) -> str:
    """A destination's name however it is written: `All`, ` all`, `ALL`."""
    return " ".join(name.casefold().split())


def excludes(chosen: dict[str, bool], names: Iterable[str]) -> bool:
    """Do an event's choices exclude the destination that goes by these names (`spelled`)?

    What is said of the destination itself counts before what is said of all; of two names no binds.
    """
    said = [chosen[name] for name in names if name in chosen]
    return not (all(said) if said else chosen.get(ALL, True))
