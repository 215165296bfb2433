"""How deep JSON nests is measured exactly; halves of surrogate pairs are replaced, and nothing else is touched."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.nesting import MAX_DEEP, check_depth, depth, without_lone_surrogates

TEXTS = st.text(alphabet='[]{}"\\,:aä€😀\n', max_size=6)
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=60,
)


def levels(value: Any) -> int:
    """The depth of a decoded value, by recursion."""
    if isinstance(value, dict):
        return 1 + max(map(levels, value.values()), default=0)
    return 1 + max(map(levels, value), default=0) if isinstance(value, list) else 0


def nested(deep: int, inside: Any = None) -> Any:
    for place in range(deep):
        inside = [inside] if place % 2 else {"a": inside}
    return inside


@given(VALUES, st.integers(0, 300), st.booleans())
def test_depth_is_exact_whatever_the_texts_hold(value: Any, deep: int, ascii: bool) -> None:
    # The flat lists make sure that the text has enough brackets to be measured at all.
    whole = [nested(deep, value), [[]] * (MAX_DEEP + 1)]
    assert depth(json.dumps(whole, ensure_ascii=ascii).encode()) == levels(whole)


@pytest.mark.parametrize("text", [b"", b"[]" * 50, b'{"a":' * MAX_DEEP, b'"' + b"[" * 50 + b'"'])
def test_a_text_with_few_brackets_is_not_measured(text: bytes) -> None:
    assert depth(text) == 0
    check_depth(text)


@pytest.mark.parametrize("deep", [MAX_DEEP + 1, 999, 1000, 100_000])
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":[],"b":', b"}]")])
def test_what_nests_too_deep_is_refused(deep: int, opening: bytes, closing: bytes) -> None:
    with pytest.raises(Malformed, match=f"the JSON nests deeper than {MAX_DEEP} levels"):
        check_depth(opening * deep + b"1" + closing * deep)


@pytest.mark.parametrize("sent, kept", [
    (r"\ud83d", "�"),
    (r"\uDE00", "�"),
    (r"a\uD83D\n", "a�\n"),
    (r"\ud83d\ude00", "😀"),
    (r"\ude00\ud83d", "��"),
    (r"\ud83d\ud83d\ude00\ude00", "�😀�"),
    (r"\\ud83d", r"\ud83d"),
    (r"\\\ud83d", "\\�"),
    (r"\\ud83d\ude00", "\\ud83d�"),
    (r"é\u00e9", "éé"),
])  # fmt: skip
def test_halves_of_surrogate_pairs_become_replacement_characters(sent: str, kept: str) -> None:
    assert msgspec.json.decode(without_lone_surrogates(f'"{sent}"'.encode())) == kept


@given(st.text(alphabet=st.characters(codec=None, categories=("L", "Cs", "Po")), max_size=20))
def test_mended_texts_can_always_be_read(text: str) -> None:
    assert msgspec.json.decode(without_lone_surrogates(json.dumps(text).encode())) == "".join(
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def test_a_text_without_surrogates_stays_the_same_object() -> None:
    text = rb'{"a": "\u00e9\\"}'
    assert without_lone_surrogates(text) is text
