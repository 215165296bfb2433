"""Two memories of one person become one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.consent.profile.profile import STRICTNESS, Item, Profile, PurposeStatus, Rank, later, merge, weight

CASES = [json.loads(line) for line in Path("vectors/profile.jsonl").read_text().splitlines()]

items = st.builds(
    Item,
    status=st.sampled_from(PurposeStatus),
    at=st.integers(0, 3),
    rank=st.sampled_from(Rank),
    detail=st.lists(st.sampled_from("ab"), max_size=2).map(tuple),
    version=st.integers(1, 2),
    expires=st.integers(0, 2),
)
profiles = st.builds(
    Profile,
    items=st.dictionaries(st.sampled_from(["p:1", "p:2", "s:1"]), items),
    last_interaction=st.integers(0, 3),
    country=st.sampled_from(["", "DE"]),
    region=st.sampled_from(["", "BE"]),
    receipt=st.sampled_from(["", "r1", "r2"]),
)


def read(said: dict[str, Any]) -> Profile:
    return Profile(
        items={
            key: Item(PurposeStatus(item["standing"]), item["at"], Rank[item["rank"].upper()])
            for key, item in said["items"].items()
        },
        last_interaction=said["lastInteraction"],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_shared_cases_hold_both_ways(case: dict[str, Any]) -> None:
    one, other, value = read(case["given"]["one"]), read(case["given"]["other"]), read(case["value"])
    assert merge(one, other) == value
    assert merge(other, one) == value


@given(profiles)
def test_merging_a_memory_with_itself_changes_nothing(a: Profile) -> None:
    assert merge(a, a) == a


@given(profiles)
def test_merging_with_nothing_keeps_every_answer(a: Profile) -> None:
    assert merge(a, Profile()).items == a.items


@given(profiles, profiles)
def test_it_does_not_matter_who_is_asked_first(a: Profile, b: Profile) -> None:
    assert merge(a, b) == merge(b, a)


@given(profiles, profiles, profiles)
def test_it_does_not_matter_who_meets_first(a: Profile, b: Profile, c: Profile) -> None:
    assert merge(a, merge(b, c)) == merge(merge(a, b), c)


@given(st.lists(items, min_size=1, max_size=6), st.randoms())
def test_the_answer_that_binds_is_the_greatest_of_a_total_order(several: list[Item], jitter: Any) -> None:
    shuffled = list(several)
    jitter.shuffle(shuffled)
    binding = shuffled[0]
    for item in shuffled[1:]:
        binding = later(binding, item)
    assert binding == max(several, key=weight)


@given(items, items)
def test_only_equal_answers_weigh_the_same(a: Item, b: Item) -> None:
    assert (weight(a) == weight(b)) == (a == b)


@given(items, items)
def test_of_two_deliberate_answers_of_one_moment_the_stricter_binds(a: Item, b: Item) -> None:
    at_once = later(Item(a.status, 5), Item(b.status, 5))
    assert STRICTNESS[at_once.status] == max(STRICTNESS[a.status], STRICTNESS[b.status])


@given(items)
def test_a_hard_opt_out_yields_to_no_choice(item: Item) -> None:
    hard = Item(PurposeStatus.HARD_OPT_OUT, 0, Rank.LOCKED)
    held = later(hard, Item(item.status, item.at + 10, Rank.CHOICE))
    assert held is hard


def test_every_standing_has_its_own_strictness() -> None:
    assert set(STRICTNESS) == set(PurposeStatus)
    assert len(set(STRICTNESS.values())) == len(PurposeStatus)


@pytest.mark.parametrize("standing", PurposeStatus)
def test_only_three_standings_let_data_be_used(standing: PurposeStatus) -> None:
    granted = {PurposeStatus.ACTIVE, PurposeStatus.ALWAYS_ACTIVE, PurposeStatus.NOT_OPT_OUT}
    assert Item(standing, 1).granted is (standing in granted)


@given(profiles, profiles)
def test_the_newest_choice_lends_its_place_and_receipt(a: Profile, b: Profile) -> None:
    merged = merge(a, b)
    assert merged.last_interaction == max(a.last_interaction, b.last_interaction)
    newest = [one for one in (a, b) if one.last_interaction == merged.last_interaction]
    assert (merged.receipt, merged.country, merged.region) in [(one.receipt, one.country, one.region) for one in newest]
