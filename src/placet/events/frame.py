"""A batch as it is kept: events, whose they are, what was known about those, and every verdict.

The law of the frame: fields are only ever added, at the end, with a default. It is JSON, so that the parts of an
event that came as raw JSON stay as they were sent.
"""

from hashlib import blake2b
from typing import Any, Final

from msgspec import Raw, Struct, json

from placet.events.case import Subject
from placet.events.connection import Connection
from placet.events.event import Event
from placet.events.facts import Facts
from placet.events.intake import Dropped, Taken
from placet.events.intake_checks import Code
from placet.events.judge import Routes
from placet.events.purposes import Mapping
from placet.events.verdicts import Verdicts


class Frame(Struct, frozen=True):
    """A batch: its events, `subjects` (whom they are about, as known then), and which of them each event is about.

    `verdicts` are by the gates that are kept beside the frame.
    """

    events: tuple[Event, ...] = ()
    subjects: tuple[Subject, ...] = ()
    about: tuple[int, ...] = ()
    verdicts: Verdicts = Verdicts()
    dropped: tuple[Dropped, ...] = ()
    suppressed: int = 0
    code: Code | None = None


class KeptEvent(Event, frozen=True):
    """An event as it is read back: its parts still as they were sent, so that a broken one spoils itself alone."""

    fields: dict[str, Raw]


class KeptFrame(Frame, frozen=True):
    """A frame that was read back."""

    events: tuple[KeptEvent, ...] = ()


class Gates(Struct, frozen=True):
    """What verdicts were given by, so that they can be given again."""

    connections: tuple[Connection, ...]
    mapping: Mapping


def frame_of(taken: Taken) -> Frame:
    """What is kept of a settled batch. The same subject, met again, is written once."""
    subjects = {id(subject): subject for subject in taken.subjects}
    places = {key: place for place, key in enumerate(subjects)}
    return Frame(
        tuple(event for event, _ in taken.kept),
        tuple(subjects.values()),
        tuple(places[id(subject)] for subject in taken.subjects),
        taken.verdicts,
        taken.dropped,
        taken.suppressed,
        taken.code,
    )


def gates_of(routes: Routes) -> bytes:
    """The gates as they are kept, written once."""
    if "gates" not in routes.kept:
        routes.kept["gates"] = json.encode(Gates(tuple(gate.connection for gate in routes.gates), routes.mapping))
    return routes.kept["gates"]


def gates_name(routes: Routes) -> bytes:
    """What the gates are called."""
    if "name" not in routes.kept:
        routes.kept["name"] = digest(gates_of(routes))
    return routes.kept["name"]


def digest(text: bytes) -> bytes:
    """Sixteen bytes that name these gates and no others."""
    return blake2b(text, digest_size=16).digest()


def name_of(organisation: str, source: str, event: str) -> bytes:
    """The name an event is kept under: the same message of the same source always gets the same."""
    return blake2b(json.encode([organisation, source, event]), digest_size=16, person=b"placet-event").digest()


encode: Final = json.Encoder().encode
read_frame: Final = json.Decoder(KeptFrame).decode
read_gates: Final = json.Decoder(Gates).decode


def document_of(event: Event) -> dict[str, Any]:
    """A kept event as one document, the way filters and destinations see it. Raises ValueError and RecursionError."""
    return Facts(event.fields).document()
