"""When it happened, by our clock (segment.md §1.9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.events.clock_skew import FARTHEST, CorrectedTime, correct_clock, instant, iso

NOON = instant("2030-01-02T12:00:00Z")


def test_the_worked_example_of_a_clock_that_is_an_hour_fast():
    received = instant("2030-01-02T11:00:05.200Z")
    when = correct_clock("2030-01-02T12:00:00Z", "2030-01-02T12:00:05Z", received)
    assert when == CorrectedTime(instant("2030-01-02T11:00:00.200Z"), NOON)


@pytest.mark.parametrize(
    ("said", "sent", "expected"),
    [
        (None, None, CorrectedTime(5000, None)),
        (None, "2030-01-02T12:00:00Z", CorrectedTime(5000, None)),
        ("2030-01-02T12:00:00Z", None, CorrectedTime(NOON, NOON)),
        ("2030-01-02T12:00:00Z", "soon", CorrectedTime(NOON, NOON)),
        ("yesterday", "2030-01-02T12:00:00Z", CorrectedTime(5000, None)),
        ("0001-01-01T00:00:00Z", "2030-01-02T12:00:00Z", CorrectedTime(5000, None)),
        ("2030-01-02T12:00:00Z", "1970-01-01T00:00:00Z", CorrectedTime(NOON + 5000, NOON)),
        ("1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z", CorrectedTime(0, 0)),
    ],
)
def test_a_time_that_is_missing_or_none_is_never_corrected_into_nonsense(said, sent, expected):
    assert correct_clock(said, sent, 5000) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01.500Z", 1500),
        ("1970-01-01T00:00:01.500250+00:00", 1500),
        ("1970-01-01T01:00:01+01:00", 1000),
        ("1970-01-01T00:00:01", 1000),
        ("1970-01-01", 0),
        ("9999-12-31T23:59:59.999Z", FARTHEST),
        ("9999-12-31T23:59:59-01:00", None),
        ("1969-12-31T23:59:59Z", None),
        ("", None),
        (5, None),
        ({}, None),
    ],
)
def test_times_of_every_client_are_read(text, expected):
    assert instant(text) == expected


@given(st.text() | st.none(), st.text() | st.none(), st.integers(0, FARTHEST))
def test_whatever_is_said_the_answer_is_a_time(said, sent, received):
    assert 0 <= correct_clock(said, sent, received).at <= FARTHEST


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_893_585_605_007, "2030-01-02T12:00:05.007Z"),
        (FARTHEST, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_written_with_its_milliseconds(at, text):
    assert iso(at) == text


@given(st.integers(0, FARTHEST))
def test_what_is_written_reads_as_the_same_time(at):
    assert instant(iso(at)) == at
