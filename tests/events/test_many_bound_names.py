"""Somebody who is bound to more names than are kept is refused everything, and nothing is missed."""

import pytest

from placet.events.identity import MOST_BOUND, MOST_NAMES, Graph, Identity, Person, apply
from placet.events.identity_resolve import bind_demoted, bound_to
from placet.events.purposes import Mapping
from placet.events.state import REFUSED_FOR_GOOD, of_profile
from placet.events.whose import crowded

MAPPING = Mapping({}, {"ads-guid": "ads", "stats-guid": "stats"})


def mails(count: int, start: int = 0) -> frozenset[Identity]:
    """So many e-mail addresses."""
    return frozenset(Identity("email", f"p{n}@shop.example") for n in range(start, start + count))


def test_a_name_beyond_the_most_is_not_lost_silently() -> None:
    person = Person("P1", frozenset({Identity("user_id", "u")}), bound=mails(MOST_NAMES - 1))
    intents = bind_demoted([person], tuple(mails(3, 100)), "P2")
    after = apply(Graph((person,)), intents).by_id["P1"]
    assert mails(3, 100) <= after.bound
    assert crowded([after])


def test_somebody_new_is_bound_to_so_many_that_they_count_as_refusing() -> None:
    others = [Person(f"P{n}", mails(50, n * 50)) for n in range(4)]
    (bind,) = bound_to("P9", others)
    assert len(bind.identities) == MOST_BOUND
    mine = frozenset(sorted(bind.identities)[:MOST_NAMES])
    assert crowded([Person("P9", mine, bound=bind.identities - mine)])


@pytest.mark.parametrize("bound, refuses", [(MOST_NAMES - 1, False), (MOST_NAMES, True)])
def test_who_is_bound_to_too_many_is_refused_everything(bound: int, refuses: bool) -> None:
    assert crowded([Person("P1", bound=mails(bound))]) is refuses


def test_refusing_everything_covers_every_purpose() -> None:
    (voice,) = of_profile(REFUSED_FOR_GOOD, MAPPING).voices
    assert (voice.yes, voice.no) == (0, sum(MAPPING.bits.values()))
