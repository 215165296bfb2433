"""List a source's events, newest first: which connections let each pass, which held it, and why. A page at a time."""

from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from placet.errors import Invalid, Missing
from placet.events.policy.verdict import Allowed
from placet.events.records.batch_codec import StoredBatchFields, StoredPolicy, read_stored_batch, read_stored_policy
from placet.stores.ports.events import Batch
from placet.stores.ports.stores import Stores

BATCHES: Final = 200
"""Batches read for one page at most: a page of held events may be short, and the cursor goes on behind it."""
AT_ONCE: Final = 20


class HeldBy(Struct, frozen=True):
    """A connection that held an event, and why."""

    connection: str
    reason: str
    path: str


class ListedEvent(Struct, frozen=True):
    """An event, when it came in (epoch ms), and what its connections said. Names nobody."""

    id: str
    at: int
    kind: str
    name: str
    allowed: tuple[str, ...]
    held: tuple[HeldBy, ...]


class EventPage(Struct, frozen=True):
    """Some events, and the cursor of the next page ("" behind the last)."""

    events: list[ListedEvent]
    next: str = ""


class PagePosition(Struct, frozen=True):
    """Where a page ends: the batch, and how many of its events were looked at."""

    batch: bytes
    seen: int

    def __str__(self) -> str:
        return f"{self.batch.hex()}-{self.seen}"


async def list_events(
    organisation: str, source: str, stores: Stores, limit: int, after: str = "", *, held: bool = False
) -> EventPage:
    """A page of the events of `workspace/source`; `held` leaves out what no connection held. Raises Invalid."""
    found: list[ListedEvent] = []
    gates: dict[bytes, StoredPolicy] = {}
    start, looked, spot = spot_of(after), 0, None
    async for batch in batches(organisation, source, stores, start):
        if looked == BATCHES:
            return EventPage(found, str(spot))
        looked += 1
        stored_batch = read_stored_batch(batch.body)
        if batch.policy_id not in gates:
            gates[batch.policy_id] = read_stored_policy(await stores.events.stored_policy(batch.policy_id))
        first = start.seen if start and batch.id == start.batch else 0
        for seen in range(first, len(stored_batch.events)):
            if len(found) == limit:
                return EventPage(found, str(PagePosition(batch.id, seen)))
            one = listed(batch, stored_batch, len(stored_batch.events) - 1 - seen, gates[batch.policy_id])
            if one.id and (one.held or not held):
                found.append(one)
        spot = PagePosition(batch.id, len(stored_batch.events))
    return EventPage(found)


async def batches(organisation: str, source: str, stores: Stores, start: PagePosition | None) -> AsyncIterator[Batch]:
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


def listed(batch: Batch, stored_batch: StoredBatchFields, place: int, gates: StoredPolicy) -> ListedEvent:
    """One event with what each connection said of it."""
    event = stored_batch.events[place]
    said = list(zip(gates.connections, stored_batch.verdicts.about(place), strict=True))
    allowed = tuple(one.id for one, verdict in said if isinstance(verdict, Allowed))
    held = tuple(HeldBy(one.id, v.reason, v.path) for one, v in said if not isinstance(v, Allowed))
    return ListedEvent(event.id, batch.at, event.kind.value, event.name, allowed, held)


def spot_of(cursor: str) -> PagePosition | None:
    """A cursor as it was handed out. Raises Invalid."""
    if not cursor:
        return None
    batch, _, seen = cursor.partition("-")
    try:
        spot = PagePosition(bytes.fromhex(batch), int(seen))
    except ValueError:
        spot = None
    if spot is None or len(spot.batch) != 16 or not 0 <= spot.seen < 1_000_000:
        raise Invalid("that is no cursor: take `next` of the page before, or begin without one")
    return spot
