"""A batch as it is kept: events, whose they are, what was known about those, and every verdict.

The law of the frame: fields are only ever added, at the end, with a default. It is JSON, so that the parts of an
event that came as raw JSON stay as they were sent.
"""

from hashlib import blake2b
from typing import Any, Final

from msgspec import Raw, Struct, json

from placet.events.event import Event
from placet.events.fields import EventFields
from placet.events.ingest.validate import DropCode
from placet.events.ingest.values import Dropped, IngestResult
from placet.events.policy.connection import Connection
from placet.events.policy.evaluate import Routes
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict_table import Verdicts


class StoredBatch(Struct, frozen=True):
    """A batch: its events, `subjects` (whom they are about, as known then), and which of them each event is about.

    `verdicts` are by the gates that are kept beside the frame.
    """

    events: tuple[Event, ...] = ()
    subjects: tuple[Subject, ...] = ()
    about: tuple[int, ...] = ()
    verdicts: Verdicts = Verdicts()
    dropped: tuple[Dropped, ...] = ()
    suppressed: int = 0
    code: DropCode | None = None


class StoredEventFields(Event, frozen=True):
    """An event as it is read back: its parts still as they were sent, so that a broken one spoils itself alone."""

    fields: dict[str, Raw]


class StoredBatchFields(StoredBatch, frozen=True):
    """A frame that was read back."""

    events: tuple[StoredEventFields, ...] = ()


class StoredPolicy(Struct, frozen=True):
    """What verdicts were given by, so that they can be given again."""

    connections: tuple[Connection, ...]
    mapping: PurposeMapping


def stored_batch_of(taken: IngestResult) -> StoredBatch:
    """What is kept of a settled batch. The same subject, met again, is written once."""
    subjects = {id(subject): subject for subject in taken.subjects}
    places = {key: place for place, key in enumerate(subjects)}
    return StoredBatch(
        tuple(event for event, _ in taken.kept),
        tuple(subjects.values()),
        tuple(places[id(subject)] for subject in taken.subjects),
        taken.verdicts,
        taken.dropped,
        taken.suppressed,
        taken.code,
    )


def stored_policy_of(routes: Routes) -> bytes:
    """The gates as they are kept, written once."""
    if "gates" not in routes.kept:
        routes.kept["gates"] = json.encode(
            StoredPolicy(tuple(gate.connection for gate in routes.compiled), routes.mapping)
        )
    return routes.kept["gates"]


def policy_id_of(routes: Routes) -> bytes:
    """What the gates are called."""
    if "name" not in routes.kept:
        routes.kept["name"] = digest(stored_policy_of(routes))
    return routes.kept["name"]


def digest(text: bytes) -> bytes:
    """Sixteen bytes that name these gates and no others."""
    return blake2b(text, digest_size=16).digest()


def name_of(organisation: str, source: str, event: str) -> bytes:
    """The name an event is kept under: the same message of the same source always gets the same."""
    return blake2b(json.encode([organisation, source, event]), digest_size=16, person=b"placet-event").digest()


encode: Final = json.Encoder().encode
read_stored_batch: Final = json.Decoder(StoredBatchFields).decode
read_stored_policy: Final = json.Decoder(StoredPolicy).decode


def document_of(event: Event) -> dict[str, Any]:
    """A kept event as one document, the way filters and destinations see it. Raises ValueError and RecursionError."""
    return EventFields(event.fields).document()
