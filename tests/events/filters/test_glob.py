"""Patterns match whole texts, in one pass, whatever the pattern and the text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.events.filters.glob import BadGlob, glob

ATOMS = {
    "a": "a",
    "b": "b",
    "*": ".*",
    "?": ".",
    "[ab]": "[ab]",
    "[^a]": "[^a]",
    "[a-c]": "[a-c]",
    "\\*": r"\*",
    "[c-a]": "(?!)",
}


@given(st.lists(st.sampled_from(sorted(ATOMS)), max_size=6), st.text("abc*", max_size=8))
def test_a_pattern_means_what_the_regular_expression_means(atoms, text):
    expression = "".join(ATOMS[atom] for atom in atoms)
    assert glob("".join(atoms))(text) is bool(re.fullmatch(expression, text, re.DOTALL))


@pytest.mark.parametrize(
    "pattern", ["*a" * 60 + "b", "?*" * 100 + "b", "*[a-b]" * 60 + "c", "a*" * 200 + "b", "[^b]*" * 80 + "[b]"]
)
def test_patterns_that_make_backtracking_explode_are_just_patterns(pattern):
    assert glob(pattern)("a" * 5000) is False


@pytest.mark.parametrize("pattern", ["[", "[a", "[]", "[^]", "a\\", "[a-", "[-a]", "[a-]", "[\\", "x" * 1025])
def test_a_pattern_that_is_none_is_refused_with_a_cure(pattern):
    with pytest.raises(BadGlob, match=r"write|close|may have"):
        glob(pattern)
