"""Our answers in the CMP's JSON.

House rules: every 200 carries `errors`, empty when all is well · storage keys are complete or absent · what depends
only on the publication is drawn once and kept with it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from msgspec import Raw, json

from placet.consent.global_opt_out import open_form
from placet.consent.receipt import Entry as Said
from placet.consent.receipt import Receipt
from placet.consent.settle import Call, Standpoint
from placet.consent.storage_keys import iso, storage_keys
from placet.faces.cmp.asks import Wish
from placet.faces.cmp.banner import banner_data, prompts_data
from placet.faces.cmp.consent_mode import consent_mode
from placet.faces.cmp.iab_vendors import google_vendors, iab_vendors
from placet.faces.cmp.labels import Words
from placet.faces.cmp.opt_out import form_part
from placet.faces.cmp.parts import Json
from placet.faces.cmp.preferences import preferences_data
from placet.faces.cmp.problems import VERSION_MISMATCH, Code, Entry, entry
from placet.faces.cmp.universal import universal_data
from placet.faces.cmp.vendors import general_vendors, vendor_list_data
from placet.formats import sealed

PLATFORMS: Final = frozenset({"apple", "android"})
"""The platforms that are told apart; to any other every prompt is offered."""

UNIVERSAL_KEYS: Final = (
    "OT_GroupConsents",
    "OT_GroupLIConsents",
    "OT_SdkConsents",
    "OT_GeneralVendorsConsents",
    "OT_UCPConsents",
    "OT_LastConsentedDate",
)
"""The storage keys that the universal purposes' answer carries (cmp-api.md §9)."""


def banner_answer(call: Call, standpoint: Standpoint, wish: Wish) -> bytes:
    """`GET …/banner`: the decision, and the screen when it is due or asked for."""
    due = standpoint.ask.show or wish.force
    body = opening(call, standpoint, wish)
    if due:
        variant = wish.device + ("-plain" if wish.plain_text else "")
        body["bannerUIData"] = drawn(call, "banner", variant, lambda words: banner_data(words, wish.device), wish)
    body["prompts"] = prompts(call, wish)
    body["storageKeys"] = storage_keys(call.ruling, standpoint)
    body["groupsHierarchy"] = drawn(call, "hierarchy", "", lambda _: hierarchy(call))
    return closing(body, standpoint)


def preferences_answer(call: Call, standpoint: Standpoint, wish: Wish) -> bytes:
    """`GET …/preferences`: the preference centre with the answers as they stand."""
    body = opening(call, standpoint, wish)
    person = call.person.identifier
    screen = preferences_data(call.ruling, words_of(call, wish), standpoint.choices, wish.device, person)
    if standpoint.consented_at is not None:
        screen["dsIdDetails"]["timeStamp"] = iso(standpoint.consented_at)
    body["pcUIData"] = screen
    body["prompts"] = prompts(call, wish)
    body["storageKeys"] = storage_keys(call.ruling, standpoint)
    body["groupsHierarchy"] = drawn(call, "hierarchy", "", lambda _: hierarchy(call))
    return closing(body, standpoint)


def vendors_answer(call: Call, standpoint: Standpoint, wish: Wish) -> bytes:
    """`GET …/vendors`: the vendor lists with the answers as they stand; no storage keys, no prompts."""
    body = opening(call, standpoint, wish)
    vendors = iab_vendors(call, standpoint)
    if vendors is not None:
        body["iab2V2Vendors"] = vendors
    body["googleVendors"] = google_vendors(call, standpoint)
    body["generalVendors"] = general_vendors(call.ruling, words_of(call), standpoint.choices)
    body["vendorListUIData"] = drawn(call, "vendors", wish.device, vendor_list_data)
    return closing(body, standpoint)


def universal_answer(call: Call, standpoint: Standpoint, wish: Wish) -> bytes:
    """`GET …/uc-purposes`: universal purposes; no appConfig, no consent string, and only some storage keys."""
    ruling = call.ruling
    if not ruling.site.universal:
        return json.encode(greeting(call, wish, [entry(Code.NO_UNIVERSAL)]))
    body, keys = greeting(call, wish), storage_keys(ruling, standpoint)
    body["ucPurposesData"] = universal_data(call, ruling, words_of(call), standpoint.choices, standpoint.consented_at)
    body["storageKeys"] = {name: keys[name] for name in UNIVERSAL_KEYS if name in keys}
    return json.encode(body)


def saved_answer(call: Call, standpoint: Standpoint, wish: Wish, receipt: str) -> bytes:
    """`POST …/save-log-consent`: the new state, complete, and the receipt."""
    body = opening(call, standpoint, wish)
    body["receipt"] = receipt
    body["storageKeys"] = storage_keys(call.ruling, standpoint)
    return closing(body, standpoint)


def opted_out_answer(call: Call, standpoint: Standpoint, wish: Wish, receipt: str, id: str) -> bytes:
    """`POST …/dsar`: the device's new state, complete, and the receipt of the person named; no `appConfig`."""
    body = greeting(call, wish)
    body["response"] = {"receipt": receipt, "id": id}
    body["storageKeys"] = storage_keys(call.ruling, standpoint)
    return closing(body, standpoint)


def opening(call: Call, standpoint: Standpoint, wish: Wish) -> Json:
    """What nearly every answer begins with: errors, warnings, `appConfig`."""
    body = greeting(call, wish, [entry(Code.TC_STRING)] if standpoint.strings.fault else None)
    body["appConfig"] = app_config(call, standpoint)
    return body


def greeting(call: Call, wish: Wish, errors: list[Entry] | None = None) -> Json:
    """What every answer begins with: errors, and a warning for a client built for another publication."""
    body: Json = {"errors": errors or []}
    if wish.version != call.publication.version:
        body["warnings"] = [VERSION_MISMATCH]
    return body


def closing(body: Json, standpoint: Standpoint) -> bytes:
    """The body with the device's new memory at its end."""
    body["otConsentString"] = sealed.plain(standpoint.memory)
    return json.encode(body)


def app_config(call: Call, standpoint: Standpoint) -> Json:
    """`appConfig` (cmp-api.md §5)."""
    rule, ask = call.ruling.rule, standpoint.ask
    config: Json = {
        "showBanner": ask.show,
        "bannerReason": ask.text,
        "bannerReasonCode": int(ask.reason),
        "templateType": rule.template,
        "gcmInfo": consent_mode(call.ruling, standpoint),
        "countryCode": call.place.country,
        "regionCode": call.place.region,
        "shouldResetLocalState": ask.reset,
        "rejectAllButtonBehavior": rule.reject_all,
    }
    if call.publication.reconsent_at:
        config["lastReconsentDate"] = call.publication.reconsent_at
    if open_form(call.ruling) is not None:
        config["globalOptOutData"] = drawn(call, "global opt-out", "", lambda words: form_part(call.ruling, words))
    return config


def prompts(call: Call, wish: Wish) -> Raw:
    """The platform's prompts."""
    platform = wish.platform if wish.platform in PLATFORMS else ""
    return drawn(call, "prompts", platform, lambda words: prompts_data(call.ruling, words, platform))


def hierarchy(call: Call) -> Json:
    """`groupsHierarchy`: each group's SDKs and children (shape chosen: docs/reference/compatibility/cmp.md)."""
    site = call.ruling.site

    def sdks(id: str) -> list[str]:
        return [sdk.id for sdk in site.by_id[id].sdks]

    return {
        category.id: {
            "children": [{child.id: {"sdks": sdks(child.id)}} for child in site.children.get(category.id, ())],
            "sdks": sdks(category.id),
            "canToggleSubgroups": True,
        }
        for category in site.categories
        if category.parent not in site.by_id
    }


def words_of(call: Call, wish: Wish | None = None) -> Words:
    """The notice's words in the language of the call; the number of partners is bold unless plain text is wanted."""
    site, count = call.ruling.site, call.ruling.partners(call.now)
    partners = str(count) if wish is None or wish.plain_text else f"<b>{count}</b>"
    return Words(site.notices[call.ruling.rule.notice], call.language, site.default_language, partners)


def drawn(call: Call, what: str, variant: str, draw: Callable[[Words], Json], wish: Wish | None = None) -> Raw:
    """A part that depends on publication, rule, language, variant and the number of partners: drawn once for these."""
    key = (what, call.language, variant, call.ruling.partners(call.now))
    kept = call.ruling.drawn.get(key)
    if kept is None:
        kept = call.ruling.drawn[key] = json.encode(draw(words_of(call, wish)))
    return Raw(kept)


def receipt_claims(receipt: Receipt, tenant: str, domain: str) -> dict[str, Any]:
    """The claims of a receipt token under the names readers know (cmp-api.md §17.4)."""
    # A receipt without a rule was reported by others: it may say anything, and is not worth remembering.
    purposes = known_purposes(receipt.purposes) if receipt.rule else told_purposes(receipt.purposes)
    return {
        "otJwtVersion": 1,
        "jti": receipt.id,
        "iat": iso(receipt.at)[:-1],
        "moc": "COOKIE",
        "sub": "",
        "consentType": "COOKIEBANNER",
        "policy_uri": domain,
        "language": receipt.language,
        "tenantId": tenant,
        "identifier": receipt.name,
        "isAnonymous": receipt.anonymous,
        "syncGroup": receipt.group or None,
        "tcStringV2": receipt.signals.tc or None,
        "gacString": receipt.signals.ac or None,
        "dsDataElements": ["InteractionType", "Country", *receipt.data],
        "purposes": purposes,
        "test": receipt.test,
    }


def told_purposes(purposes: tuple[Said, ...]) -> Raw:
    """What a receipt token says of purposes."""
    told = [{"Id": one.purpose, "Version": 1, "TransactionType": one.transaction} for one in purposes]
    return Raw(json.encode(told))


known_purposes = lru_cache(1024)(told_purposes)
"""The same, remembered: most people press one of two buttons."""
