"""The preference centre as the CMP dialect draws it (cmp-api.md §7)."""

from typing import Final

from placet.api.cmp.labels import NoticeTexts
from placet.api.cmp.style_parts import (
    Json,
    button_part,
    close_part,
    colours,
    filter_part,
    logo_part,
    policy_part,
    search_part,
    shown,
    text_part,
)
from placet.consent.rules.effective_rule import Choices, EffectiveRule
from placet.consent.rules.framework import PREFIXES, Framework, entry_of
from placet.formats.languages import right_to_left
from placet.settings.purposes import IAB_KINDS, Category, Status

LABELS: Final = (
    "sdkListManageServicesLabel",
    "sdkListLabel",
    "vendorsListLabel",
    "consentText",
    "legitInterestText",
    "allowAllConsentText",
    "illustrationsTitleText",
    "purposesHeader",
    "vendorsTypeHeader",
    "regionAriaLabel",
    "listAriaLabel",
    "listItemAriaLabel",
    "checkBoxEnabledAriaLabel",
    "checkBoxDisabledAriaLabel",
    "sdkListTitleAriaLabel",
    "filterSDKListAriaLabel",
    "alphabeticFilterAriaLabel",
    "copyConfirmationAriaLabel",
    "clearButtonAnnouncement",
    "qrCodeAriaLabel",
    "filterAriaLabel",
    "headingAriaLabel",
    "selectedAriaLabel",
    "activeAriaLabel",
    "filterSDKListTitle",
    "pcLinkScreenReaderAriaLabel",
    "openNewViewAriaLabel",
    "onSwitchButton",
    "offSwitchButton",
    "toggleHints",
    "customBackAriaLabel",
    "filterTitleLabel",
    "listViewElementsHint",
    "linkRoleLabel",
)
"""The words of the screen that are shown as they are, by their names in this dialect."""


def preferences_data(rule: EffectiveRule, words: NoticeTexts, choices: Choices, device: str, identifier: str) -> Json:
    """`pcUIData`: the screen, and the tree of what can be answered, with the answers as they stand."""
    screen, theme = words.notice.preferences, words.notice.theme
    return shown(
        {
            "general": general(rule, words),
            "menu": menu(words) if device == "ctv" else None,
            "logo": logo_part(words),
            "summary": {
                "title": text_part(words.text(screen.title), theme, theme.font_size + 4),
                "description": text_part(words.text(screen.description), theme),
            },
            "buttons": buttons(words),
            "links": policy_part(words),
            "purposeTree": {"styling": styling(words), "purposes": tree(rule, words, choices)},
            "dsIdDetails": identity(words, identifier),
            "filter": filter_part(words.notice)
            | {
                "filterVoiceOverTextsSDKs": words.label("filterSDKListAriaLabel"),
                "filterApplyText": words.label("filterAppliedText"),
                "filterApplyVoiceOverText": words.label("filterAppliedText"),
                **words.labels(
                    "filterCloseText", "filterClearText", "filterSelectedAriaLabel", "filterUnSelectedAriaLabel"
                ),
            },
            "searchBar": search_part(words),
            **words.notice.extra.get("preferences", {}),
        }
    )


def general(rule: EffectiveRule, words: NoticeTexts) -> Json:
    """Colours, switches, and the labels screen readers speak."""
    has_sdks = bool(rule.site.sdk_category)
    theme = words.notice.theme
    return {
        **colours(theme),
        "buttonFocusColor": theme.text,
        "buttonFocusTextColor": theme.background,
        "buttonBorderShow": True,
        "sdkListShow": has_sdks,
        "sdkLevelOptOutShow": has_sdks,
        "showOTLogo": False,
        "useRTL": right_to_left(words.language),
        "layout": words.notice.layout,
        "iabVendorsLabel": words.label("iabVendorsTitle"),
        "googleVendorsLabel": words.label("googleVendorsTitle"),
        **words.labels(*LABELS),
    }


def menu(words: NoticeTexts) -> Json:
    """A TV's side menu."""
    theme = words.notice.theme
    return {
        "color": theme.background,
        "textColor": theme.text,
        "focusColor": theme.text,
        "focusTextColor": theme.background,
        "activeColor": theme.button,
        "activeTextColor": theme.button_text,
    }


def buttons(words: NoticeTexts) -> Json:
    """The row of buttons; each carries the interaction a client posts back."""
    screen, theme = words.notice.preferences, words.notice.theme
    save = button_part(screen.confirm, words, "PREFERENCE_CENTER_CONFIRM")
    return shown(
        {
            "closeButton": close_part(screen.close, words, "PREFERENCE_CENTER_CLOSE"),
            "acceptAll": button_part(screen.accept, words, "PREFERENCE_CENTER_ALLOW_ALL"),
            "rejectAll": button_part(screen.reject, words, "PREFERENCE_CENTER_REJECT_ALL"),
            "savePreferencesButton": save | {"homeIconShow": False} if save else None,
            "backButton": {
                "color": theme.text,
                "colorDark": theme.text_dark,
                "backBtnVoiceOverText": words.label("backBtnVoiceOverText"),
            },
        }
    )


def styling(words: NoticeTexts) -> Json:
    """How the tree is drawn."""
    theme = words.notice.theme
    title = text_part("", theme, theme.font_size)
    del title["text"]
    return {
        "headerTitle": {"show": True} | text_part(words.label("purposesHeader"), theme, theme.font_size + 2),
        "alwaysActiveLabel": {
            "text": words.label("alwaysActive"),
            "color": theme.button,
            "colorDark": theme.button_dark,
            "fontSize": str(theme.font_size),
        },
        "itemTitle": title,
        "itemDescription": title,
        "itemDetailsLinks": {
            "position": "AfterDescription",
            "fullLegalText": "",
            "descriptionDetails": "user_friendly",
            **words.labels("sdkListText", "vendorListText", "generalVendorListText"),
        },
        "itemDetailsConsentCheckboxInfo": words.labels(
            "activeText", "inActiveText", "interactionChoiceText", "subCategoryHeaderText"
        ),
    }


def tree(rule: EffectiveRule, words: NoticeTexts, choices: Choices) -> list[Json]:
    """`purposes`: categories with their children, two levels only (cmp-api.md §7.1)."""
    site = rule.site
    return [
        branch(rule, words, choices, category)
        | {"children": [branch(rule, words, choices, child) for child in site.children.get(category.id, ())]}
        for category in site.categories
        if category.parent not in site.by_id
    ]


def branch(rule: EffectiveRule, words: NoticeTexts, choices: Choices, category: Category) -> Json:
    """One category with its answers."""
    on = choices.groups[category.id]
    toggle = toggle_status(rule, category, on)
    return {
        "groupId": category.id,
        "parent": category.parent,
        "groupName": words.text(category.name),
        "groupDescription": words.text(category.description),
        "descriptionLegal": words.text(category.legal),
        **iab_part(rule, words, category),
        "isIabPurpose": category.kind in IAB_KINDS,
        "type": category.kind.value,
        "purposeId": category.purpose_id.upper(),
        "showSDKListLink": bool(category.sdks),
        "firstPartyCookies": [
            {
                "name": sdk.name,
                "description": words.text(sdk.description),
                "sdkId": sdk.id,
                "toggleStatus": 2 if toggle == 2 else choices.sdks[sdk.id],
            }
            for sdk in category.sdks
        ],
        "consentToggleStatus": toggle,
        "consentStatus": on,
        "legIntStatus": choices.legitimate.get(category.id, -1),
        "generalVendorsIds": list(category.vendors),
    }


def iab_part(rule: EffectiveRule, words: NoticeTexts, category: Category) -> Json:
    """What only an IAB category has: illustrations, and a sentence that begins with the number of its partners."""
    framework = rule.framework
    if framework is None or category.kind not in IAB_KINDS:
        return {"iabIllustrations": []}
    key = ("part", words.language, category.id)
    drawn: Json | None = framework.drawn.get(key)
    if drawn is None:
        drawn = framework.drawn[key] = draw_iab_part(framework, words, category)
    return drawn


def draw_iab_part(framework: Framework, words: NoticeTexts, category: Category) -> Json:
    """The same, looked up in the list."""
    number = int(category.id.removeprefix(PREFIXES[category.kind]))
    entry = entry_of(framework.headings(words.language), category.kind, number)
    count = len(framework.users(category.kind, number))
    return {
        "iabIllustrations": list(getattr(entry, "illustrations", ()) or ()),
        "vendorsLinkedInfo": f"{count} {words.label('vendorsLinkedInfo')}",
    }


def toggle_status(rule: EffectiveRule, category: Category, on: int) -> int:
    """0 off, 1 on, 2 always active (a label, no toggle), -1 no toggle at all."""
    status = rule.statuses[category.id]
    if not category.consentable:
        return -1
    if status is Status.ALWAYS_ACTIVE:
        return 2
    return -1 if status is Status.ALWAYS_INACTIVE else on


def identity(words: NoticeTexts, identifier: str) -> Json:
    """The person's identifier, for whoever asks the company about their record."""
    return {
        "showDividerBar": True,
        "titleText": words.label("dsidTitle"),
        "notYetConsentedText": words.label("notYetConsentedText"),
        "timestampTitleText": words.label("timestampTitleText"),
        "copyButtonVoiceOverLabel": words.label("copyButtonVoiceOverLabel"),
        "dsidText": identifier,
    }
