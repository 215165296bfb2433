"""The kind of outbox message of a delivery and when it is due: at once, or at the end of a batching window."""

from placet.events.records.task import DELIVER, GATHER
from placet.outputs.registry import Destinations
from placet.settings.connections import DestinationSetting


def turn_of(to: DestinationSetting | None, destinations: Destinations, now: int) -> tuple[str, int]:
    """The kind of message, and when it is due (epoch ms): the end of the current window where `gathers` is set.

    A destination type unknown to this node is scheduled at once and waits in the outbox.
    """
    destination = destinations.get(to.type) if to else None
    window = destination.gathers * 1000 if destination else 0
    return (GATHER, now - now % window + window) if window else (DELIVER, now)
