"""Take a batch of events in: whose each is, where it may go, and a note for whoever delivers."""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile.stored_profile import VersionedProfile
from placet.events.event import Event, ours
from placet.events.identity.consent_by_identifier import Trust, named, names_in
from placet.events.ingest.batch_state import BatchIngest
from placet.events.ingest.known_people import KnownPeople
from placet.events.ingest.validate import DropCode
from placet.events.ingest.values import ConsentUpdate, ConsentWritePolicy, Dropped, IngestResult
from placet.events.policy.compile_source import Source
from placet.events.policy.evaluate import compile_routes
from placet.events.records.batch_codec import (
    digest,
    document_of,
    encode,
    name_of,
    policy_id_of,
    stored_batch_of,
    stored_policy_of,
)
from placet.events.records.live_rows import arrival_rows
from placet.events.records.task import CONSENT, FAN_OUT, DeliveryTask
from placet.outputs.plugins.runner import PluginRunner, PluginStopped
from placet.runtime.context import NodeContext
from placet.stores.ports.events import Batch
from placet.stores.ports.outbox import OutboxMessage

NO_PLUGINS: Final = PluginRunner()
TAKEN_AT_ONCE: Final = 32
"""Events of a batch that are settled before other requests get their turn."""


class Collect(Struct, frozen=True):
    """Events as they arrived at a source, in their order; `refused` says why others were not even read.

    `proven`: the key is an input's, and came with proof. `past`: they tell of long ago, and are sent nowhere.
    `suppressed` counts those of people whose events leave no trace.
    """

    write_key: str
    events: Sequence[Event] = ()
    refused: tuple[DropCode, ...] = ()
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
    dropped: tuple[DropCode, ...] = ()


async def collect(request: Collect, context: NodeContext, now: int, plugins: PluginRunner = NO_PLUGINS) -> Collected:
    """Keep a batch; when this returns, events, verdicts and notes are on disk. Raises Busy.

    Plugins see the events first: what is kept and judged is what they made of them.
    """
    opened = (context.published_settings.input if request.proven else context.published_settings.source)(
        request.write_key
    )
    if opened is None or not opened.source.enabled:
        code = DropCode.SOURCE_DISABLED if opened else DropCode.UNKNOWN_SOURCE
        return Collected("", dropped=(code,) * (len(request.events) + len(request.refused)))
    source = without_destinations(opened.source) if request.past else opened.source
    request = without_suppressed(request, source, context)
    request = await enriched(request, source, plugins) if plugins.plugins else request
    line = context.conflict_gates[source.organisation, source.workspace]
    return await line.run(lambda: attempt(request, source, context, now))


def without_destinations(source: Source) -> Source:
    """The source with nothing behind it: what comes in is kept, and told to nobody."""
    return replace(source, routes=compile_routes((), source.routes.mapping), destinations={})


def without_suppressed(request: Collect, source: Source, context: NodeContext) -> Collect:
    """The events but for those of people on the suppression list, before anybody sees them (segment.md §11.24).

    By every name an event has: also by one that names nobody in this workspace, or does not count beside many others.
    """
    if not context.published_settings.suppresses_anybody:
        return request
    kept = [
        one for one in request.events if not context.published_settings.suppresses(source, map(ours, one.identities))
    ]
    return replace(request, events=kept, suppressed=len(request.events) - len(kept))


async def enriched(request: Collect, source: Source, plugins: PluginRunner) -> Collect:
    """The events as plugins leave them; those that a plugin stopped are refused."""
    passed = await asyncio.gather(*(pass_through(event, source, plugins) for event in request.events))
    kept = tuple(event for event in passed if event is not None)
    return replace(request, events=kept, refused=(*request.refused, *(DropCode.STOPPED,) * (len(passed) - len(kept))))


async def pass_through(event: Event, source: Source, plugins: PluginRunner) -> Event | None:
    """One event through `before` and `enrichment`. One that cannot be read is left to the checks that say so."""
    try:
        document = document_of(event)
    except (ValueError, RecursionError):
        return event
    passed = await plugins.enter(document, "/".join(source.place))
    return None if isinstance(passed, PluginStopped) else replace(event, fields=passed)


async def attempt(request: Collect, source: Source, context: NodeContext, now: int) -> Collected:
    """Load, decide, keep, answer. Raises Stale when one of the events was taken in, or somebody changed, meanwhile."""
    events: list[Event] = []
    for place, event in enumerate(request.events, 1):
        events.append(named(event, source.rules))
        if place % TAKEN_AT_ONCE == 0:
            await asyncio.sleep(0)
    known_people = await context.load_known_people(source, names_in(events), now=now)
    seen = await seen_before(events, source, context)

    new_ids = [context.new_id(now).hex() for _ in events]
    trust = Trust(request.proven, known_people.voice)
    ingest = BatchIngest(
        known_people.found, source.rules, source.routes, seen, ConsentWritePolicy.CHOICES, known_people.memories, trust
    )
    for place, (event, new_id) in enumerate(zip(events, new_ids, strict=True), 1):
        ingest.take(event, new_id)
        if place % TAKEN_AT_ONCE == 0:
            await asyncio.sleep(0)
    taken = ingest.settled(len(events))
    taken = replace(
        taken,
        dropped=taken.dropped + tuple(Dropped("", code) for code in request.refused),
        suppressed=taken.suppressed + request.suppressed,
    )

    await keep(taken, known_people, source, context, now)
    if context.live_feed.has_subscribers:
        context.live_feed.publish(arrival_rows(taken, *source.place, now))
    return answer(taken, source)


async def seen_before(events: list[Event], source: Source, context: NodeContext) -> frozenset[str]:
    """The ids of those events that are kept already."""
    names = {name_of(*source.place, event.id): event.id for event in events}
    return frozenset(names[name] for name in await context.stores.events.known_keys(list(names)))


async def keep(taken: IngestResult, known_people: KnownPeople, source: Source, context: NodeContext, now: int) -> None:
    """Write the batch down, with all it changes and its notes; one that changes nothing asks no store."""
    if not (taken.kept or taken.dropped or taken.suppressed or taken.intents):
        return
    batch = Batch(context.new_id(now), *source.place, now, policy_id_of(source.routes), encode(stored_batch_of(taken)))
    names = tuple(name_of(*source.place, event.id) for event, _ in taken.kept)
    identity_changes = await context.identity_changes(
        known_people, [one for one in taken.intents if not isinstance(one, ConsentUpdate)]
    )
    claims = known_people.profile_claims(one for one in taken.intents if isinstance(one, ConsentUpdate))
    messages = (
        *batch_messages(taken, batch, source, context, now),
        *(choice_message(one, context, now) for one in claims),
    )
    try:
        await context.stores.events.store_batch(
            batch, stored_policy_of(source.routes), names, messages, identity_changes, claims
        )
    finally:
        # Also where nobody can tell whether it was written: what leaves reads the choice once more.
        for claim in claims:
            context.recent_changes.record(claim.person)


def choice_message(claim: VersionedProfile, context: NodeContext, now: int) -> OutboxMessage:
    """The note that a choice leaves which an event told of: destinations may have to hear of it."""
    return OutboxMessage(context.new_id(now), CONSENT, claim.person, b"{}", now)


def batch_messages(
    taken: IngestResult, batch: Batch, source: Source, context: NodeContext, now: int
) -> tuple[OutboxMessage, ...]:
    """The note that tells of a batch, in the queue of its source; none where nothing in it may leave."""
    allowing = taken.verdicts.allowing()
    if not any(allowing[row] for row in taken.verdicts.of):
        return ()
    task = DeliveryTask(*source.place, batch.id.hex(), 0, "")
    return (OutboxMessage(context.new_id(now), FAN_OUT, digest(encode(source.place)), encode(task), now),)


def answer(taken: IngestResult, source: Source) -> Collected:
    """The batch in numbers."""
    dropped = tuple(one.code for one in taken.dropped)
    deliveries, held = taken.verdicts.count()
    return Collected("/".join(source.place), len(taken.kept), deliveries, held, len(taken.repeated), dropped)
