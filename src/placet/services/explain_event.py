"""Explain what became of an event: every verdict derived again from what was stored, beside the one that was given."""

from collections.abc import Iterator

from msgspec import Struct

from placet.events.explain import Explanation, explain
from placet.events.frame import Gates, KeptFrame, name_of, read_frame, read_gates
from placet.events.verdict import Verdict
from placet.stores.ports import Missing, Outcome, Stores


class Explained(Struct, frozen=True):
    """One connection's verdict then, the same derived again, whether both agree, and what became of the delivery."""

    then: Verdict
    again: Explanation
    agree: bool
    outcomes: tuple[Outcome, ...]


class Told(Struct, frozen=True):
    """An event: where it came in, when (epoch ms), its kind and name, and what each connection made of it.

    `person` is whom it was about then ("" for nobody), at this version.
    """

    organisation: str
    source: str
    at: int
    kind: str
    name: str
    connections: tuple[Explained, ...]
    person: str = ""
    version: int = 0


async def explain_event(id: str, stores: Stores) -> tuple[Told, ...]:
    """Every event with this message id, one for each source that took one in. Raises Missing and Busy."""
    drafts = (await stores.catalogue.shelf()).drafts
    places = [
        (draft.organisation.id.lower(), f"{workspace.id}/{source.id}")
        for draft in drafts
        for workspace in draft.organisation.workspaces
        for source in workspace.sources
    ]
    names = [name_of(*place, id) for place in places]
    known = await stores.events.known(names)
    found = [await told(id, name, stores) for name in names if name in known]
    if not found:
        raise Missing(f"no source has taken in an event called '{id}'")
    return tuple(found)


async def told(id: str, name: bytes, stores: Stores) -> Told:
    """One kept event."""
    batch = await stores.events.batch_of(name)
    gates = read_gates(await stores.events.gates(batch.gates))
    outcomes = await stores.events.outcomes(name)
    frame = read_frame(batch.body)
    place = next(place for place, event in enumerate(frame.events) if event.id == id)
    event, whom = frame.events[place], frame.subjects[frame.about[place]]
    connections = tuple(explained(place, frame, gates, outcomes))
    where = (batch.organisation, batch.source, batch.at)
    return Told(*where, event.kind.value, event.name, connections, whom.person, whom.version)


def explained(place: int, frame: KeptFrame, gates: Gates, outcomes: list[Outcome]) -> Iterator[Explained]:
    """What each connection said, and says again."""
    event, subject = frame.events[place], frame.subjects[frame.about[place]]
    for connection, then in zip(gates.connections, frame.verdicts.about(place), strict=True):
        again = explain(event, subject, connection, gates.mapping)
        ended = tuple(one for one in outcomes if one.connection == connection.id)
        yield Explained(then, again, then == again.verdict, ended)
