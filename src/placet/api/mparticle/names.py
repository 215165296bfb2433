"""The names of people and devices in mParticle's dialect, in any of its spellings (mparticle.md §1.4, §2.8, §5.1)."""

from collections.abc import Iterator
from typing import Any, Final

from placet.events.event import Identity
from placet.events.identity.extract import as_text
from placet.settings.forwarding_rules import IDENTITY_KINDS

SPELLINGS: Final = {
    "customerid": "customer_id",
    "facebookcustomaudienceid": "facebook_custom_audience_id",
    "mobilenumber": "mobile_number",
    "phonenumber2": "phone_number_2",
    "phonenumber3": "phone_number_3",
    **{f"other{number}": f"other_id_{number}" for number in range(2, 11)},
    **{f"otherid{number}": f"other_id_{number}" for number in range(2, 11)},
}
"""What clients write for the names of the documentation (Python and Node: `customerid`, IDSync: `other2`)."""

DEVICES: Final = {
    "ios_advertising_id": "ios_idfa",
    "ios_idfv": "ios_idfv",
    "android_advertising_id": "android_aaid",
    "android_uuid": "android_uuid",
    "roku_advertising_id": "roku_aid",
    "roku_publisher_id": "roku_publisher_id",
    "fire_advertising_id": "fire_aid",
    "microsoft_advertising_id": "microsoft_aid",
    "microsoft_publisher_id": "microsoft_publisher_id",
    "amp_id": "amp_id",
    "push_token": "push_token",
}
"""Which parts of a device's description name it."""

ADVERTISING: Final = frozenset(name for name in DEVICES if name.endswith("advertising_id"))


def canonical(kind: str) -> str:
    """A kind of identity as the documentation spells it."""
    return SPELLINGS.get(kind.replace("_", "").lower(), kind)


def user_names(said: Any) -> dict[str, str]:
    """The names of a person by their kind; also where they come as a list, as mParticle itself sends them on."""
    pairs = said.items() if isinstance(said, dict) else listed(said)
    named = {canonical(kind): as_text(value) for kind, value in pairs}
    return {kind: value for kind, value in named.items() if value}


def listed(said: Any) -> Iterator[tuple[str, Any]]:
    """`[{"identity_type": "email", "identity": …}]`, and an app's `[{"n": 7, "i": …}]`."""
    for one in said if isinstance(said, list) else ():
        if not isinstance(one, dict):
            continue
        kind = one.get("identity_type", one.get("n"))
        if type(kind) is int and 0 <= kind < len(IDENTITY_KINDS):
            yield IDENTITY_KINDS[kind], one.get("i")
        elif isinstance(kind, str):
            yield kind, one.get("identity", one.get("i"))


def device_names(said: Any) -> Iterator[Identity]:
    """What names a device; not by its advertising ids where the person does not want to be followed."""
    parts = said if isinstance(said, dict) else {}
    followed = parts.get("limit_ad_tracking") is not True
    for part, kind in DEVICES.items():
        value = as_text(parts.get(part))
        if value and (followed or part not in ADVERTISING):
            yield Identity(kind, value)


def mpid_of(said: Any) -> str:
    """An MPID as text, "" for none: it may come as a number, and 0 names nobody."""
    text = as_text(said)
    return "" if text == "0" else text
