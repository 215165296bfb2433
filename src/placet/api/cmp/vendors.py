"""The vendor list as the CMP dialect draws it (cmp-api.md §8)."""

from placet.api.cmp.labels import NoticeTexts
from placet.api.cmp.style_parts import Json, button_part, colours, filter_part, search_part, shown, text_part
from placet.consent.rules.effective_rule import Choices, EffectiveRule
from placet.formats.languages import right_to_left
from placet.formats.web_address import safe_address


def general_vendors(rule: EffectiveRule, words: NoticeTexts, choices: Choices) -> Json:
    """`generalVendors`: partners outside the IAB and Google lists, by their short id."""
    linked = {
        vendor.id: [category.id for category in rule.site.categories if vendor.id in category.vendors]
        for vendor in rule.site.vendors
    }
    return {
        vendor.id: {
            "id": vendor.guid,
            "name": vendor.name,
            "vendorCustomId": vendor.id,
            "description": words.text(vendor.description),
            "privacyPolicyUrl": safe_address(vendor.policy_url),
            "sdks": list(vendor.sdks),
            "toggleStatus": choices.vendors[vendor.id],
            "linkedGroupIds": linked[vendor.id],
        }
        for vendor in rule.site.vendors
    }


def vendor_list_data(words: NoticeTexts) -> Json:
    """`vendorListUIData`: the screen around the lists."""
    notice, theme = words.notice, words.notice.theme
    return {
        "general": {
            **colours(theme),
            "titleTextColor": theme.text,
            "titleTextColorDark": theme.text_dark,
            "disclosureTintColor": theme.button,
            "disclosureTintColorDark": theme.button_dark,
            "generalVendorsPolicyText": words.label("vendorsPolicyText"),
            "filterVendorListTitle": words.label("filterTitleLabel"),
            "showTogglesForGeneralVendors": True,
            "useRTL": right_to_left(words.language),
            "filter": filter_part(notice),
            "searchBar": search_part(words),
            "segmentControl": segments(words),
            "buttons": buttons(words),
            **words.labels(
                "pageHeaderTitle", "iabVendorsTitle", "googleVendorsTitle", "generalVendorsTitle", "allowAllConsentText"
            ),
        },
        "vendorDetailsUIData": details(words),
    }


def segments(words: NoticeTexts) -> Json:
    """The switch between the lists."""
    theme = words.notice.theme
    return {
        "foreGroundColor": theme.text,
        "foreGroundColorDark": theme.text_dark,
        "selectedForeGroundColor": theme.button_text,
        "selectedForeGroundColorDark": theme.button_text_dark,
        "tintColor": theme.button,
        "tintColorDark": theme.button_dark,
        "font": str(theme.font_size),
        "selectedFont": str(theme.font_size),
    }


def buttons(words: NoticeTexts) -> Json:
    """The row of buttons, worded as in the preference centre."""
    screen = words.notice.preferences
    return shown(
        {
            "savePreferencesButton": button_part(screen.confirm, words, "VENDOR_LIST_CONFIRM"),
            "acceptAll": button_part(screen.accept, words, "VENDOR_LIST_ALLOW_ALL"),
            "rejectAll": button_part(screen.reject, words, "VENDOR_LIST_REJECT_ALL"),
        }
    )


def details(words: NoticeTexts) -> Json:
    """The labels on a vendor's own page."""
    theme = words.notice.theme
    return {
        "backButtonColor": theme.text,
        "backButtonColorDark": theme.text_dark,
        "consentToggleText": words.label("consentText"),
        "legitInterestToggleText": words.label("legitInterestText"),
        "title": {"show": True} | text_part("", theme, theme.font_size + 2),
        "description": {"show": True} | text_part("", theme),
        "link": {"show": True, "url": ""} | text_part(words.label("vendorsPolicyText"), theme),
        **words.labels(
            "vendorsPolicyText",
            "legIntClaimPolicyText",
            "consentPurposes",
            "features",
            "specialFeatures",
            "specialPurposes",
            "legitimateInterestPurposesText",
            "lifespan",
            "lifespanDay",
            "lifespanDays",
            "lifespanMonth",
            "lifespanMonths",
            "disclosureTitle",
            "nonCookieUsageText",
            "storageIdentifierText",
            "storageIdentifierType",
            "storagePurposes",
            "storageDomain",
            "dataDeclarationText",
            "dataRetentionText",
            "dataStdRetentionText",
            "domainsUsed",
            "domainUse",
            "sdkListText",
        ),
    }
