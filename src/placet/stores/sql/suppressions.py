"""Suppressions in SQL: a row for each user, and one for each time somebody asked."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct, json

from placet.stores.ports import AuditEntry, Key, Missing, Regulation, Ruling
from placet.stores.sql.catalogue import changed
from placet.stores.sql.steps import Ask, Each, Engine, Row, Steps

SUPPRESS: Final = """
    INSERT INTO suppressions (organisation, workspace, subject, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (organisation, workspace, subject) DO NOTHING
"""

LIFT: Final = "DELETE FROM suppressions WHERE organisation = $1 AND workspace = $2 AND subject = $3"

ADD: Final = """
    INSERT INTO regulations (id, organisation, workspace, kind, subjects, at, who) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

EVERY: Final = "SELECT organisation, workspace, subject FROM suppressions ORDER BY organisation, workspace, subject"

OF: Final = """
    SELECT subject FROM suppressions WHERE organisation = $1 AND workspace = $2 AND subject > $3
    ORDER BY subject LIMIT $4
"""

COLUMNS: Final = "id, organisation, workspace, kind, subjects, at, who"

REGULATIONS: Final = f"""
    SELECT {COLUMNS} FROM regulations WHERE organisation = $1 AND workspace = $2 ORDER BY id DESC LIMIT $3
"""

FIND: Final = f"SELECT {COLUMNS} FROM regulations WHERE id = $1"

subjects_from: Final = json.Decoder(tuple[str, ...]).decode


class Regulate(Struct, frozen=True, tag=True):
    """Suppress users, or lift that."""

    turn: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    regulation: Regulation

    def steps(self) -> Steps[None]:
        """All at once, with a line in the history that names nobody."""
        one = self.regulation
        place = (one.organisation, one.workspace)
        subjects = sorted(frozenset(one.subjects))
        if one.kind is Ruling.SUPPRESS:
            yield Each(SUPPRESS, [(*place, subject, one.at) for subject in subjects])
        if one.kind is Ruling.LIFT:
            yield Each(LIFT, [(*place, subject) for subject in subjects])
        yield Ask(ADD, (one.id, *place, one.kind.value, json.encode(one.subjects), one.at, one.by))
        entry = AuditEntry(one.at, one.by, one.kind.value, one.workspace, f"{len(subjects)} users")
        yield from changed(one.organisation, entry)


def regulation_from(row: Row) -> Regulation:
    """A regulation in a row of `COLUMNS`."""
    id, organisation, workspace, kind, subjects, at, who = row
    return Regulation(id, organisation, workspace, Ruling(kind), subjects_from(subjects), at, who)


def every() -> Steps[list[tuple[str, str, str]]]:
    """Everybody."""
    rows = yield Ask(EVERY)
    return [(organisation, workspace, subject) for organisation, workspace, subject in rows]


def of(organisation: str, workspace: str, most: int, after: str) -> Steps[list[str]]:
    """A page of a workspace's."""
    rows = yield Ask(OF, (organisation, workspace, after, most))
    return [row[0] for row in rows]


def regulations(organisation: str, workspace: str, most: int) -> Steps[list[Regulation]]:
    """What was asked for."""
    rows = yield Ask(REGULATIONS, (organisation, workspace, most))
    return [regulation_from(row) for row in rows]


def regulation(id: Key) -> Steps[Regulation]:
    """One of them. Raises Missing."""
    rows = yield Ask(FIND, (id,))
    if not rows:
        raise Missing(f"no regulation {id.hex()}")
    return regulation_from(rows[0])


@dataclass(frozen=True)
class SqlSuppressions:
    """The `Suppressions` port over either engine."""

    engine: Engine

    async def regulate(self, regulation: Regulation) -> None:
        """See `Suppressions.regulate`."""
        await self.engine.write(Regulate(regulation))

    async def every(self) -> list[tuple[str, str, str]]:
        """See `Suppressions.every`."""
        return await self.engine.read(every())

    async def of(self, organisation: str, workspace: str, most: int, after: str = "") -> list[str]:
        """See `Suppressions.of`."""
        return await self.engine.read(of(organisation, workspace, most, after))

    async def regulations(self, organisation: str, workspace: str, most: int) -> list[Regulation]:
        """See `Suppressions.regulations`."""
        return await self.engine.read(regulations(organisation, workspace, most))

    async def regulation(self, id: Key) -> Regulation:
        """See `Suppressions.regulation`."""
        return await self.engine.read(regulation(id))
