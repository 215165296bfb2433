"""Destination filters as the rules that a page applies by itself in web device mode (segment.md §6.4)."""

from typing import Any, Final, assert_never

from msgspec import Struct

from placet.events.filters.actions import Action, AllowFields, DropAction, DropFields, FilterRule, Sample, in_order
from placet.events.filters.ast import Everything
from placet.events.filters.device_mode import doubts
from placet.events.filters.json_ir import write_ir

TARGET: Final = "workspace::project::destination::config"


class Routing(Struct, frozen=True):
    """The rules for one destination, and what kept filters out of them, by filter id."""

    rules: tuple[dict[str, Any], ...]
    doubts: dict[str, tuple[str, ...]]


def route(destination: str, filters: tuple[FilterRule, ...], closed: bool = True) -> Routing:
    """What a page is told about a destination's filters.

    A filter that a page would answer differently is not told. When `closed`, the default, the page then keeps
    the destination's events to itself altogether; otherwise it sends them as if there were no such filter.
    """
    doubtful = {rule.id: found for rule in filters if rule.enabled and (found := doubts_about(rule))}
    if doubtful and closed:
        return Routing((one_rule(destination, ALL, {"type": "drop"}),), doubtful)
    told = tuple(rule for rule in filters if rule.id not in doubtful)
    rules = tuple(one_rule(destination, matcher(rule), transformer(action)) for rule, action in in_order(told))
    return Routing(rules, doubtful)


ALL: Final = {"type": "all", "ir": ""}


def doubts_about(rule: FilterRule) -> tuple[str, ...]:
    """Why a page would treat events differently than we do under this rule."""
    sampled = [action for action in rule.actions if isinstance(action, Sample) and action.path]
    found = (f"sample by {action.path}: a browser keeps every event (segment.md §11.11)" for action in sampled)
    return (*doubts(rule.when.tree), *found)


def one_rule(destination: str, match: dict[str, Any], transform: dict[str, Any]) -> dict[str, Any]:
    """One rule in the CDN's shape: what matches, and what is then done."""
    return {
        "scope": "destinations",
        "target_type": TARGET,
        "destinationName": destination,
        "matchers": [match],
        "transformers": [[transform]],
    }


def matcher(rule: FilterRule) -> dict[str, Any]:
    """The condition, compiled, with its text beside it for whoever reads the settings."""
    if isinstance(rule.when.tree, Everything):
        return ALL
    return {"type": "fql", "ir": write_ir(rule.when.tree), "config": {"expr": rule.when.text}}


def transformer(action: Action) -> dict[str, Any]:
    """The action in the CDN's words."""
    match action:
        case DropAction():
            return {"type": "drop"}
        case Sample(share, path):
            return {"type": "sample_event", "config": {"sample": {"percent": share, "path": path}}}
        case DropFields(fields):
            return {"type": "drop_properties", "config": {"drop": as_lists(fields)}}
        case AllowFields(fields):
            return {"type": "allow_properties", "config": {"allow": as_lists(fields)}}
        case _:
            assert_never(action)


def as_lists(fields: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The fields as JSON has them."""
    return {path: list(names) for path, names in fields.items()}
