"""What a note to the worker says: which event goes over which connection."""

from typing import Final

from msgspec import Struct

DELIVER: Final = "deliver"
"""The kind of such notes."""


class Task(Struct, frozen=True):
    """One delivery: the event at `place` of a batch, from a source, over a connection."""

    organisation: str
    source: str
    batch: str
    place: int
    connection: str
