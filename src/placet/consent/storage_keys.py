"""The storage keys an app must write after a response."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from placet.consent.context import ConsentStatus
from placet.consent.rules.effective_rule import Choices, EffectiveRule
from placet.formats.onetrust.consent_string import DeviceState


def storage_keys(rule: EffectiveRule, status: ConsentStatus) -> dict[str, Any]:
    """Every key of cmp-api.md §13.1, and those of §13.2 that apply here: clients delete all before they write these.

    `OT_LastConsentedDate` is absent for a person who never chose: a made-up date would stop an app from
    bringing its anonymous choices along at login (§20, trap 13).
    """
    choices, device_state = status.choices, status.device_state
    groups, sdks = rule.always_active
    keys: dict[str, Any] = {
        "OT_GroupConsents": choices.groups,
        "OT_GroupLIConsents": choices.legitimate,
        "OT_SdkConsents": choices.sdks,
        "OT_GeneralVendorsConsents": choices.vendors,
        "OT_UCPConsents": universal_consents(rule, choices),
    }
    if status.consented_at is not None:
        keys["OT_LastConsentedDate"] = iso(status.consented_at)
    keys["OT_Identifier"] = device_state.person
    keys["OT_AlwaysActiveIds"] = {"groups": groups, "sdks": sdks}
    if device_state.age_lower is not None or device_state.age_upper is not None:
        keys["OT_AgeGate"] = age_gate(device_state)
    if device_state.opted_out:
        keys["OT_GlobalOptOut"] = opted_out(device_state)
    return keys | status.strings.keys


def universal_consents(rule: EffectiveRule, choices: Choices) -> dict[str, Any]:
    """Universal-consent purposes with their options, as `OT_UCPConsents` holds them."""
    return {
        purpose.id: {
            "consentStatus": choices.universal[purpose.id],
            "options": {o.id: choices.options[o.id] for preference in purpose.preferences for o in preference.options},
        }
        for purpose in rule.site.universal
    }


def age_gate(device_state: DeviceState) -> dict[str, int]:
    """The age range a person gave, and when (epoch ms)."""
    bounds = {"lowerBound": device_state.age_lower, "upperBound": device_state.age_upper}
    known = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"lastUpdated": device_state.age_at} | known


def opted_out(device_state: DeviceState) -> dict[str, dict[str, str]]:
    """What the person opted out of everywhere, when, and by which address (cmp-api.md §11)."""
    return {
        id: {"lastOptedOut": iso(one.at), "identifier": one.identifier} for id, one in device_state.opted_out.items()
    }


def iso(at: int) -> str:
    """Epoch milliseconds as `YYYY-MM-DDTHH:mm:ss.SSSZ`."""
    seconds, thousandths = divmod(at, 1000)
    return f"{to_the_second(seconds)}.{thousandths:03d}Z"


@lru_cache(4096)
def to_the_second(at: int) -> str:
    """Epoch seconds as `YYYY-MM-DDTHH:mm:ss`; cached, since many requests fall in the same second."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}"
