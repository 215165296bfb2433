"""Contrast ratios are those of WCAG 2.2."""

import pytest

from placet.formats.web_address import may_be_followed
from placet.settings.notices import Theme
from placet.validation.checks.contrast import contrast, poor_pairs


@pytest.mark.parametrize("one, other, ratio", [
    ("#FFFFFF", "#000000", 21.0),
    ("#000000", "#FFFFFF", 21.0),
    ("#FFFFFF", "#FFFFFF", 1.0),
    ("#777777", "#FFFFFF", 4.48),
    ("#767676", "#FFFFFF", 4.54),
    ("#0000FF", "#FFFFFF", 8.59),
    ("#ff0000", "#ffffff", 4.00),
])  # fmt: skip
def test_the_ratio_of_two_colours(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_our_own_colours_have_enough() -> None:
    assert list(poor_pairs(Theme())) == []


@pytest.mark.parametrize("name", ["text", "text_dark", "button", "button_dark", "button_text", "button_text_dark"])
def test_each_colour_is_measured_against_what_is_below_it(name: str) -> None:
    below = {"text": "background", "button": "background", "button_text": "button"}[name.removesuffix("_dark")]
    lower = below + ("_dark" if name.endswith("_dark") else "")
    theme = Theme(**{name: getattr(Theme(), lower)})
    assert [(upper, under, ratio) for upper, under, ratio, _ in poor_pairs(theme) if upper == name] == [
        (name, lower, 1)
    ]


@pytest.mark.parametrize("text, good", [
    ("https://shop.example/privacy", True),
    ("http://localhost:8000/p?q=1#f", True),
    ("HTTPS://shop.example", True),
    ("/privacy", True),
    ("//elsewhere.example/x", False),
    ("/\\elsewhere.example", False),
    ("privacy.html", False),
    ("javascript:alert(1)", False),
    ("JavaScript:alert(1)", False),
    (" javascript:alert(1)", False),
    ("java\nscript:alert(1)", False),
    ("data:text/html,x", False),
    ("https://", False),
    ("https://host:99999/", False),
    ("http://[", False),
    ("ftp://host/x", False),
])  # fmt: skip
def test_what_may_be_followed(text: str, good: bool) -> None:
    assert may_be_followed(text) is good
