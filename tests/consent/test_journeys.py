"""Anonymous becomes known: whose memory wins, the device's or the profile's."""

import pytest

from placet.consent.journeys import JOURNEYS, TRUSTED_AHEAD, Journey, believed, journey, travel
from placet.consent.profile import Item, Profile, Standing
from tests.consent.sites import NOW


def saying(standing: Standing, at: int) -> Profile:
    return Profile({"p:1": Item(standing, at)}, last_interaction=at)


DEVICE, OLDER, NEWER = saying(Standing.ACTIVE, 5), saying(Standing.OPT_OUT, 1), saying(Standing.OPT_OUT, 9)


@pytest.mark.parametrize(
    ("override", "profile", "way", "after"),
    [
        (False, OLDER, Journey.DOWNLOAD, OLDER),
        (False, NEWER, Journey.DOWNLOAD, NEWER),
        (False, None, Journey.CREATE, DEVICE),
        (True, OLDER, Journey.NEWEST, DEVICE),
        (True, NEWER, Journey.NEWEST, NEWER),
        (True, None, Journey.CREATE, DEVICE),
    ],
)
def test_the_four_journeys(override: bool, profile: Profile | None, way: Journey, after: Profile) -> None:
    assert journey(override, profile, DEVICE) is way
    assert travel(way, profile, DEVICE) == after


@pytest.mark.parametrize("override", [False, True])
def test_without_an_explicit_choice_nothing_is_created(override: bool) -> None:
    assert journey(override, None, None) is Journey.NOTHING
    assert travel(Journey.NOTHING, None, None) is None


@pytest.mark.parametrize("override", [False, True])
def test_without_an_explicit_choice_a_profile_is_downloaded(override: bool) -> None:
    assert journey(override, OLDER, None) is Journey.DOWNLOAD


def test_the_table_has_four_rows() -> None:
    assert set(JOURNEYS) == {(True, True), (True, False), (False, True), (False, False)}


@pytest.mark.parametrize(
    ("said_at", "grant_counts_from", "refusal_counts_from"),
    [
        (NOW - 1, NOW - 1, NOW - 1),
        (NOW, NOW, NOW),
        (NOW + 1, NOW, NOW),
        (NOW + TRUSTED_AHEAD, NOW, NOW),
        (NOW + TRUSTED_AHEAD + 1, 1, NOW),
        (1 << 62, 1, NOW),
        (0, 1, NOW),
        (-(1 << 62), 1, NOW),
    ],
)
def test_a_clock_that_runs_ahead_is_doubted_towards_the_stricter(
    said_at: int, grant_counts_from: int, refusal_counts_from: int
) -> None:
    assert believed(said_at, NOW, granted=True) == grant_counts_from
    assert believed(said_at, NOW, granted=False) == refusal_counts_from
