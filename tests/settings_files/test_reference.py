"""The reference page is in step with the code."""

from pathlib import Path

import pytest

from placet.outputs.registry import OWN
from placet.settings_files.reference import reference_text
from placet.validation.check import CHECKS

TYPES = {shape.type.name: shape.type for shape in OWN}
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings-reference.md"


def test_the_page_is_up_to_date() -> None:
    cure = "run: placet schema --markdown --out docs/reference/settings-reference.md"
    assert PAGE.read_text() == reference_text(TYPES), cure


@pytest.mark.parametrize("row", [
    "| `app_id` | text | **must be given** | the GUID clients send as their application or domain id |",
    "| `reconsent_days` | whole number | `365` | how many days a choice holds; 0 for ever |",
    "| `channel` | `web` · `mobile` · `ctv` | `web` | web, mobile or ctv |",
    "| `rules` | list of [a rule](#rule) | **must be given** | one rule for each group of places; "
    "one of them is the default |",
    "| `no-reject` | warning | Where consent is asked for, refusing is as near as accepting. |",
])  # fmt: skip
def test_a_row_says_what_a_field_or_finding_means(row: str) -> None:
    assert row in reference_text().splitlines()


def test_every_finding_is_on_it() -> None:
    assert all(f"| `{check.code}` |" in reference_text() for check in CHECKS)
