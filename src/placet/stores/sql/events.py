"""Events in SQL: a row for each batch, a small one for each event's name, one for each outcome."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any, ClassVar, Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Missing, Stale
from placet.events.identity.records import NO_IDENTITY_CHANGES, IdentityChanges
from placet.stores.ports.events import Batch, DeliveryOutcome, Outcome
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.sql import identities, outbox
from placet.stores.sql.statements import Engine, ExecuteMany, Query, Row, Statements, among
from placet.stores.sql.write_decision import ProfileRow, compare_and_swap, row_of_profile, seen

END: Final = 2**63 - 1
"""Behind every row."""

NAMED: Final = "SELECT name FROM event_names WHERE name IN (…)"

ADD_BATCH: Final = """
    INSERT INTO event_batches (id, organisation, source, at, gates, body) VALUES ($1, $2, $3, $4, $5, $6)
"""

ADD_NAME: Final = "INSERT INTO event_names (name, batch) VALUES ($1, $2)"

ADD_POLICY: Final = "INSERT INTO event_gates (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"

FIND_BATCH: Final = "SELECT id, organisation, source, at, gates, body FROM event_batches WHERE id = $1"

FIND_EVENT: Final = """
    SELECT b.id, b.organisation, b.source, b.at, b.gates, b.body
    FROM event_names AS n JOIN event_batches AS b ON b.id = n.batch WHERE n.name = $1
"""

FIND_POLICY: Final = "SELECT body FROM event_gates WHERE id = $1"

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


class StoreBatch(Struct, frozen=True, tag=True):
    """A batch on its way into the database, with the gates it was judged by and all that it changes."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    batch: Batch
    policy: bytes
    names: tuple[Id, ...]
    messages: tuple[OutboxMessage, ...]
    identity_changes: IdentityChanges = NO_IDENTITY_CHANGES
    profile_rows: tuple[ProfileRow, ...] = ()

    def statements(self) -> Statements[None]:
        """Rows in the order of their keys, so that two nodes cannot wait for one another. Raises Stale."""
        names = sorted(self.names)
        for question in among(NAMED, names):
            if (yield question):
                raise Stale("an event of this batch was taken in meanwhile")
        yield from identities.unchanged(self.identity_changes)
        yield from seen(self.profile_rows)
        batch = self.batch
        yield Query(ADD_BATCH, (batch.id, batch.organisation, batch.source, batch.at, batch.policy_id, batch.body))
        yield Query(ADD_POLICY, (batch.policy_id, self.policy))
        if names:
            yield ExecuteMany(ADD_NAME, [(name, batch.id) for name in names])
        yield from identities.write_changes(self.identity_changes)
        for dialect in self.profile_rows:
            yield from compare_and_swap(dialect)
        if self.messages:
            yield ExecuteMany(outbox.ADD, [outbox.values_of(message) for message in self.messages])


class Finish(Struct, frozen=True, tag=True):
    """Write down what became of deliveries, and forget their notes."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    messages: list[Id]
    outcomes: list[Outcome]

    def statements(self) -> Statements[None]:
        """All at once: an outcome is written down exactly when its note goes."""
        yield ExecuteMany(ADD_OUTCOME, [values_of(outcome) for outcome in self.outcomes])
        yield from outbox.done(self.messages)


class DropBatches(Struct, frozen=True, tag=True):
    """Forget batches, and everything about their events."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    batches: list[Id]
    names: list[Id]

    def statements(self) -> Statements[None]:
        """In the order of the keys, so that two nodes cannot wait for one another."""
        names = [(name,) for name in sorted(self.names)]
        yield ExecuteMany(DROP_OUTCOMES, names)
        yield ExecuteMany(DROP_NAME, names)
        yield ExecuteMany(DROP_BATCH, [(batch,) for batch in sorted(self.batches)])


def values_of(outcome: Outcome) -> tuple[object, ...]:
    """An outcome as the values of `ADD_OUTCOME`."""
    return (outcome.event, outcome.connection, outcome.at, outcome.outcome.value, outcome.why, outcome.attempts)


def outcome_from(row: Row) -> Outcome:
    """An outcome in a row of `FIND_OUTCOMES`."""
    event, connection, at, became, why, tries = row
    return Outcome(event, connection, at, DeliveryOutcome(became), why, tries)


def known(names: list[Id]) -> Statements[list[Id]]:
    """Those of the names that are taken."""
    found: list[Id] = []
    for question in among(NAMED, names):
        found += [row[0] for row in (yield question)]
    return found


def one(sql: str, key: Id, what: str) -> Statements[Row]:
    """The one row with this key. Raises Missing."""
    rows = yield Query(sql, (key,))
    if not rows:
        raise Missing(f"no {what} {key.hex()}")
    return rows[0]


def latest(organisation: str, source: str, limit: int, before: Id) -> Statements[list[Batch]]:
    """A page of a source's batches, newest first."""
    rows = yield Query(LATEST, (organisation, source, before, END, limit))
    return [Batch(*row) for row in rows]


def oldest(before: int, limit: int) -> Statements[list[Batch]]:
    """The oldest batches, as far as they came in before this time."""
    rows = yield Query(OLDEST, (limit,))
    return list(takewhile(lambda batch: batch.at < before, (Batch(*row) for row in rows)))


def outcomes(event: Id) -> Statements[list[Outcome]]:
    """What became of an event's deliveries."""
    rows = yield Query(FIND_OUTCOMES, (event,))
    return [outcome_from(row) for row in rows]


@dataclass(frozen=True)
class SqlEvents:
    """The `Events` port over either engine."""

    engine: Engine

    async def store_batch(
        self,
        batch: Batch,
        gates: bytes,
        names: tuple[Id, ...],
        messages: tuple[OutboxMessage, ...],
        identity_changes: IdentityChanges = NO_IDENTITY_CHANGES,
        claims: tuple[VersionedProfile, ...] = (),
    ) -> None:
        """See `Events.store_batch`."""
        faces = tuple(sorted(map(row_of_profile, claims), key=lambda dialect: (dialect.group, dialect.person)))
        await self.engine.write(StoreBatch(batch, gates, names, messages, identity_changes, faces))

    async def known_keys(self, names: list[Id]) -> frozenset[Id]:
        """See `Events.known_keys`."""
        return frozenset(await self.engine.read(known(names))) if names else frozenset()

    async def batch(self, id: Id) -> Batch:
        """See `Events.batch`."""
        return Batch(*await self.engine.read(one(FIND_BATCH, id, "batch")))

    async def batch_of(self, event: Id) -> Batch:
        """See `Events.batch_of`."""
        return Batch(*await self.engine.read(one(FIND_EVENT, event, "event")))

    async def stored_policy(self, id: Id) -> bytes:
        """See `Events.gates`."""
        body: bytes = (await self.engine.read(one(FIND_POLICY, id, "gates")))[0]
        return body

    async def finish(self, messages: list[Id], outcomes: list[Outcome]) -> None:
        """See `Events.finish`."""
        plain = [replace(outcome, why=outbox.plain(outcome.why)) for outcome in outcomes]
        await self.engine.write(Finish(messages, plain))

    async def outcomes(self, event: Id) -> list[Outcome]:
        """See `Events.outcomes`."""
        return await self.engine.read(outcomes(event))

    async def latest(self, organisation: str, source: str, limit: int, before: Id | None = None) -> list[Batch]:
        """See `Events.latest`."""
        return await self.engine.read(latest(organisation, source, limit, before or b""))

    async def oldest(self, before: int, limit: int) -> list[Batch]:
        """See `Events.oldest`."""
        return await self.engine.read(oldest(before, limit))

    async def drop(self, batches: list[Id], names: list[Id]) -> None:
        """See `Events.drop`."""
        await self.engine.write(DropBatches(batches, names))
