"""Names and people in SQL: a row for each name, a row for each person, changed by whoever saw them as they are."""

from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias

from msgspec import Struct, msgpack

from placet.stores.identities import Key, Name, Near, Somebody, Tie, Ties
from placet.stores.ports import Stale
from placet.stores.sql import people
from placet.stores.sql.committer import Committer
from placet.stores.sql.steps import A_FEW, MANY, Ask, Each, Engine, Row, Steps, among

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


class Asked(NamedTuple):
    """What somebody wants to know: see `Identities.near`."""

    names: Sequence[Name]
    group: Key | None
    people: Sequence[Key]


def near(asked: Sequence[Asked]) -> Steps[list[Near]]:
    """See `Identities.near`: for several who ask at once, each told what they asked for."""
    keys = dict.fromkeys(name.key for one in asked for name in one.names)
    ties: dict[Key, tuple[Key, ...]] = {}
    for question in among(TIES, list(keys)):
        ties.update([(name, ids_from(ids)) for name, ids in (yield question)])
    found = yield from everybody([*(id for one in asked for id in one.people), *chain.from_iterable(ties.values())])
    parts = [part(one, ties, found) for one in asked]
    wanted: dict[Key, set[Key]] = {}
    for one, (_, _, places) in zip(asked, parts, strict=True):
        if one.group:
            wanted.setdefault(one.group, set()).update(places)
    memories: dict[Key | None, dict[Key, tuple[int, Any]]] = {}
    for group, places in wanted.items():
        memories[group] = yield from remembered(group, sorted(places))
    return [
        Near(people, mine, {place: there[place] for place in places if place in there})
        for (mine, people, places), there in zip(parts, (memories.get(one.group, {}) for one in asked), strict=True)
    ]


def everybody(ids: Iterable[Key]) -> Steps[dict[Key, Somebody]]:
    """These people, and whom they turned out to be."""
    found: dict[Key, Somebody] = {}
    wanted = dict.fromkeys(ids)
    while wanted:
        rows: list[Row] = []
        for question in among(PEOPLE, list(wanted)):
            rows += yield question
        found |= {one.id: one for one in map(somebody_from, rows)}
        wanted = dict.fromkeys(one.joined for one in found.values() if one.joined and one.joined not in found)
    return found


def remembered(group: Key, places: Sequence[Key]) -> Steps[dict[Key, tuple[int, Any]]]:
    """The profiles that are kept in these places."""
    found: dict[Key, tuple[int, Any]] = {}
    for question in among(MEMORIES, places, group):
        found.update([(person, (version, profile_from(body))) for person, version, body in (yield question)])
    return found


Part: TypeAlias = tuple[dict[Key, tuple[Key, ...]], tuple[Somebody, ...], set[Key]]
"""Who goes by each of the names that one asked for, the people those lead to, and where their memories may be."""


def part(one: Asked, ties: dict[Key, tuple[Key, ...]], found: dict[Key, Somebody]) -> Part:
    """What of all that was found belongs to one who asked."""
    mine = {name.key: ties[name.key] for name in one.names if name.key in ties}
    people: dict[Key, Somebody] = {}
    wanted = [*one.people, *chain.from_iterable(mine.values())]
    for id in wanted:
        if id in found and id not in people:
            people[id] = found[id]
            wanted += [found[id].joined] if found[id].joined else []
    return mine, tuple(people.values()), memories_of(one.names, people.values())


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


def memories_of(names: Sequence[Name], people: Iterable[Somebody]) -> set[Key]:
    """Where memories may be: under these names and those of the people."""
    keys = {name.claimed for name in names} | {name.proven for name in names}
    for one in people:
        for name in one.names:
            keys.add(name.claimed)
            keys.add(name.proven)
    keys.discard(b"")
    return keys


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


class SqlIdentities:
    """The `Identities` port over either engine: those who ask for a few names at the same time share a look-up."""

    def __init__(self, engine: Engine) -> None:
        """Nobody asks yet."""
        self.engine = engine
        self.asked: Committer[Asked, Near] = Committer(self.look, lanes=2, most=MANY)

    async def near(self, names: Sequence[Name], group: Key | None, people: Sequence[Key] = ()) -> Near:
        """See `Identities.near`."""
        if not names and not people:
            return Near()
        one = Asked(names, group, people)
        return await (self.asked.commit(one) if len(names) + len(people) <= A_FEW else self.alone(one))

    async def look(self, asked: list[Asked]) -> list[Near | Exception]:
        """Look up what several asked for."""
        few = sum(len(one.names) + len(one.people) for one in asked) <= A_FEW
        return list(await (self.engine.glance if few else self.engine.read)(near(asked)))

    async def alone(self, one: Asked) -> Near:
        """Look up what one asked for."""
        (found,) = await self.engine.read(near([one]))
        return found

    async def joined_to(self, people: Sequence[Key]) -> list[Key]:
        """See `Identities.joined_to`."""
        return await self.engine.read(joined_to(people))

    async def keep(self, ties: Ties) -> None:
        """See `Identities.keep`."""
        await self.engine.write(WriteTies(ties))
