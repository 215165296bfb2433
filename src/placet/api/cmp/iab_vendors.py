"""The vendors of the IAB and Google lists as the CMP dialect draws them (cmp-api.md §8).

House rules: IAB statuses are texts and Google's are numbers, both spellings of the data categories are sent (§20,
traps 3 and 4) · only vendors that the publisher chose and that have not left · what does not depend on the person is
drawn once.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Raw, json

from placet.api.cmp.style_parts import Json
from placet.consent.context import ConsentStatus, RequestContext
from placet.consent.rules.framework import Framework
from placet.formats.ids import Ids
from placet.formats.language_match import nearest
from placet.formats.lists.google_providers import Provider
from placet.formats.lists.gvl_entries import Headings, ListEntry, Vendor
from placet.formats.web_address import safe_address

PREFIXES: Final = {
    "stack": "V2STACK",
    "feature": "IFE2V2",
    "purpose": "IAB2V2",
    "specialPurpose": "ISP2V2",
    "specialFeature": "ISF2V2",
}
NO_TOGGLE: Final = "-1"
STATUS: Final = {
    (consent, interest): f',"consentStatus":"{consent}","legIntStatus":"{interest}"}}'.encode()
    for consent in (NO_TOGGLE, "0", "1")
    for interest in (NO_TOGGLE, "0", "1")
}
"""How a vendor's object ends: what the person answered, as texts."""


def iab_vendors(context: RequestContext, status: ConsentStatus) -> Raw | None:
    """`iab2V2Vendors`: the vendors with the answers as they stand; None where the rule has no part in the framework."""
    framework = context.ruling.framework
    if framework is None or status.strings.value is None:
        return None
    key = ("iab vendors", context.language)
    kept = context.ruling.drawn.get(key)
    if kept is None:
        kept = context.ruling.drawn[key] = heading(framework, context.language)
    starts = openings(context, framework)
    said = status.strings.value
    asked, claimed = framework.drawn.get(("toggles",)) or framework.drawn.setdefault(("toggles",), toggles(framework))
    consents, interests = said.vendor_consents, said.vendor_interests
    rows = []
    for number in framework.disclosed(context.now):
        consent = str(int(number in consents)) if number in asked else NO_TOGGLE
        interest = str(int(number in interests)) if number in claimed else NO_TOGGLE
        rows.append(starts[number] + STATUS[consent, interest])
    return Raw(kept + b',"vendors":{' + b",".join(rows) + b"}}")


def toggles(framework: Framework) -> tuple[frozenset[int], frozenset[int]]:
    """The vendors with a toggle for consent, and those with one for legitimate interest."""
    return asking(framework), claiming(framework)


def asking(framework: Framework) -> frozenset[int]:
    """The vendors a person can give consent to: they declare a purpose for it, or a restriction turns one to it."""
    index = framework.list.index
    mask = 0
    for purpose in framework.purposes:
        mask |= index.consent.get(purpose, Ids()).mask | (index.flexible.get(purpose, Ids()).mask)
    return frozenset(Ids(mask) & framework.chosen)


def claiming(framework: Framework) -> frozenset[int]:
    """The vendors whose legitimate interest a person can object to."""
    mask = 0
    for ids in framework.interest.values():
        mask |= ids.mask
    return frozenset(Ids(mask))


def heading(framework: Framework, language: str) -> bytes:
    """Everything before the vendors, in one language, without its closing brace."""
    words, vendors = framework.headings(language), framework.list
    categories = {str(id): {"id": id, "name": entry.name} for id, entry in data_categories(words).items()}
    part = {
        "groupPrefixes": PREFIXES,
        "purposes": texts(words.purposes),
        "specialPurposes": texts(words.special_purposes),
        "features": texts(words.features),
        "specialFeatures": texts(words.special_features),
        "iabDataCategories": categories,
        "IABDataCategories": categories,
        "vendorListVersion": vendors.version,
        "lastUpdated": f"{vendors.updated:%Y-%m-%dT%H:%M:%SZ}",
    }
    return json.encode(part)[:-1]


def data_categories(words: Headings) -> Mapping[int, ListEntry]:
    """The data categories of a list that has them."""
    return words.data_categories or {}


def texts(entries: Mapping[int, Any]) -> Json:
    """Purposes or features with the words people must be shown unchanged."""
    return {
        str(id): {
            "id": id,
            "name": entry.name,
            "description": entry.description,
            "iabIllustrations": list(entry.illustrations or ()),
        }
        for id, entry in entries.items()
    }


def openings(context: RequestContext, framework: Framework) -> Mapping[int, bytes]:
    """Each chosen vendor's key and object up to its statuses, by id, in the language of the call."""
    key = ("iab vendor openings", context.language)
    kept: Mapping[int, bytes] | None = framework.drawn.get(key)
    if kept is None:
        vendors = framework.list.vendors
        kept = {
            number: b'"%d":%b'
            % (number, json.encode(row(vendors[number], framework.list.version, context.language))[:-1])
            for number in framework.chosen
        }
        framework.drawn[key] = kept
    return kept


def row(vendor: Vendor, version: int, language: str) -> Json:
    """One vendor, without what the person answered."""
    retention = vendor.data_retention
    return {
        "id": vendor.id,
        "name": vendor.name,
        "purposes": vendor.purposes,
        "legIntPurposes": vendor.leg_int_purposes or (),
        "flexiblePurposes": vendor.flexible_purposes,
        "specialPurposes": vendor.special_purposes,
        "features": vendor.features,
        "specialFeatures": vendor.special_features,
        "iab2V2GVLVersion": version,
        "dataDeclaration": vendor.data_declaration or (),
        "urls": addresses(vendor, language),
        "dataRetention": {
            "stdRetention": (retention.std_retention or 0) if retention else 0,
            "purposes": retention.purposes if retention else {},
            "specialPurposes": retention.special_purposes if retention else {},
        },
        "cookieMaxAgeSeconds": vendor.cookie_max_age_seconds or 0,
        "usesNonCookieAccess": bool(vendor.uses_non_cookie_access),
        "deviceStorageDisclosureUrl": safe_address(vendor.device_storage_disclosure_url or ""),
    }


def addresses(vendor: Vendor, language: str) -> Json:
    """Where a vendor explains itself: in the person's language, else in English, else in its first one.

    An object where the list has an array (cmp-api.md §20, trap 5).
    """
    by_language = {each.lang_id.lower(): each for each in reversed(vendor.urls or ())}
    lookup = nearest(language, by_language) or "en"
    found = by_language.get(lookup, next(iter(vendor.urls or ()), None))
    if found is None:
        return {"langId": "", "privacy": safe_address(vendor.policy_url or ""), "legIntClaim": ""}
    return {
        "langId": found.lang_id,
        "privacy": safe_address(found.privacy or ""),
        "legIntClaim": safe_address(found.leg_int_claim or ""),
    }


def google_vendors(context: RequestContext, status: ConsentStatus) -> Json:
    """`googleVendors`: the chosen ad technology providers with the answers as they stand."""
    framework = context.ruling.framework
    if framework is None:
        return {"vendors": {}}
    consented = status.strings.google
    providers = framework.library.providers.by_id
    return {"vendors": {str(id): provider_row(providers[id], id in consented) for id in framework.google}}


def provider_row(provider: Provider, consented: bool) -> Json:
    """One provider; its status is a number, unlike an IAB vendor's."""
    return {
        "id": provider.id,
        "name": provider.name,
        "policyUrl": safe_address(provider.policy_url),
        "consentStatus": int(consented),
    }
