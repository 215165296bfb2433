"""Strings of other encoders are read: padding of ones, old forms, `=` at the end, ids named twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from vectors import bad, good

from placet.formats import additional
from placet.formats.bits import BitReader, padded
from placet.formats.errors import Malformed
from placet.formats.explain.explain import explain
from placet.formats.gpp import canada, gpp, us_section
from placet.formats.gpp.us_layouts import US_SECTIONS
from placet.formats.gpp.us_section import nothing_said
from placet.formats.lists import bundled_list
from placet.formats.lists.library import ExplainLists

CANADIAN = "BPSG_8APSG_8AAyACAENGdCgf_gfgAfgfgBgABABAAABAB4AACACADwAAEAE.fHHHA4444ao"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def with_ones(text: str, used: int) -> str:
    """The text with ones in every bit behind the first `used`."""
    digits = "".join(f"{LETTERS.index(letter):06b}" for letter in text)
    digits = digits[:used] + "1" * (len(digits) - used)
    return "".join(LETTERS[int(digits[at : at + 6], 2)] for at in range(0, len(digits), 6))


@pytest.mark.parametrize("used, length", [(0, 0), (6, 12), (60, 66), (62, 66), (70, 72), (72, 72), (73, 84)])
def test_the_library_pads_to_bytes_and_then_to_letters(used: int, length: int) -> None:
    assert padded(used) == length


def test_a_us_section_padded_with_ones_is_read() -> None:
    value = gpp.decode("DBABLA~CVVVVVVVVVVW").get(7).value
    assert value.fields["SaleOptOut"] == 1
    assert value.fields["MspaServiceProviderMode"] == 1


@pytest.mark.parametrize("section", US_SECTIONS)
def test_every_us_section_is_read_whatever_its_padding_holds(section: int) -> None:
    said = nothing_said(section)
    core, *others = us_section.encode(said).split(".")
    used = 2 * US_SECTIONS[section].newest.pairs
    assert us_section.decode(section, ".".join([with_ones(core, used), *others])) == said


@pytest.mark.parametrize("section", US_SECTIONS)
def test_more_than_padding_is_not_passed_over(section: int) -> None:
    core = us_section.encode(nothing_said(section)).partition(".")[0]
    with pytest.raises(Malformed, match="more follows"):
        us_section.decode(section, core + "AB")


def test_a_gpp_header_is_read_whatever_its_padding_holds() -> None:
    bits = BitReader.from_web64("DBABM")
    bits.number(12)
    bits.fibonacci_ranges()
    assert gpp.section_ids(with_ones("DBABM", bits.at)) == (2,)


def test_the_canadian_string_of_the_reference_library_is_read() -> None:
    consent = canada.decode(CANADIAN)
    assert (list(consent.vendors_express), list(consent.vendors_implied)) == ([12, 24, 48], [18, 30])
    assert consent.restrictions == ()
    assert consent.publisher is not None
    assert consent.publisher.custom.count == 3


@pytest.mark.parametrize(
    "text", ["CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", "CPSGxAAPSGxAAAAAAAENAACAAAAAAAAAAAAAAAAAAAAA"]
)
@pytest.mark.parametrize("tail", ["==", "="])
def test_a_tc_string_with_padding_signs_is_explained_as_one(text: str, tail: str) -> None:
    lists = ExplainLists(bundled_list())
    assert explain(text + tail, NOW, lists) == explain(text, NOW, lists)
    assert explain(text, NOW, lists).kind == "TC string"


def test_a_provider_named_twice_counts_once() -> None:
    value = additional.decode("2~3.2.1.1~dv.7.7")
    assert value.consented == (3, 2, 1)
    assert value.disclosed == (7,)


READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "usSection": lambda row: us_section.decode(row["section"], row["text"]),
    "gpp": lambda row: gpp.decode(row["text"]).ids,
    "gppHeader": lambda row: gpp.section_ids(row["text"]),
    "ac": lambda row: additional.decode(row["text"]),
    "canada": lambda row: canada.decode(row["text"]),
    "tcSigns": lambda row: explain(row["text"], NOW, ExplainLists(bundled_list())),
}


@pytest.mark.parametrize("row", good("padding.jsonl"), ids=lambda row: row["id"])
def test_a_vector_is_read_whatever_its_padding_holds(row: dict[str, Any]) -> None:
    value = READERS[row["kind"]](row)
    if "same" in row:
        assert value == READERS[row["kind"]](row | {"text": row["same"]})
    elif "ids" in row:
        assert list(value) == row["ids"]
    elif row["kind"] == "ac":
        assert (list(value.consented), list(value.disclosed)) == (row["consented"], row["disclosed"])
    else:
        said = (list(value.vendors_express), list(value.vendors_implied))
        assert said == (row["vendorsExpress"], row["vendorsImplied"])


@pytest.mark.parametrize("row", bad("padding.jsonl"), ids=lambda row: row["id"])
def test_a_vector_with_more_than_padding_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=row["why"]):
        READERS[row["kind"]](row)
