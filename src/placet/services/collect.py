"""Take a batch of events in: whose each is, where it may go, and a note for whoever delivers."""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.events.event import Event
from placet.events.frame import digest, document_of, encode, frame_of, gates_name, gates_of, name_of
from placet.events.identity import ours
from placet.events.intake import Desk, Dropped, Remember, Taken, Tell
from placet.events.intake_checks import Code
from placet.events.judge import compile_routes
from placet.events.live import arrived
from placet.events.source import Source
from placet.events.task import CONSENT, UNFOLD, Task
from placet.events.whose import Trust, named, names_in
from placet.outputs.in_flight import InFlight, Stopped
from placet.stores.circle import Circle
from placet.stores.house import House
from placet.stores.ports import Batch, Known, Note

NO_PLUGINS: Final = InFlight()
TAKEN_AT_ONCE: Final = 32
"""Events of a batch that are settled before other requests get their turn."""


class Collect(Struct, frozen=True):
    """Events as they arrived at a source, in their order; `refused` says why others were not even read.

    `proven`: the key is an input's, and came with proof. `past`: they tell of long ago, and are sent nowhere.
    `suppressed` counts those of people whose events leave no trace.
    """

    write_key: str
    events: Sequence[Event] = ()
    refused: tuple[Code, ...] = ()
    proven: bool = False
    past: bool = False
    suppressed: int = 0


class Collected(Struct, frozen=True):
    """What became of a batch, in numbers, and the source it came to ("" for none)."""

    source: str
    kept: int = 0
    deliveries: int = 0
    held: int = 0
    repeated: int = 0
    dropped: tuple[Code, ...] = ()


async def collect(ask: Collect, house: House, now: int, plugins: InFlight = NO_PLUGINS) -> Collected:
    """Keep a batch; when this returns, events, verdicts and notes are on disk. Raises Busy.

    Plugins see the events first: what is kept and judged is what they made of them.
    """
    opened = (house.shelf.input if ask.proven else house.shelf.source)(ask.write_key)
    if opened is None or not opened.source.enabled:
        code = Code.SOURCE_DISABLED if opened else Code.UNKNOWN_SOURCE
        return Collected("", dropped=(code,) * (len(ask.events) + len(ask.refused)))
    source = without_destinations(opened.source) if ask.past else opened.source
    ask = without_suppressed(ask, source, house)
    ask = await enriched(ask, source, plugins) if plugins.plugins else ask
    line = house.lines[source.organisation, source.workspace]
    return await line.decided(lambda: attempt(ask, source, house, now))


def without_destinations(source: Source) -> Source:
    """The source with nothing behind it: what comes in is kept, and told to nobody."""
    return replace(source, routes=compile_routes((), source.routes.mapping), destinations={})


def without_suppressed(ask: Collect, source: Source, house: House) -> Collect:
    """The events but for those of people on the suppression list, before anybody sees them (segment.md §11.24).

    By every name an event has: also by one that names nobody in this workspace, or does not count beside many others.
    """
    if not house.shelf.suppressing:
        return ask
    kept = [one for one in ask.events if not house.shelf.suppresses(source, map(ours, one.identities))]
    return replace(ask, events=kept, suppressed=len(ask.events) - len(kept))


async def enriched(ask: Collect, source: Source, plugins: InFlight) -> Collect:
    """The events as plugins leave them; those that a plugin stopped are refused."""
    passed = await asyncio.gather(*(pass_through(event, source, plugins) for event in ask.events))
    kept = tuple(event for event in passed if event is not None)
    return replace(ask, events=kept, refused=(*ask.refused, *(Code.STOPPED,) * (len(passed) - len(kept))))


async def pass_through(event: Event, source: Source, plugins: InFlight) -> Event | None:
    """One event through `before` and `enrichment`. One that cannot be read is left to the checks that say so."""
    try:
        document = document_of(event)
    except (ValueError, RecursionError):
        return event
    passed = await plugins.enter(document, "/".join(source.place))
    return None if isinstance(passed, Stopped) else replace(event, fields=passed)


async def attempt(ask: Collect, source: Source, house: House, now: int) -> Collected:
    """Load, decide, keep, answer. Raises Stale when one of the events was taken in, or somebody changed, meanwhile."""
    events: list[Event] = []
    for place, event in enumerate(ask.events, 1):
        events.append(named(event, source.rules))
        if place % TAKEN_AT_ONCE == 0:
            await asyncio.sleep(0)
    circle = await house.circle(source, names_in(events), now=now)
    seen = await seen_before(events, source, house)

    new_ids = [house.new_id(now).hex() for _ in events]
    trust = Trust(ask.proven, circle.voice)
    desk = Desk(circle.found, source.rules, source.routes, seen, Remember.CHOICES, circle.memories, trust)
    for place, (event, new_id) in enumerate(zip(events, new_ids, strict=True), 1):
        desk.take(event, new_id)
        if place % TAKEN_AT_ONCE == 0:
            await asyncio.sleep(0)
    taken = desk.settled(len(events))
    taken = replace(
        taken,
        dropped=taken.dropped + tuple(Dropped("", code) for code in ask.refused),
        suppressed=taken.suppressed + ask.suppressed,
    )

    await keep(taken, circle, source, house, now)
    if house.live.watched:
        house.live.tell(arrived(taken, *source.place, now))
    return answer(taken, source)


async def seen_before(events: list[Event], source: Source, house: House) -> frozenset[str]:
    """The ids of those events that are kept already."""
    names = {name_of(*source.place, event.id): event.id for event in events}
    return frozenset(names[name] for name in await house.stores.events.known(list(names)))


async def keep(taken: Taken, circle: Circle, source: Source, house: House, now: int) -> None:
    """Write the batch down, with all it changes and its notes; one that changes nothing asks no store."""
    if not (taken.kept or taken.dropped or taken.suppressed or taken.intents):
        return
    batch = Batch(house.new_id(now), *source.place, now, gates_name(source.routes), encode(frame_of(taken)))
    names = tuple(name_of(*source.place, event.id) for event, _ in taken.kept)
    ties = await house.ties(circle, [one for one in taken.intents if not isinstance(one, Tell)])
    claims = circle.claims(one for one in taken.intents if isinstance(one, Tell))
    notes = (*batch_notes(taken, batch, source, house, now), *(choice_note(one, house, now) for one in claims))
    try:
        await house.stores.events.keep(batch, gates_of(source.routes), names, notes, ties, claims)
    finally:
        # Also where nobody can tell whether it was written: what leaves reads the choice once more.
        for claim in claims:
            house.changes.note(claim.person)


def choice_note(claim: Known, house: House, now: int) -> Note:
    """The note that a choice leaves which an event told of: destinations may have to hear of it."""
    return Note(house.new_id(now), CONSENT, claim.person, b"{}", now)


def batch_notes(taken: Taken, batch: Batch, source: Source, house: House, now: int) -> tuple[Note, ...]:
    """The note that tells of a batch, in the queue of its source; none where nothing in it may leave."""
    allowing = taken.verdicts.allowing()
    if not any(allowing[row] for row in taken.verdicts.of):
        return ()
    task = Task(*source.place, batch.id.hex(), 0, "")
    return (Note(house.new_id(now), UNFOLD, digest(encode(source.place)), encode(task), now),)


def answer(taken: Taken, source: Source) -> Collected:
    """The batch in numbers."""
    dropped = tuple(one.code for one in taken.dropped)
    deliveries, held = taken.verdicts.count()
    return Collected("/".join(source.place), len(taken.kept), deliveries, held, len(taken.repeated), dropped)
