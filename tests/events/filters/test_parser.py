"""Whatever text comes in, it is read or refused; nothing else happens, and not slowly."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placet.events.fields import EventFields
from placet.events.filters.ast import BadFilter
from placet.events.filters.filter import read_filter, read_filter_ir
from placet.events.filters.json_ir import write_ir

WORDS = st.sampled_from(
    "and or in null true false ! ( ) [ ] , = != < <= 'a' \"b\" 1 -2.5 a a.b type contains( match( 'a*' "
    "length( lowercase( semver( all not \\and a\\.b $ . 'open \\".split(" ")
)
TEXTS = st.text(max_size=60) | st.lists(WORDS, max_size=14).map(" ".join) | st.lists(WORDS, max_size=14).map("".join)


@settings(max_examples=150)
@given(TEXTS)
@example("\ud800")
@example("\\all")
@example("'" + "\ud800" + "' = a")
def test_a_text_is_read_or_refused_with_a_place_inside_it(text):
    try:
        condition = read_filter(text)
    except BadFilter as refusal:
        assert 0 <= refusal.at <= len(text)
        assert refusal.problem
        assert refusal.cure
        return
    assert read_filter(condition.text) == condition
    assert condition.matches(EventFields({"a": {"b": 1}, "type": "x"})) in (True, False)


@given(TEXTS)
def test_what_was_read_gives_ir_that_gives_the_same(text):
    try:
        condition = read_filter(text)
    except BadFilter:
        return
    if condition.text != "all":
        assert read_filter_ir(write_ir(condition.tree)) == condition


@pytest.mark.parametrize(
    "text",
    [
        " and ".join(["a"] * 850),
        "a = " + "1" * 30 + " or a" * 800,
        "[" + ",".join(["1"] * 2400) + "] = a",
        "!" * 40 + "a",
        "(" * 40 + "a" + ")" * 40,
        "\\" * 5000,
        "a." * 2500,
        "'" * 5000,
    ],
)
def test_the_longest_texts_are_read_or_refused(text):
    try:
        assert read_filter(text).matches(EventFields({})) in (True, False)
    except BadFilter as refusal:
        assert refusal.at <= len(text)
