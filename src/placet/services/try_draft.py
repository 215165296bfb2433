"""Test before you trust: one event through a connection, and stored events through a draft; nothing is sent or kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from placet.consent.access import Bearer
from placet.consent.errors import Invalid
from placet.events.case import NOBODY, Subject
from placet.events.draft import Proposal, drafted, live, profile_of
from placet.events.erasure import is_blank
from placet.events.event import Event
from placet.events.frame import Gates, read_frame, read_gates
from placet.events.preview import Draft, Previewed, Stored, WhatIf, preview_connection, what_if
from placet.events.source import Source
from placet.stores.house import House
from placet.stores.ports import Batch, Missing

MOST: Final = 5000
"""So many stored events are tried at once; a second of one core, beside the server's own."""
PAGE: Final = 20


class Trial(Struct, frozen=True):
    """A draft to try on a source's newest events: how many of them, and how many samples of each sort of change."""

    source: str
    proposal: Proposal
    last: int = 1000
    samples: int = 10


async def try_connection(
    who: Bearer, source: str, connection: str, event: Event, proposal: Proposal, house: House
) -> Previewed:
    """What a connection would make of an event, by its own consent alone. Raises Missing and Invalid."""
    opened = the_source(who, source, house)
    draft = await draft_of(who, source, proposal, house) if proposal != Proposal() else live(opened)
    found = next((one for one in draft.connections if one.id == connection), None)
    if found is None:
        raise Missing(f"the source {source} has no connection {connection}")
    try:
        return preview_connection(event, NOBODY, found, draft.mapping)
    except (ValueError, RecursionError) as why:
        raise Invalid(f"the event cannot be read: {why}") from why


async def try_draft(who: Bearer, trial: Trial, house: House) -> list[WhatIf]:
    """What would become of stored events, connection by connection. Raises Missing, Invalid and Busy."""
    opened = the_source(who, trial.source, house)
    draft = await draft_of(who, trial.source, trial.proposal, house)
    stored = [one async for one in newest(opened, min(max(trial.last, 1), MOST), house)]
    return await asyncio.to_thread(what_if, stored, live(opened), draft, trial.samples)


def the_source(who: Bearer, source: str, house: House) -> Source:
    """A source of the bearer's workspace. Raises Missing."""
    opened = house.shelf.source_at(who.organisation, f"{who.workspace}/{source}")
    if opened is None:
        raise Missing(f"there is no source {source} in this workspace")
    return opened.source


async def draft_of(who: Bearer, source: str, proposal: Proposal, house: House) -> Draft:
    """The source as proposed. Raises Missing and Invalid."""
    kept = await house.stores.catalogue.draft(who.organisation)
    if kept is None:
        raise Missing("there are no settings yet: apply some first")
    return drafted(kept.organisation, who.workspace, source, proposal)


async def newest(source: Source, most: int, house: House) -> AsyncIterator[Stored]:
    """A source's newest events, newest batch first, with what their people had agreed to at the time."""
    gates: dict[bytes, Gates] = {}
    before, left = None, most
    while left > 0 and (page := await house.stores.events.latest(*source.place, PAGE, before)):
        for batch in page:
            if batch.gates not in gates:
                gates[batch.gates] = read_gates(await house.stores.events.gates(batch.gates))
            for one in stored_in(batch, gates[batch.gates], left):
                left -= 1
                yield one
        before = page[-1].id


def stored_in(batch: Batch, gates: Gates, most: int) -> list[Stored]:
    """A batch's events, as they were judged."""
    frame = read_frame(batch.body)
    whom = [frame.subjects[about] for about in frame.about]
    pairs = [pair for pair in zip(frame.events, whom, strict=True) if not is_blank(pair[0])]
    return [as_stored(event, subject, gates) for event, subject in pairs[:most]]


def as_stored(event: Event, subject: Subject, gates: Gates) -> Stored:
    """One event with its person's profile, as far as the mapping of then knew it."""
    return Stored(event, subject, profile_of(subject.profile, gates.mapping))
