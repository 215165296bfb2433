"""Every TC string that exists is read, written back no longer, and anything else is refused with its place."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcf_cases import model_of, tc_string
from vectors import bad, good

from placet.formats.bits import MAX_TEXT
from placet.formats.errors import Malformed
from placet.formats.ids import MAX_ID, Ids
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import TcString, decode, encode

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KINDS = {0: "core", 1: "disclosed", 2: "allowed", 3: "publisher"}
EXAMPLE = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"


def segments(text: str) -> dict[str, str]:
    return {KINDS.get(ALPHABET.index(each[0]) >> 3, "unknown"): each for each in text.split(".")}


def as_vector(tc: TcString) -> dict[str, Any]:
    """The model as the vectors write it: sets of vendors as text."""
    model = model_of(tc)
    for name in ("vendorConsents", "vendorLegitimateInterests", "vendorsDisclosed"):
        if name in model:
            model[name] = str(Ids.of(model[name]))
    model["publisherRestrictions"] = [
        {"purposeId": purpose, "restrictionType": kind, "vendors": str(Ids.of(vendors))}
        for purpose, kind, vendors in model["publisherRestrictions"]
    ]
    return model


def expected(model: dict[str, Any]) -> dict[str, Any]:
    restrictions = sorted(model["publisherRestrictions"], key=lambda each: (each["purposeId"], each["restrictionType"]))
    kept = {key: value for key, value in model.items() if key not in {"segments", "vendorsAllowed"}}
    return {**kept, "publisherRestrictions": restrictions}


@pytest.mark.parametrize("row", good("tcf.jsonl"), ids=lambda row: row["id"])
def test_a_vector_is_read(row: dict[str, Any]) -> None:
    assert as_vector(decode(row["tcString"])) == expected(row["model"])


@pytest.mark.parametrize("row", good("tcf.jsonl"), ids=lambda row: row["id"])
def test_a_vector_is_written_back(row: dict[str, Any]) -> None:
    tc = decode(row["tcString"])
    ours, reference = segments(encode(tc)), segments(row["tcString"])
    assert decode(encode(tc)) == tc
    assert {name: ours[name] for name in row["determined"]} == {name: reference[name] for name in row["determined"]}
    if row["source"] != "placet":
        assert all(len(ours[name]) <= len(reference[name]) for name in ours)


@pytest.mark.parametrize("row", bad("tcf.jsonl"), ids=lambda row: f"{row['id']} {row['why']}")
def test_a_vector_that_is_no_tc_string_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refusal:
        decode(row["tcString"])
    assert refusal.value.standard == "TC string"
    assert refusal.value.cure


@pytest.mark.parametrize(
    "text, segment, field",
    [
        ("", "core", ""),
        ("BAAA", "core", "version"),
        ("CQgc", "core", "created"),
        (EXAMPLE[:30], "core", "purpose_interests"),
        (EXAMPLE[:38], "core", "vendor_consents"),
        (EXAMPLE[:45], "core", "restrictions"),
        (EXAMPLE.replace(".IAFkVgAA", ".IAFk"), "disclosed vendors", "disclosed"),
        (EXAMPLE[:-6], "publisher TC", "purpose_interests"),
        (EXAMPLE[:-5] + "!" * 5, "publisher TC", ""),
        (EXAMPLE + ".g!!!", "", ""),
    ],
)
def test_a_refusal_names_segment_and_field(text: str, segment: str, field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        decode(text)
    assert (refusal.value.segment, refusal.value.field) == (segment, field)
    assert segment in str(refusal.value)


@given(seed=st.integers(0, 1 << 32))
def test_what_was_written_is_read_back(seed: int) -> None:
    tc = tc_string(Random(seed))
    assert decode(encode(tc)) == tc


@pytest.mark.parametrize("text", [EXAMPLE + ".gAAA", EXAMPLE + ".gAAA.w-_9", EXAMPLE.split(".")[0] + ".oA"])
def test_segments_that_nobody_has_named_are_kept(text: str) -> None:
    assert encode(decode(text)) == text


def test_odd_values_are_kept() -> None:
    odd = msgspec.structs.replace(decode(EXAMPLE), policy_version=63, cmp_id=0, language="a~", country="{Q", screen=63)
    assert decode(encode(odd)) == odd


@pytest.mark.parametrize(
    "field, value",
    [
        ("cmp_id", 4096),
        ("screen", -1),
        ("language", "ENG"),
        ("country", "Ä1"),
        ("special_features", Ids.of([13])),
        ("purpose_consents", Ids.of([25])),
        ("vendor_consents", Ids(1 << 65_536)),
    ],
)
def test_what_does_not_fit_is_not_written(field: str, value: object) -> None:
    with pytest.raises(Malformed) as refusal:
        encode(msgspec.structs.replace(decode(EXAMPLE), **{field: value}))
    assert (refusal.value.segment, refusal.value.field) == ("core", field)


def test_a_text_beyond_the_limit_is_refused_before_it_is_looked_at() -> None:
    class Unreadable(str):
        def split(self, *_: object) -> list[str]:  # type: ignore[override]
            raise AssertionError("the text was read")

    with pytest.raises(Malformed, match="more than the 65536 we read"):
        decode(Unreadable("C" * 1_000_000))


def test_more_restrictions_than_can_differ_are_refused() -> None:
    many = tuple(Restriction(2, 0, Ids.of([MAX_ID])) for _ in range(257))
    with pytest.raises(Malformed, match="257 restrictions"):
        decode(encode(msgspec.structs.replace(decode(EXAMPLE), restrictions=many)))


@pytest.mark.parametrize("row", good("tcf.jsonl")[:40:8], ids=lambda row: row["id"])
@given(data=st.data())
def test_a_damaged_string_raises_nothing_but_malformed(row: dict[str, Any], data: st.DataObject) -> None:
    text = row["tcString"]
    at = data.draw(st.integers(0, len(text)))
    damage = data.draw(st.text(ALPHABET + ".=!", max_size=6))
    _read_or_refuse(text[:at] + damage + text[at + data.draw(st.integers(0, 8)) :])


@given(st.text() | st.text(ALPHABET + ".").map("C".__add__) | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_raises_anything_but_malformed(text: str) -> None:
    _read_or_refuse(text)


@given(st.text("_-9", min_size=60, max_size=60), st.text("AQgv-_9", max_size=600))
def test_ranges_of_every_kind_raise_nothing_but_malformed(head: str, tail: str) -> None:
    _read_or_refuse("C" + head + tail)


def test_the_densest_string_within_the_limit_is_read_or_refused() -> None:
    _read_or_refuse("C" + "_" * (MAX_TEXT - 1))
    _read_or_refuse(EXAMPLE.split(".")[0] + ".I" + "_" * 60_000)


def _read_or_refuse(text: str) -> None:
    try:
        tc = decode(text)
    except Malformed as refusal:
        assert refusal.standard == "TC string"
        return
    assert decode(encode(tc)) == tc
