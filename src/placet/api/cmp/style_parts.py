"""The style fragments all screens are built from (cmp-api.md §6.1)."""

from typing import Any

from placet.api.cmp.labels import NoticeTexts
from placet.formats.web_address import safe_address
from placet.settings.notices import Button, Notice, Prompt, Theme

Json = dict[str, Any]


def text_part(text: str, theme: Theme, size: int = 0, align: str = "left") -> Json:
    """`Text`: words with their size, alignment and colours."""
    return {
        "text": text,
        "fontSize": str(size or theme.font_size),
        "textAlign": align,
        "textColor": theme.text,
        "textColorDark": theme.text_dark,
    }


def button_part(button: Button | None, words: NoticeTexts, does: str) -> Json | None:
    """`Btn`: None when the button is not shown, which is how the dialect hides one."""
    if button is None:
        return None
    theme = words.notice.theme
    return {
        "text": words.text(button.text),
        "color": theme.button,
        "colorDark": theme.button_dark,
        "textColor": theme.button_text,
        "textColorDark": theme.button_text_dark,
        "fontSize": str(theme.font_size),
        "borderRadius": str(theme.radius),
        "interactionType": button.does or does,
        "position": button.position,
        "positionBeforePurpose": button.position,
        "positionAfterPurpose": button.position,
    }


def close_part(button: Button | None, words: NoticeTexts, does: str) -> Json | None:
    """`CloseBtn`: a cross, or words where the notice gives some."""
    part = button_part(button, words, does)
    if button is None or part is None:
        return None
    del part["position"], part["positionBeforePurpose"], part["positionAfterPurpose"]
    shown = bool(part["text"])
    theme = words.notice.theme
    return part | {
        "showAsLink": button.as_link,
        "showText": shown,
        "imgcolor": theme.text,
        "imgcolorDark": theme.text_dark,
        "closeBtnVoiceOverText": words.label("closeBtnVoiceOverText"),
    }


def policy_part(words: NoticeTexts) -> Json:
    """`links`: the privacy policy, where there is one."""
    notice, theme = words.notice, words.notice.theme
    url = safe_address(words.text(notice.policy_url))
    if not url:
        return {}
    link = text_part(words.text(notice.policy_text) or words.label("linkVoiceOverText"), theme)
    return {"policyLink": link | {"url": url, "linkVoiceOverText": words.label("linkVoiceOverText")}}


def logo_part(words: NoticeTexts) -> Json | None:
    """The logo, where there is one."""
    url = safe_address(words.notice.logo_url)
    return {"url": url, "logoVoiceOverText": words.label("logoVoiceOverText")} if url else None


def prompt_part(prompt: Prompt | None, words: NoticeTexts) -> Json | None:
    """A question before or after the platform's own."""
    if prompt is None:
        return None
    return {
        "logoUrl": safe_address(prompt.logo_url),
        "titleText": words.text(prompt.title),
        "descriptionText": words.text(prompt.description),
        "primaryButtonText": words.text(prompt.primary),
        "secondaryButtonText": words.text(prompt.secondary),
    }


def colours(theme: Theme) -> Json:
    """The colours every list screen repeats."""
    return {
        "backgroundColor": theme.background,
        "backgroundColorDark": theme.background_dark,
        "toggleActiveColor": theme.button,
        "toggleActiveColorDark": theme.button_dark,
        "toggleInactiveColor": theme.line,
        "toggleInactiveColorDark": theme.line_dark,
        "lineBreakColor": theme.line,
        "lineBreakColorDark": theme.line_dark,
    }


def filter_part(notice: Notice) -> Json:
    """Colours of the filter icon."""
    theme = notice.theme
    return {
        "onColor": theme.button,
        "onColorDark": theme.button_dark,
        "color": theme.text,
        "colorDark": theme.text_dark,
    }


def search_part(words: NoticeTexts) -> Json:
    """The search bar."""
    theme = words.notice.theme
    return {
        "textColor": theme.text,
        "textColorDark": theme.text_dark,
        "backgroundColorDark": theme.background_dark,
        **words.labels(
            "searchPlaceholderText", "searchNoResultsFoundText", "searchResultsTotalText", "resultsFoundText"
        ),
    }


def shown(parts: Json) -> Json:
    """The parts without those that are not shown."""
    return {name: part for name, part in parts.items() if part is not None}
