"""Events in SQL: a row for each batch, a small one for each event's name, one for each outcome."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any, ClassVar, Final

from msgspec import Struct
from msgspec.structs import replace

from placet.stores.identities import UNCHANGED, Ties
from placet.stores.ports import Batch, Became, Key, Known, Missing, Note, Outcome, Stale
from placet.stores.sql import identities, outbox
from placet.stores.sql.keep import Face, face_of, seen, swap
from placet.stores.sql.steps import Ask, Each, Engine, Row, Steps, among

END: Final = 2**63 - 1
"""Behind every row."""

NAMED: Final = "SELECT name FROM event_names WHERE name IN (…)"

ADD_BATCH: Final = """
    INSERT INTO event_batches (id, organisation, source, at, gates, body) VALUES ($1, $2, $3, $4, $5, $6)
"""

ADD_NAME: Final = "INSERT INTO event_names (name, batch) VALUES ($1, $2)"

ADD_GATES: Final = "INSERT INTO event_gates (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"

FIND_BATCH: Final = "SELECT id, organisation, source, at, gates, body FROM event_batches WHERE id = $1"

FIND_EVENT: Final = """
    SELECT b.id, b.organisation, b.source, b.at, b.gates, b.body
    FROM event_names AS n JOIN event_batches AS b ON b.id = n.batch WHERE n.name = $1
"""

FIND_GATES: Final = "SELECT body FROM event_gates WHERE id = $1"

ADD_OUTCOME: Final = """
    INSERT INTO event_outcomes (name, connection, at, became, why, tries) VALUES ($1, $2, $3, $4, $5, $6)
"""

FIND_OUTCOMES: Final = """
    SELECT name, connection, at, became, why, tries FROM event_outcomes WHERE name = $1 ORDER BY seq
"""

COLUMNS: Final = "id, organisation, source, at, gates, body"

LATEST: Final = f"""
    SELECT {COLUMNS} FROM event_batches
    WHERE organisation = $1 AND source = $2 AND seq < coalesce((SELECT seq FROM event_batches WHERE id = $3), $4)
    ORDER BY seq DESC LIMIT $5
"""

# Without a condition on the time: where nothing is old, that would look at every batch there is.
OLDEST: Final = f"SELECT {COLUMNS} FROM event_batches ORDER BY seq LIMIT $1"

DROP_BATCH: Final = "DELETE FROM event_batches WHERE id = $1"
DROP_NAME: Final = "DELETE FROM event_names WHERE name = $1"
DROP_OUTCOMES: Final = "DELETE FROM event_outcomes WHERE name = $1"


class KeepBatch(Struct, frozen=True, tag=True):
    """A batch on its way into the database, with the gates it was judged by and all that it changes."""

    turn: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    batch: Batch
    gates: bytes
    names: tuple[Key, ...]
    notes: tuple[Note, ...]
    ties: Ties = UNCHANGED
    faces: tuple[Face, ...] = ()

    def steps(self) -> Steps[None]:
        """Rows in the order of their keys, so that two nodes cannot wait for one another. Raises Stale."""
        names = sorted(self.names)
        for question in among(NAMED, names):
            if (yield question):
                raise Stale("an event of this batch was taken in meanwhile")
        yield from identities.unchanged(self.ties)
        yield from seen(self.faces)
        batch = self.batch
        yield Ask(ADD_BATCH, (batch.id, batch.organisation, batch.source, batch.at, batch.gates, batch.body))
        yield Ask(ADD_GATES, (batch.gates, self.gates))
        if names:
            yield Each(ADD_NAME, [(name, batch.id) for name in names])
        yield from identities.write_down(self.ties)
        for face in self.faces:
            yield from swap(face)
        if self.notes:
            yield Each(outbox.ADD, [outbox.values_of(note) for note in self.notes])


class Finish(Struct, frozen=True, tag=True):
    """Write down what became of deliveries, and forget their notes."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    notes: list[Key]
    outcomes: list[Outcome]

    def steps(self) -> Steps[None]:
        """All at once: an outcome is written down exactly when its note goes."""
        yield Each(ADD_OUTCOME, [values_of(outcome) for outcome in self.outcomes])
        yield from outbox.done(self.notes)


class Drop(Struct, frozen=True, tag=True):
    """Forget batches, and everything about their events."""

    turn: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    batches: list[Key]
    names: list[Key]

    def steps(self) -> Steps[None]:
        """In the order of the keys, so that two nodes cannot wait for one another."""
        names = [(name,) for name in sorted(self.names)]
        yield Each(DROP_OUTCOMES, names)
        yield Each(DROP_NAME, names)
        yield Each(DROP_BATCH, [(batch,) for batch in sorted(self.batches)])


def values_of(outcome: Outcome) -> tuple[object, ...]:
    """An outcome as the values of `ADD_OUTCOME`."""
    return (outcome.event, outcome.connection, outcome.at, outcome.became.value, outcome.why, outcome.tries)


def outcome_from(row: Row) -> Outcome:
    """An outcome in a row of `FIND_OUTCOMES`."""
    event, connection, at, became, why, tries = row
    return Outcome(event, connection, at, Became(became), why, tries)


def known(names: list[Key]) -> Steps[list[Key]]:
    """Those of the names that are taken."""
    found: list[Key] = []
    for question in among(NAMED, names):
        found += [row[0] for row in (yield question)]
    return found


def one(sql: str, key: Key, what: str) -> Steps[Row]:
    """The one row with this key. Raises Missing."""
    rows = yield Ask(sql, (key,))
    if not rows:
        raise Missing(f"no {what} {key.hex()}")
    return rows[0]


def latest(organisation: str, source: str, most: int, before: Key) -> Steps[list[Batch]]:
    """A page of a source's batches, newest first."""
    rows = yield Ask(LATEST, (organisation, source, before, END, most))
    return [Batch(*row) for row in rows]


def oldest(before: int, most: int) -> Steps[list[Batch]]:
    """The oldest batches, as far as they came in before this time."""
    rows = yield Ask(OLDEST, (most,))
    return list(takewhile(lambda batch: batch.at < before, (Batch(*row) for row in rows)))


def outcomes(event: Key) -> Steps[list[Outcome]]:
    """What became of an event's deliveries."""
    rows = yield Ask(FIND_OUTCOMES, (event,))
    return [outcome_from(row) for row in rows]


@dataclass(frozen=True)
class SqlEvents:
    """The `Events` port over either engine."""

    engine: Engine

    async def keep(
        self,
        batch: Batch,
        gates: bytes,
        names: tuple[Key, ...],
        notes: tuple[Note, ...],
        ties: Ties = UNCHANGED,
        claims: tuple[Known, ...] = (),
    ) -> None:
        """See `Events.keep`."""
        faces = tuple(sorted(map(face_of, claims), key=lambda face: (face.group, face.person)))
        await self.engine.write(KeepBatch(batch, gates, names, notes, ties, faces))

    async def known(self, names: list[Key]) -> frozenset[Key]:
        """See `Events.known`."""
        return frozenset(await self.engine.read(known(names))) if names else frozenset()

    async def batch(self, id: Key) -> Batch:
        """See `Events.batch`."""
        return Batch(*await self.engine.read(one(FIND_BATCH, id, "batch")))

    async def batch_of(self, event: Key) -> Batch:
        """See `Events.batch_of`."""
        return Batch(*await self.engine.read(one(FIND_EVENT, event, "event")))

    async def gates(self, id: Key) -> bytes:
        """See `Events.gates`."""
        body: bytes = (await self.engine.read(one(FIND_GATES, id, "gates")))[0]
        return body

    async def finish(self, notes: list[Key], outcomes: list[Outcome]) -> None:
        """See `Events.finish`."""
        plain = [replace(outcome, why=outbox.plain(outcome.why)) for outcome in outcomes]
        await self.engine.write(Finish(notes, plain))

    async def outcomes(self, event: Key) -> list[Outcome]:
        """See `Events.outcomes`."""
        return await self.engine.read(outcomes(event))

    async def latest(self, organisation: str, source: str, most: int, before: Key | None = None) -> list[Batch]:
        """See `Events.latest`."""
        return await self.engine.read(latest(organisation, source, most, before or b""))

    async def oldest(self, before: int, most: int) -> list[Batch]:
        """See `Events.oldest`."""
        return await self.engine.read(oldest(before, most))

    async def drop(self, batches: list[Key], names: list[Key]) -> None:
        """See `Events.drop`."""
        await self.engine.write(Drop(batches, names))
