"""Explain what became of an event: every verdict derived again from what was stored, beside the one that was given."""

from collections.abc import Iterator

from msgspec import Struct

from placet.errors import Missing
from placet.events.policy.explain import VerdictExplanation, explain
from placet.events.policy.verdict import Verdict
from placet.events.records.batch_codec import (
    StoredBatchFields,
    StoredPolicy,
    name_of,
    read_stored_batch,
    read_stored_policy,
)
from placet.stores.ports.events import Outcome
from placet.stores.ports.stores import Stores


class ConnectionExplanation(Struct, frozen=True):
    """One connection's verdict then, the same derived again, whether both agree, and what became of the delivery."""

    then: Verdict
    again: VerdictExplanation
    agree: bool
    outcomes: tuple[Outcome, ...]


class EventExplanation(Struct, frozen=True):
    """An event: where it came in, when (epoch ms), its kind and name, and what each connection made of it.

    `person` is whom it was about then ("" for nobody), at this version.
    """

    organisation: str
    source: str
    at: int
    kind: str
    name: str
    connections: tuple[ConnectionExplanation, ...]
    person: str = ""
    version: int = 0


async def explain_event(id: str, stores: Stores) -> tuple[EventExplanation, ...]:
    """Every event with this message id, one for each source that took one in. Raises Missing and Busy."""
    drafts = (await stores.catalogue.snapshot()).drafts
    places = [
        (draft.organisation.id.lower(), f"{workspace.id}/{source.id}")
        for draft in drafts
        for workspace in draft.organisation.workspaces
        for source in workspace.sources
    ]
    names = [name_of(*place, id) for place in places]
    known = await stores.events.known_keys(names)
    found = [await told(id, name, stores) for name in names if name in known]
    if not found:
        raise Missing(f"no source has taken in an event called '{id}'")
    return tuple(found)


async def told(id: str, name: bytes, stores: Stores) -> EventExplanation:
    """One kept event."""
    batch = await stores.events.batch_of(name)
    gates = read_stored_policy(await stores.events.stored_policy(batch.policy_id))
    outcomes = await stores.events.outcomes(name)
    stored_batch = read_stored_batch(batch.body)
    place = next(place for place, event in enumerate(stored_batch.events) if event.id == id)
    event, whom = stored_batch.events[place], stored_batch.subjects[stored_batch.about[place]]
    connections = tuple(explained(place, stored_batch, gates, outcomes))
    where = (batch.organisation, batch.source, batch.at)
    return EventExplanation(*where, event.kind.value, event.name, connections, whom.person, whom.version)


def explained(
    place: int, stored_batch: StoredBatchFields, gates: StoredPolicy, outcomes: list[Outcome]
) -> Iterator[ConnectionExplanation]:
    """What each connection said, and says again."""
    event, subject = stored_batch.events[place], stored_batch.subjects[stored_batch.about[place]]
    for connection, then in zip(gates.connections, stored_batch.verdicts.about(place), strict=True):
        again = explain(event, subject, connection, gates.mapping)
        ended = tuple(one for one in outcomes if one.connection == connection.id)
        yield ConnectionExplanation(then, again, then == again.verdict, ended)
