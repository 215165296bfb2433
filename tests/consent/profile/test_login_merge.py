"""Anonymous becomes known: whose memory wins, the device's or the profile's."""

import pytest

from placet.consent.profile.login_merge import MERGE_CASES, MergeCase, merge_case, merge_login
from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.profile.timestamps import TRUSTED_AHEAD, believed
from tests.consent.sites import NOW


def saying(standing: PurposeStatus, at: int) -> Profile:
    return Profile({"p:1": Item(standing, at)}, last_interaction=at)


DEVICE, OLDER, NEWER = (
    saying(PurposeStatus.ACTIVE, 5),
    saying(PurposeStatus.OPT_OUT, 1),
    saying(PurposeStatus.OPT_OUT, 9),
)


@pytest.mark.parametrize(
    ("override", "profile", "way", "after"),
    [
        (False, OLDER, MergeCase.DOWNLOAD, OLDER),
        (False, NEWER, MergeCase.DOWNLOAD, NEWER),
        (False, None, MergeCase.CREATE, DEVICE),
        (True, OLDER, MergeCase.NEWEST, DEVICE),
        (True, NEWER, MergeCase.NEWEST, NEWER),
        (True, None, MergeCase.CREATE, DEVICE),
    ],
)
def test_the_four_journeys(override: bool, profile: Profile | None, way: MergeCase, after: Profile) -> None:
    assert merge_case(override, profile, DEVICE) is way
    assert merge_login(way, profile, DEVICE) == after


@pytest.mark.parametrize("override", [False, True])
def test_without_an_explicit_choice_nothing_is_created(override: bool) -> None:
    assert merge_case(override, None, None) is MergeCase.NOTHING
    assert merge_login(MergeCase.NOTHING, None, None) is None


@pytest.mark.parametrize("override", [False, True])
def test_without_an_explicit_choice_a_profile_is_downloaded(override: bool) -> None:
    assert merge_case(override, OLDER, None) is MergeCase.DOWNLOAD


def test_the_table_has_four_rows() -> None:
    assert set(MERGE_CASES) == {(True, True), (True, False), (False, True), (False, False)}


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
