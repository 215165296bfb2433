"""When a delivery is due, and in which queue it waits: at once, or until enough others have come for one trip."""

from placet.consent.sending import DestinationSetting
from placet.events.task import DELIVER, GATHER
from placet.outputs.registry import Shapes


def turn_of(to: DestinationSetting | None, shapes: Shapes, now: int) -> tuple[str, int]:
    """The kind of note, and when it is due (epoch ms): the end of the running window where a destination gathers.

    A destination nobody knows here takes its turn with the others, and waits there.
    """
    shape = shapes.get(to.type) if to else None
    window = shape.gathers * 1000 if shape else 0
    return (GATHER, now - now % window + window) if window else (DELIVER, now)
