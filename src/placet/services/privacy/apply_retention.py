"""Forget what was kept long enough: a little at a time, so that nothing that comes in has to wait."""

from typing import Final

from msgspec import Struct

from placet.events.records.batch_codec import name_of, read_stored_batch
from placet.stores.ports.events import Batch
from placet.stores.ports.stores import Stores

DAY: Final = 86_400_000
BATCHES: Final = 8
"""How many batches go at once: at most a few thousand small rows, some milliseconds of the writer's time."""
ROWS: Final = 500


class Retention(Struct, frozen=True):
    """For how many days things are kept; 0 is for ever.

    `events` are events with their verdicts, what became of their deliveries, and dead letters; `withdrawals` those
    that came to an end.
    """

    events: int = 0
    withdrawals: int = 0


async def apply_retention(stores: Stores, retention: Retention, now: int) -> int:
    """Forget a little of what is too old; how many rows went, 0 when there is nothing to do. Raises Busy."""
    gone = await delete_expired_events(stores, now - retention.events * DAY) if retention.events else 0
    if retention.withdrawals:
        gone += await stores.holdings.drop(now - retention.withdrawals * DAY, ROWS)
    return gone


async def delete_expired_events(stores: Stores, before: int) -> int:
    """The oldest batches, if they are older than this; their dead letters first, which could not be sent any more."""
    laid = await stores.outbox.drop_dead_letters(before, ROWS)
    batches = await stores.events.oldest(before, BATCHES)
    if batches:
        await stores.events.drop([batch.id for batch in batches], [name for one in batches for name in names_of(one)])
    return laid + len(batches)


def names_of(batch: Batch) -> list[bytes]:
    """The names of a batch's events; none where nobody can read it any more."""
    try:
        return [name_of(batch.organisation, batch.source, event.id) for event in read_stored_batch(batch.body).events]
    except (ValueError, RecursionError):
        return []
