"""Batches about the past: which of their events are old enough to be history (mparticle.md §1.1)."""

from typing import Final

from placet.api.mparticle.batches import BatchEvents
from placet.events.ingest.validate import DropCode

THREE_DAYS: Final = 72 * 3_600_000


def of_the_past(arrived: BatchEvents, now: int) -> BatchEvents:
    """Only the events that say when they happened, and that it is longer ago than 72 hours; the rest is refused."""
    old = tuple(event for event in arrived.events if event.said_at is not None and event.said_at < now - THREE_DAYS)
    young = len(arrived.events) - len(old)
    return BatchEvents(old, (*arrived.refused, *(DropCode.NOT_HISTORY,) * young))
