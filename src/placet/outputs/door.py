"""The way out over one connection: what may leave at this moment, in the words of its destination."""

from msgspec import Struct

from placet.events.case import Subject
from placet.events.connection import Connection
from placet.events.event import Event
from placet.events.filters_actions import edit
from placet.events.frame import document_of, name_of
from placet.events.judge import Routes, granted, judge
from placet.events.task import Task
from placet.events.verdict import Allowed, Held, Step
from placet.outputs.batch import row_of
from placet.outputs.shape import Item, Row, Shape, TryAgain, Unfit, Way


class Door(Struct, frozen=True):
    """A connection with its gate, open to its destination."""

    connection: Connection
    routes: Routes
    shape: Shape
    way: Way


def leaving(event: Event, subject: Subject, task: Task, door: Door) -> Item | Held:
    """The event, cut to what may leave, if it still may; else why not."""
    (verdict,) = judge(event, subject, door.routes)
    if not isinstance(verdict, Allowed):
        return verdict if isinstance(verdict, Held) else Held(Step.CONSENT, verdict.reason, verdict.path)
    path = f"connections/{door.connection.id}"
    try:
        document = edit(document_of(event), verdict.edits)
        agreed = granted(event, subject, door.connection, door.routes.mapping)
    except (ValueError, RecursionError):
        return Held(Step.READING, "the event cannot be read", path)
    return Item(delivery_id(event, task), document, event.at, agreed)


def shaped(item: Item | Held | TryAgain, door: Door) -> Row | Held | TryAgain:
    """What may leave, in the destination's words; what the destination has no place for is held."""
    if not isinstance(item, Item):
        return item
    row = row_of(item, door.shape, door.way)
    return Held(Step.DESTINATION, row.why, f"connections/{door.connection.id}") if isinstance(row, Unfit) else row


def delivery_id(event: Event, task: Task) -> str:
    """The same for every try of one event over one connection, whoever tries."""
    return f"{name_of(task.organisation, task.source, event.id).hex()}-{task.connection}"
