"""The names of an event that count, and what somebody agreed to under all of theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank
from placet.events.event import Event, EventKind, Identity
from placet.events.identity.consent_by_identifier import MAX_GIVEN, IdentifierConsent, agreed, named, names_in
from placet.events.identity.strategies import SEGMENT_RULES

USER, DEVICE, EMAIL = Identity("user_id", "u"), Identity("anonymous_id", "a"), Identity("email", "e@x.example")


def an_event(*names: Identity) -> Event:
    return Event("m", "web", EventKind.TRACK, 1, 1, {}, identities=names)


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
    assert len(event.identities) == MAX_GIVEN
    assert event.identities[0] == USER


def test_everybody_is_named_once() -> None:
    assert names_in([an_event(USER), an_event(USER), an_event(DEVICE)]) == (USER, DEVICE)


def a_profile(standing: PurposeStatus, at: int, rank: Rank = Rank.CHOICE) -> Profile:
    return Profile({"ads": Item(standing, at, rank)})


def yes(at: int, rank: Rank = Rank.CHOICE) -> Profile:
    return a_profile(PurposeStatus.ACTIVE, at, rank)


def no(at: int, rank: Rank = Rank.CHOICE) -> Profile:
    return a_profile(PurposeStatus.WITHDRAWN, at, rank)


@pytest.mark.parametrize("memories, granted", [
    ([IdentifierConsent(claimed=yes(1))], True),
    ([IdentifierConsent(claimed=yes(1)), IdentifierConsent()], True),
    ([IdentifierConsent(claimed=no(1)), IdentifierConsent(claimed=yes(9))], False),
    ([IdentifierConsent(proven=no(1)), IdentifierConsent(claimed=yes(9))], False),
    ([IdentifierConsent(proven=no(1), claimed=yes(9))], False),
    ([IdentifierConsent(proven=yes(9)), IdentifierConsent(claimed=no(1))], True),
    ([IdentifierConsent(proven=yes(5)), IdentifierConsent(claimed=no(1)), IdentifierConsent(claimed=no(6))], False),
    ([IdentifierConsent(proven=yes(5), claimed=no(5))], False),
    ([IdentifierConsent(proven=yes(9)), IdentifierConsent(proven=no(1))], False),
    ([IdentifierConsent(claimed=no(9, Rank.DEFAULT)), IdentifierConsent(claimed=yes(1))], True),
    ([IdentifierConsent(proven=no(9, Rank.DEFAULT)), IdentifierConsent(claimed=yes(1))], True),
    ([IdentifierConsent(proven=yes(9)), IdentifierConsent(claimed=no(1, Rank.LOCKED))], False),
])  # fmt: skip
def test_across_names_a_refusal_binds_and_only_proof_lifts_it(memories: list[IdentifierConsent], granted: bool) -> None:
    for order in (memories, memories[::-1]):
        assert agreed(order).items["ads"].granted is granted


def test_nobody_agreed_to_anything_without_a_memory() -> None:
    assert agreed([]) == Profile()


items = st.builds(
    Item,
    st.sampled_from([PurposeStatus.ACTIVE, PurposeStatus.OPT_OUT, PurposeStatus.WITHDRAWN]),
    st.integers(0, 9),
    st.sampled_from(Rank),
)
profiles = st.builds(Profile, st.dictionaries(st.sampled_from("abc"), items))
memories = st.lists(st.builds(IdentifierConsent, profiles, profiles), max_size=4)


@given(memories, st.randoms(use_true_random=False))
def test_the_order_in_which_names_came_together_does_not_matter(
    some: list[IdentifierConsent], jitter: st.DrawFn
) -> None:
    shuffled = list(some)
    jitter.shuffle(shuffled)  # type: ignore[attr-defined]
    assert agreed(shuffled).items == agreed(some).items


grants = st.builds(Item, st.just(PurposeStatus.ACTIVE), st.integers(0, 9))


@given(memories, st.builds(Profile, st.dictionaries(st.sampled_from("abc"), grants)))
def test_no_claim_that_joins_turns_a_deliberate_refusal_into_a_grant(
    some: list[IdentifierConsent], claim: Profile
) -> None:
    before, after = agreed(some).items, agreed([*some, IdentifierConsent(claimed=claim)]).items
    for key, item in before.items():
        if item.rank >= Rank.CHOICE and not item.granted:
            assert not after[key].granted
