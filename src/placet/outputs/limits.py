"""Applies a destination's published limits (`rules`): truncates where the vendor truncates, else holds the event.

Rules: ids are never truncated, since two people could become one · a reason names the field, the value found, what is
allowed and what to do · nested values are not changed.
"""

from typing import Any, Final

from msgspec import json
from msgspec.structs import replace

from placet.outputs.destination import OutgoingEvent, UnsupportedEvent
from placet.outputs.event_parts import anonymous, at, inner, kind, text, title, user
from placet.outputs.reserved_names import NONE, Rules, Size

SHOWN: Final = 60
"""How many characters of a name a reason shows."""
PLACES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "events": (("properties",),),
    "traits": (("traits",), ("context", "traits"), ("user_attributes",)),
}
"""Where a document holds the properties of an event and the traits of a person."""


class TooMuch(Exception):
    """The event exceeds a limit of the destination; the message says which."""


def fitted(item: OutgoingEvent, rules: Rules, vendor: str) -> OutgoingEvent | UnsupportedEvent:
    """The event within the limits of the destination, or the reason why it is held."""
    if rules.limits == NONE:
        return item
    try:
        return replace(item, document=within(item.document, rules, vendor))
    except TooMuch as why:
        return UnsupportedEvent(str(why))


def within(document: dict[str, Any], rules: Rules, vendor: str) -> dict[str, Any]:
    """The document with values truncated where the vendor truncates. Raises TooMuch."""
    limits = rules.limits
    for what, id in (("userId", user(document)), ("anonymousId", anonymous(document))):
        if limits.id and len(limits.id.kept(id)) < len(id):
            raise TooMuch(exceeds(what, id, limits.id, vendor))
    found = named(document, limits.event, vendor, titled=limits.titled) if limits.event else document
    about, limit = ("traits", limits.traits) if kind(document) == "identify" else ("events", limits.properties)
    for path in PLACES[about] if about in limits.of else ():
        if said := inner(at(document, *path)):
            found = put(found, path, values(said, rules, limit, vendor))
    if limits.event_bytes and (size := len(json.encode(found))) > limits.event_bytes:
        raise TooMuch(f"the event has {size} bytes; {vendor} takes {limits.event_bytes}: send less with it")
    return found


def named(document: dict[str, Any], size: Size, vendor: str, *, titled: bool) -> dict[str, Any]:
    """The document with an event name that is present and within the limit. Raises TooMuch."""
    field = {"track": "event", "page": "name", "screen": "name"}.get(kind(document))
    if field is None:
        return document
    own = text(document.get(field))
    name = title(document) if titled else own
    if not name.strip() and (titled or field == "event"):
        raise TooMuch(f"the event has no name; {vendor} takes none without: send it with a name")
    over = len(name) - len(size.kept(name))
    if not over:
        return document
    if not size.cut:
        raise TooMuch(exceeds("the event name", name, size, vendor))
    return document | {field: own[: max(len(own) - over, 0)]}


def values(said: dict[str, Any], rules: Rules, limit: int, vendor: str) -> dict[str, Any]:
    """The properties or traits that may be delivered, names and values within limits. Raises TooMuch."""
    allowed, limits = rules.allowed(said), rules.limits
    if limit and len(allowed) > limit:
        raise TooMuch(f"it has {len(allowed)} properties; {vendor} takes {limit}: send fewer")
    return {name_of(name, rules, vendor): value_of(name, each, limits.value, vendor) for name, each in allowed.items()}


def name_of(name: str, rules: Rules, vendor: str) -> str:
    """A name within limits. Raises TooMuch."""
    limits = rules.limits
    if limits.never_first and (not name or name[0] in limits.never_first):
        what = f"begins with '{name[0]}'" if name else "is empty"
        raise TooMuch(f"the property name '{name[:SHOWN]}' {what}, which {vendor} refuses: rename it")
    if limits.name is None or limits.name.kept(name) == name:
        return name
    if not limits.name.cut:
        raise TooMuch(exceeds("a property name", name, limits.name, vendor))
    return limits.name.kept(name)


def value_of(name: str, value: Any, size: Size | None, vendor: str) -> Any:
    """A value within limits. Raises TooMuch."""
    if size is None:
        return value
    if isinstance(value, dict | list) and size.nested:
        if size.kept(as_text := json.encode(value).decode()) != as_text:
            raise TooMuch(exceeds(f"the value of '{name[:SHOWN]}' as JSON", as_text, size, vendor))
        return value
    if not isinstance(value, str) or (short := size.kept(value)) == value:
        return value
    if not size.cut:
        raise TooMuch(exceeds(f"the value of '{name[:SHOWN]}'", value, size, vendor))
    return short


def put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy of the document with `value` at `path`."""
    head, *rest = path
    return document | {head: put(inner(document.get(head)), tuple(rest), value) if rest else value}


def exceeds(what: str, found: str, size: Size, vendor: str) -> str:
    """The reason for a text that is too long."""
    return f"{what} '{found[:SHOWN]}' has {size.of(found)} {size.unit}; {vendor} takes {size.most}: shorten it"
