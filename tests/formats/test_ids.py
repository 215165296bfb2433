"""A set of ids behaves like the set of numbers that it stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.ids import MAX_ID, NONE, Ids

numbers = st.sets(st.integers(1, 200) | st.integers(1, MAX_ID), max_size=40)


@given(numbers, numbers)
def test_it_is_a_set_of_numbers(some: set[int], others: set[int]) -> None:
    ids, more = Ids.of(some), Ids.of(others)
    assert list(ids) == sorted(some)
    assert len(ids) == len(some)
    assert bool(ids) == bool(some)
    assert ids.highest == max(some, default=0)
    assert list(ids | more) == sorted(some | others)
    assert list(ids & more) == sorted(some & others)
    assert list(ids - more) == sorted(some - others)
    assert (ids <= more) == (some <= others)
    assert all(each in ids for each in some)


@given(numbers)
def test_its_text_brings_it_back(some: set[int]) -> None:
    assert Ids.parse(str(Ids.of(some))) == Ids.of(some)


def test_it_is_written_in_ranges() -> None:
    assert str(Ids.of([2, 6, 8, 9, 10])) == "2,6,8-10"
    assert repr(Ids.of([1, 2])) == "Ids.parse('1-2')"
    assert str(NONE) == ""


@pytest.mark.parametrize("each", [0, -3, "7", None, 8])
def test_what_is_not_in_it_is_not_in_it(each: object) -> None:
    assert each not in Ids.of([7])


@pytest.mark.parametrize(
    "ids, width, digits", [([], 0, ""), ([2, 3], 0, "011"), ([2], 4, "0100"), ([1], 1, "1"), ([], 3, "000")]
)
def test_app_storage_gets_a_digit_per_id(ids: list[int], width: int, digits: str) -> None:
    assert Ids.of(ids).digits(width) == digits


@pytest.mark.parametrize("text", ["0", "1-", "3-2", "a", "1,,2", "65536", "1 ,2", "-4", "１"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Ids.parse(text)


@pytest.mark.parametrize("each", [0, -1, MAX_ID + 1])
def test_other_numbers_are_refused(each: int) -> None:
    with pytest.raises(Malformed):
        Ids.of([5, each])
