"""Whose events are to be deleted, which of a batch those are, and the batch without them."""

from collections.abc import Collection
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.events.case import NOBODY, Subject
from placet.events.event import Event, Kind
from placet.events.frame import Frame
from placet.events.identity import Identity
from placet.events.verdict import Held, Step, Verdict
from placet.events.verdicts import Verdicts

BLANK: Final = Event("", "", Kind.TRACK, 0, 0, {})
"""Stands where an event was: notes find their events by place, and the others stay where they are."""

DELETED: Final = Held(Step.PRIVACY_REQUEST, "the event was deleted", "regulations")


class Erased(Struct, frozen=True):
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


def theirs(frame: Frame, erased: Erased) -> list[int]:
    """The places of somebody's events in a batch."""
    subjects = [frame.subjects[about] for about in frame.about]
    pairs = enumerate(zip(frame.events, subjects, strict=True))
    return [place for place, (event, whom) in pairs if not is_blank(event) and erased.has(event, whom)]


def without(frame: Frame, places: Collection[int]) -> Frame:
    """The batch with nothing in these places: events, verdicts, and whom only those were about, are gone."""
    events = tuple(BLANK if place in places else event for place, event in enumerate(frame.events))
    left = {about for place, about in enumerate(frame.about) if place not in places}
    subjects = [one if place in left else NOBODY for place, one in enumerate(frame.subjects)]
    subjects.append(NOBODY)
    nobody = len(subjects) - 1
    about = tuple(nobody if place in places else one for place, one in enumerate(frame.about))
    verdicts = verdicts_without(frame.verdicts, places)
    return Frame(events, tuple(subjects), about, verdicts, frame.dropped, frame.suppressed, frame.code)


def verdicts_without(verdicts: Verdicts, places: Collection[int]) -> Verdicts:
    """The verdicts, where each gate now says of these places that the event was deleted."""
    gates = len(verdicts.rows[0]) if verdicts.rows else 0
    said: tuple[Verdict, ...] = (*verdicts.said, DELETED)
    rows = (*verdicts.rows, (len(verdicts.said),) * gates)
    of = tuple(len(verdicts.rows) if place in places else row for place, row in enumerate(verdicts.of))
    return replace(verdicts, said=said, rows=rows, of=of)
