"""The four letters of the US Privacy string, both ways (iab.md §4)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors import bad, good

from placet.formats.errors import Malformed
from placet.formats.gpp.usp import UsPrivacy, decode, encode, problems

ANSWERS = {"Y": True, "N": False, "-": None}


@pytest.mark.parametrize("row", good("usp.jsonl"), ids=lambda row: row["usp"])
def test_a_vector_is_read_and_written_back(row: dict[str, Any]) -> None:
    model = row["model"]
    value = decode(row["usp"])
    assert value == UsPrivacy(*(ANSWERS[model[name]] for name in ("notice", "optOutSale", "lspaCovered")))
    assert encode(value) == row["usp"].upper()


@pytest.mark.parametrize("row", bad("usp.jsonl"), ids=lambda row: row["why"])
def test_a_vector_that_is_no_such_string_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refusal:
        decode(row["usp"])
    assert refusal.value.standard == "US Privacy string"


@pytest.mark.parametrize(
    "text, applies, with_gpc, open_questions",
    [("1---", False, "1---", 0), ("1YNN", True, "1YYN", 0), ("1YYN", True, "1YYN", 0), ("1Y--", True, "1YY-", 1)],
)
def test_it_says_whether_the_law_applies(text: str, applies: bool, with_gpc: str, open_questions: int) -> None:
    value = decode(text)
    assert value.applies is applies
    assert encode(value.with_gpc()) == with_gpc
    assert len(problems(value)) == open_questions


@given(st.text(max_size=6) | st.text("1YNyn-", min_size=4, max_size=4))
def test_no_text_raises_anything_but_malformed(text: str) -> None:
    try:
        value = decode(text)
    except Malformed as refusal:
        assert refusal.standard == "US Privacy string"
        return
    assert decode(encode(value)) == value
