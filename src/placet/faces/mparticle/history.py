"""Batches about the past: which of their events are old enough to be history (mparticle.md §1.1)."""

from typing import Final

from placet.events.intake_checks import Code
from placet.faces.mparticle.batches import Arrived

THREE_DAYS: Final = 72 * 3_600_000


def of_the_past(arrived: Arrived, now: int) -> Arrived:
    """Only the events that say when they happened, and that it is longer ago than 72 hours; the rest is refused."""
    old = tuple(event for event in arrived.events if event.said_at is not None and event.said_at < now - THREE_DAYS)
    young = len(arrived.events) - len(old)
    return Arrived(old, (*arrived.refused, *(Code.NOT_HISTORY,) * young))
