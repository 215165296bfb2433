"""Dead letters in SQL: notes that were laid aside, found by their place, brought back or forgotten."""

from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing
from placet.stores.ports.outbox import DeadLetter, OutboxMessage
from placet.stores.sql.statements import ExecuteMany, Query, Row, Statements

ADD: Final = """
    INSERT INTO notes_aside (id, kind, about, body, tries, why, place, at, turn)
    SELECT id, kind, about, body, tries, $2, $3, $4, seq FROM notes WHERE id = $1 ON CONFLICT (id) DO NOTHING
"""

TAKE_OUT: Final = "DELETE FROM notes WHERE id = $1"

COLUMNS: Final = "id, kind, about, body, tries, why, place, at"

# Behind this one; the first page is behind nobody, the page behind an unknown one is empty.
BEHIND: Final = """
    ($1 OR (at, turn, id) > (SELECT at, turn, id FROM notes_aside WHERE id = $2)) ORDER BY at, turn, id LIMIT $3
"""

EVERYWHERE: Final = f"SELECT {COLUMNS} FROM notes_aside WHERE {BEHIND}"

# Places are words from the general to the particular; a space ends each, and `!` is what follows a space.
AT_PLACE: Final = f"""
    SELECT {COLUMNS} FROM notes_aside WHERE (place = $4 OR (place > $4 || ' ' AND place < $4 || '!')) AND {BEHIND}
"""

FIND: Final = f"SELECT {COLUMNS} FROM notes_aside WHERE id = $1"

ORDERED: Final = "SELECT at, turn, id FROM notes_aside WHERE id = $1"

RETURN: Final = """
    INSERT INTO notes (id, kind, about, body, due, tries)
    SELECT id, kind, about, body, $2, 0 FROM notes_aside WHERE id = $1 ON CONFLICT (id) DO NOTHING
"""

FORGET: Final = "DELETE FROM notes_aside WHERE id = $1"

OLDEST: Final = "SELECT id, at FROM notes_aside ORDER BY at LIMIT $1"


COUNT: Final = "SELECT count(*) FROM (SELECT 1 FROM notes_aside LIMIT 100000) AS counted"


class AddDeadLetter(Struct, frozen=True, tag=True):
    """Take a note out of its queue and keep it, with the reason."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Id
    why: str
    place: str = ""
    at: int = 0

    def statements(self) -> Statements[None]:
        """Move the row."""
        yield Query(ADD, (self.id, self.why, self.place, self.at))
        yield Query(TAKE_OUT, (self.id,))


class RequeueDeadLetters(Struct, frozen=True, tag=True):
    """Put notes back at the end of their queues."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = int

    ids: list[Id]
    now: int

    def statements(self) -> Statements[int]:
        """In the order in which they were laid aside, so that a queue keeps its order."""
        rows: list[Row] = []
        for key in frozenset(self.ids):
            rows += yield Query(ORDERED, (key,))
        found = [key for _, _, key in sorted(map(tuple, rows))]
        yield ExecuteMany(RETURN, [(key, self.now) for key in found])
        yield ExecuteMany(FORGET, [(key,) for key in found])
        return len(found)


class DropDeadLetters(Struct, frozen=True, tag=True):
    """Forget the oldest dead letters."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = int

    before: int
    most: int

    def statements(self) -> Statements[int]:
        """By an index of times: no look at the newer ones."""
        rows = yield Query(OLDEST, (self.most,))
        old = [(key,) for key, at in rows if at < self.before]
        yield ExecuteMany(FORGET, old)
        return len(old)


def dead_letters(place: str, limit: int, after: Id | None) -> Statements[list[DeadLetter]]:
    """A page of what was laid aside."""
    page = (after is None, after or b"", limit)
    rows = yield Query(AT_PLACE, (*page, place)) if place else Query(EVERYWHERE, page)
    return [dead_letter_from(*row) for row in rows]


def find_dead_letter(id: Id) -> Statements[DeadLetter]:
    """One of them. Raises Missing."""
    rows = yield Query(FIND, (id,))
    if not rows:
        raise Missing(f"no dead letter {id.hex()}")
    return dead_letter_from(*rows[0])


def dead_letter_from(
    id: Id, kind: str, about: Id, body: bytes, tries: int, why: str, place: str, at: int
) -> DeadLetter:
    """A dead letter in a row of `COLUMNS`."""
    return DeadLetter(OutboxMessage(id, kind, about, body, 0, tries), why, place, at)


def count_dead_letters() -> Statements[int]:
    """How many there are, counted only so far."""
    rows = yield Query(COUNT)
    return int(rows[0][0])
