"""The names of an event that count, and what somebody agreed to under all of theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.consent.profile import Item, Profile, Rank, Standing
from placet.events.event import Event, Kind
from placet.events.identity import Identity
from placet.events.identity_rules import SEGMENT_RULES
from placet.events.whose import MOST_GIVEN, Memory, agreed, named, names_in

USER, DEVICE, EMAIL = Identity("user_id", "u"), Identity("anonymous_id", "a"), Identity("email", "e@x.example")


def an_event(*names: Identity) -> Event:
    return Event("m", "web", Kind.TRACK, 1, 1, {}, identities=names)


@pytest.mark.parametrize("names, counted", [
    ((DEVICE, EMAIL, USER), (USER, EMAIL, DEVICE)),
    ((Identity("user_id", "null"), DEVICE), (DEVICE,)),
    ((Identity("user_id", "000-0"),), ()),
    ((Identity("group_id", "acme"),), ()),
    ((Identity("customer_id", "u"), USER), (USER,)),
    ((Identity("ios_idfv", "7"),), (Identity("ios.id", "7"),)),
])  # fmt: skip
def test_the_names_that_count_are_in_our_words_and_ranked(
    names: tuple[Identity, ...], counted: tuple[Identity, ...]
) -> None:
    assert named(an_event(*names), SEGMENT_RULES).identities == counted


def test_of_a_flood_of_names_only_the_first_ranked_count() -> None:
    flood = [Identity(f"kind{n}", "x") for n in range(1000)]
    event = named(an_event(*flood, USER), SEGMENT_RULES)
    assert len(event.identities) == MOST_GIVEN
    assert event.identities[0] == USER


def test_everybody_is_named_once() -> None:
    assert names_in([an_event(USER), an_event(USER), an_event(DEVICE)]) == (USER, DEVICE)


def a_profile(standing: Standing, at: int, rank: Rank = Rank.CHOICE) -> Profile:
    return Profile({"ads": Item(standing, at, rank)})


def yes(at: int, rank: Rank = Rank.CHOICE) -> Profile:
    return a_profile(Standing.ACTIVE, at, rank)


def no(at: int, rank: Rank = Rank.CHOICE) -> Profile:
    return a_profile(Standing.WITHDRAWN, at, rank)


@pytest.mark.parametrize("memories, granted", [
    ([Memory(claimed=yes(1))], True),
    ([Memory(claimed=yes(1)), Memory()], True),
    ([Memory(claimed=no(1)), Memory(claimed=yes(9))], False),
    ([Memory(proven=no(1)), Memory(claimed=yes(9))], False),
    ([Memory(proven=no(1), claimed=yes(9))], False),
    ([Memory(proven=yes(9)), Memory(claimed=no(1))], True),
    ([Memory(proven=yes(5)), Memory(claimed=no(1)), Memory(claimed=no(6))], False),
    ([Memory(proven=yes(5), claimed=no(5))], False),
    ([Memory(proven=yes(9)), Memory(proven=no(1))], False),
    ([Memory(claimed=no(9, Rank.DEFAULT)), Memory(claimed=yes(1))], True),
    ([Memory(proven=no(9, Rank.DEFAULT)), Memory(claimed=yes(1))], True),
    ([Memory(proven=yes(9)), Memory(claimed=no(1, Rank.LOCKED))], False),
])  # fmt: skip
def test_across_names_a_refusal_binds_and_only_proof_lifts_it(memories: list[Memory], granted: bool) -> None:
    for order in (memories, memories[::-1]):
        assert agreed(order).items["ads"].granted is granted


def test_nobody_agreed_to_anything_without_a_memory() -> None:
    assert agreed([]) == Profile()


items = st.builds(
    Item,
    st.sampled_from([Standing.ACTIVE, Standing.OPT_OUT, Standing.WITHDRAWN]),
    st.integers(0, 9),
    st.sampled_from(Rank),
)
profiles = st.builds(Profile, st.dictionaries(st.sampled_from("abc"), items))
memories = st.lists(st.builds(Memory, profiles, profiles), max_size=4)


@given(memories, st.randoms(use_true_random=False))
def test_the_order_in_which_names_came_together_does_not_matter(some: list[Memory], dice: st.DrawFn) -> None:
    shuffled = list(some)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert agreed(shuffled).items == agreed(some).items


grants = st.builds(Item, st.just(Standing.ACTIVE), st.integers(0, 9))


@given(memories, st.builds(Profile, st.dictionaries(st.sampled_from("abc"), grants)))
def test_no_claim_that_joins_turns_a_deliberate_refusal_into_a_grant(some: list[Memory], claim: Profile) -> None:
    before, after = agreed(some).items, agreed([*some, Memory(claimed=claim)]).items
    for key, item in before.items():
        if item.rank >= Rank.CHOICE and not item.granted:
            assert not after[key].granted
