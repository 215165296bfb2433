"""A bucket lets a burst through, then a steady trickle, and forgets whom it has not seen."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.api.http.rate_limit import Buckets, Rate, address_prefix

RATE = Rate(per_minute=60, burst=3)


@pytest.mark.parametrize(
    "moments, taken",
    [
        ([0, 0, 0, 0], [True, True, True, False]),
        ([0, 0, 0, 0.5, 1.0, 1.1], [True, True, True, False, True, False]),
        ([0, 0, 0, 100, 100, 100, 100], [True, True, True, True, True, True, False]),
        ([5, 4, 3, 2], [True, True, False, False]),
    ],
)
def test_a_bucket_drips_at_its_rate(moments, taken):
    buckets = Buckets(RATE)
    assert [buckets.take("key", moment) == 0.0 for moment in moments] == taken


def test_an_empty_bucket_says_how_long_to_wait_and_how_many_came():
    buckets = Buckets(RATE)
    waits = [buckets.take("key", 0.25) for _ in range(5)]
    assert waits == [0, 0, 0, pytest.approx(1.0, abs=1e-5), pytest.approx(1.0, abs=1e-5)]
    assert buckets.made("key") == 5
    assert (buckets.take("key", 61.0), buckets.made("key")) == (0.0, 1)


def test_memory_is_bounded_and_the_idle_are_forgotten_first():
    buckets = Buckets(Rate(per_minute=1, burst=1), limit=3)
    for key in "abcad":
        buckets.take(key, 0.0)
    assert len(buckets) == 3
    assert buckets.take("a", 0.0) > 0
    assert buckets.take("b", 0.0) == 0


@pytest.mark.parametrize(
    "address, prefix",
    [
        ("192.0.2.7", "192.0.2"),
        ("2001:db8:1:2ff::1", "20010db8000102"),
        ("::ffff:192.0.2.7", "192.0.2"),
        ("fe80::1%eth0", "fe800000000000"),
        ("", ""),
        ("not an address", ""),
        ("192.0.2.7:4711", "192.0.2"),
        ("[2001:db8:1:2ff::1]:4711", "20010db8000102"),
        ("[2001:db8:1:2ff::1]", "20010db8000102"),
        ("a.b.c.d:80", ""),
        (":80", ""),
    ],
)
def test_callers_without_a_name_are_told_apart_by_network(address, prefix):
    assert address_prefix(address) == prefix


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 600), st.integers(1, 20))
def test_in_no_stretch_of_time_more_pass_than_burst_and_rate_allow(pauses, per_minute, burst):
    buckets = Buckets(Rate(per_minute, burst))
    moments = list(accumulate(pauses))
    passed = [moment for moment in moments if buckets.take("key", moment) == 0.0]
    for first, begin in enumerate(passed):
        for last in range(first, len(passed)):
            room = burst + (passed[last] - begin) * per_minute / 60
            assert last - first + 1 <= room + 1e-3


@given(st.lists(st.floats(0, 30), min_size=1, max_size=40))
def test_whoever_waits_as_long_as_told_is_welcome(pauses):
    buckets = Buckets(RATE)
    now = 0.0
    for pause in pauses:
        now += pause
        early = buckets.take("key", now)
        if early:
            now += early + 1e-6
            assert buckets.take("key", now) == 0.0
