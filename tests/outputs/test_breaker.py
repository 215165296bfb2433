"""A breaker opens when a destination fails again and again, and finds out by one probe when it is back."""

from hypothesis import given
from hypothesis import strategies as st

from placet.outputs.breaker import CLOSED, Breaker, Fuse, Position, Wait, ask, failed

FUSE = Fuse(failures=3, first=1000, longest=8000, probe=5000)


def fails(times: int, now: int = 0, breaker: Breaker = CLOSED) -> Breaker:
    for _ in range(times):
        breaker = failed(breaker, now, FUSE)
    return breaker


def test_a_few_failures_change_nothing():
    assert ask(fails(2), 0, FUSE) == fails(2)


def test_failures_in_a_row_open_it_until_a_time():
    broken = fails(3)
    assert broken.position(999) is Position.OPEN
    assert ask(broken, 999, FUSE) == Wait(1000)


def test_when_the_time_has_come_one_probe_goes_and_the_others_wait():
    probing = ask(fails(3), 1000, FUSE)
    assert isinstance(probing, Breaker)
    assert isinstance(ask(probing, 1001, FUSE), Wait)


def test_a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_limit():
    breaker, now, waits = fails(3), 0, []
    for _ in range(6):
        waits.append(breaker.until - now)
        now = breaker.until
        breaker = failed(ask(breaker, now, FUSE), now, FUSE)
    assert waits == [1000, 2000, 4000, 8000, 8000, 8000]


def test_a_lost_probe_is_replaced():
    probing = ask(fails(3), 1000, FUSE)
    assert isinstance(ask(probing, 1000 + FUSE.probe, FUSE), Breaker)


def test_what_was_under_way_when_it_opened_tells_nothing_new():
    assert fails(7).until == fails(3).until


def test_a_destination_that_asks_to_be_left_alone_is_left_alone_at_once():
    assert ask(failed(CLOSED, 0, FUSE, 2.5), 0, FUSE) == Wait(2500)
    assert ask(failed(CLOSED, 0, FUSE, 1e12), 0, FUSE) == Wait(FUSE.longest)


steps = st.lists(
    st.tuples(st.sampled_from(["ask", "well", "fails", "later"]), st.integers(0, 4000), st.none() | st.floats(0, 20)),
    max_size=60,
)


@given(steps)
def test_whatever_happens_it_lets_nothing_through_while_open_and_is_never_stuck(story):
    breaker, now, under_way = CLOSED, 1, 0
    for what, wait, after in story:
        now += wait
        position = breaker.position(now)
        if what == "ask":
            may = ask(breaker, now, FUSE)
            if isinstance(may, Wait):
                assert position is not Position.CLOSED
                assert now < may.until <= now + FUSE.longest
            else:
                assert position is not Position.OPEN
                breaker, under_way = may, under_way + 1
        if what in ("well", "fails") and under_way:
            under_way -= 1
            breaker = CLOSED if what == "well" else failed(breaker, now, FUSE, after)
        assert breaker.until <= now + FUSE.longest
    later = max(breaker.until, breaker.probed + FUSE.probe)
    assert isinstance(ask(breaker, later, FUSE), Breaker)


@given(st.integers(3, 40), st.integers(1, 10**12))
def test_enough_failures_in_a_row_always_open_it(times, now):
    assert fails(times, now).position(now) is Position.OPEN
