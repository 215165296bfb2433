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

from placet.consent.profile.stored_profile import Id
from placet.errors import Busy, Missing
from placet.events.policy.compile_source import Source
from placet.events.records.batch_codec import StoredBatch, read_stored_batch, read_stored_policy
from placet.events.records.task import FAN_OUT, DeliveryTask, place_in
from placet.outputs.delivery.schedule import turn_of
from placet.outputs.registry import all_destinations
from placet.runtime.context import NodeContext
from placet.runtime.failed_messages import set_back
from placet.stores.ports.events import Batch
from placet.stores.ports.outbox import OutboxMessage

AT_ONCE: Final = 8
HOLD: Final = 10_000
"""How many batches are unfolded in one go, and how long they are ours (ms): nobody else may do so meanwhile."""

PERSON_SIZE: Final = 10
CONNECTION_SIZE: Final = 6
"""Bytes of a queue's name that tell its person, and its connection: the queues of a person lie side by side."""


async def fan_out_batch(context: NodeContext, clock: Callable[[], int]) -> int:
    """Unfold the oldest batches that wait, those of a source in their order; how many there were. Raises Busy.

    A crash in the middle leaves a batch whole: its notes take the place of the one that told of it, all at once.
    """
    outbox = context.stores.outbox
    if not await outbox.peek(FAN_OUT, 1, clock()):
        return 0
    found = await outbox.claim((FAN_OUT,), AT_ONCE, clock(), HOLD)
    for message in found:
        try:
            await outbox.fan_out(message.id, await deliveries_of(message, context, clock()))
        except Busy:
            raise
        except Exception as why:
            await set_back(message, why, outbox, clock(), place_in(message.body))
    return len(found)


async def deliveries_of(message: OutboxMessage, context: NodeContext, now: int) -> tuple[OutboxMessage, ...]:
    """The notes that one note stands for; none when its batch is kept no longer."""
    try:
        batch = await context.stores.events.batch(bytes.fromhex(json.decode(message.body, type=DeliveryTask).batch))
        gates = await context.stores.events.stored_policy(batch.policy_id)
    except Missing:
        return ()
    opened = context.published_settings.source_at(batch.organisation, batch.source)
    source = opened.source if opened else None
    return tuple(
        messages_of(batch, read_stored_batch(batch.body), connections_of(gates), source, context.new_id(now), now)
    )


@lru_cache(64)
def connections_of(gates: bytes) -> tuple[str, ...]:
    """The connections behind the gates that a batch was judged by; remembered, since they change with the settings."""
    return tuple(one.id for one in read_stored_policy(gates).connections)


def messages_of(
    batch: Batch, stored_batch: StoredBatch, connections: tuple[str, ...], source: Source | None, first: Id, now: int
) -> Iterator[OutboxMessage]:
    """A note for each delivery that the batch's verdicts allow, event by event; `first` is the first one's id."""
    turns = [turn_of(source.destinations.get(one) if source else None, all_destinations(), now) for one in connections]
    ways = [half_queue(batch, one, CONNECTION_SIZE) for one in connections]
    allowing, id, ids = stored_batch.verdicts.allowing(), batch.id.hex(), ids_after(first)
    for place, (event, subject, row) in enumerate(
        zip(stored_batch.events, stored_batch.about, stored_batch.verdicts.of, strict=True)
    ):
        if not allowing[row]:
            continue
        whose = half_queue(batch, stored_batch.subjects[subject].person or event.id, PERSON_SIZE)
        for gate in allowing[row]:
            task = DeliveryTask(batch.organisation, batch.source, id, place, connections[gate])
            kind, due = turns[gate]
            yield OutboxMessage(next(ids), kind, whose + ways[gate], json.encode(task), due)


def ids_after(first: Id) -> Iterator[Id]:
    """This id and those that follow it: rolling dice for each of a thousand notes takes longer than writing them."""
    return (value.to_bytes(16) for value in count(int.from_bytes(first)))


def half_queue(batch: Batch, name: str, size: int) -> bytes:
    """One half of a queue's name: the person's, or the connection's.

    Deliveries of one person over one connection wait for one another; no server holds up another.
    """
    return blake2b(json.encode([batch.organisation, batch.source, name]), digest_size=size).digest()
