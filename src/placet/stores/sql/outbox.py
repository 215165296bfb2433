"""Notes in SQL: handed out by the queue of their kind and subject, oldest first."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.consent.profile.stored_profile import Id
from placet.stores.ports.outbox import DeadLetter, OutboxMessage
from placet.stores.sql.dead_letters import (
    AddDeadLetter,
    DropDeadLetters,
    RequeueDeadLetters,
    count_dead_letters,
    dead_letters,
    find_dead_letter,
)
from placet.stores.sql.statements import Engine, ExecuteMany, Query, Row, Statements, among

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

PEEK: Final = """
    SELECT id, kind, about, body, due, tries FROM notes WHERE kind = $1 AND due <= $2 AND held <= $2
    ORDER BY due, seq LIMIT $3
"""

HOLD: Final = "UPDATE notes SET held = $1 WHERE id IN (…)"

DONE: Final = "DELETE FROM notes WHERE id IN (…)"

RETRY: Final = "UPDATE notes SET due = $2, why = $3, tries = tries + 1, held = 0 WHERE id = $1"

DEFER: Final = "UPDATE notes SET due = $2, held = 0 WHERE id = $1"

IS_THERE: Final = "SELECT 1 FROM notes WHERE id = $1"

THERE: Final = "SELECT id FROM notes WHERE id IN (…)"

WAITING: Final = "SELECT count(*) FROM notes"


def plain(why: str) -> str:
    """A reason every engine can write down. It may be the words of a stranger's server: zeros, broken characters."""
    return why.encode("utf-8", "replace").decode().replace("\0", "")


def values_of(message: OutboxMessage) -> tuple[object, ...]:
    """A note as the values of `ADD`."""
    return (message.id, message.kind, message.subject_id, message.body, message.due, message.attempts)


def until_one_is_not_due(rows: list[Row], now: int) -> list[OutboxMessage]:
    """The notes that may go: a queue ends where its next note is not due yet."""
    messages: list[OutboxMessage] = []
    ended: set[Id] = set()
    for message in (OutboxMessage(*row) for row in rows):
        if message.due > now:
            ended.add(message.subject_id)
        if message.subject_id not in ended:
            messages.append(message)
    return messages


class Claim(Struct, frozen=True, tag=True):
    """Hand out what is due, and hold it for a while."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = list[OutboxMessage]

    kinds: tuple[str, ...]
    most: int
    now: int
    hold: int

    def statements(self) -> Statements[list[OutboxMessage]]:
        """Kind by kind until there is enough."""
        messages: list[OutboxMessage] = []
        for kind in dict.fromkeys(self.kinds):
            rows = yield Query(CLAIMABLE, (kind, self.now, self.most - len(messages)))
            messages += until_one_is_not_due(rows, self.now)
        yield from among(HOLD, [message.id for message in messages], self.now + self.hold)
        return messages


class Done(Struct, frozen=True, tag=True):
    """Forget notes that were dealt with."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    ids: list[Id]

    def statements(self) -> Statements[None]:
        """In the order of their ids."""
        yield from done(self.ids)


class Retry(Struct, frozen=True, tag=True):
    """Hand a note out again, later."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Id
    due: int
    why: str

    def statements(self) -> Statements[None]:
        """One statement."""
        yield Query(RETRY, (self.id, self.due, self.why))


class Release(Struct, frozen=True, tag=True):
    """Let go of notes that were claimed."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    ids: list[Id]

    def statements(self) -> Statements[None]:
        """In the order of their ids."""
        yield from among(HOLD, sorted(self.ids), 0)


class Defer(Struct, frozen=True, tag=True):
    """Hand a note out again later, as if it had not been claimed."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Id
    due: int

    def statements(self) -> Statements[None]:
        """One statement."""
        yield Query(DEFER, (self.id, self.due))


class FanOut(Struct, frozen=True, tag=True):
    """Put notes in the place of another."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Id
    messages: tuple[OutboxMessage, ...]

    def statements(self) -> Statements[None]:
        """Unless it is gone."""
        if (yield Query(IS_THERE, (self.id,))):
            yield from done([self.id])
            yield ExecuteMany(ADD, [values_of(message) for message in self.messages])


def done(ids: list[Id]) -> Statements[None]:
    """Forget notes, in the order of their ids."""
    yield from among(DONE, sorted(ids))


def there(ids: list[Id]) -> Statements[bool]:
    """Does any of these notes still wait?"""
    for question in among(THERE, sorted(ids)):
        if (yield question):
            return True
    return False


def peek(kind: str, limit: int, now: int) -> Statements[list[OutboxMessage]]:
    """Due notes of a kind."""
    rows = yield Query(PEEK, (kind, now, limit))
    return [OutboxMessage(*row) for row in rows]


def waiting() -> Statements[int]:
    """How many notes are in the queues."""
    rows = yield Query(WAITING)
    return int(rows[0][0])


@dataclass(frozen=True)
class SqlOutbox:
    """The `Outbox` port over either engine."""

    engine: Engine

    async def claim(self, kinds: tuple[str, ...], limit: int, now: int, hold: int) -> list[OutboxMessage]:
        """See `Outbox.claim`."""
        return await self.engine.write(Claim(kinds, limit, now, hold))

    async def peek(self, kind: str, limit: int, now: int) -> list[OutboxMessage]:
        """See `Outbox.peek`."""
        return await self.engine.read(peek(kind, limit, now))

    async def done(self, ids: list[Id]) -> None:
        """See `Outbox.done`."""
        await self.engine.write(Done(ids))

    async def retry(self, id: Id, due: int, why: str) -> None:
        """See `Outbox.retry`."""
        await self.engine.write(Retry(id, due, plain(why)))

    async def release(self, ids: list[Id]) -> None:
        """See `Outbox.release`."""
        await self.engine.write(Release(ids))

    async def defer(self, id: Id, due: int) -> None:
        """See `Outbox.defer`."""
        await self.engine.write(Defer(id, due))

    async def fan_out(self, id: Id, messages: tuple[OutboxMessage, ...]) -> None:
        """See `Outbox.fan_out`."""
        await self.engine.write(FanOut(id, messages))

    async def dead_letter(self, id: Id, why: str, place: str = "", at: int = 0) -> None:
        """See `Outbox.dead_letter`."""
        await self.engine.write(AddDeadLetter(id, plain(why), plain(place), at))

    async def dead_letters(self, place: str = "", limit: int = 100, after: Id | None = None) -> list[DeadLetter]:
        """See `Outbox.dead_letters`."""
        if "\0" in place:
            return []  # no place is called so, and PostgreSQL cannot even ask
        return await self.engine.read(dead_letters(place, limit, after))

    async def find_dead_letter(self, id: Id) -> DeadLetter:
        """See `Outbox.find_dead_letter`."""
        return await self.engine.read(find_dead_letter(id))

    async def count_dead_letters(self) -> int:
        """See `Outbox.count_dead_letters`."""
        return await self.engine.read(count_dead_letters())

    async def requeue(self, ids: list[Id], now: int) -> int:
        """See `Outbox.requeue`."""
        return await self.engine.write(RequeueDeadLetters(ids, now))

    async def drop_dead_letters(self, before: int, limit: int) -> int:
        """See `Outbox.drop_dead_letters`."""
        return await self.engine.write(DropDeadLetters(before, limit))

    async def waiting(self) -> int:
        """See `Outbox.waiting`."""
        return await self.engine.read(waiting())
