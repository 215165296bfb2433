"""One US section: whatever it says comes back, what makes no sense is refused or named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.gpp.us_layouts import GPC, SENSITIVE_DATA, SENSITIVE_ITEMS, US_SECTIONS
from placet.formats.gpp.us_section import SENSITIVE, UsChoices, decode, encode, nothing_said, problems


@st.composite
def choices(draw):
    """Any legal content of any section, in any of its layouts."""
    section = draw(st.sampled_from(list(US_SECTIONS.values())))
    layout = draw(st.sampled_from(section.layouts))
    answer = st.integers(0, 2)
    fields = {
        name: tuple(draw(st.lists(answer, min_size=items, max_size=items))) if items else draw(answer)
        for name, items in zip(layout.names, layout.lengths, strict=True)
    }
    fields[section.version_field] = draw(st.integers(0, 63))
    if section.second == SENSITIVE_DATA and draw(st.booleans()):
        fields[SENSITIVE] = tuple(draw(st.lists(answer, min_size=SENSITIVE_ITEMS, max_size=SENSITIVE_ITEMS)))
    gpc = draw(st.sampled_from([None, True, False])) if section.second == GPC else None
    return UsChoices(section.id, fields, gpc)


@given(choices(), st.booleans())
def test_whatever_a_section_says_comes_back(said, with_headers):
    assert decode(said.section, encode(said, with_headers=with_headers), with_headers=with_headers) == said


@given(choices(), st.integers(0, 12))
def test_padding_of_any_length_says_nothing(said, zeros):
    core, *second = encode(said).split(".")
    layouts = US_SECTIONS[said.section].layouts
    if len(layouts) > 1:  # the length decides between two layouts, so padding may not reach the longer one
        zeros = 0

    assert decode(said.section, ".".join([core + "A" * zeros, *second])) == said


@pytest.mark.parametrize("section", US_SECTIONS.values(), ids=lambda section: section.prefix)
def test_a_blank_section_offends_nothing_and_has_the_published_length(section):
    blank = nothing_said(section.id)

    assert not list(problems(blank))
    assert decode(section.id, encode(blank)) == blank
    assert len(encode(blank)) * 6 - 2 * section.newest.pairs < 12


@pytest.mark.parametrize("section", US_SECTIONS.values(), ids=lambda section: section.prefix)
def test_a_section_cut_anywhere_is_refused_with_the_first_field_that_is_missing(section):
    text = encode(nothing_said(section.id))
    needed = -(-section.layouts[0].pairs // 3)

    for length in range(needed):
        with pytest.raises(Malformed) as refusal:
            decode(section.id, text[:length])
        assert (refusal.value.standard, refusal.value.segment) == (section.prefix, "core")
        assert refusal.value.field in section.newest.names


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"SaleOptOut": 3}, "not 0, 1 or 2"),
        ({"SaleOptOut": -1}, "not 0, 1 or 2"),
        ({"SaleOptOut": 300}, "not 0, 1 or 2"),
        ({"SaleOptOut": (1, 2)}, "the fields are not"),
        ({"SensitiveDataProcessing": (1,) * 15}, "the fields are not"),
        ({"SensitiveDataProcessing": (3,) * 16}, "not 0, 1 or 2"),
        ({"Version": 64}, "6 bits"),
        ({"NoSuchField": 1}, "the fields are not"),
    ],
)
def test_what_a_layout_can_not_hold_is_not_written(change, reason):
    with pytest.raises(Malformed, match=reason):
        encode(nothing_said(7).but(**change))


def test_gpc_is_written_only_where_the_section_has_it():
    with pytest.raises(Malformed, match="GPC"):
        encode(nothing_said(9).but(gpc=True))


@pytest.mark.parametrize(
    "text, gpc",
    [("Q", False), ("QA", False), ("Y", True), ("YA", True), ("YAAA", True), ("gA", None), ("", None), ("gA.YA", True)],
)
def test_six_bits_hold_the_gpc_sub_section(text, gpc):
    assert decode(7, f"CAAAAAAAAACA.{text}").gpc is gpc


@pytest.mark.parametrize(
    "section, text, segment",
    [
        (25, "BWam.Ik", "sensitive data"),
        (26, "BWam.@@@", "sensitive data"),
        (27, "BWam.kmko", "sensitive data"),
        (7, "CAAAAAAAAACA.!", "gpc"),
    ],
)
def test_a_broken_second_sub_section_is_refused(section, text, segment):
    with pytest.raises(Malformed) as refusal:
        decode(section, text)

    assert refusal.value.segment == segment


def test_a_header_of_another_section_is_refused():
    with pytest.raises(Malformed, match="is 25, not 24"):
        decode(24, encode(nothing_said(25), with_headers=True), with_headers=True)


@pytest.mark.parametrize(
    "change, problem",
    [
        ({"SaleOptOut": 1}, "SaleOptOut is 1 although no notice of it was given"),
        ({"SaleOptOut": 2, "SaleOptOutNotice": 2}, "SaleOptOut is 2 although no notice of it was given"),
        ({"MspaCoveredTransaction": 0}, "MspaCoveredTransaction is 0, it must be 1 (yes) or 2 (no)"),
        ({"PersonalDataConsents": 3}, "PersonalDataConsents holds 3, which has no meaning"),
        (
            {"KnownChildSensitiveDataConsents": (0, 3, 0)},
            "KnownChildSensitiveDataConsents holds 3, which has no meaning",
        ),
        (
            {"SharingOptOut": 2, "SharingOptOutNotice": 1, "gpc": True},
            "SharingOptOut says not opted out although Global Privacy Control is on",
        ),
    ],
)
def test_what_the_standard_forbids_is_named(change, problem):
    assert list(problems(nothing_said(7).but(**change))) == [problem]
