"""The compact dialect of apps, spelled out: two letters for every word of a batch (mparticle.md §3.5)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from placet.api.mparticle.batches import maybe_items, read_fields
from placet.api.mparticle.names import user_names
from placet.formats.errors import Malformed
from placet.formats.nesting import MAX_DEEP_BODY, check_depth, without_lone_surrogates

HEADER: Final = "h"
"""The type of a batch, where its messages have theirs."""

BATCH: Final = {
    "id": "source_request_id",
    "ct": "timestamp_unixtime_ms",
    "sdk": "sdk_version",
    "mpid": "mpid",
    "das": "mp_deviceid",
    "ua": "user_attributes",
    "uad": "deleted_user_attributes",
    "ia": "integration_attributes",
}
APPLICATION: Final = {
    "an": "application_name",
    "av": "application_version",
    "abn": "application_build_number",
    "apn": "package",
    "ir": "install_referrer",
}
DEVICE: Final = {
    "b": "brand",
    "p": "product",
    "dn": "device",
    "dma": "device_manufacturer",
    "dmdl": "device_model",
    "dp": "platform",
    "dosv": "os_version",
    "dsh": "screen_height",
    "dsw": "screen_width",
    "dpi": "screen_dpi",
    "dll": "locale_language",
    "dlc": "locale_country",
    "tz": "timezone_offset",
    "it": "is_tablet",
    "idst": "is_dst",
    "anid": "android_uuid",
    "gaid": "android_advertising_id",
    "lat": "limit_ad_tracking",
}
TYPES: Final = {
    "ss": "session_start",
    "se": "session_end",
    "e": "custom_event",
    "v": "screen_view",
    "cm": "commerce_event",
    "o": "opt_out",
    "x": "crash_report",
    "pr": "push_registration",
    "pm": "push_message",
    "pre": "push_reaction",
    "fr": "first_run",
    "ast": "application_state_transition",
    "bc": "breadcrumb",
    "npe": "network_performance",
    "pro": "profile",
    "uac": "user_attribute_change",
    "uic": "user_identity_change",
}
MESSAGE: Final = {
    "id": "source_message_id",
    "ct": "timestamp_unixtime_ms",
    "sid": "session_uuid",
    "sct": "session_start_unixtime_ms",
    "est": "event_start_unixtime_ms",
    "attrs": "custom_attributes",
    "flags": "custom_flags",
    "cu": "currency_code",
    "ni": "is_non_interactive",
}
"""What every message may say."""
OWN: Final[dict[str, dict[str, str]]] = {
    "custom_event": {"n": "event_name", "et": "custom_event_type"},
    "screen_view": {"n": "screen_name"},
    "session_end": {"sl": "session_duration_ms"},
    "opt_out": {"s": "is_opted_out"},
    "application_state_transition": {
        "t": "application_transition_type",
        "ifr": "is_first_run",
        "iu": "is_upgrade",
        "sc": "successfully_closed",
        "lr": "launch_referral",
    },
    "user_attribute_change": {
        "n": "user_attribute_name",
        "nv": "new",
        "ov": "old",
        "d": "deleted",
        "na": "is_new_attribute",
    },
    "commerce_event": {"sn": "screen_name"},
    "push_registration": {"to": "push_token", "r": "register"},
    "breadcrumb": {"l": "label", "sn": "session_number"},
}
"""What only messages of one type say."""
PRODUCT_ACTION: Final = {
    "an": "action",
    "cs": "checkout_step",
    "co": "checkout_options",
    "pal": "product_action_list",
    "pls": "product_list_source",
    "ti": "transaction_id",
    "ta": "affiliation",
    "tr": "total_amount",
    "tt": "tax_amount",
    "ts": "shipping_amount",
    "tcc": "coupon_code",
    "pl": "products",
}
PRODUCT: Final = {
    "id": "id",
    "nm": "name",
    "br": "brand",
    "ca": "category",
    "va": "variant",
    "ps": "position",
    "pr": "price",
    "qt": "quantity",
    "cc": "coupon_code",
    "tpa": "total_product_amount",
    "attrs": "custom_attributes",
}
PROMOTION: Final = {"id": "id", "nm": "name", "cr": "creative", "ps": "position"}
TRANSITIONS: Final = {
    "app_init": "application_initialized",
    "app_exit": "application_exit",
    "app_back": "application_background",
    "app_fore": "application_foreground",
}
CONSENT: Final = {
    "c": "consented",
    "ts": "timestamp_unixtime_ms",
    "d": "document",
    "l": "location",
    "h": "hardware_id",
}
LISTS: Final = frozenset({"msgs", "sh"})
"""Parts of a batch that hold messages."""
WORDS: Final = {"usercontent": "user_content", "userpreference": "user_preference"}


def spelled_out(body: bytes) -> bytes:
    """A batch in the words of the documentation; one that has them already stays as it is. Raises Malformed."""
    check_depth(body, MAX_DEEP_BODY)
    try:
        said = said_in(without_lone_surrogates(body))
    except (ValueError, RecursionError) as why:
        raise Malformed("this is not a batch", "send JSON in UTF-8") from why
    if not isinstance(said, dict) or (said.get("dt") != HEADER and "msgs" not in said):
        return body
    return msgspec.json.encode(batch(said))


def said_in(body: bytes) -> Any:
    """The body decoded, a message that cannot be read as an empty one; None for other words.

    Raises ValueError and RecursionError.
    """
    try:
        return msgspec.json.decode(body)
    except ValueError:
        fields = read_fields(body)
        if "msgs" not in fields:
            return None
        return {name: listed(raw) if name in LISTS else msgspec.json.decode(raw) for name, raw in fields.items()}


def listed(raw: Raw) -> list[Any]:
    """Items decoded one by one. Raises ValueError and RecursionError."""
    return [decoded(one) for one in maybe_items(bytes(raw))]


def decoded(raw: Raw) -> Any:
    """An item; an empty one where it cannot be read, which is refused alone."""
    try:
        return msgspec.json.decode(raw)
    except ValueError:
        return {}


def batch(said: dict[str, Any]) -> dict[str, Any]:
    """A batch, its messages, and those it kept from earlier sessions."""
    found = renamed(said, BATCH)
    found["environment"] = "development" if said.get("dbg") is True or said.get("env") in (1, "1") else "production"
    found["user_identities"] = user_names(said.get("ui"))
    found["application_info"], found["device_info"] = renamed(said.get("ai"), APPLICATION), device(said.get("di"))
    if "con" in said:
        found["consent_state"] = consent(said["con"])
    if said.get("oo") not in (None, False):
        found["is_opted_out"] = said["oo"]
    plan = said.get("ctx")
    if isinstance(plan, dict) and isinstance(plan.get("dpln"), dict):
        found["context"] = {"data_plan": renamed(plan["dpln"], {"id": "plan_id", "v": "plan_version"})}
    messages = [*sent(said.get("sh")), *sent(said.get("msgs"))]
    return found | {"events": [message(one) if isinstance(one, dict) else one for one in messages]}


def message(said: dict[str, Any]) -> dict[str, Any]:
    """One message as an event."""
    type = TYPES.get(said.get("dt", ""), said.get("dt")) if isinstance(said.get("dt"), str) else None
    data = renamed(said, MESSAGE | OWN.get(type or "", {}))
    if isinstance(data.get("custom_event_type"), str):
        word = data["custom_event_type"].lower()
        data["custom_event_type"] = WORDS.get(word, word)
    moved = data.get("application_transition_type")
    if isinstance(moved, str):
        data["application_transition_type"] = TRANSITIONS.get(moved, moved)
    if isinstance(said.get("lc"), dict):
        place = renamed(said["lc"], {"lat": "latitude", "lng": "longitude", "acc": "accuracy"})
        data["location"] = place
    return {"event_type": type, "data": data | (shopping(said) if type == "commerce_event" else {})}


def shopping(said: dict[str, Any]) -> dict[str, Any]:
    """What a message says about products and promotions."""
    found: dict[str, Any] = {}
    if isinstance(said.get("pd"), dict):
        products = [renamed(one, PRODUCT) for one in items(said["pd"].get("pl"))]
        found["product_action"] = renamed(said["pd"], PRODUCT_ACTION) | ({"products": products} if products else {})
    if isinstance(said.get("pm"), dict):
        promotions = [renamed(one, PROMOTION) for one in items(said["pm"].get("pl"))]
        found["promotion_action"] = {"action": said["pm"].get("an"), "promotions": promotions}
    if items(said.get("pi")):
        found["product_impressions"] = [
            {
                "product_impression_list": one.get("pil"),
                "products": [renamed(each, PRODUCT) for each in items(one.get("pl"))],
            }
            for one in items(said["pi"])
            if isinstance(one, dict)
        ]
    return found


def device(said: Any) -> dict[str, Any]:
    """A device; its platform as servers write it."""
    found = renamed(said, DEVICE)
    if isinstance(found.get("limit_ad_tracking"), str):
        found["limit_ad_tracking"] = found["limit_ad_tracking"].lower() == "true"
    return found


def consent(said: Any) -> Any:
    """A consent state. What is no state stays as it is, and is judged as unreadable."""
    if not isinstance(said, dict):
        return said
    return {regulation: records(found) for regulation, found in said.items()}


def records(said: Any) -> Any:
    """The records of one regulation, purpose by purpose."""
    if not isinstance(said, dict):
        return said
    return {name: renamed(one, CONSENT) if isinstance(one, dict) else one for name, one in said.items()}


def renamed(said: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """The known parts of an object by their long names; nothing where it is none."""
    parts = said if isinstance(said, dict) else {}
    return {long: parts[short] for short, long in names.items() if short in parts}


def sent(said: Any) -> list[Any]:
    """Messages. What stands in the place of their list is one that is none: it is counted as refused, and not lost."""
    return said if isinstance(said, list) else [] if said is None else [said]


def items(said: Any) -> list[Any]:
    """A list, empty where there is none."""
    return said if isinstance(said, list) else []
