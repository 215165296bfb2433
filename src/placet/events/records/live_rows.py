"""What happens now, as somebody watches it: a row for each event that came in and for each turn of a delivery."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from placet.events.event import Event
from placet.events.fields import EventFields
from placet.events.ingest.values import IngestResult
from placet.events.policy.verdict import Allowed
from placet.events.records.task import DeliveryResult


class Direction(StrEnum):
    """Which way an event went."""

    IN = "in"
    OUT = "out"


class EventStage(StrEnum):
    """Whether an event is meant in earnest: development is what a client marks as such (mparticle.md §1.2)."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


ALLOWED: Final = "allowed"
HELD: Final = "held"
KEPT: Final = "kept"
"""The verdict of an event that may go somewhere, nowhere, or that came in while no destination was there."""

PLAIN: Final = frozenset({
    "type", "event", "messageId", "timestamp", "originalTimestamp", "receivedAt", "sentAt", "channel", "integrations",
    "environment", "consent_state", "event_type",
})  # fmt: skip
PLAIN_CONTEXT: Final = frozenset({"consent", "onetrust", "library", "channel"})
"""Parts of an event, and of its context, that tell what happened and what was agreed to, and of nobody who it was."""

MASK: Final = "•••"


class LiveRow(Struct, frozen=True):
    """One thing that happened at `at` (epoch ms), in an organisation's `workspace/source`.

    `verdict` is of an event that came in `allowed` (somewhere), `held` (everywhere) or `kept`, with `verdicts` by
    connection; of one that went out what became of it: `sent`, `held`, `given up` or `again`.
    """

    direction: Direction
    organisation: str
    source: str
    at: int
    event: Event
    verdict: str
    verdicts: Mapping[str, str] = {}
    connection: str = ""
    reason: str = ""


class Subscription(Struct, frozen=True):
    """Which rows somebody wants to see, of one workspace; what is empty is not asked about."""

    organisation: str
    workspace: str
    source: str = ""
    user: str = ""
    type: str = ""
    verdict: str = ""
    direction: str = ""
    stage: str = ""

    def wants(self, row: LiveRow) -> bool:
        """Is this such a row?"""
        if row.organisation != self.organisation or not row.source.startswith(f"{self.workspace}/"):
            return False
        asked = (
            (self.source, row.source.partition("/")[2]),
            (self.type, row.event.kind.value),
            (self.verdict, row.verdict),
            (self.direction, row.direction.value),
        )
        if any(wanted and wanted != there for wanted, there in asked):
            return False
        if self.user and all(name.value != self.user for name in row.event.identities):
            return False
        return not self.stage or stage_of(row.event) == self.stage


def delivery_row(one: DeliveryResult) -> LiveRow:
    """A turn of a delivery as a row."""
    task = one.task
    place = (Direction.OUT, task.organisation, task.source, one.at, one.event)
    return LiveRow(*place, one.outcome, connection=task.connection, reason=one.why)


def stage_of(event: Event) -> EventStage:
    """Development where the event says so itself, else production."""
    try:
        said = EventFields(event.fields)["environment"]
    except (ValueError, RecursionError):
        return EventStage.PRODUCTION
    return EventStage.DEVELOPMENT if said == EventStage.DEVELOPMENT else EventStage.PRODUCTION


def arrival_rows(taken: IngestResult, organisation: str, source: str, now: int) -> Iterator[LiveRow]:
    """The events of a batch that were kept, as rows."""
    for place, (event, _) in enumerate(taken.kept):
        given = zip(taken.connections, taken.verdicts.about(place), strict=True)
        said = {one.id: ALLOWED if isinstance(verdict, Allowed) else verdict.reason for one, verdict in given}
        verdict = (ALLOWED if ALLOWED in said.values() else HELD) if said else KEPT
        yield LiveRow(Direction.IN, organisation, source, now, event, verdict, said)


def masked(document: dict[str, Any]) -> dict[str, Any]:
    """An event's document of which the shape is left, what happened, and what was agreed to; all else is hidden."""
    shown = {name: value if name in PLAIN else hidden(value) for name, value in document.items()}
    context = document.get("context")
    if isinstance(context, dict):
        shown["context"] = {name: one if name in PLAIN_CONTEXT else hidden(one) for name, one in context.items()}
    return shown


def hidden(value: Any) -> Any:
    """The shape of a value."""
    if isinstance(value, dict):
        return {name: hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return None if value is None else MASK
