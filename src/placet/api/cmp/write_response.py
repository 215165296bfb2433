"""Our answers in the CMP's JSON.

House rules: every 200 carries `errors`, empty when all is well · storage keys are complete or absent · what depends
only on the publication is drawn once and kept with it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from msgspec import Raw, json

from placet.api.cmp.banner import banner_data, prompts_data
from placet.api.cmp.consent_mode import consent_mode
from placet.api.cmp.errors import VERSION_MISMATCH, ErrorCode, ErrorText, error_text
from placet.api.cmp.iab_vendors import google_vendors, iab_vendors
from placet.api.cmp.labels import NoticeTexts
from placet.api.cmp.opt_out import form_part
from placet.api.cmp.preferences import preferences_data
from placet.api.cmp.read_request import ResponseOptions
from placet.api.cmp.style_parts import Json
from placet.api.cmp.universal import universal_data
from placet.api.cmp.vendors import general_vendors, vendor_list_data
from placet.consent.context import ConsentStatus, RequestContext
from placet.consent.global_opt_out import open_form
from placet.consent.receipt import Receipt
from placet.consent.receipt import ReceiptEntry as Said
from placet.consent.storage_keys import iso, storage_keys
from placet.formats.onetrust import consent_string

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


def banner_answer(context: RequestContext, status: ConsentStatus, options: ResponseOptions) -> bytes:
    """`GET …/banner`: the decision, and the screen when it is due or asked for."""
    due = status.ask.show or options.force
    body = opening(context, status, options)
    if due:
        variant = options.device + ("-plain" if options.plain_text else "")
        body["bannerUIData"] = drawn(
            context, "banner", variant, lambda words: banner_data(words, options.device), options
        )
    body["prompts"] = prompts(context, options)
    body["storageKeys"] = storage_keys(context.ruling, status)
    body["groupsHierarchy"] = drawn(context, "hierarchy", "", lambda _: hierarchy(context))
    return closing(body, status)


def preferences_answer(context: RequestContext, status: ConsentStatus, options: ResponseOptions) -> bytes:
    """`GET …/preferences`: the preference centre with the answers as they stand."""
    body = opening(context, status, options)
    person = context.person.identifier
    screen = preferences_data(context.ruling, words_of(context, options), status.choices, options.device, person)
    if status.consented_at is not None:
        screen["dsIdDetails"]["timeStamp"] = iso(status.consented_at)
    body["pcUIData"] = screen
    body["prompts"] = prompts(context, options)
    body["storageKeys"] = storage_keys(context.ruling, status)
    body["groupsHierarchy"] = drawn(context, "hierarchy", "", lambda _: hierarchy(context))
    return closing(body, status)


def vendors_answer(context: RequestContext, status: ConsentStatus, options: ResponseOptions) -> bytes:
    """`GET …/vendors`: the vendor lists with the answers as they stand; no storage keys, no prompts."""
    body = opening(context, status, options)
    vendors = iab_vendors(context, status)
    if vendors is not None:
        body["iab2V2Vendors"] = vendors
    body["googleVendors"] = google_vendors(context, status)
    body["generalVendors"] = general_vendors(context.ruling, words_of(context), status.choices)
    body["vendorListUIData"] = drawn(context, "vendors", options.device, vendor_list_data)
    return closing(body, status)


def universal_answer(context: RequestContext, status: ConsentStatus, options: ResponseOptions) -> bytes:
    """`GET …/uc-purposes`: universal purposes; no appConfig, no consent string, and only some storage keys."""
    rule = context.ruling
    if not rule.site.universal:
        return json.encode(greeting(context, options, [error_text(ErrorCode.NO_UNIVERSAL)]))
    body, keys = greeting(context, options), storage_keys(rule, status)
    body["ucPurposesData"] = universal_data(context, rule, words_of(context), status.choices, status.consented_at)
    body["storageKeys"] = {name: keys[name] for name in UNIVERSAL_KEYS if name in keys}
    return json.encode(body)


def saved_answer(context: RequestContext, status: ConsentStatus, options: ResponseOptions, receipt: str) -> bytes:
    """`POST …/save-log-consent`: the new state, complete, and the receipt."""
    body = opening(context, status, options)
    body["receipt"] = receipt
    body["storageKeys"] = storage_keys(context.ruling, status)
    return closing(body, status)


def opted_out_answer(
    context: RequestContext, status: ConsentStatus, options: ResponseOptions, receipt: str, id: str
) -> bytes:
    """`POST …/dsar`: the device's new state, complete, and the receipt of the person named; no `appConfig`."""
    body = greeting(context, options)
    body["response"] = {"receipt": receipt, "id": id}
    body["storageKeys"] = storage_keys(context.ruling, status)
    return closing(body, status)


def opening(context: RequestContext, status: ConsentStatus, options: ResponseOptions) -> Json:
    """What nearly every answer begins with: errors, warnings, `appConfig`."""
    body = greeting(context, options, [error_text(ErrorCode.TC_STRING)] if status.strings.fault else None)
    body["appConfig"] = app_config(context, status)
    return body


def greeting(context: RequestContext, options: ResponseOptions, errors: list[ErrorText] | None = None) -> Json:
    """What every answer begins with: errors, and a warning for a client built for another publication."""
    body: Json = {"errors": errors or []}
    if options.version != context.publication.version:
        body["warnings"] = [VERSION_MISMATCH]
    return body


def closing(body: Json, status: ConsentStatus) -> bytes:
    """The body with the device's new memory at its end."""
    body["otConsentString"] = consent_string.plain(status.device_state)
    return json.encode(body)


def app_config(context: RequestContext, status: ConsentStatus) -> Json:
    """`appConfig` (cmp-api.md §5)."""
    rule, ask = context.ruling.rule, status.ask
    config: Json = {
        "showBanner": ask.show,
        "bannerReason": ask.text,
        "bannerReasonCode": int(ask.reason),
        "templateType": rule.template,
        "gcmInfo": consent_mode(context.ruling, status),
        "countryCode": context.place.country,
        "regionCode": context.place.region,
        "shouldResetLocalState": ask.reset,
        "rejectAllButtonBehavior": rule.reject_all,
    }
    if context.publication.reconsent_at:
        config["lastReconsentDate"] = context.publication.reconsent_at
    if open_form(context.ruling) is not None:
        config["globalOptOutData"] = drawn(
            context, "global opt-out", "", lambda words: form_part(context.ruling, words)
        )
    return config


def prompts(context: RequestContext, options: ResponseOptions) -> Raw:
    """The platform's prompts."""
    platform = options.platform if options.platform in PLATFORMS else ""
    return drawn(context, "prompts", platform, lambda words: prompts_data(context.ruling, words, platform))


def hierarchy(context: RequestContext) -> Json:
    """`groupsHierarchy`: each group's SDKs and children (shape chosen: docs/reference/compatibility/cmp.md)."""
    site = context.ruling.site

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


def words_of(context: RequestContext, options: ResponseOptions | None = None) -> NoticeTexts:
    """The notice's words in the language of the call; the number of partners is bold unless plain text is wanted."""
    site, count = context.ruling.site, context.ruling.partners(context.now)
    partners = str(count) if options is None or options.plain_text else f"<b>{count}</b>"
    return NoticeTexts(site.notices[context.ruling.rule.notice], context.language, site.default_language, partners)


def drawn(
    context: RequestContext,
    what: str,
    variant: str,
    draw: Callable[[NoticeTexts], Json],
    options: ResponseOptions | None = None,
) -> Raw:
    """A part that depends on publication, rule, language, variant and the number of partners: drawn once for these."""
    key = (what, context.language, variant, context.ruling.partners(context.now))
    kept = context.ruling.drawn.get(key)
    if kept is None:
        kept = context.ruling.drawn[key] = json.encode(draw(words_of(context, options)))
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
