"""Prepares delivery over one connection: applies current consent, then the destination's format."""

from msgspec import Struct

from placet.events.event import Event
from placet.events.filters.actions import edit
from placet.events.policy.connection import Connection
from placet.events.policy.evaluate import Routes, evaluate, granted
from placet.events.policy.evaluation_context import Subject
from placet.events.policy.verdict import Allowed, Held, PolicyStep
from placet.events.records.batch_codec import document_of, name_of
from placet.events.records.task import DeliveryTask
from placet.outputs.delivery.batching import payload_of
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    OutgoingEvent,
    Payload,
    TryAgain,
    UnsupportedEvent,
)


class PreparedConnection(Struct, frozen=True):
    """A connection with its compiled consent rules and its destination configuration."""

    connection: Connection
    routes: Routes
    destination: Destination
    config: DestinationConfig


def outgoing_event(
    event: Event, subject: Subject, task: DeliveryTask, connection: PreparedConnection
) -> OutgoingEvent | Held:
    """The event reduced to the fields that may be delivered now, or the reason why it may not be."""
    (verdict,) = evaluate(event, subject, connection.routes)
    if not isinstance(verdict, Allowed):
        return verdict if isinstance(verdict, Held) else Held(PolicyStep.CONSENT, verdict.reason, verdict.path)
    path = f"connections/{connection.connection.id}"
    try:
        document = edit(document_of(event), verdict.edits)
        agreed = granted(event, subject, connection.connection, connection.routes.mapping)
    except (ValueError, RecursionError):
        return Held(PolicyStep.READING, "the event cannot be read", path)
    return OutgoingEvent(delivery_id(event, task), document, event.at, agreed)


def outgoing_payload(
    item: OutgoingEvent | Held | TryAgain, connection: PreparedConnection
) -> Payload | Held | TryAgain:
    """The payload that may be delivered now; an event that the destination does not support is held."""
    if not isinstance(item, OutgoingEvent):
        return item
    row = payload_of(item, connection.destination, connection.config)
    return (
        Held(PolicyStep.DESTINATION, row.why, f"connections/{connection.connection.id}")
        if isinstance(row, UnsupportedEvent)
        else row
    )


def delivery_id(event: Event, task: DeliveryTask) -> str:
    """The id of one event over one connection: the same for every attempt and on every node."""
    return f"{name_of(task.organisation, task.source, event.id).hex()}-{task.connection}"
