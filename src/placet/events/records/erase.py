"""Whose events are to be deleted, which of a batch those are, and the batch without them."""

from collections.abc import Collection
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.events.event import Event, EventKind, Identity
from placet.events.policy.evaluation_context import ANONYMOUS, Subject
from placet.events.policy.verdict import Held, PolicyStep, Verdict
from placet.events.policy.verdict_table import Verdicts
from placet.events.records.batch_codec import StoredBatch

BLANK: Final = Event("", "", EventKind.TRACK, 0, 0, {})
"""Stands where an event was: notes find their events by place, and the others stay where they are."""

DELETED: Final = Held(PolicyStep.PRIVACY_REQUEST, "the event was deleted", "regulations")


class ErasedPeople(Struct, frozen=True):
    """Somebody who is to be forgotten: their `people` (ids in hex), and the names they were asked for by."""

    people: frozenset[str]
    names: frozenset[Identity]

    def has(self, event: Event, subject: Subject) -> bool:
        """Is this event theirs? What somebody else did on the same device is not."""
        if subject.person in self.people:
            return True
        return not self.names.isdisjoint((*event.identities, *event.previous))


def is_blank(event: Event) -> bool:
    """Was this one deleted?"""
    return not event.id


def theirs(stored_batch: StoredBatch, erased: ErasedPeople) -> list[int]:
    """The places of somebody's events in a batch."""
    subjects = [stored_batch.subjects[about] for about in stored_batch.about]
    pairs = enumerate(zip(stored_batch.events, subjects, strict=True))
    return [place for place, (event, whom) in pairs if not is_blank(event) and erased.has(event, whom)]


def without(stored_batch: StoredBatch, places: Collection[int]) -> StoredBatch:
    """The batch with nothing in these places: events, verdicts, and whom only those were about, are gone."""
    events = tuple(BLANK if place in places else event for place, event in enumerate(stored_batch.events))
    left = {about for place, about in enumerate(stored_batch.about) if place not in places}
    subjects = [one if place in left else ANONYMOUS for place, one in enumerate(stored_batch.subjects)]
    subjects.append(ANONYMOUS)
    nobody = len(subjects) - 1
    about = tuple(nobody if place in places else one for place, one in enumerate(stored_batch.about))
    verdicts = verdicts_without(stored_batch.verdicts, places)
    return StoredBatch(
        events, tuple(subjects), about, verdicts, stored_batch.dropped, stored_batch.suppressed, stored_batch.code
    )


def verdicts_without(verdicts: Verdicts, places: Collection[int]) -> Verdicts:
    """The verdicts, where each gate now says of these places that the event was deleted."""
    gates = len(verdicts.rows[0]) if verdicts.rows else 0
    said: tuple[Verdict, ...] = (*verdicts.said, DELETED)
    rows = (*verdicts.rows, (len(verdicts.said),) * gates)
    of = tuple(len(verdicts.rows) if place in places else row for place, row in enumerate(verdicts.of))
    return replace(verdicts, said=said, rows=rows, of=of)
