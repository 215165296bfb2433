"""A breaker opens when a destination fails again and again, and finds out by one probe when it is back."""

from hypothesis import given
from hypothesis import strategies as st

from placet.outputs.delivery.circuit_breaker import CLOSED, Breaker, BreakerPolicy, BreakerState, Wait, check, failed

FUSE = BreakerPolicy(failures=3, first=1000, longest=8000, probe=5000)


def fails(times: int, now: int = 0, breaker: Breaker = CLOSED) -> Breaker:
    for _ in range(times):
        breaker = failed(breaker, now, FUSE)
    return breaker


def test_a_few_failures_change_nothing():
    assert check(fails(2), 0, FUSE) == fails(2)


def test_failures_in_a_row_open_it_until_a_time():
    broken = fails(3)
    assert broken.state(999) is BreakerState.OPEN
    assert check(broken, 999, FUSE) == Wait(1000)


def test_when_the_time_has_come_one_probe_goes_and_the_others_wait():
    probing = check(fails(3), 1000, FUSE)
    assert isinstance(probing, Breaker)
    assert isinstance(check(probing, 1001, FUSE), Wait)


def test_a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_limit():
    breaker, now, waits = fails(3), 0, []
    for _ in range(6):
        waits.append(breaker.until - now)
        now = breaker.until
        breaker = failed(check(breaker, now, FUSE), now, FUSE)
    assert waits == [1000, 2000, 4000, 8000, 8000, 8000]


def test_a_lost_probe_is_replaced():
    probing = check(fails(3), 1000, FUSE)
    assert isinstance(check(probing, 1000 + FUSE.probe, FUSE), Breaker)


def test_what_was_under_way_when_it_opened_tells_nothing_new():
    assert fails(7).until == fails(3).until


def test_a_destination_that_asks_to_be_left_alone_is_left_alone_at_once():
    assert check(failed(CLOSED, 0, FUSE, 2.5), 0, FUSE) == Wait(2500)
    assert check(failed(CLOSED, 0, FUSE, 1e12), 0, FUSE) == Wait(FUSE.longest)


steps = st.lists(
    st.tuples(st.sampled_from(["ask", "well", "fails", "later"]), st.integers(0, 4000), st.none() | st.floats(0, 20)),
    max_size=60,
)


@given(steps)
def test_whatever_happens_it_lets_nothing_through_while_open_and_is_never_stuck(use_case):
    breaker, now, under_way = CLOSED, 1, 0
    for what, wait, after in use_case:
        now += wait
        position = breaker.state(now)
        if what == "ask":
            may = check(breaker, now, FUSE)
            if isinstance(may, Wait):
                assert position is not BreakerState.CLOSED
                assert now < may.until <= now + FUSE.longest
            else:
                assert position is not BreakerState.OPEN
                breaker, under_way = may, under_way + 1
        if what in ("well", "fails") and under_way:
            under_way -= 1
            breaker = CLOSED if what == "well" else failed(breaker, now, FUSE, after)
        assert breaker.until <= now + FUSE.longest
    later = max(breaker.until, breaker.probed + FUSE.probe)
    assert isinstance(check(breaker, later, FUSE), Breaker)


@given(st.integers(3, 40), st.integers(1, 10**12))
def test_enough_failures_in_a_row_always_open_it(times, now):
    assert fails(times, now).state(now) is BreakerState.OPEN
