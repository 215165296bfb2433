"""Notes in SQL: handed out by the queue of their kind and subject, oldest first."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.stores.ports import Aside, Key, Note
from placet.stores.sql.aside import BringBack, DropAside, LayAside, aside, laid_aside, one_aside
from placet.stores.sql.steps import Ask, Each, Engine, Row, Steps, among

ADD: Final = """
    INSERT INTO notes (id, kind, about, body, due, tries) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING
"""

# A queue is one kind about one subject. It may be claimed when its first note is due and none of it is held.
CLAIMABLE: Final = """
    WITH heads AS (
        SELECT kind, about FROM notes AS head
        WHERE kind = $1 AND due <= $2 AND held <= $2 AND NOT EXISTS (
            SELECT 1 FROM notes AS other
            WHERE other.kind = head.kind AND other.about = head.about AND (other.seq < head.seq OR other.held > $2)
        )
        ORDER BY due, seq LIMIT $3
    )
    SELECT n.id, n.kind, n.about, n.body, n.due, n.tries
    FROM heads JOIN notes AS n ON n.kind = heads.kind AND n.about = heads.about
    ORDER BY n.seq LIMIT $3
"""

LOOK: Final = """
    SELECT id, kind, about, body, due, tries FROM notes WHERE kind = $1 AND due <= $2 AND held <= $2
    ORDER BY due, seq LIMIT $3
"""

HOLD: Final = "UPDATE notes SET held = $1 WHERE id IN (…)"

DONE: Final = "DELETE FROM notes WHERE id IN (…)"

AGAIN: Final = "UPDATE notes SET due = $2, why = $3, tries = tries + 1, held = 0 WHERE id = $1"

PUT_OFF: Final = "UPDATE notes SET due = $2, held = 0 WHERE id = $1"

IS_THERE: Final = "SELECT 1 FROM notes WHERE id = $1"

THERE: Final = "SELECT id FROM notes WHERE id IN (…)"

WAITING: Final = "SELECT count(*) FROM notes"


def plain(why: str) -> str:
    """A reason every engine can write down. It may be the words of a stranger's server: zeros, broken characters."""
    return why.encode("utf-8", "replace").decode().replace("\0", "")


def values_of(note: Note) -> tuple[object, ...]:
    """A note as the values of `ADD`."""
    return (note.id, note.kind, note.about, note.body, note.due, note.tries)


def until_one_is_not_due(rows: list[Row], now: int) -> list[Note]:
    """The notes that may go: a queue ends where its next note is not due yet."""
    notes: list[Note] = []
    ended: set[Key] = set()
    for note in (Note(*row) for row in rows):
        if note.due > now:
            ended.add(note.about)
        if note.about not in ended:
            notes.append(note)
    return notes


class Claim(Struct, frozen=True, tag=True):
    """Hand out what is due, and hold it for a while."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = list[Note]

    kinds: tuple[str, ...]
    most: int
    now: int
    hold: int

    def steps(self) -> Steps[list[Note]]:
        """Kind by kind until there is enough."""
        notes: list[Note] = []
        for kind in dict.fromkeys(self.kinds):
            rows = yield Ask(CLAIMABLE, (kind, self.now, self.most - len(notes)))
            notes += until_one_is_not_due(rows, self.now)
        yield from among(HOLD, [note.id for note in notes], self.now + self.hold)
        return notes


class Done(Struct, frozen=True, tag=True):
    """Forget notes that were dealt with."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    ids: list[Key]

    def steps(self) -> Steps[None]:
        """In the order of their ids."""
        yield from done(self.ids)


class Again(Struct, frozen=True, tag=True):
    """Hand a note out again, later."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Key
    due: int
    why: str

    def steps(self) -> Steps[None]:
        """One statement."""
        yield Ask(AGAIN, (self.id, self.due, self.why))


class GiveBack(Struct, frozen=True, tag=True):
    """Let go of notes that were claimed."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    ids: list[Key]

    def steps(self) -> Steps[None]:
        """In the order of their ids."""
        yield from among(HOLD, sorted(self.ids), 0)


class PutOff(Struct, frozen=True, tag=True):
    """Hand a note out again later, as if it had not been claimed."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Key
    due: int

    def steps(self) -> Steps[None]:
        """One statement."""
        yield Ask(PUT_OFF, (self.id, self.due))


class Unfold(Struct, frozen=True, tag=True):
    """Put notes in the place of another."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Key
    notes: tuple[Note, ...]

    def steps(self) -> Steps[None]:
        """Unless it is gone."""
        if (yield Ask(IS_THERE, (self.id,))):
            yield from done([self.id])
            yield Each(ADD, [values_of(note) for note in self.notes])


def done(ids: list[Key]) -> Steps[None]:
    """Forget notes, in the order of their ids."""
    yield from among(DONE, sorted(ids))


def there(ids: list[Key]) -> Steps[bool]:
    """Does any of these notes still wait?"""
    for question in among(THERE, sorted(ids)):
        if (yield question):
            return True
    return False


def look(kind: str, most: int, now: int) -> Steps[list[Note]]:
    """Due notes of a kind."""
    rows = yield Ask(LOOK, (kind, now, most))
    return [Note(*row) for row in rows]


def waiting() -> Steps[int]:
    """How many notes are in the queues."""
    rows = yield Ask(WAITING)
    return int(rows[0][0])


@dataclass(frozen=True)
class SqlOutbox:
    """The `Outbox` port over either engine."""

    engine: Engine

    async def claim(self, kinds: tuple[str, ...], most: int, now: int, hold: int) -> list[Note]:
        """See `Outbox.claim`."""
        return await self.engine.write(Claim(kinds, most, now, hold))

    async def look(self, kind: str, most: int, now: int) -> list[Note]:
        """See `Outbox.look`."""
        return await self.engine.read(look(kind, most, now))

    async def done(self, ids: list[Key]) -> None:
        """See `Outbox.done`."""
        await self.engine.write(Done(ids))

    async def again(self, id: Key, due: int, why: str) -> None:
        """See `Outbox.again`."""
        await self.engine.write(Again(id, due, plain(why)))

    async def give_back(self, ids: list[Key]) -> None:
        """See `Outbox.give_back`."""
        await self.engine.write(GiveBack(ids))

    async def put_off(self, id: Key, due: int) -> None:
        """See `Outbox.put_off`."""
        await self.engine.write(PutOff(id, due))

    async def unfold(self, id: Key, notes: tuple[Note, ...]) -> None:
        """See `Outbox.unfold`."""
        await self.engine.write(Unfold(id, notes))

    async def lay_aside(self, id: Key, why: str, place: str = "", at: int = 0) -> None:
        """See `Outbox.lay_aside`."""
        await self.engine.write(LayAside(id, plain(why), plain(place), at))

    async def aside(self, place: str = "", most: int = 100, after: Key | None = None) -> list[Aside]:
        """See `Outbox.aside`."""
        if "\0" in place:
            return []  # no place is called so, and PostgreSQL cannot even ask
        return await self.engine.read(aside(place, most, after))

    async def one_aside(self, id: Key) -> Aside:
        """See `Outbox.one_aside`."""
        return await self.engine.read(one_aside(id))

    async def laid_aside(self) -> int:
        """See `Outbox.laid_aside`."""
        return await self.engine.read(laid_aside())

    async def bring_back(self, ids: list[Key], now: int) -> int:
        """See `Outbox.bring_back`."""
        return await self.engine.write(BringBack(ids, now))

    async def drop_aside(self, before: int, most: int) -> int:
        """See `Outbox.drop_aside`."""
        return await self.engine.write(DropAside(before, most))

    async def waiting(self) -> int:
        """See `Outbox.waiting`."""
        return await self.engine.read(waiting())
