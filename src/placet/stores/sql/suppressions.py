"""Regulations in SQL: a row for each time somebody asked, and one for each user who is suppressed."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct, json

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing, Stale
from placet.privacy.regulation import Regulation, RegulationType
from placet.stores.ports.catalogue import AuditEntry
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.suppressions import RedactedBatch
from placet.stores.sql import events, outbox
from placet.stores.sql.catalogue import changed
from placet.stores.sql.statements import LAST_KEY, Engine, ExecuteMany, Query, Row, Statements, among

SUPPRESS: Final = """
    INSERT INTO suppressions (organisation, workspace, subject, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (organisation, workspace, subject) DO NOTHING
"""

LIFT: Final = "DELETE FROM suppressions WHERE organisation = $1 AND workspace = $2 AND subject = $3"

COLUMNS: Final = "id, organisation, workspace, kind, subjects, at, who, source, named, done"

ADD: Final = f"INSERT INTO regulations ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"

UNDER_WAY: Final = f"""
    SELECT {COLUMNS} FROM regulations
    WHERE organisation = $1 AND workspace = $2 AND source = $3 AND kind = $4 AND named = $5 AND subjects = $6
    AND done = 0
"""

CARRIED_OUT: Final = "UPDATE regulations SET done = $2 WHERE id = $1"

BODY: Final = "SELECT body FROM event_batches WHERE id = $1"

REPLACE: Final = "UPDATE event_batches SET body = $2 WHERE id = $1"

EVERY: Final = "SELECT organisation, workspace, subject FROM suppressions ORDER BY organisation, workspace, subject"

OF: Final = """
    SELECT subject FROM suppressions WHERE organisation = $1 AND workspace = $2 AND subject > $3
    ORDER BY subject LIMIT $4
"""

REGULATIONS: Final = f"""
    SELECT {COLUMNS} FROM regulations WHERE organisation = $1 AND workspace = $2 AND source = $3 AND id < $4
    ORDER BY id DESC LIMIT $5
"""

FIND: Final = f"SELECT {COLUMNS} FROM regulations WHERE id = $1"

NEXT_SOURCE: Final = """
    SELECT source FROM event_batches WHERE organisation = $1 AND source > $2 ORDER BY source LIMIT 1
"""

subjects_from: Final = json.Decoder(tuple[str, ...]).decode


class Regulate(Struct, frozen=True, tag=True):
    """Suppress people, or lift that; what else was asked for is left to whoever claims the notes."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = Regulation

    regulation: Regulation
    messages: tuple[OutboxMessage, ...] = ()

    def statements(self) -> Statements[Regulation]:
        """All at once, with a line in the history that names nobody."""
        one = self.regulation
        if one.kind.deletes and (found := (yield Query(UNDER_WAY, same_as(one)))):
            return regulation_from(found[0])
        subjects = sorted(frozenset(one.subjects))
        if one.kind.suppresses:
            yield ExecuteMany(SUPPRESS, [(one.organisation, one.place, subject, one.at) for subject in subjects])
        if one.kind is RegulationType.LIFT:
            yield ExecuteMany(LIFT, [(one.organisation, one.place, subject) for subject in subjects])
        yield Query(ADD, values_of(one))
        yield ExecuteMany(outbox.ADD, [outbox.values_of(message) for message in self.messages])
        entry = AuditEntry(one.at, one.by, one.kind.value, one.place, f"{len(subjects)} users")
        yield from changed(one.organisation, entry)
        return one


class Erase(Struct, frozen=True, tag=True):
    """One step of a deletion."""

    lock_group: ClassVar[str] = "erase"
    answer: ClassVar[Any] = None

    batches: list[RedactedBatch]
    names: list[Id]
    note: Id
    next: OutboxMessage

    def statements(self) -> Statements[None]:
        """Unless somebody has taken it: look at every batch again, then write. Raises Stale."""
        if not (yield Query(outbox.IS_THERE, (self.note,))):
            return
        there = []
        for one in sorted(self.batches, key=lambda one: one.id):
            rows = yield Query(BODY, (one.id,))
            if rows and rows[0][0] != one.before:
                raise Stale("a batch was changed since it was read")
            there += [(one.id, one.after)] if rows else []
        names = [(name,) for name in sorted(self.names)]
        yield ExecuteMany(REPLACE, there)
        yield ExecuteMany(events.DROP_OUTCOMES, names)
        yield ExecuteMany(events.DROP_NAME, names)
        yield from among(outbox.DONE, [self.note])
        yield ExecuteMany(outbox.ADD, [outbox.values_of(self.next)])


class CarriedOut(Struct, frozen=True, tag=True):
    """A deletion has come to its end here."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Id
    at: int
    note: Id

    def statements(self) -> Statements[None]:
        """With its note, unless that is gone."""
        if (yield Query(outbox.IS_THERE, (self.note,))):
            yield Query(CARRIED_OUT, (self.id, self.at))
            yield from among(outbox.DONE, [self.note])


def same_as(one: Regulation) -> tuple[object, ...]:
    """The values of `UNDER_WAY`."""
    return (one.organisation, one.workspace, one.source, one.kind.value, one.named, json.encode(one.subjects))


def values_of(one: Regulation) -> tuple[object, ...]:
    """A regulation as the values of `ADD`."""
    place, subjects = (one.organisation, one.workspace), json.encode(one.subjects)
    return (one.id, *place, one.kind.value, subjects, one.at, one.by, one.source, one.named, one.done)


def regulation_from(row: Row) -> Regulation:
    """A regulation in a row of `COLUMNS`."""
    id, organisation, workspace, kind, subjects, *rest = row
    return Regulation(id, organisation, workspace, RegulationType(kind), subjects_from(subjects), *rest)


def every() -> Statements[list[tuple[str, str, str]]]:
    """Everybody."""
    rows = yield Query(EVERY)
    return [(organisation, workspace, subject) for organisation, workspace, subject in rows]


def of(organisation: str, workspace: str, limit: int, after: str) -> Statements[list[str]]:
    """A page of a workspace's."""
    rows = yield Query(OF, (organisation, workspace, after, limit))
    return [row[0] for row in rows]


def sources(organisation: str) -> Statements[list[str]]:
    """Each source once: a look-up for each, however many batches it has."""
    found: list[str] = []
    while rows := (yield Query(NEXT_SOURCE, (organisation, found[-1] if found else ""))):
        found.append(rows[0][0])
    return found


def regulations(organisation: str, workspace: str, source: str, before: Id, limit: int) -> Statements[list[Regulation]]:
    """A page of what was asked for."""
    rows = yield Query(REGULATIONS, (organisation, workspace, source, before, limit))
    return [regulation_from(row) for row in rows]


def regulation(id: Id) -> Statements[Regulation]:
    """One of them. Raises Missing."""
    rows = yield Query(FIND, (id,))
    if not rows:
        raise Missing(f"no regulation {id.hex()}")
    return regulation_from(rows[0])


@dataclass(frozen=True)
class SqlSuppressions:
    """The `Suppressions` port over either engine."""

    engine: Engine

    async def regulate(self, regulation: Regulation, messages: tuple[OutboxMessage, ...] = ()) -> Regulation:
        """See `Suppressions.regulate`."""
        return await self.engine.write(Regulate(regulation, messages))

    async def erase(self, batches: list[RedactedBatch], names: list[Id], message: Id, next: OutboxMessage) -> None:
        """See `Suppressions.erase`."""
        await self.engine.write(Erase(batches, names, message, next))

    async def carried_out(self, id: Id, at: int, message: Id) -> None:
        """See `Suppressions.carried_out`."""
        await self.engine.write(CarriedOut(id, at, message))

    async def every(self) -> list[tuple[str, str, str]]:
        """See `Suppressions.every`."""
        return await self.engine.read(every())

    async def of(self, organisation: str, workspace: str, limit: int, after: str = "") -> list[str]:
        """See `Suppressions.of`."""
        return await self.engine.read(of(organisation, workspace, limit, after))

    async def sources(self, organisation: str) -> list[str]:
        """See `Suppressions.sources`."""
        return await self.engine.read(sources(organisation))

    async def regulations(
        self, organisation: str, workspace: str, limit: int, source: str = "", before: Id | None = None
    ) -> list[Regulation]:
        """See `Suppressions.regulations`."""
        return await self.engine.read(regulations(organisation, workspace, source, before or LAST_KEY, limit))

    async def regulation(self, id: Id) -> Regulation:
        """See `Suppressions.regulation`."""
        return await self.engine.read(regulation(id))
