"""List a source's events, newest first: which connections let each pass, which held it, and why. A page at a time."""

from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from placet.consent.errors import Invalid
from placet.events.frame import Gates, KeptFrame, read_frame, read_gates
from placet.events.verdict import Allowed
from placet.stores.ports import Batch, Missing, Stores

BATCHES: Final = 200
"""Batches read for one page at most: a page of held events may be short, and the cursor goes on behind it."""
AT_ONCE: Final = 20


class HeldBy(Struct, frozen=True):
    """A connection that held an event, and why."""

    connection: str
    reason: str
    path: str


class Listed(Struct, frozen=True):
    """An event, when it came in (epoch ms), and what its connections said. Names nobody."""

    id: str
    at: int
    kind: str
    name: str
    allowed: tuple[str, ...]
    held: tuple[HeldBy, ...]


class Page(Struct, frozen=True):
    """Some events, and the cursor of the next page ("" behind the last)."""

    events: list[Listed]
    next: str = ""


class Spot(Struct, frozen=True):
    """Where a page ends: the batch, and how many of its events were looked at."""

    batch: bytes
    seen: int

    def __str__(self) -> str:
        return f"{self.batch.hex()}-{self.seen}"


async def list_events(
    organisation: str, source: str, stores: Stores, most: int, after: str = "", *, held: bool = False
) -> Page:
    """A page of the events of `workspace/source`; `held` leaves out what no connection held. Raises Invalid."""
    found: list[Listed] = []
    gates: dict[bytes, Gates] = {}
    start, looked, spot = spot_of(after), 0, None
    async for batch in batches(organisation, source, stores, start):
        if looked == BATCHES:
            return Page(found, str(spot))
        looked += 1
        frame = read_frame(batch.body)
        if batch.gates not in gates:
            gates[batch.gates] = read_gates(await stores.events.gates(batch.gates))
        first = start.seen if start and batch.id == start.batch else 0
        for seen in range(first, len(frame.events)):
            if len(found) == most:
                return Page(found, str(Spot(batch.id, seen)))
            one = listed(batch, frame, len(frame.events) - 1 - seen, gates[batch.gates])
            if one.id and (one.held or not held):
                found.append(one)
        spot = Spot(batch.id, len(frame.events))
    return Page(found)


async def batches(organisation: str, source: str, stores: Stores, start: Spot | None) -> AsyncIterator[Batch]:
    """The batches of a source from a spot on; none where the spot's batch is no longer kept."""
    if start:
        try:
            first = await stores.events.batch(start.batch)
        except Missing:
            return
        if (first.organisation, first.source) != (organisation, source):
            raise Invalid("the cursor belongs to another list: begin without it")
        yield first
    before = start.batch if start else None
    while some := await stores.events.latest(organisation, source, AT_ONCE, before):
        for batch in some:
            yield batch
        before = some[-1].id


def listed(batch: Batch, frame: KeptFrame, place: int, gates: Gates) -> Listed:
    """One event with what each connection said of it."""
    event = frame.events[place]
    said = list(zip(gates.connections, frame.verdicts.about(place), strict=True))
    allowed = tuple(one.id for one, verdict in said if isinstance(verdict, Allowed))
    held = tuple(HeldBy(one.id, v.reason, v.path) for one, v in said if not isinstance(v, Allowed))
    return Listed(event.id, batch.at, event.kind.value, event.name, allowed, held)


def spot_of(cursor: str) -> Spot | None:
    """A cursor as it was handed out. Raises Invalid."""
    if not cursor:
        return None
    batch, _, seen = cursor.partition("-")
    try:
        spot = Spot(bytes.fromhex(batch), int(seen))
    except ValueError:
        spot = None
    if spot is None or len(spot.batch) != 16 or not 0 <= spot.seen < 1_000_000:
        raise Invalid("that is no cursor: take `next` of the page before, or begin without one")
    return spot
