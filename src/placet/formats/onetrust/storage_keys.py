"""The keys under which apps find the IAB strings on a device (iab.md section 8, cmp-api.md section 13.2).

Rules: numbers stay numbers, because Android readers fail on text · each function returns all keys of its standard,
because writers delete all of them before they write · this module only formats; it makes no consent decision.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from placet.formats.gpp.gpp import CANADA, EU, USP, Gpp, Section
from placet.formats.ids import NONE, Ids
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import TcString

Key = int | str

PURPOSES: Final = 11
SPECIAL_FEATURES: Final = 2
"""Lists of purposes and special features have at least these many digits, so that old readers may index them."""

RESTRICTIONS: Final = "PublisherRestrictions"

_PREFIXES: Final[Mapping[int, tuple[str, ...]]] = {CANADA: ("TCFCA1", "TCFCAV1"), USP: ("USP1",)}
_USP_NAMES: Final[Mapping[str, str]] = {"OptOutSale": "OptOut", "LspaCovered": "LSPACovered"}


def tcf_keys(value: TcString, text: str) -> dict[str, Key]:
    """The keys for a TC string (`text`).

    Restrictions have one key per purpose, as IAB specifies; see `nested` for OneTrust's form.
    """
    return {"IABTCF_TCString": text, **_tc_keys(value, "IABTCF_")}


def gdpr_keys(
    applies: bool | None, cmp_id: int, *, additional: str = "", advertiser_mode: bool | None = None
) -> dict[str, Key]:
    """The keys that are set with or without a TC string. `applies` None is unknown and omits its key."""
    keys: dict[str, Key] = {"IABTCF_CmpSdkID": cmp_id}
    if applies is not None:
        keys["IABTCF_gdprApplies"] = int(applies)
    if additional:
        keys["IABTCF_AddtlConsent"] = additional
    if advertiser_mode is not None:
        keys["IABTCF_EnableAdvertiserConsentMode"] = int(advertiser_mode)
    return keys


def gpp_keys(gpp: Gpp, text: str, applicable: tuple[int, ...]) -> dict[str, Key]:
    """The keys for a GPP string (`text`); `applicable` are the sections in force."""
    keys: dict[str, Key] = {
        "IABGPP_HDR_Version": "1",
        "IABGPP_HDR_Sections": _joined(gpp.ids),
        "IABGPP_HDR_GppString": text,
        "IABGPP_GppSID": _joined(applicable),
    }
    for section in gpp.sections:
        keys |= _section_keys(section)
    if gpp.get(EU):
        keys["IABGPP_TCFEU2_gdprApplies"] = int(EU in applicable)
    return keys


def usp_keys(text: str) -> dict[str, Key]:
    """The key of a US Privacy string."""
    return {"IABUSPrivacy_String": text}


def nested(keys: Mapping[str, Key]) -> dict[str, Any]:
    """The same keys in OneTrust's form: restrictions as one object by purpose, absent custom purposes as null."""
    out: dict[str, Any] = {}
    for key, value in keys.items():
        head, found, purpose = key.partition(RESTRICTIONS)
        if found and purpose.isdecimal():
            out.setdefault(head + RESTRICTIONS, {})[purpose] = value
            continue
        out[key] = None if "CustomPurposes" in key and value == "" else value
    return out


def _tc_keys(value: TcString, prefix: str) -> dict[str, Key]:
    publisher = value.publisher
    custom = publisher.custom if publisher else None
    texts = {
        "PublisherCC": value.country,
        "VendorConsents": value.vendor_consents.digits(),
        "VendorLegitimateInterests": value.vendor_interests.digits(),
        "PurposeConsents": value.purpose_consents.digits(PURPOSES),
        "PurposeLegitimateInterests": value.purpose_interests.digits(PURPOSES),
        "SpecialFeaturesOptIns": value.special_features.digits(SPECIAL_FEATURES),
        "PublisherConsent": (publisher.purpose_consents if publisher else NONE).digits(PURPOSES),
        "PublisherLegitimateInterests": (publisher.purpose_interests if publisher else NONE).digits(PURPOSES),
        "PublisherCustomPurposesConsents": custom.consents.digits(custom.count) if custom else "",
        "PublisherCustomPurposesLegitimateInterests": custom.interests.digits(custom.count) if custom else "",
    }
    keys = {**_numbers(value), **texts, **dict(_restriction_keys(value.restrictions))}
    if value.disclosed is not None:  # an empty text would mean that no vendor was disclosed
        keys["DisclosedVendors"] = value.disclosed.digits()
    return {prefix + name: key for name, key in keys.items()}


def _numbers(value: TcString) -> dict[str, Key]:
    return {
        "CmpSdkID": value.cmp_id,
        "CmpSdkVersion": value.cmp_version,
        "PolicyVersion": value.policy_version,
        "PurposeOneTreatment": int(value.purpose_one_treatment),
        "UseNonStandardTexts": int(value.non_standard_texts),
        "UseNonStandardStacks": int(value.non_standard_texts),
    }


def _restriction_keys(rows: tuple[Restriction, ...]) -> Iterator[tuple[str, str]]:
    """One text per purpose: a digit per vendor, `_` where none; of several kinds the lowest wins (iab.md §1.5)."""
    for purpose in sorted({row.purpose for row in rows}):
        kinds: dict[int, Ids] = {}
        for row in rows:
            if row.purpose == purpose and row.kind < 3:
                kinds[row.kind] = kinds.get(row.kind, NONE) | row.vendors
        highest = max((ids.highest for ids in kinds.values()), default=0)
        marks = ["_"] * highest
        for kind in sorted(kinds, reverse=True):
            for vendor in kinds[kind]:
                marks[vendor - 1] = str(kind)
        yield f"{RESTRICTIONS}{purpose}", "".join(marks)


def _section_keys(section: Section) -> dict[str, Key]:
    keys: dict[str, Key] = {f"IABGPP_{section.id}_String": section.text}
    if section.id in (EU, CANADA):
        keys[f"IABGPP_{section.id}_TCString"] = section.text
    if isinstance(section.value, TcString):
        return keys | _tc_keys(section.value, "IABGPP_TCFEU2_")
    for prefix in _PREFIXES.get(section.id, (section.prefix.upper(),)):
        for name, value in section.flat().items():
            keys |= dict(_plain(f"IABGPP_{prefix}_{_USP_NAMES.get(name, name)}", value))
    return keys


def _plain(key: str, value: Any) -> Iterator[tuple[str, Key]]:
    """A field as a key: booleans as 1 and 0, times in milliseconds, lists joined, restrictions one key each."""
    if isinstance(value, datetime):
        yield key, round(value.timestamp() * 1000)
    elif isinstance(value, (bool, int)):
        yield key, int(value)
    elif isinstance(value, str):
        yield key, value
    elif value and isinstance(value[0], dict):
        for purpose in sorted({row["key"] for row in value}):
            pairs = [(each, row["type"]) for row in value if row["key"] == purpose for each in row["ids"]]
            yield f"{key}{purpose}", "_".join(f"{each}:{kind}" for each, kind in sorted(pairs))
    else:
        yield key, _joined(value)


def _joined(numbers: Any) -> str:
    return "_".join(map(str, numbers))
