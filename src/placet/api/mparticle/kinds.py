"""What sorts of event mParticle's dialect knows, and what each is called in ours (mparticle.md §1.4)."""

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from placet.events.event import EventKind

Fields = dict[str, Raw]


class Named(Struct, frozen=True):
    """Our kind of event, its name, and the dialect's finer sort: what data filters call its type."""

    kind: EventKind
    name: str = ""
    genre: str = ""


NAMED_BY: Final = {"custom_event": "event_name", "screen_view": "screen_name"}
"""Which part of an event is its name."""

PERSONAL: Final = frozenset({"user_attribute_change", "user_identity_change"})
"""Events that only describe a person."""

UNKNOWN: Final = "unknown"


def named_by(type: str, data: Fields) -> Named:
    """What an event of this type is called. Raises ValueError and RecursionError."""
    if type == "custom_event":
        return Named(EventKind.TRACK, text(data, "event_name"), text(data, "custom_event_type").lower() or UNKNOWN)
    if type == "screen_view":
        return Named(EventKind.SCREEN, text(data, "screen_name"), type)
    if type == "commerce_event":
        return Named(EventKind.TRACK, commerce(data), type)
    return Named(EventKind.IDENTIFY, "", type) if type in PERSONAL else Named(EventKind.TRACK, type, type)


def commerce(data: Fields) -> str:
    """What was done in the shop: to products, to a promotion, or only seen."""
    if product := action(data, "product_action"):
        return product
    if promotion := action(data, "promotion_action"):
        return f"promotion_{promotion}"
    return "impression" if plain(data, "product_impressions") else UNKNOWN


def action(data: Fields, part: str) -> str:
    """The `action` of a part, "" for none."""
    found = plain(data, part)
    said = found.get("action") if isinstance(found, dict) else ""
    return said if isinstance(said, str) else ""


def plain(data: Fields, name: str) -> Any:
    """A part decoded."""
    return msgspec.json.decode(data[name]) if name in data else None


def text(data: Fields, name: str) -> str:
    """A part that is a text, else ""."""
    found = plain(data, name)
    return found if isinstance(found, str) else ""
