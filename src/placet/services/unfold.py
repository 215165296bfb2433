"""Unfold a batch that was taken in: a note for every delivery, in the queue of its person and connection.

Whoever sends events waits for the batch to be on disk, and for one note that tells of it. What follows from its
verdicts is written down here, a moment later, by whoever delivers.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Final

from msgspec import json

from placet.events.frame import Frame, read_frame, read_gates
from placet.events.source import Source
from placet.events.task import UNFOLD, Task, place_in
from placet.outputs.registry import shapes
from placet.outputs.turns import turn_of
from placet.stores.failures import set_back
from placet.stores.house import House
from placet.stores.ports import Batch, Busy, Key, Missing, Note

AT_ONCE: Final = 8
HOLD: Final = 10_000
"""How many batches are unfolded in one go, and how long they are ours (ms): nobody else may do so meanwhile."""

PERSON_SIZE: Final = 10
CONNECTION_SIZE: Final = 6
"""Bytes of a queue's name that tell its person, and its connection: the queues of a person lie side by side."""


async def unfold(house: House, clock: Callable[[], int]) -> int:
    """Unfold the oldest batches that wait, those of a source in their order; how many there were. Raises Busy.

    A crash in the middle leaves a batch whole: its notes take the place of the one that told of it, all at once.
    """
    outbox = house.stores.outbox
    if not await outbox.look(UNFOLD, 1, clock()):
        return 0
    found = await outbox.claim((UNFOLD,), AT_ONCE, clock(), HOLD)
    for note in found:
        try:
            await outbox.unfold(note.id, await deliveries_of(note, house, clock()))
        except Busy:
            raise
        except Exception as why:
            await set_back(note, why, outbox, clock(), place_in(note.body))
    return len(found)


async def deliveries_of(note: Note, house: House, now: int) -> tuple[Note, ...]:
    """The notes that one note stands for; none when its batch is kept no longer."""
    try:
        batch = await house.stores.events.batch(bytes.fromhex(json.decode(note.body, type=Task).batch))
        gates = await house.stores.events.gates(batch.gates)
    except Missing:
        return ()
    opened = house.shelf.source_at(batch.organisation, batch.source)
    source = opened.source if opened else None
    return tuple(notes_of(batch, read_frame(batch.body), connections_of(gates), source, house.new_id(now), now))


@lru_cache(64)
def connections_of(gates: bytes) -> tuple[str, ...]:
    """The connections behind the gates that a batch was judged by; remembered, since they change with the settings."""
    return tuple(one.id for one in read_gates(gates).connections)


def notes_of(
    batch: Batch, frame: Frame, connections: tuple[str, ...], source: Source | None, first: Key, now: int
) -> Iterator[Note]:
    """A note for each delivery that the batch's verdicts allow, event by event; `first` is the first one's id."""
    turns = [turn_of(source.destinations.get(one) if source else None, shapes(), now) for one in connections]
    ways = [half_queue(batch, one, CONNECTION_SIZE) for one in connections]
    allowing, id, ids = frame.verdicts.allowing(), batch.id.hex(), ids_after(first)
    for place, (event, subject, row) in enumerate(zip(frame.events, frame.about, frame.verdicts.of, strict=True)):
        if not allowing[row]:
            continue
        whose = half_queue(batch, frame.subjects[subject].person or event.id, PERSON_SIZE)
        for gate in allowing[row]:
            task = Task(batch.organisation, batch.source, id, place, connections[gate])
            kind, due = turns[gate]
            yield Note(next(ids), kind, whose + ways[gate], json.encode(task), due)


def ids_after(first: Key) -> Iterator[Key]:
    """This id and those that follow it: rolling dice for each of a thousand notes takes longer than writing them."""
    return (value.to_bytes(16) for value in count(int.from_bytes(first)))


def half_queue(batch: Batch, name: str, size: int) -> bytes:
    """One half of a queue's name: the person's, or the connection's.

    Deliveries of one person over one connection wait for one another; no server holds up another.
    """
    return blake2b(json.encode([batch.organisation, batch.source, name]), digest_size=size).digest()
