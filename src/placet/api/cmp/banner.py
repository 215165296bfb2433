"""The banner as the CMP dialect draws it (cmp-api.md §6)."""

from placet.api.cmp.labels import NoticeTexts
from placet.api.cmp.style_parts import (
    Json,
    button_part,
    close_part,
    logo_part,
    policy_part,
    prompt_part,
    shown,
    text_part,
)
from placet.consent.rules.effective_rule import EffectiveRule
from placet.formats.languages import right_to_left
from placet.settings.regions import AgeGroup


def banner_data(words: NoticeTexts, device: str) -> Json:
    """`bannerUIData`: what to show, for `mobile` or `ctv`."""
    notice, screen, theme = words.notice, words.notice.banner, words.notice.theme
    return shown(
        {
            "general": general(words, device),
            "logo": logo_part(words),
            "summary": {
                "title": text_part(words.text(screen.title), theme, theme.font_size + 4),
                "description": text_part(words.text(screen.description), theme),
            },
            "buttons": shown(
                {
                    "closeButton": close_part(screen.close, words, "BANNER_CLOSE"),
                    "acceptAll": button_part(screen.accept, words, "BANNER_ALLOW_ALL"),
                    "rejectAll": button_part(screen.reject, words, "BANNER_REJECT_ALL"),
                    "showPreferences": manage_part(words),
                    "vendorList": vendor_button(words) if device == "ctv" else None,
                }
            ),
            "links": policy_part(words),
            **notice.extra.get("banner", {}),
        }
    )


def general(words: NoticeTexts, device: str) -> Json:
    """Layout, colours and the labels screen readers speak."""
    theme, screen = words.notice.theme, words.notice.banner
    own = (
        {"layoutHeight": "full" if words.notice.layout == "center" else "half"}
        if device == "mobile"
        else {
            "layout": words.notice.layout,
            "buttonFocusColor": theme.text,
            "buttonFocusTextColor": theme.background,
            "buttonBorderShow": True,
        }
    )
    return {
        "backgroundColor": theme.background,
        "backgroundColorDark": theme.background_dark,
        "additionalDescriptionPlacement": "AfterDescription",
        "useRTL": right_to_left(words.language),
        "cookieSettingButtonText": words.text(screen.manage.text) if screen.manage else "",
        "bannerLandingDescription": words.text(screen.title),
        **own,
        **words.labels(
            "qrCodeAriaLabel",
            "headingAriaLabel",
            "selectedAriaLabel",
            "bannerLinkScreenReaderAriaLabel",
            "openNewViewAriaLabel",
            "linkRoleLabel",
        ),
    }


def manage_part(words: NoticeTexts) -> Json | None:
    """The button that opens the preference centre: it records nothing, so it has no interaction type."""
    manage = words.notice.banner.manage
    part = button_part(manage, words, "")
    if part is None or manage is None:
        return None
    del part["interactionType"]
    return part | {"showAsLink": manage.as_link}


def vendor_button(words: NoticeTexts) -> Json:
    """The button that opens the vendor list on a TV."""
    theme = words.notice.theme
    return {
        "text": words.label("vendorListText"),
        "color": theme.background,
        "textColor": theme.text,
        "textColorDark": theme.text_dark,
        "position": 3,
    }


def prompts_data(effective_rule: EffectiveRule, words: NoticeTexts, platform: str) -> Json:
    """`prompts`: age gate, Apple's tracking prompt, Android's advertising id (cmp-api.md §6.3)."""
    notice, rule = words.notice, effective_rule.rule
    parts: Json = {}
    if notice.age_gate and rule.age_limits:
        limits = [
            {
                "groupId": id,
                "ageGroups": [shown({"name": a.name, "lowerBound": a.lower, "upperBound": a.upper}) for a in ages],
            }
            for id, ages in rule.age_limits.items()
        ]
        parts["ageGate"] = (prompt_part(notice.age_gate, words) or {}) | {"linkedCategories": {"list": limits}}
    if rule.att_categories and platform in ("", "apple"):
        linked = {"list": [{"groupId": id} for id in rule.att_categories]}
        before, after = prompt_part(notice.att_before, words), prompt_part(notice.att_after, words)
        parts["idfa"] = shown({"prePrompt": before, "postPrompt": after, "linkedCategories": linked})
    if rule.google_ads_categories is not None and platform in ("", "android"):
        parts["googleAd"] = {"general": {"enableConsent": True}}
    return parts


def age_group(age: AgeGroup) -> Json:
    """An age group a category is open to."""
    return shown({"name": age.name, "lowerBound": age.lower, "upperBound": age.upper})
