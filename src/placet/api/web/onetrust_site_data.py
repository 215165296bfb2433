"""The long form, as pages and monitors written for the original read it (web-sdk.md §3, §4)."""

from typing import Any, Final

from placet.api.web.onetrust_groups import groups_part
from placet.api.web.site_data import (
    PREFERENCES,
    Collection,
    NoticeView,
    cookie_domain,
    is_global,
    language_files,
    places_of,
    screen_part,
)
from placet.api.web.words import words
from placet.formats.web_address import safe_address
from placet.settings.purposes import Status
from placet.settings.regions import Rule
from placet.settings.site import Publication, Site, Stage

Json = dict[str, Any]

GOOGLE = {
    "ad_storage": "GCAdStorage",
    "analytics_storage": "GCAnalyticsStorage",
    "functionality_storage": "GCFunctionalityStorage",
    "personalization_storage": "GCPersonalizationStorage",
    "security_storage": "GCSecurityStorage",
    "ad_user_data": "GCAdUserData",
    "ad_personalization": "GCAdPersonalization",
}
"""Google's storage types under the names of the language JSON; `DNAC` there means: do not map."""


EMPTY: Final = """
    AboutCookiesText BannerAdditionalDescription BannerDPDDescription BannerDPDTitle BContinueText
    CookieListDescription CookiesUsedText CustomJs FooterDescriptionText IabType PreferenceCenterPosition
    ThirdPartyCookieListText VendorListText
"""
OFF: Final = """
    AddLinksToCookiepedia BAnimation BannerRelativeFontSizesToggle FloatingFlat
    FloatingRounded FloatingRoundedIcon GCRedactEnable GenVenOptOut IsGPPEnabled OnClickAcceptAllCookies
    OnClickCloseBanner PCAccordionStyle PCTemplateUpgrade ScrollAcceptAllCookies ScrollCloseBanner
    UseGoogleVendors VendorLevelOptOut
"""
WITHOUT_MEANING: Final[Json] = {
    **dict.fromkeys(EMPTY.split(), ""),
    **dict.fromkeys(OFF.split(), False),
    "BCloseButtonType": "Icon",
    "BInitialFocus": True,
    "MCMData": None,
}
"""Keys of the original that name or switch what we do not have: there for whoever reads them (web-sdk.md §4.1)."""


def domain_json(publication: Publication, base: str) -> Json:
    """`consent/<id>/<id>.json`: which rule governs whom, and in which languages. `base` is our own address."""
    site = publication.site
    return {
        "CookieSPAEnabled": True,
        "CookieSameSiteNoneEnabled": site.cookies.cross_site,
        "PartitionedCookieEnabled": site.cookies.partitioned,
        "MultiVariantTestingEnabled": any(rule.variants for rule in site.rules),
        "UseV2": True,
        "MobileSDK": False,
        "SkipGeolocation": False,
        "ScriptType": "TEST" if publication.stage is Stage.TEST else "PRODUCTION",
        "Version": publication.version,
        "OptanonDataJSON": publication.app_id,
        "GeolocationUrl": f"{base}/cookieconsentpub/v1/geo/location",
        "RuleSet": [rule_set(rule, site) for rule in site.rules],
        "IabData": {},
        "IabV2Data": {},
        **iab_data(site, base),
        "ScriptDynamicLoadEnabled": False,
        "TenantFeatures": {
            "CookieV2GPC": True,
            "CookieV2GCMDMA": True,
            "CookieV2CSP": True,
            "CookieV2CookiePriority": site.cookies.high_priority,
        },
        "IsSuppressBanner": False,
        "IsSuppressPC": False,
        "Domain": cookie_domain(site.origins),
        "TenantGuid": site.organisation,
        "GeoRuleGroupName": "Default",
        "AuthenticatedConsent": bool(site.group and site.group.override),
    }


def iab_data(site: Site, base: str) -> Json:
    """Who writes the site's strings, and where the lists lie; empty where it has no part in the framework."""
    setting = site.iab
    if setting is None:
        return {"Iab2V2Data": {}, "GoogleData": {}, "GppData": {}}
    return {
        "Iab2V2Data": {
            "cookieVersion": "1",
            "cmpId": str(setting.cmp_id),
            "cmpVersion": str(setting.cmp_version),
            "consentScreen": "0",
            "consentLanguage": None,
            "vendorListVersion": 0,
            "maxVendorId": 0,
            "encodingType": "0",
            "globalVendorListUrl": f"{base}/vendorlist/iab2V2Data.json",
        },
        "GoogleData": {"vendorListVersion": 1, "googleVendorListUrl": f"{base}/vendorlist/googleData.json"},
        "GppData": {"cmpId": str(setting.cmp_id)},
    }


def rule_set(rule: Rule, site: Site) -> Json:
    """One rule: countries in lower case, states by country (web-sdk.md §2.2)."""
    places = [place.lower() for place in places_of(rule)]
    states: dict[str, list[str]] = {}
    for place in places:
        country, dash, state = place.partition("-")
        if dash:
            states.setdefault(country, []).append(state)
    return {
        "Id": rule.id,
        "Name": rule.name,
        "Countries": [place for place in places if "-" not in place],
        "States": states,
        "LanguageSwitcherPlaceholder": language_files(site.languages),
        "BannerPushesDown": False,
        "Default": rule.default,
        "Global": is_global(rule),
        "Type": rule.template,
        "UseGoogleVendors": rule.iab and site.iab is not None and bool(site.iab.google_providers),
        "VariantEnabled": bool(rule.variants),
        "Variants": [{"Id": variant.id} for variant in rule.variants],
        "Conditions": [],
        "TemplateName": rule.name,
        "GCEnable": bool(rule.consent_mode),
        "IsGPPEnabled": rule.iab or (rule.us_strings is not None and bool(rule.us_strings.sections)),
    }


def language_json(view: NoticeView, collection: Collection | None) -> Json:
    """`consent/<id>/<rule>/<language>.json`: texts, layout and categories under one rule in one language."""
    return {
        "DomainData": {
            **WITHOUT_MEANING,
            **banner_texts(view),
            **preference_texts(view),
            **model_part(view),
            "Groups": groups_part(view),
        },
        "CommonData": {
            "OptanonCookieDomain": cookie_domain(view.publication.site.origins),
            "UseRTL": view.right_to_left,
            "ConsentIntegration": integration_part(view, collection),
        },
        "NtfyConfig": {},
        "CulturesData": {},
    }


def banner_texts(view: NoticeView) -> Json:
    """The banner's words and behaviour."""
    notice = view.notice
    banner = screen_part(view, notice.banner, words(notice, view.language, view.publication.site.default_language))
    texts = {name: button["text"] for name, button in banner["buttons"].items()}
    layout = notice.layout
    return {
        "BannerTitle": banner["title"],
        "AlertNoticeText": view.text(notice.banner.description),
        "AlertAllowCookiesText": texts.get("accept", ""),
        "BannerRejectAllButtonText": texts.get("reject", ""),
        "AlertMoreInfoText": texts.get("manage", ""),
        "BannerCloseButtonText": texts.get("close", ""),
        "BannerShowRejectAllButton": "reject" in texts,
        "showBannerCloseButton": "close" in texts,
        "BannerSettingsButtonDisplayLink": banner["buttons"].get("manage", {}).get("link", False),
        "ShowAlertNotice": view.ruling.rule.show_banner,
        "NoBanner": not view.ruling.rule.show_banner,
        "BannerPosition": "top" if layout == "top" else "bottom",
        "Flat": layout in ("top", "bottom"),
        "ChoicesBanner": layout == "choices",
        "BShowSaveBtn": layout == "choices",
        "FloatingRoundedCorner": layout == "corner",
        "CenterRounded": layout in ("center", "centre", "full"),
        "ForceConsent": layout in ("center", "centre", "full"),
        "CloseShouldAcceptAllCookies": banner["buttons"].get("close", {}).get("does") == "BANNER_ALLOW_ALL",
        "NextPageCloseBanner": implied(view),
        "NextPageAcceptAllCookies": implied(view),
    }


def implied(view: NoticeView) -> bool:
    """Does going on to the next page count as consent here?"""
    return Status.INACTIVE_LANDING_PAGE in view.ruling.statuses.values()


def preference_texts(view: NoticeView) -> Json:
    """The preference centre's words."""
    notice = view.notice
    fixed = words(notice, view.language, view.publication.site.default_language)
    screen = screen_part(view, notice.preferences, fixed)
    texts = {name: button["text"] for name, button in screen["buttons"].items()}
    return {
        "MainText": screen["title"],
        "MainInfoText": view.text(notice.preferences.description),
        "AboutText": view.text(notice.policy_text),
        "AboutLink": safe_address(view.text(notice.policy_url)),
        "ConfirmText": texts.get("accept", ""),
        "AllowAllText": texts.get("confirm", ""),
        "PreferenceCenterConfirmText": texts.get("confirm", ""),
        "PCenterRejectAllButtonText": texts.get("reject", ""),
        "PCenterShowRejectAllButton": "reject" in texts,
        "ShowPreferenceCenterCloseButton": "close" in texts,
        "CookieSettingButtonText": fixed["settings"],
        "ActiveText": fixed["on"],
        "InactiveText": fixed["off"],
        "AlwaysActiveText": fixed["always"],
        "AlwaysInactiveText": fixed["off"],
        "CategoriesText": fixed["categories"],
        "CookieListTitle": fixed["cookies"],
        "CookiesText": fixed["cookies"],
        "CloseText": fixed["close"],
        **{name.capitalize(): name == notice.preferences_layout for name in PREFERENCES},
    }


def model_part(view: NoticeView) -> Json:
    """How the rule treats the visitor; Google's types by category, `DNAC` where none is named."""
    rule = view.ruling.rule
    google = {name: rule.consent_mode.get(type, "DNAC") for type, name in GOOGLE.items()}
    return {
        "ConsentModel": {"Name": rule.model.value},
        "ReconsentFrequencyDays": rule.reconsent_days,
        "LastReconsentDate": view.publication.reconsent_at or None,
        "IsConsentLoggingEnabled": rule.records,
        "IsIabEnabled": rule.iab,
        "Language": {"Culture": view.language},
        "cctId": view.publication.app_id,
        "GCEnable": bool(rule.consent_mode),
        **google,
        "GeneralVendors": [
            {"VendorCustomId": vendor.id, "Name": vendor.name} for vendor in view.publication.site.vendors
        ],
    }


def integration_part(view: NoticeView, collection: Collection | None) -> Json:
    """Where a page sends its receipts."""
    return {
        "ConsentApi": collection.url if collection else "",
        "RequestInformation": collection.token if collection else "",
        "IdentifiedReceiptsAllowed": True,
        "DefaultIdentifier": "Cookie Unique Id",
        "DefaultAnonymousIdentifier": "Cookie Unique Id",
        "EnableJWTAuthForKnownUsers": view.publication.site.token_required,
    }
