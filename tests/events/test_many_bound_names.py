"""Somebody who is bound to more names than are kept is refused everything, and nothing is missed."""

import pytest

from placet.events.event import Identity
from placet.events.identity.consent_by_identifier import crowded
from placet.events.identity.graph import MAX_BOUND, MAX_NAMES, Graph, IdentityPerson, apply
from placet.events.identity.resolve import bind_demoted, bound_to
from placet.events.policy.consent_state import REFUSED_FOR_GOOD, of_profile
from placet.events.policy.purposes import PurposeMapping

MAPPING = PurposeMapping({}, {"ads-guid": "ads", "stats-guid": "stats"})


def mails(count: int, start: int = 0) -> frozenset[Identity]:
    """So many e-mail addresses."""
    return frozenset(Identity("email", f"p{n}@shop.example") for n in range(start, start + count))


def test_a_name_beyond_the_most_is_not_lost_silently() -> None:
    person = IdentityPerson("P1", frozenset({Identity("user_id", "u")}), bound=mails(MAX_NAMES - 1))
    intents = bind_demoted([person], tuple(mails(3, 100)), "P2")
    after = apply(Graph((person,)), intents).by_id["P1"]
    assert mails(3, 100) <= after.bound
    assert crowded([after])


def test_somebody_new_is_bound_to_so_many_that_they_count_as_refusing() -> None:
    others = [IdentityPerson(f"P{n}", mails(50, n * 50)) for n in range(4)]
    (bind,) = bound_to("P9", others)
    assert len(bind.identities) == MAX_BOUND
    mine = frozenset(sorted(bind.identities)[:MAX_NAMES])
    assert crowded([IdentityPerson("P9", mine, bound=bind.identities - mine)])


@pytest.mark.parametrize("bound, refuses", [(MAX_NAMES - 1, False), (MAX_NAMES, True)])
def test_who_is_bound_to_too_many_is_refused_everything(bound: int, refuses: bool) -> None:
    assert crowded([IdentityPerson("P1", bound=mails(bound))]) is refuses


def test_refusing_everything_covers_every_purpose() -> None:
    (voice,) = of_profile(REFUSED_FOR_GOOD, MAPPING).signals
    assert (voice.yes, voice.no) == (0, sum(MAPPING.bits.values()))
