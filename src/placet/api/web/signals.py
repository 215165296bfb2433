"""What a page needs to speak the IAB's strings: settings in the short form, vendor rules and vendor words as files.

Rules: the rules (who declares what) are the same in every language and small, since answering needs them; the
words (names, addresses, retention) are per language and only the vendor screen needs them · both are known by the hash
of what they say · what a vendor list says of one day is worked out once.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

from msgspec import json

from placet.api.web.words import vendor_words
from placet.consent.rules.banner import DAY
from placet.consent.rules.effective_rule import EffectiveRule
from placet.consent.rules.framework import Framework, entry_of, group_id
from placet.consent.strings.us_strings import MODES
from placet.formats.gpp.gpp import SECTION_IDS
from placet.formats.ids import Ids
from placet.formats.language_match import nearest
from placet.formats.lists.gvl_entries import Address, Headings, Vendor
from placet.formats.web_address import safe_address
from placet.settings.iab import UsSetting
from placet.settings.purposes import CategoryKind, GeneralVendor, Texts, said_in

Json = dict[str, Any]

TOLD: Final = (
    CategoryKind.IAB_PURPOSE,
    CategoryKind.IAB_SPECIAL_PURPOSE,
    CategoryKind.IAB_FEATURE,
    CategoryKind.IAB_SPECIAL_FEATURE,
)
"""The kinds whose illustrations a person must be able to read (iab.md §12, 12)."""


def signals_part(rule: EffectiveRule, app_id: str, language: str, now: int) -> Json:
    """The part of the short form about consent strings; empty under a rule that speaks none."""
    part: Json = {}
    if rule.framework is not None:
        part["iab"] = iab_part(rule, rule.framework, app_id, language, now)
    if rule.rule.us_strings is not None and rule.framework is None:
        part["us"] = us_part(rule.rule.us_strings)
    return part


def iab_part(rule: EffectiveRule, framework: Framework, app_id: str, language: str, now: int) -> Json:
    """Who writes TC strings here, over which list, and where the vendors lie."""
    setting = framework.setting
    where = f"/consent/{app_id}/iab"
    return {
        "cmp": setting.cmp_id,
        "cmpVersion": setting.cmp_version,
        "list": framework.list.version,
        "policy": framework.list.policy,
        "country": setting.country,
        "days": rule.rule.iab_reconsent_days,
        "own": setting.custom_purposes,
        "purposeOne": setting.purpose_one_treatment,
        "nonStandard": setting.non_standard_texts,
        "specialInterest": setting.special_purpose_interest,
        "advertiser": setting.advertiser_consent_mode,
        "google": len(framework.google),
        "partners": rule.partners(now),
        "rules": f"{where}/{mark(rules_file(framework, now))}/rules.json",
        "vendors": f"{where}/{mark(vendor_file(rule, framework, language, now))}/{language}.json",
        "lists": "/vendorlist/vendor-list.json",
    }


def us_part(us: UsSetting) -> Json:
    """Which US strings a rule speaks, and about which categories."""
    return {
        "sections": [SECTION_IDS[prefix] for prefix in us.sections],
        "usp": us.usp,
        "sale": us.sale,
        "sharing": us.sharing,
        "targeted": us.targeted_advertising,
        "given": us.notices_given,
        "mspa": MODES[us.mspa],
    }


def mark(file: bytes) -> str:
    """The name of a file's content in its path."""
    return sha256(file).hexdigest()[:16]


def rules_file(framework: Framework, now: int) -> bytes:
    """Who of the disclosed vendors declares what, as masks (bit 0 is id 1); the publisher's restrictions; providers."""
    return kept(framework, ("page rules",), now, lambda: rules(framework, now))


def vendor_file(rule: EffectiveRule, framework: Framework, language: str, now: int) -> bytes:
    """Everything the vendor screen says, in one language."""
    return kept(framework, ("page vendors", language), now, lambda: vendor_texts(rule, framework, language, now))


def kept(framework: Framework, key: tuple[str, ...], now: int, make: Any) -> bytes:
    """What was made for this day, or is now; another day's is forgotten."""
    day = now // DAY
    known: tuple[int, bytes] | None = framework.drawn.get(key)
    if known is None or known[0] != day:
        known = framework.drawn[key] = (day, json.encode(make()))
    return known[1]


def rules(framework: Framework, now: int) -> Json:
    """The content of `rules.json` (`RulesFile` in sdk/web/src/consent/vendors.ts)."""
    vendors, disclosed = framework.list.vendors, framework.disclosed(now)
    return {
        "list": framework.list.version,
        "policy": framework.list.policy,
        "vendors": [rules_row(vendors[each]) for each in disclosed],
        "restrictions": [[each.purpose, each.kind, list(each.vendors & disclosed)] for each in framework.restrictions],
        "google": list(framework.google),
    }


def rules_row(vendor: Vendor) -> list[int]:
    """A vendor's id, then the masks of what it declares."""
    declared = (
        vendor.purposes,
        vendor.without_asking,
        vendor.flexible_purposes,
        vendor.special_purposes,
        vendor.features,
        vendor.special_features,
    )
    return [vendor.id, *(Ids.of(each).mask >> 1 for each in declared)]


def vendor_texts(rule: EffectiveRule, framework: Framework, language: str, now: int) -> Json:
    """The content of a vendor file (`VendorTexts` in sdk/web/src/consent/vendors.ts)."""
    headings = framework.headings(language)
    providers = framework.library.providers.by_id
    return {
        "words": vendor_words(language),
        "examples": dict(examples(headings)),
        "data": {each: entry.name for each, entry in (headings.data_categories or {}).items()},
        "vendors": [vendor_row(framework.list.vendors[each], language) for each in framework.disclosed(now)],
        "google": [[each, providers[each].name, safe_address(providers[each].policy_url)] for each in framework.google],
        "general": [general_row(each, language, rule.site.default_language) for each in rule.site.vendors],
    }


def examples(headings: Headings) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The illustrations of purposes and features by their group ids."""
    shelves: Mapping[CategoryKind, Mapping[int, Any]] = {
        CategoryKind.IAB_PURPOSE: headings.purposes,
        CategoryKind.IAB_SPECIAL_PURPOSE: headings.special_purposes,
        CategoryKind.IAB_FEATURE: headings.features,
        CategoryKind.IAB_SPECIAL_FEATURE: headings.special_features,
    }
    for kind in TOLD:
        for number in shelves[kind]:
            told = getattr(entry_of(headings, kind, number), "illustrations", ()) or ()
            if told:
                yield group_id(kind, number), tuple(text for text in told if text)


def vendor_row(vendor: Vendor, language: str) -> Json:
    """What the vendor screen says of one vendor; what is empty is left out."""
    address, retention = address_of(vendor, language), vendor.data_retention
    row: Json = {
        "id": vendor.id,
        "name": vendor.name,
        "privacy": safe_address((address.privacy if address else "") or vendor.policy_url or ""),
        "claim": safe_address((address.leg_int_claim if address else "") or ""),
        "cookies": bool(vendor.uses_cookies),
        "seconds": vendor.cookie_max_age_seconds or 0,
        "refresh": bool(vendor.cookie_refresh),
        "other": bool(vendor.uses_non_cookie_access),
        "days": (retention.std_retention or 0) if retention else 0,
        "by": dict(retention.purposes) if retention else {},
        "bySpecial": dict(retention.special_purposes) if retention else {},
        "data": vendor.data_declaration or (),
        "storage": safe_address(vendor.device_storage_disclosure_url or ""),
    }
    return {name: value for name, value in row.items() if value}


def general_row(vendor: GeneralVendor, language: str, fallback: str) -> list[str]:
    """A partner outside both lists: its id, name, policy and what it does."""
    return [vendor.id, vendor.name, safe_address(vendor.policy_url), said_in(vendor.description, language, fallback)]


def address_of(vendor: Vendor, language: str) -> Address | None:
    """Where a vendor explains itself: in the person's language, else in English, else in its first one."""
    by_language = {each.lang_id.lower(): each for each in reversed(vendor.urls or ())}
    lookup = nearest(language, by_language) or "en"
    return by_language.get(lookup, next(iter(vendor.urls or ()), None))


def first_named(rule: EffectiveRule) -> list[Texts]:
    """The names of purposes, of stacks in their place, and of special features."""
    asked = (CategoryKind.IAB_PURPOSE, CategoryKind.IAB_STACK, CategoryKind.IAB_SPECIAL_FEATURE)
    return [each.name for each in rule.site.categories if each.kind in asked and not each.parent]
