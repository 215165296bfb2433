"""What a note to the worker says: which event goes over which connection."""

from typing import Final

from msgspec import Struct, json

from placet.events.event import Event
from placet.settings.connections import DestinationSetting

DELIVER: Final = "deliver"
GATHER: Final = "gather"
"""The kind of such notes."""


FAN_OUT: Final = "unfold"
"""The kind of the note that tells of a whole batch, in the queue of its source; its task names no place in it."""

ERASE: Final = "erase"
"""The kind of notes that a deletion goes on by, about the regulation that asked for it."""

CONSENT: Final = "consent"
"""The kind of notes that a choice leaves, about the pseudonym it was made under."""


class DeliveryTask(Struct, frozen=True, array_like=True):
    """One delivery: the event at `place` of a batch, from a source, over a connection.

    Where `withdrawal` names one, the destination is to forget somebody, in the same queue as their events; batch and
    place then say nothing. Fields are only ever added, at the end, with a default: they are written without their
    names, for there are as many tasks as deliveries.
    """

    organisation: str
    source: str
    batch: str
    place: int
    connection: str
    withdrawal: str = ""


AGAIN: Final = "again"
"""What became of a delivery that will be tried again."""


class DeliveryResult(Struct, frozen=True):
    """What became of a delivery in one turn: sent, held, given up or again; why, and when (epoch ms)."""

    event: Event
    task: DeliveryTask
    outcome: str
    why: str
    at: int


def place_of(task: DeliveryTask) -> str:
    """Where a dead letter is found: its organisation, source and connection, from the general to the particular."""
    return f"{task.organisation} {task.source} {task.connection}"


def place_in(body: bytes) -> str:
    """The place of a note's task; "" where the note cannot be read."""
    try:
        return place_of(json.decode(body, type=DeliveryTask))
    except ValueError:
        return ""


def destination_name(task: DeliveryTask, to: DestinationSetting) -> tuple[str, str, str]:
    """Organisation, workspace, destination: what has a circuit breaker of its own."""
    return (task.organisation, task.source.partition("/")[0], to.id)
