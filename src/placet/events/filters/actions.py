"""What happens to an event that a filter matches: dropped, sampled, or sent without some fields (segment.md §6.5)."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeAlias

from msgspec import Struct, json

from placet.events.filters.compiler import Facts, reader
from placet.events.filters.filter import Filter, opposite
from placet.events.filters.lexer import unescape

Fields: TypeAlias = dict[str, tuple[str, ...]]
"""Path of an object (`""` is the event itself) to names of its fields; in a list, every member is meant."""

MAX_FILTERS: Final = 10
LONGEST_TITLE: Final = 64
"""How many filters one connection may have, and how long a title may be (segment.md §6.5)."""


class Sample(Struct, frozen=True, tag=True):
    """Keep this share (0 to 1). With a `path`, events with the same value there share their fate.

    Without one the message id decides, so that judging again gives the same answer.
    """

    share: float
    path: str = ""


class DropAction(Struct, frozen=True, tag=True):
    """Do not send."""


class DropFields(Struct, frozen=True, tag=True):
    """Send without these fields."""

    fields: Fields


class AllowFields(Struct, frozen=True, tag=True):
    """Inside each object named, send these fields alone; objects not named go as they are."""

    fields: Fields


Action: TypeAlias = Sample | DropAction | DropFields | AllowFields
Edit: TypeAlias = DropFields | AllowFields

ORDER: Final[tuple[type[Action], ...]] = (Sample, DropAction, DropFields, AllowFields)
"""In which order actions take effect, whatever the order of the filters (segment.md §6.5)."""


class FilterRule(Struct, frozen=True):
    """A filter on a connection and what it does."""

    id: str
    when: Filter
    actions: tuple[Action, ...]
    title: str = ""
    enabled: bool = True


def only_send(id: str, condition: Filter, title: str = "") -> FilterRule:
    """Send nothing but what meets the condition. An event without the field is not sent."""
    return FilterRule(id, opposite(condition), (DropAction(),), title)


def object_to_filters(rules: tuple[FilterRule, ...]) -> tuple[str, ...]:
    """What is wrong with the filters of one connection, in words with a cure; empty when nothing is."""
    found = [f"{len(rules)} filters; a destination may have {MAX_FILTERS}, join some with or"] * (
        len(rules) > MAX_FILTERS
    )
    for rule in rules:
        if len(rule.title) > LONGEST_TITLE:
            found.append(f"filter {rule.id}: a title may have {LONGEST_TITLE} characters, shorten it")
        if not rule.actions:
            found.append(f"filter {rule.id}: it does nothing, give it an action")
        if any(isinstance(action, Sample) and not 0 <= action.share <= 1 for action in rule.actions):
            found.append(f"filter {rule.id}: a sample keeps a share between 0 and 1")
    return tuple(found)


def in_order(rules: tuple[FilterRule, ...]) -> tuple[tuple[FilterRule, Action], ...]:
    """Every action of every enabled rule, in the order in which they take effect."""
    pairs = [(rule, action) for rule in rules if rule.enabled for action in rule.actions]
    return tuple(sorted(pairs, key=lambda pair: ORDER.index(type(pair[1]))))


def share_of(value: Any) -> float:
    """Where a value falls between 0 and 1: evenly, and always at the same place."""
    digest = blake2b(json.encode(value), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def keeps(sample: Sample, facts: Facts) -> bool:
    """Does the event belong to the share that is kept?"""
    if sample.share <= 0 or sample.share >= 1:
        return sample.share >= 1
    names = unescape(sample.path) if sample.path else ("messageId",)
    return share_of(reader(names)(facts)) < sample.share


def edit(document: dict[str, Any], edits: tuple[Edit, ...]) -> dict[str, Any]:
    """The event as it may leave. The document that was handed in stays as it was."""
    for change in edits:
        keep = isinstance(change, AllowFields)
        for path, names in change.fields.items():
            cutting = partial(cut, names=frozenset(names), keep=keep)
            document = at(document, unescape(path) if path else (), cutting)
    return document


def at(document: Any, names: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    """A copy in which what the names lead to is changed; the same document when they lead nowhere."""
    if not names:
        return change(document)
    if not isinstance(document, dict) or names[0] not in document:
        return document
    return {**document, names[0]: at(document[names[0]], names[1:], change)}


def cut(found: Any, names: frozenset[str], keep: bool) -> Any:
    """An object with these fields only, or without them; in a list, each member."""
    if isinstance(found, list):
        return [cut(member, names, keep) if isinstance(member, dict) else member for member in found]
    if not isinstance(found, dict):
        return found
    return {name: value for name, value in found.items() if (name in names) == keep}
