"""The GPP string: every shared case both ways, then what no string may do to us."""

import json
import time

import pytest
import vectors
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.gpp.gpp import (
    CODECS,
    SECTION_IDS,
    Gpp,
    Section,
    decode,
    encode,
    header_text,
    section_ids,
    section_of,
)
from placet.formats.gpp.us_layouts import US_SECTIONS
from placet.formats.gpp.us_section import nothing_said
from placet.formats.tcf import tcf

CASES = vectors.rows("gpp.jsonl")
GOOD = [case for case in CASES if not case.get("invalid")]
BAD = [case for case in CASES if case.get("invalid")]


def read(case):
    return decode(case["gpp"], with_headers=case.get("withHeaders", False))


def as_json(fields):
    """Times as the cases have them."""
    return json.loads(json.dumps(fields, default=lambda moment: moment.isoformat().replace("+00:00", ".000Z")))


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_a_string_says_what_the_case_says(case):
    gpp = read(case)

    assert list(gpp.ids) == case["headerIds"]
    assert {each.prefix: as_json(each.flat()) for each in gpp.sections if each.value is not None} == case["sections"]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_an_unchanged_string_goes_out_section_for_section(case):
    written = encode(read(case)).split("~")

    assert written[1:] == (case["gpp"].split("~")[1:] if "~" in case["gpp"] else [case["gpp"]] * len(case["headerIds"]))


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_a_string_written_anew_is_the_library_s_own(case):
    header, *texts = (case.get("canonical") or case.get("libraryForm") or case["gpp"]).split("~")
    sections = [anew(each, case) for each in read(case).sections]

    if case.get("variant") != "unknown-section":  # the headers of these were not written by the library
        assert encode(Gpp(tuple(sections))).split("~")[0] == header
    for section, text in zip(sections, texts, strict=True):
        if section.id == 2:  # the library's choice between ranges and bitfield is not always the shorter one
            assert tcf.decode(section.text) == tcf.decode(text)
            assert len(section.text) <= len(text)
        else:
            assert section.text == text


def anew(section, case):
    if section.value is None:
        return section
    return section_of(section.value, with_headers=case.get("withHeaders", False))


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case['id']} {case['why']}")
def test_a_broken_string_is_refused_with_its_place(case):
    with pytest.raises(Malformed) as refusal:
        decode(case["gpp"])

    assert refusal.value.standard
    assert refusal.value.segment


@pytest.mark.parametrize(
    "ids, header",
    [
        ((), "DBAA"),
        ((2,), "DBABMA"),
        ((6,), "DBABTA"),
        ((7,), "DBABLA"),
        ((8,), "DBABBg"),
        ((2, 6), "DBACNYA"),
        ((5, 6), "DBABjw"),
    ],
)
def test_the_headers_of_the_reference(ids, header):
    assert header_text(ids) == header
    assert section_ids(header) == ids


@pytest.mark.parametrize("header", ["DBABM", "DBABMA", "DBABMAAA"])
def test_a_header_may_be_padded_in_any_way(header):
    assert section_ids(header) == (2,)


def test_bits_after_the_list_of_ids_are_refused():
    with pytest.raises(Malformed, match="more follows"):
        section_ids("DBABMAB")


def test_the_first_example_of_the_reference():
    choices = decode("DBABLA~CVQVAAAAAACA.YA").get(7).value

    assert choices.gpc is True
    assert [name for name, value in choices.fields.items() if value == 1] == [
        "SharingNotice",
        "SaleOptOutNotice",
        "SharingOptOutNotice",
        "TargetedAdvertisingOptOutNotice",
        "SaleOptOut",
        "SharingOptOut",
        "TargetedAdvertisingOptOut",
    ]
    assert choices.fields["MspaCoveredTransaction"] == 2


def test_a_section_we_do_not_know_stays_byte_for_byte():
    gpp = decode(f"{header_text((7, 99))}~CVQVAAAAAACA.YA~@anything: even this")

    assert gpp.get(99) == Section(99, "@anything: even this")
    assert encode(gpp).endswith("~@anything: even this")


def test_a_section_is_put_in_its_place():
    gpp = Gpp().having(section_of(nothing_said(8))).having(section_of(nothing_said(7)))

    assert gpp.ids == (7, 8)
    assert gpp.lacking(7).ids == (8,)
    assert gpp.having(section_of(nothing_said(8).but(SaleOptOutNotice=1))).get(8).value.fields["SaleOptOutNotice"] == 1


@pytest.mark.parametrize(
    "sections",
    [
        (Section(7, "BAAAAAAAAAAA"), Section(7, "BAAAAAAAAAAA")),
        (Section(8, "BAAAAAAA"), Section(7, "BAAAAAAAAAAA")),
        (Section(99, ""),),
        (Section(99, "a~b"),),
        (Section(0, "a"),),
        (Section(70_000, "a"),),
    ],
)
def test_what_no_string_can_hold_is_not_written(sections):
    with pytest.raises(Malformed):
        encode(Gpp(sections))


def test_prefixes_and_ids_name_the_same_sections():
    assert {SECTION_IDS[codec.prefix]: codec for codec in CODECS.values()} == dict(CODECS)
    assert set(US_SECTIONS) < set(CODECS)


@given(st.sets(st.integers(1, 400), max_size=40))
def test_any_header_comes_back(ids):
    assert set(section_ids(header_text(tuple(sorted(ids))))) == ids


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    assert_read_or_refused(text)


@given(
    st.sampled_from([case["gpp"] for case in GOOD]),
    st.integers(0, 400),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", max_size=4),
)
def test_a_damaged_string_is_read_or_refused(text, at, scar):
    assert_read_or_refused(text[:at] + scar + text[at + 1 :])


def assert_read_or_refused(text):
    try:
        gpp = decode(text)
    except Malformed:
        return
    assert decode(encode(gpp)) == gpp


@pytest.mark.parametrize(
    "text",
    [
        "A" * 1_000_000,
        "C" * 1_000_000,
        "DBABLA~" + "C" * 1_000_000,
        "DBABLA~CVQVAAAAAACA" + "." * 1_000_000,
        "~" * 1_000_000,
        "DBABLA~" + "A" * 200_000,
        "DBABDA~B" + "f" * 200_000,
        "DB" + "_" * 200_000,
        "DB" + "f" * 255 + "~" * 200,
    ],
    ids=range(9),
)
def test_a_huge_string_costs_next_to_nothing(text):
    started = time.process_time()

    with pytest.raises(Malformed):
        decode(text)

    assert time.process_time() - started < 0.5  # ten times what a slow machine needs, a thousandth of unbounded work
