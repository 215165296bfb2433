"""The keys an app must store afterwards."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from placet.consent.choices import Choices, Ruling
from placet.consent.settle import Standpoint
from placet.formats.sealed import Remembered


def storage_keys(ruling: Ruling, standpoint: Standpoint) -> dict[str, Any]:
    """Every key of cmp-api.md §13.1, and those of §13.2 that apply here: clients delete all before they write these.

    `OT_LastConsentedDate` is absent for a person who never chose: a made-up date would stop an app from
    bringing its anonymous choices along at login (§20, trap 13).
    """
    choices, memory = standpoint.choices, standpoint.memory
    groups, sdks = ruling.always_active
    keys: dict[str, Any] = {
        "OT_GroupConsents": choices.groups,
        "OT_GroupLIConsents": choices.legitimate,
        "OT_SdkConsents": choices.sdks,
        "OT_GeneralVendorsConsents": choices.vendors,
        "OT_UCPConsents": universal_consents(ruling, choices),
    }
    if standpoint.consented_at is not None:
        keys["OT_LastConsentedDate"] = iso(standpoint.consented_at)
    keys["OT_Identifier"] = memory.person
    keys["OT_AlwaysActiveIds"] = {"groups": groups, "sdks": sdks}
    if memory.age_lower is not None or memory.age_upper is not None:
        keys["OT_AgeGate"] = age_gate(memory)
    if memory.opted_out:
        keys["OT_GlobalOptOut"] = opted_out(memory)
    return keys | standpoint.strings.keys


def universal_consents(ruling: Ruling, choices: Choices) -> dict[str, Any]:
    """Universal-consent purposes with their options, as `OT_UCPConsents` holds them."""
    return {
        purpose.id: {
            "consentStatus": choices.universal[purpose.id],
            "options": {o.id: choices.options[o.id] for preference in purpose.preferences for o in preference.options},
        }
        for purpose in ruling.site.universal
    }


def age_gate(memory: Remembered) -> dict[str, int]:
    """The age range a person gave, and when (epoch ms)."""
    bounds = {"lowerBound": memory.age_lower, "upperBound": memory.age_upper}
    known = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"lastUpdated": memory.age_at} | known


def opted_out(memory: Remembered) -> dict[str, dict[str, str]]:
    """What the person opted out of everywhere, when, and by which address (cmp-api.md §11)."""
    return {id: {"lastOptedOut": iso(one.at), "identifier": one.identifier} for id, one in memory.opted_out.items()}


def iso(at: int) -> str:
    """Epoch milliseconds as `YYYY-MM-DDTHH:mm:ss.SSSZ`."""
    seconds, thousandths = divmod(at, 1000)
    return f"{to_the_second(seconds)}.{thousandths:03d}Z"


@lru_cache(4096)
def to_the_second(at: int) -> str:
    """Epoch seconds as `YYYY-MM-DDTHH:mm:ss`; remembered, since all that happens now happens in few seconds."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}"
