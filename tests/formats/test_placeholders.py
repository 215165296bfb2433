"""Texts that stand for no identifier name nobody, in whatever case and padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.placeholders import identifier_of, names_nobody

PLACEHOLDERS = [
    "", " ", "\t\n", "\u200b", "\ufeff", "\u2060\u200d", "\u3164", "\u00a0", "\x00", "undefined", "null", "nil", "none",
    "NaN", "n/a", "N/A", "[object Object]", "[object Undefined]", "anonymous", "unknown", "not set",
    "(not set)", "(null)",
    "<null>", '"null"', "'undefined'", "`none`", "undefined undefined", "null-null", "null@null", "{{user.id}}",
    "${userId}", "%%ID%%", "%7B%7Bid%7D%7D", "%00", "0", "00", "-0", "0.0", "-1", "--", "...", "{}", "[]",
    "true", "false",
    "Infinity", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
    "00000000000000000000000000000000", "00:00:00:00:00:00", "02:00:00:00:00:00", "9774d56d682e549c",
    "ffffffff-ffff-ffff-ffff-ffffffffffff", "ＮＵＬＬ", "nu\u200bll", "u\u00adndefined",
]  # fmt: skip
IDENTIFIERS = [
    "ada", "a", "1", "7", "10", "-5", "C-1042", "ada@shop.example", "null@shop.example", "nullable", "none-of-yours",
    "nadia", "na2", "f", "fff", "0xabc", "Zoë", "李", "😀", "{6F9619FF-8B86-D011-B42D-00C04FC964FF}",
    "6f9619ff-8b86-d011-b42d-00c04fc964ff", "anonymous-7", "x" * 300, "100%", "a%20b",
]  # fmt: skip
padding = st.text(" \t\u200b\ufeff\u00a0\u2060", max_size=300)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_names_nobody(text: str) -> None:
    assert names_nobody(text)
    assert names_nobody(text.upper())
    assert names_nobody(text.title())
    assert identifier_of(text) == ""


@pytest.mark.parametrize("text", IDENTIFIERS)
def test_an_identifier_stays_as_it_is(text: str) -> None:
    assert identifier_of(text) == text


@given(st.sampled_from(PLACEHOLDERS), padding, padding)
def test_no_padding_makes_somebody_of_it(text: str, before: str, behind: str) -> None:
    assert names_nobody(before + text + behind)


@given(st.uuids().filter(lambda one: one.int not in (0, 2**128 - 1)))
def test_ids_that_are_made_are_identifiers(one: object) -> None:
    assert not names_nobody(str(one))
