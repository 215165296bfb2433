"""Names and people in SQL: a row for each name, a row for each person, changed by whoever saw them as they are."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

from msgspec import Struct, msgpack

from placet.stores.identities import Key, Name, Near, Somebody, Tie, Ties
from placet.stores.ports import Stale
from placet.stores.sql import people
from placet.stores.sql.steps import Ask, Each, Engine, Row, Steps, among

TIES: Final = "SELECT name, people FROM identities WHERE name IN (…)"

PEOPLE: Final = "SELECT id, version, names, joined FROM persons WHERE id IN (…)"

# The second condition is the one of the index.
JOINED: Final = "SELECT id FROM persons WHERE joined IN (…) AND length(joined) > 0"

MEMORIES: Final = "SELECT person, version, body FROM profiles WHERE consent_group = $1 AND person IN (…)"

ADD_TIE: Final = "INSERT INTO identities (name, people) VALUES ($1, $2)"

CHANGE_TIE: Final = "UPDATE identities SET people = $2 WHERE name = $1 AND people = $3 RETURNING name"

DROP_TIE: Final = "DELETE FROM identities WHERE name = $1 AND people = $2 RETURNING name"

ADD_PERSON: Final = "INSERT INTO persons (id, version, names, joined) VALUES ($1, 1, $2, $3)"

CHANGE_PERSON: Final = """
    UPDATE persons SET version = version + 1, names = $2, joined = $3 WHERE id = $1 AND version = $4 RETURNING version
"""

STALE: Final = "somebody's names were changed since they were loaded"

REMEMBERED: Final = 4096
"""Rows kept decoded. The key is the whole row as it was read just now, so no other node can make one wrong."""

encode: Final = msgpack.Encoder().encode
names_from: Final = lru_cache(REMEMBERED)(msgpack.Decoder(tuple[Name, ...]).decode)
profile_from: Final = lru_cache(REMEMBERED)(people.decode)


def ids_from(joined: bytes) -> tuple[Key, ...]:
    """Ids that stand one behind the other."""
    return tuple(joined[at : at + 16] for at in range(0, len(joined), 16))


def somebody_from(row: Row) -> Somebody:
    """A person in a row of `PEOPLE`."""
    id, version, names, joined = row
    return Somebody(id, names_from(names), version, joined)


def near(names: Sequence[Name], group: Key | None, asked: Sequence[Key]) -> Steps[Near]:
    """See `Identities.near`."""
    ties: dict[Key, tuple[Key, ...]] = {}
    for question in among(TIES, [name.key for name in names]):
        ties.update([(name, ids_from(ids)) for name, ids in (yield question)])
    found: dict[Key, Somebody] = {}
    wanted = dict.fromkeys([*asked, *(id for ids in ties.values() for id in ids)])
    while wanted:
        rows: list[Row] = []
        for question in among(PEOPLE, list(wanted)):
            rows += yield question
        found |= {one.id: one for one in map(somebody_from, rows)}
        wanted = dict.fromkeys(one.joined for one in found.values() if one.joined and one.joined not in found)
    memories: dict[Key, tuple[int, Any]] = {}
    for question in among(MEMORIES, memories_of(names, found.values()), group) if group else ():
        memories.update([(person, (version, profile_from(body))) for person, version, body in (yield question)])
    return Near(tuple(found.values()), ties, memories)


def joined_to(people: Sequence[Key]) -> Steps[list[Key]]:
    """These, and everybody who turned out to be one of them."""
    found = dict.fromkeys(people)
    wanted = list(found)
    while wanted:
        rows: list[Row] = []
        for question in among(JOINED, wanted):
            rows += yield question
        wanted = [row[0] for row in rows if row[0] not in found]
        found.update(dict.fromkeys(wanted))
    return list(found)


def memories_of(names: Sequence[Name], people: Iterable[Somebody]) -> list[Key]:
    """Where memories may be: under these names and those of the people, each once."""
    keys = {name.claimed for name in names} | {name.proven for name in names}
    for one in people:
        for name in one.names:
            keys.add(name.claimed)
            keys.add(name.proven)
    keys.discard(b"")
    return sorted(keys)


def unchanged(ties: Ties) -> Generator[Ask | Each, list[Row], None]:
    """Look whether all is as it was seen. Raises Stale."""
    versions = {one.id: one.version for one in ties.people if one.version}
    for question in among(PEOPLE, sorted(versions)):
        for row in (yield question):
            if versions.pop(row[0], row[1]) != row[1]:
                raise Stale(STALE)
    seen = {tie.name: tie.seen for tie in ties.ties}
    for question in among(TIES, sorted(seen)):
        for name, ids in (yield question):
            if seen.pop(name, None) not in (None, ids_from(ids)):
                raise Stale(STALE)
    if versions or any(seen.values()):
        raise Stale(STALE)


def write_down(ties: Ties) -> Generator[Ask | Each, list[Row], None]:
    """Write what changed, in the order of the keys, so that two nodes cannot wait for one another.

    On SQLite what `unchanged` saw is still so. On PostgreSQL another node may have been faster since: then a
    statement finds no row, or one too many, and the whole transaction is undone. Raises Stale.
    """
    everybody = sorted(ties.people, key=lambda one: one.id)
    if new := [(one.id, encode(one.names), one.joined) for one in everybody if not one.version]:
        yield Each(ADD_PERSON, new)
    for one in everybody:
        if one.version:
            yield from at_once(Ask(CHANGE_PERSON, (one.id, encode(one.names), one.joined, one.version)))
    every = sorted(ties.ties, key=lambda tie: tie.name)
    if fresh := [(tie.name, b"".join(tie.now)) for tie in every if not tie.seen]:
        yield Each(ADD_TIE, fresh)
    for tie in every:
        if tie.seen:
            yield from at_once(change_of(tie))


def change_of(tie: Tie) -> Ask:
    """The statement that changes who goes by a name."""
    seen = b"".join(tie.seen)
    return Ask(CHANGE_TIE, (tie.name, b"".join(tie.now), seen)) if tie.now else Ask(DROP_TIE, (tie.name, seen))


def at_once(ask: Ask) -> Generator[Ask | Each, list[Row], None]:
    """A change to a row that is still as it was seen. Raises Stale."""
    if not (yield ask):
        raise Stale(STALE)


class WriteTies(Struct, frozen=True, tag=True):
    """Changes to people and their names, on their way into the database."""

    turn: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    ties: Ties

    def steps(self) -> Steps[None]:
        """Raises Stale."""
        yield from unchanged(self.ties)
        yield from write_down(self.ties)


@dataclass(frozen=True)
class SqlIdentities:
    """The `Identities` port over either engine."""

    engine: Engine

    async def near(self, names: Sequence[Name], group: Key | None, people: Sequence[Key] = ()) -> Near:
        """See `Identities.near`."""
        if not names and not people:
            return Near()
        return await self.engine.read(near(names, group, people))

    async def joined_to(self, people: Sequence[Key]) -> list[Key]:
        """See `Identities.joined_to`."""
        return await self.engine.read(joined_to(people))

    async def keep(self, ties: Ties) -> None:
        """See `Identities.keep`."""
        await self.engine.write(WriteTies(ties))
