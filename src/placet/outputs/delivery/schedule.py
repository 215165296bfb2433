"""When a delivery is due, and in which queue it waits: at once, or until enough others have come for one trip."""

from placet.events.records.task import DELIVER, GATHER
from placet.outputs.registry import Destinations
from placet.settings.connections import DestinationSetting


def turn_of(to: DestinationSetting | None, destinations: Destinations, now: int) -> tuple[str, int]:
    """The kind of note, and when it is due (epoch ms): the end of the running window where a destination gathers.

    A destination nobody knows here takes its turn with the others, and waits there.
    """
    destination = destinations.get(to.type) if to else None
    window = destination.gathers * 1000 if destination else 0
    return (GATHER, now - now % window + window) if window else (DELIVER, now)
