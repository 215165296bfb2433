"""The verdicts on a batch's events, one by one, as tests like to read them."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from placet.events.connection import Connection
from placet.events.event import Event
from placet.events.frame import KeptFrame, read_frame, read_gates
from placet.events.verdict import Allowed, Held, Unmapped, Verdict
from placet.events.verdicts import Verdicts
from placet.stores.ports import Batch, Stores


class Given(Struct, frozen=True):
    """What a connection's gate said about an event."""

    event: Event
    connection: Connection
    verdict: Verdict


def given(events: Sequence[Event], verdicts: Verdicts, connections: Sequence[Connection]) -> Iterator[Given]:
    """Every verdict, event by event; the connections are those that were asked, in their order."""
    for place, event in enumerate(events):
        for connection, verdict in zip(connections, verdicts.about(place), strict=True):
            yield Given(event, connection, verdict)


async def given_in(batch: Batch, stores: Stores) -> list[Given]:
    """Every verdict on a batch that was kept."""
    frame: KeptFrame = read_frame(batch.body)
    gates = read_gates(await stores.events.gates(batch.gates))
    return list(given(frame.events, frame.verdicts, gates.connections))


def allowed(found: Sequence[Given]) -> list[Given]:
    """Those that let an event pass."""
    return [one for one in found if isinstance(one.verdict, Allowed)]


def refusals(found: Sequence[Given]) -> list[tuple[Given, Held | Unmapped]]:
    """Those that hold one, each with its verdict."""
    return [(one, one.verdict) for one in found if not isinstance(one.verdict, Allowed)]
