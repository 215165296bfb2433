"""The field table of the US sections says what the standard's own table says."""

import json

import pytest
import vectors

from placet.formats.gpp.labels import items, meanings
from placet.formats.gpp.us_layouts import GPC, SENSITIVE_DATA, US_SECTIONS

PUBLISHED = json.loads((vectors.HERE / "gpp-us-sections.json").read_text())["sections"]


def test_it_has_exactly_the_published_sections():
    assert [(row.id, row.prefix, row.jurisdiction) for row in US_SECTIONS.values()] == [
        (row["id"], row["prefix"], row["jurisdiction"]) for row in PUBLISHED
    ]


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: row["prefix"])
def test_a_section_has_the_published_fields_in_order(published):
    layout = US_SECTIONS[published["id"]].newest

    ours = list(zip(layout.names, layout.lengths, strict=True))

    assert ours == [(field["name"], field.get("items", 0)) for field in published["core"]]
    assert 2 * layout.pairs == published["coreBits"]


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: row["prefix"])
def test_a_section_has_the_published_second_sub_section(published):
    second = {"gpcSubsection": GPC, "sensitiveDataSubsection": SENSITIVE_DATA}
    wanted = next((name for key, name in second.items() if key in published), "")

    assert US_SECTIONS[published["id"]].second == wanted


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: row["prefix"])
def test_numbers_and_items_mean_what_is_published(published):
    for field in (*published["core"], *published.get("sensitiveDataSubsection", [])):
        ours = meanings(published["id"], field["name"])
        in_words = ", ".join(f"{number} {word}" for number, word in enumerate(ours) if word)
        assert in_words == field.get("values", ""), field["name"]
        assert list(items(published["id"], field["name"])) == field.get("labels", []), field["name"]


def test_the_national_section_keeps_its_first_layout():
    short, long = US_SECTIONS[7].layouts

    assert (2 * short.pairs, 2 * long.pairs) == (60, 70)
    assert dict(zip(short.names, short.lengths, strict=True))["SensitiveDataProcessing"] == 12
