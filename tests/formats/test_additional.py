"""Google's Additional Consent strings, both ways (iab.md §3)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors import bad, good

from placet.formats.additional import MAX_TEXT, AdditionalConsent, decode, encode
from placet.formats.errors import Malformed

ids = st.lists(st.integers(0, 99_999), unique=True, max_size=30)


@pytest.mark.parametrize("row", good("ac.jsonl"), ids=lambda row: row["id"])
def test_a_vector_is_read_and_written_back(row: dict[str, Any]) -> None:
    value, model = decode(row["ac"]), row["model"]
    disclosed = None if value.disclosed is None else list(value.disclosed)
    assert {"version": value.version, "consented": list(value.consented), "disclosed": disclosed} == model
    assert (encode(value) == row["ac"]) is row["canonical"]


@pytest.mark.parametrize("row", bad("ac.jsonl"), ids=lambda row: row["id"])
def test_a_vector_that_is_no_such_string_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refusal:
        decode(row["ac"])
    assert refusal.value.standard == "additional consent string"


@given(ids, st.booleans())
def test_what_was_written_is_read_back(given_ids: list[int], with_disclosed: bool) -> None:
    half = len(given_ids) // 2
    value = AdditionalConsent(
        tuple(sorted(given_ids[:half])), tuple(sorted(given_ids[half:])) if with_disclosed else None
    )
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    "value", [AdditionalConsent((1, 2), (2,)), AdditionalConsent((-1,), ()), AdditionalConsent((), (-1,))]
)
def test_contradictions_are_not_written(value: AdditionalConsent) -> None:
    with pytest.raises(Malformed):
        encode(value)


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(Malformed, match="shorter"):
        decode("1~" + "1" * MAX_TEXT)


@given(st.text() | st.text("12~dv.0").map("2~".__add__) | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_raises_anything_but_malformed(text: str) -> None:
    try:
        value = decode(text)
    except Malformed as refusal:
        assert refusal.standard == "additional consent string"
        return
    assert set(decode(encode(value)).consented) == set(value.consented)
