"""Names and people in SQL: a row for each name, a row for each person, changed by whoever saw them as they are."""

from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias

from msgspec import Struct, msgpack

from placet.errors import Stale
from placet.events.identity.records import (
    HashedIdentifier,
    Id,
    IdentityChange,
    IdentityChanges,
    IdentityLookup,
    PersonRecord,
)
from placet.stores.sql import people
from placet.stores.sql.group_commit import GroupCommitter
from placet.stores.sql.statements import A_FEW, MANY, Engine, ExecuteMany, Query, Row, Statements, among

IDENTIFIERS: Final = "SELECT name, people FROM identities WHERE name IN (…)"

PEOPLE: Final = "SELECT id, version, names, joined FROM persons WHERE id IN (…)"

# The second condition is the one of the index.
JOINED: Final = "SELECT id FROM persons WHERE joined IN (…) AND length(joined) > 0"

PROFILES: Final = "SELECT person, version, body FROM profiles WHERE consent_group = $1 AND person IN (…)"

ADD_IDENTIFIER: Final = "INSERT INTO identities (name, people) VALUES ($1, $2)"

CHANGE_IDENTIFIER: Final = "UPDATE identities SET people = $2 WHERE name = $1 AND people = $3 RETURNING name"

DROP_IDENTIFIER: Final = "DELETE FROM identities WHERE name = $1 AND people = $2 RETURNING name"

ADD_PERSON: Final = "INSERT INTO persons (id, version, names, joined) VALUES ($1, 1, $2, $3)"

CHANGE_PERSON: Final = """
    UPDATE persons SET version = version + 1, names = $2, joined = $3 WHERE id = $1 AND version = $4 RETURNING version
"""

STALE: Final = "somebody's names were changed since they were loaded"

REMEMBERED: Final = 4096
"""Rows kept decoded. The key is the whole row as it was read just now, so no other node can make one wrong."""

encode: Final = msgpack.Encoder().encode
names_from: Final = lru_cache(REMEMBERED)(msgpack.Decoder(tuple[HashedIdentifier, ...]).decode)
profile_from: Final = lru_cache(REMEMBERED)(people.decode)


def ids_from(joined: bytes) -> tuple[Id, ...]:
    """Ids that stand one behind the other."""
    return tuple(joined[at : at + 16] for at in range(0, len(joined), 16))


def person_record_from(row: Row) -> PersonRecord:
    """A person in a row of `PEOPLE`."""
    id, version, names, joined = row
    return PersonRecord(id, names_from(names), version, joined)


class Asked(NamedTuple):
    """What somebody wants to know: see `Identities.lookup`."""

    names: Sequence[HashedIdentifier]
    group: Id | None
    people: Sequence[Id]


def lookup(asked: Sequence[Asked]) -> Statements[list[IdentityLookup]]:
    """See `Identities.lookup`: for several who ask at once, each told what they asked for."""
    keys = dict.fromkeys(name.key for one in asked for name in one.names)
    identity_changes: dict[Id, tuple[Id, ...]] = {}
    for question in among(IDENTIFIERS, list(keys)):
        identity_changes.update([(name, ids_from(ids)) for name, ids in (yield question)])
    found = yield from everybody(
        [*(id for one in asked for id in one.people), *chain.from_iterable(identity_changes.values())]
    )
    parts = [part(one, identity_changes, found) for one in asked]
    wanted: dict[Id, set[Id]] = {}
    for one, (_, _, places) in zip(asked, parts, strict=True):
        if one.group:
            wanted.setdefault(one.group, set()).update(places)
    memories: dict[Id | None, dict[Id, tuple[int, Any]]] = {}
    for group, places in wanted.items():
        memories[group] = yield from remembered(group, sorted(places))
    return [
        IdentityLookup(people, mine, {place: there[place] for place in places if place in there})
        for (mine, people, places), there in zip(parts, (memories.get(one.group, {}) for one in asked), strict=True)
    ]


def everybody(ids: Iterable[Id]) -> Statements[dict[Id, PersonRecord]]:
    """These people, and whom they turned out to be."""
    found: dict[Id, PersonRecord] = {}
    wanted = dict.fromkeys(ids)
    while wanted:
        rows: list[Row] = []
        for question in among(PEOPLE, list(wanted)):
            rows += yield question
        found |= {one.id: one for one in map(person_record_from, rows)}
        wanted = dict.fromkeys(one.merged for one in found.values() if one.merged and one.merged not in found)
    return found


def remembered(group: Id, places: Sequence[Id]) -> Statements[dict[Id, tuple[int, Any]]]:
    """The profiles that are kept in these places."""
    found: dict[Id, tuple[int, Any]] = {}
    for question in among(PROFILES, places, group):
        found.update([(person, (version, profile_from(body))) for person, version, body in (yield question)])
    return found


Part: TypeAlias = tuple[dict[Id, tuple[Id, ...]], tuple[PersonRecord, ...], set[Id]]
"""Who goes by each of the names that one asked for, the people those lead to, and where their memories may be."""


def part(one: Asked, identity_changes: dict[Id, tuple[Id, ...]], found: dict[Id, PersonRecord]) -> Part:
    """What of all that was found belongs to one who asked."""
    mine = {name.key: identity_changes[name.key] for name in one.names if name.key in identity_changes}
    people: dict[Id, PersonRecord] = {}
    wanted = [*one.people, *chain.from_iterable(mine.values())]
    for id in wanted:
        if id in found and id not in people:
            people[id] = found[id]
            wanted += [found[id].merged] if found[id].merged else []
    return mine, tuple(people.values()), profiles_of(one.names, people.values())


def merged_into(people: Sequence[Id]) -> Statements[list[Id]]:
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


def profiles_of(names: Sequence[HashedIdentifier], people: Iterable[PersonRecord]) -> set[Id]:
    """Where memories may be: under these names and those of the people."""
    keys = {name.claimed for name in names} | {name.proven for name in names}
    for one in people:
        for name in one.names:
            keys.add(name.claimed)
            keys.add(name.proven)
    keys.discard(b"")
    return keys


def unchanged(identity_changes: IdentityChanges) -> Generator[Query | ExecuteMany, list[Row], None]:
    """Look whether all is as it was seen. Raises Stale."""
    versions = {one.id: one.version for one in identity_changes.people if one.version}
    for question in among(PEOPLE, sorted(versions)):
        for row in (yield question):
            if versions.pop(row[0], row[1]) != row[1]:
                raise Stale(STALE)
    seen = {identity_change.identifier: identity_change.seen for identity_change in identity_changes.changes}
    for question in among(IDENTIFIERS, sorted(seen)):
        for name, ids in (yield question):
            if seen.pop(name, None) not in (None, ids_from(ids)):
                raise Stale(STALE)
    if versions or any(seen.values()):
        raise Stale(STALE)


def write_changes(identity_changes: IdentityChanges) -> Generator[Query | ExecuteMany, list[Row], None]:
    """Write what changed, in the order of the keys, so that two nodes cannot wait for one another.

    On SQLite what `unchanged` saw is still so. On PostgreSQL another node may have been faster since: then a
    statement finds no row, or one too many, and the whole transaction is undone. Raises Stale.
    """
    everybody = sorted(identity_changes.people, key=lambda one: one.id)
    if new := [(one.id, encode(one.names), one.merged) for one in everybody if not one.version]:
        yield ExecuteMany(ADD_PERSON, new)
    for one in everybody:
        if one.version:
            yield from at_once(Query(CHANGE_PERSON, (one.id, encode(one.names), one.merged, one.version)))
    every = sorted(identity_changes.changes, key=lambda change: change.identifier)
    if fresh := [(change.identifier, b"".join(change.now)) for change in every if not change.seen]:
        yield ExecuteMany(ADD_IDENTIFIER, fresh)
    for identity_change in every:
        if identity_change.seen:
            yield from at_once(statement_of(identity_change))


def statement_of(identity_change: IdentityChange) -> Query:
    """The statement that changes who goes by a name."""
    seen = b"".join(identity_change.seen)
    return (
        Query(CHANGE_IDENTIFIER, (identity_change.identifier, b"".join(identity_change.now), seen))
        if identity_change.now
        else Query(DROP_IDENTIFIER, (identity_change.identifier, seen))
    )


def at_once(ask: Query) -> Generator[Query | ExecuteMany, list[Row], None]:
    """A change to a row that is still as it was seen. Raises Stale."""
    if not (yield ask):
        raise Stale(STALE)


class WriteIdentityChanges(Struct, frozen=True, tag=True):
    """Changes to people and their names, on their way into the database."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    identity_changes: IdentityChanges

    def statements(self) -> Statements[None]:
        """Raises Stale."""
        yield from unchanged(self.identity_changes)
        yield from write_changes(self.identity_changes)


class SqlIdentities:
    """The `Identities` port over either engine: those who ask for a few names at the same time share a look-up."""

    def __init__(self, engine: Engine) -> None:
        """Nobody asks yet."""
        self.engine = engine
        self.asked: GroupCommitter[Asked, IdentityLookup] = GroupCommitter(self.read_asked, max_workers=2, limit=MANY)

    async def lookup(
        self, names: Sequence[HashedIdentifier], group: Id | None, people: Sequence[Id] = ()
    ) -> IdentityLookup:
        """See `Identities.lookup`."""
        if not names and not people:
            return IdentityLookup()
        one = Asked(names, group, people)
        return await (self.asked.commit(one) if len(names) + len(people) <= A_FEW else self.alone(one))

    async def read_asked(self, asked: list[Asked]) -> list[IdentityLookup | Exception]:
        """Look up what several asked for."""
        few = sum(len(one.names) + len(one.people) for one in asked) <= A_FEW
        return list(await (self.engine.point_read if few else self.engine.read)(lookup(asked)))

    async def alone(self, one: Asked) -> IdentityLookup:
        """Look up what one asked for."""
        (found,) = await self.engine.read(lookup([one]))
        return found

    async def merged_into(self, people: Sequence[Id]) -> list[Id]:
        """See `Identities.merged_into`."""
        return await self.engine.read(merged_into(people))

    async def apply(self, identity_changes: IdentityChanges) -> None:
        """See `Identities.apply`."""
        await self.engine.write(WriteIdentityChanges(identity_changes))
