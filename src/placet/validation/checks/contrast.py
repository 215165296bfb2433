"""Whether colours can be told apart: the contrast ratio of WCAG 2.2, for every pair that touches, in both schemes."""

from collections.abc import Iterator
from typing import Final

from placet.settings.notices import Theme
from placet.settings.organisation import Organisation
from placet.validation.checks.notices import COLOUR, shown_notices
from placet.validation.paths import Remark

TEXT: Final = 4.5
"""Least contrast of text (success criterion 1.4.3)."""
SHAPE: Final = 3.0
"""Least contrast of what shows a control or its focus (success criterion 1.4.11)."""
INVISIBLE: Final = 1.5
"""Below it hardly anybody sees that there is something."""

PAIRS: Final = (("text", "background", TEXT), ("button_text", "button", TEXT), ("button", "background", SHAPE))
"""What stands on what. `line` only decorates: it may be faint."""


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, from 0 (black) to 1 (white)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def poor_pairs(theme: Theme) -> Iterator[tuple[str, str, float, float]]:
    """The pairs with too little contrast: upper colour, lower colour, ratio, least ratio."""
    for upper, lower, least in PAIRS:
        for suffix in ("", "_dark"):
            names = (upper + suffix, lower + suffix)
            one, other = (getattr(theme, name) for name in names)
            if COLOUR.fullmatch(one) and COLOUR.fullmatch(other) and (ratio := contrast(one, other)) < least:
                yield *names, ratio, least


def poor(organisation: Organisation) -> Iterator[tuple[Remark, float]]:
    """Every pair with too little contrast, and its ratio."""
    for path, notice, _ in shown_notices(organisation):
        for upper, lower, ratio, least in poor_pairs(notice.theme):
            ours, theirs = getattr(notice.theme, upper), getattr(notice.theme, lower)
            what = f"{upper} {ours} on {lower} {theirs} has a contrast of {ratio:.2f} to 1 in '{notice.id}'"
            yield Remark((*path, "theme", upper), what, f"choose colours with at least {least:g} to 1"), ratio


def invisible(organisation: Organisation) -> Iterator[Remark]:
    """Texts and buttons can be seen."""
    yield from (remark for remark, ratio in poor(organisation) if ratio < INVISIBLE)


def faint(organisation: Organisation) -> Iterator[Remark]:
    """Texts and buttons have the contrast that WCAG 2.2 asks for."""
    yield from (remark for remark, ratio in poor(organisation) if ratio >= INVISIBLE)
