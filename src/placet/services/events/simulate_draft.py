"""Test before you trust: one event through a connection, and stored events through a draft; nothing is sent or kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from placet.errors import Invalid, Missing
from placet.events.event import Event
from placet.events.policy.compile_source import Source
from placet.events.policy.evaluation_context import ANONYMOUS, Subject
from placet.events.records.batch_codec import StoredPolicy, read_stored_batch, read_stored_policy
from placet.events.records.erase import is_blank
from placet.events.simulate.draft import Proposal, drafted, live, profile_of
from placet.events.simulate.preview import DraftPolicy, Previewed, StoredEvent, WhatIf, preview_connection, what_if
from placet.runtime.context import NodeContext
from placet.settings.api_tokens import Bearer
from placet.stores.ports.events import Batch

MOST: Final = 5000
"""So many stored events are tried at once; a second of one core, beside the server's own."""
PAGE: Final = 20


class DraftTrial(Struct, frozen=True):
    """A draft to try on a source's newest events: how many of them, and how many samples of each sort of change."""

    source: str
    proposal: Proposal
    last: int = 1000
    samples: int = 10


async def simulate_connection(
    who: Bearer, source: str, connection: str, event: Event, proposal: Proposal, context: NodeContext
) -> Previewed:
    """What a connection would make of an event, by its own consent alone. Raises Missing and Invalid."""
    opened = the_source(who, source, context)
    draft = await draft_of(who, source, proposal, context) if proposal != Proposal() else live(opened)
    found = next((one for one in draft.connections if one.id == connection), None)
    if found is None:
        raise Missing(f"the source {source} has no connection {connection}")
    try:
        return preview_connection(event, ANONYMOUS, found, draft.mapping)
    except (ValueError, RecursionError) as why:
        raise Invalid(f"the event cannot be read: {why}") from why


async def simulate_draft(who: Bearer, trial: DraftTrial, context: NodeContext) -> list[WhatIf]:
    """What would become of stored events, connection by connection. Raises Missing, Invalid and Busy."""
    opened = the_source(who, trial.source, context)
    draft = await draft_of(who, trial.source, trial.proposal, context)
    stored = [one async for one in newest(opened, min(max(trial.last, 1), MOST), context)]
    return await asyncio.to_thread(what_if, stored, live(opened), draft, trial.samples)


def the_source(who: Bearer, source: str, context: NodeContext) -> Source:
    """A source of the bearer's workspace. Raises Missing."""
    opened = context.published_settings.source_at(who.organisation, f"{who.workspace}/{source}")
    if opened is None:
        raise Missing(f"there is no source {source} in this workspace")
    return opened.source


async def draft_of(who: Bearer, source: str, proposal: Proposal, context: NodeContext) -> DraftPolicy:
    """The source as proposed. Raises Missing and Invalid."""
    kept = await context.stores.catalogue.draft(who.organisation)
    if kept is None:
        raise Missing("there are no settings yet: apply some first")
    return drafted(kept.organisation, who.workspace, source, proposal)


async def newest(source: Source, limit: int, context: NodeContext) -> AsyncIterator[StoredEvent]:
    """A source's newest events, newest batch first, with what their people had agreed to at the time."""
    gates: dict[bytes, StoredPolicy] = {}
    before, left = None, limit
    while left > 0 and (page := await context.stores.events.latest(*source.place, PAGE, before)):
        for batch in page:
            if batch.policy_id not in gates:
                gates[batch.policy_id] = read_stored_policy(await context.stores.events.stored_policy(batch.policy_id))
            for one in stored_in(batch, gates[batch.policy_id], left):
                left -= 1
                yield one
        before = page[-1].id


def stored_in(batch: Batch, gates: StoredPolicy, limit: int) -> list[StoredEvent]:
    """A batch's events, as they were judged."""
    stored_batch = read_stored_batch(batch.body)
    whom = [stored_batch.subjects[about] for about in stored_batch.about]
    pairs = [pair for pair in zip(stored_batch.events, whom, strict=True) if not is_blank(pair[0])]
    return [as_stored(event, subject, gates) for event, subject in pairs[:limit]]


def as_stored(event: Event, subject: Subject, gates: StoredPolicy) -> StoredEvent:
    """One event with its person's profile, as far as the mapping of then knew it."""
    return StoredEvent(event, subject, profile_of(subject.profile, gates.mapping))
