"""Which parts of an event are names somebody goes by (segment.md §7.3)."""

from collections.abc import Iterator
from typing import Any, Final

from placet.events.event import Identity
from placet.events.fields import EventFields

TOP: Final = (("user_id", "userId"), ("anonymous_id", "anonymousId"), ("group_id", "groupId"))
DEVICES: Final = frozenset({"android", "ios"})


def promote(facts: EventFields) -> tuple[Identity, ...]:
    """Every name in an event, numbers as their text; what is no name is left out. Raises as `EventFields` does."""
    found = [(kind, facts[field]) for kind, field in TOP if field in facts.fields]
    context = facts["context"]
    if "traits" in facts.fields or (isinstance(context, dict) and "traits" in context):
        found.append(("email", facts.at("traits", "email") or facts.at("context", "traits", "email")))
    if isinstance(context, dict):
        found.extend(of_context(context))
    named = [(kind, as_text(value)) for kind, value in found if value is not None]
    return tuple(dict.fromkeys([Identity(kind, value) for kind, value in named if value]))


def of_context(context: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names that an event's context tells beside; most say nothing of them."""
    if "integrations" in context:
        yield "ga_client_id", EventFields(context).at("integrations", "Google Analytics", "clientId")
    if "device" in context:
        yield from of_device(context["device"])
    if "externalIds" in context:
        yield from of_external(context["externalIds"])


def promote_previous(facts: EventFields) -> tuple[Identity, ...]:
    """Who the person of an alias was before: a device, never a user. Nobody takes a user over by naming them."""
    value = as_text(facts["previousId"])
    return (Identity("anonymous_id", value),) if value else ()


def of_device(device: Any) -> list[tuple[str, Any]]:
    """A phone's id and push token, and its advertising id where the person lets apps follow them."""
    if not isinstance(device, dict) or str(device.get("type")).lower() not in DEVICES:
        return []
    kind = str(device["type"]).lower()
    found = [(f"{kind}.id", device.get("id")), (f"{kind}.push_token", device.get("token"))]
    if device.get("adTrackingEnabled") is True:
        advertising = {"android": "android.idfa", "ios": "ios.idfa"}[kind]
        found.append((advertising, device.get("advertisingId")))
    return found


def of_external(externals: Any) -> list[tuple[str, Any]]:
    """Custom names of people; those of accounts name nobody."""
    items = externals if isinstance(externals, list) else []
    return [
        (item["type"], item.get("id"))
        for item in items
        if isinstance(item, dict) and isinstance(item.get("type"), str) and item.get("collection", "users") == "users"
    ]


def as_text(value: Any) -> str:
    """A name as text; empty for what cannot be one."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
