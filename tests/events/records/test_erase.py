"""A batch loses somebody's events and nothing else."""

import pytest
from msgspec.structs import replace

from placet.events.event import Event, EventKind, Identity
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.verdict import ALLOWED, Held, PolicyStep
from placet.events.policy.verdict_table import Verdicts
from placet.events.records.batch_codec import StoredBatch, encode, read_stored_batch
from placet.events.records.erase import BLANK, DELETED, ErasedPeople, theirs, without

NO = Held(PolicyStep.CONSENT, "no consent", "connections/d/purposes")


def an_event(id: str, **names: str) -> Event:
    known = tuple(Identity(kind, value) for kind, value in names.items())
    return Event(id, "", EventKind.TRACK, 9, 9, {"properties": {"secret": id}}, "Viewed", identities=known)


ADA = Subject("0a", known=True)
BERTA = Subject("0b", known=True)
FRAME = StoredBatch(
    (an_event("m1", user_id="ada"), an_event("m2", user_id="berta"), an_event("m3", anonymous_id="d1")),
    (ADA, BERTA),
    (0, 1, 0),
    Verdicts((ALLOWED, NO), ((0, 1), (1, 1)), (0, 1, 0)),
)


@pytest.mark.parametrize("erased, places", [
    (ErasedPeople(frozenset({"0a"}), frozenset()), [0, 2]),
    (ErasedPeople(frozenset(), frozenset({Identity("user_id", "ada")})), [0]),
    (ErasedPeople(frozenset({"0a"}), frozenset({Identity("user_id", "berta")})), [0, 1, 2]),
    (ErasedPeople(frozenset(), frozenset({Identity("anonymous_id", "d1")})), [2]),
    (ErasedPeople(frozenset({"0c"}), frozenset({Identity("user_id", "d1")})), []),
])  # fmt: skip
def test_their_events_are_those_about_them_and_those_that_name_them(erased: ErasedPeople, places: list[int]):
    assert theirs(FRAME, erased) == places


def test_who_was_somebody_else_before_is_named_too():
    joined = replace(an_event("m4", user_id="carl"), previous=(Identity("user_id", "ada"),))
    stored_batch = StoredBatch((joined,), (BERTA,), (0,), Verdicts())
    assert theirs(stored_batch, ErasedPeople(frozenset(), frozenset({Identity("user_id", "ada")}))) == [0]


def test_what_is_left_stands_where_it_stood_and_says_nothing_of_who_is_gone():
    left = read_stored_batch(encode(without(FRAME, frozenset({0, 2}))))
    assert [event.id for event in left.events] == ["", "m2", ""]
    assert left.subjects[left.about[1]] == BERTA
    assert left.verdicts.about(1) == (NO, NO)
    assert left.verdicts.about(0) == (DELETED, DELETED)
    text = encode(left)
    assert not [word for word in (b"ada", b'secret":"m1', b"d1", b"0a") if word in text]


def test_what_is_gone_is_not_found_again():
    everybody = ErasedPeople(frozenset({"0a", "0b", ""}), frozenset())
    left = without(FRAME, frozenset({0, 1, 2}))
    assert left.events == (BLANK, BLANK, BLANK)
    assert theirs(left, everybody) == []


def test_a_batch_without_gates_can_be_cut_too():
    stored_batch = replace(FRAME, verdicts=Verdicts((), ((),), (0, 0, 0)))
    assert without(stored_batch, frozenset({1})).verdicts.about(1) == ()
