"""Claims under a name that anybody may know: each device takes back its own refusal, and nobody else's."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.consent.profile.profile import Item, Profile, PurposeStatus, merge
from placet.events.event import Identity
from placet.events.identity.consent_by_identifier import (
    MAX_VOICES,
    NOTHING,
    IdentifierConsent,
    Speaker,
    agreed,
    claim,
    heard,
    refused,
)
from placet.events.identity.graph import DEVICE_KINDS

USER, DEVICE = Identity("user_id", "ada"), Identity("anonymous_id", "ada")
NOBODY, PHONE, LAPTOP, SERVER = Speaker(), Speaker("phone"), Speaker("laptop"), Speaker(proven=True)
APP = Speaker("app", proven=True)


def said(yes: bool, at: int) -> Profile:
    return Profile({"p:1": Item(PurposeStatus.ACTIVE if yes else PurposeStatus.OPT_OUT, at)})


def after(*claims: tuple[Speaker, bool, int], name: Identity = USER, held: Profile = NOTHING) -> Profile:
    for by, yes, at in claims:
        held = claim(held, said(yes, at), name, by)
    return held


def granted(held: Profile) -> bool:
    return agreed([IdentifierConsent(claimed=held)]).items["p:1"].granted


@pytest.mark.parametrize("claims, yes", [
    ([(PHONE, False, 1), (PHONE, True, 2)], True),
    ([(PHONE, True, 1), (PHONE, False, 2)], False),
    ([(PHONE, False, 2), (PHONE, True, 1)], False),
    ([(PHONE, False, 1), (LAPTOP, True, 9)], False),
    ([(PHONE, True, 9), (LAPTOP, False, 1)], False),
    ([(PHONE, False, 1), (NOBODY, True, 9)], False),
    ([(NOBODY, False, 1), (NOBODY, True, 9)], False),
    ([(NOBODY, True, 9), (NOBODY, False, 1)], False),
    ([(NOBODY, False, 1), (PHONE, True, 9)], False),
    ([(NOBODY, True, 1)], True),
    ([(PHONE, True, 1), (LAPTOP, True, 2), (NOBODY, True, 3)], True),
    ([(PHONE, False, 1), (LAPTOP, False, 2), (LAPTOP, True, 3)], False),
    ([(PHONE, False, 1), (LAPTOP, False, 2), (LAPTOP, True, 3), (PHONE, True, 4)], True),
    ([(NOBODY, False, 1), (SERVER, True, 2)], True),
    ([(NOBODY, False, 3), (SERVER, True, 2)], False),
    ([(PHONE, False, 1), (SERVER, True, 2)], False),
    ([(SERVER, False, 1), (NOBODY, True, 2)], False),
    ([(PHONE, False, 1), (NOBODY, False, 1), (PHONE, True, 2)], False),
    ([(SERVER, False, 1), (SERVER, True, 2)], True),
    ([(NOBODY, False, 1), (APP, True, 2)], False),
    ([(PHONE, False, 1), (APP, True, 2)], False),
    ([(APP, False, 1), (APP, True, 2)], True),
])  # fmt: skip
def test_of_two_unproven_voices_the_stricter_counts(claims: list[tuple[Speaker, bool, int]], yes: bool) -> None:
    assert granted(after(*claims)) is yes


@pytest.mark.parametrize("by", [NOBODY, PHONE])
def test_a_device_changes_its_own_mind(by: Speaker) -> None:
    assert granted(after((by, False, 1), (by, True, 2), name=DEVICE))
    assert not granted(after((by, True, 1), (by, False, 2), name=DEVICE))


def test_a_device_that_is_called_like_a_user_does_not_speak_for_them() -> None:
    held = after((NOBODY, False, 1))
    assert not granted(claim(held, said(True, 9), DEVICE, Speaker("ada")))


def test_what_a_banner_was_told_without_proof_is_not_lifted_by_an_event() -> None:
    assert not granted(after((PHONE, True, 9), held=said(False, 1)))


def test_a_flood_of_voices_leaves_no_room_but_refusals_count() -> None:
    held = after(*((Speaker(f"evil{n}"), True, 9) for n in range(100)))
    voices = {key.split(":")[1] for key in held.items}
    assert len(voices - {""}) == MAX_VOICES
    assert not granted(claim(held, said(False, 1), USER, PHONE))


def test_names_of_people_are_no_devices() -> None:
    assert DEVICE_KINDS.isdisjoint({"user_id", "email", "mobile_number", "other", "facebook", "mpid", "group_id"})


speakers = st.sampled_from([NOBODY, PHONE, LAPTOP])
claims = st.lists(st.tuples(speakers, st.booleans(), st.integers(1, 9)), min_size=1, max_size=5)


@settings(max_examples=400)
@given(claims)
def test_the_order_of_arrival_does_not_matter(some: list[tuple[Speaker, bool, int]]) -> None:
    assert {granted(after(*order)) for order in permutations(some)} == {granted(after(*some))}


@given(claims, st.booleans())
def test_a_stranger_lifts_nothing(some: list[tuple[Speaker, bool, int]], proven_too: bool) -> None:
    held = after(*some)
    proven = said(False, 1) if proven_too else NOTHING
    before = agreed([IdentifierConsent(proven, held)]).items["p:1"].granted
    for stranger in (NOBODY, Speaker("evil")):
        now = claim(held, said(True, 99), USER, stranger)
        assert before or not agreed([IdentifierConsent(proven, now)]).items["p:1"].granted


@given(claims, claims)
def test_joining_people_keeps_the_stricter(some: list[tuple[Speaker, bool, int]], more: list) -> None:
    one, other = after(*some), after(*more)
    together = agreed([IdentifierConsent(claimed=one), IdentifierConsent(claimed=other)]).items["p:1"].granted
    assert together is (granted(one) and granted(other))
    assert (
        agreed([IdentifierConsent(claimed=merge(one, other))]).items
        == agreed([IdentifierConsent(claimed=merge(other, one))]).items
    )


@given(claims)
def test_a_bound_name_brings_refusals_only(some: list[tuple[Speaker, bool, int]]) -> None:
    held = after(*some)
    bound = refused(IdentifierConsent(claimed=held))
    assert all(not item.granted for item in bound.claimed.items.values())
    assert bool(bound.claimed.items) is not granted(held)
    assert heard(held).items.keys() == {"p:1"}
