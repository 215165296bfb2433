"""Dead letters in SQL: notes that were laid aside, found by their place, brought back or forgotten."""

from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.stores.ports import Aside, Key, Missing, Note
from placet.stores.sql.steps import Ask, Each, Row, Steps

LAY: Final = """
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


class LayAside(Struct, frozen=True, tag=True):
    """Take a note out of its queue and keep it, with the reason."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    id: Key
    why: str
    place: str = ""
    at: int = 0

    def steps(self) -> Steps[None]:
        """Move the row."""
        yield Ask(LAY, (self.id, self.why, self.place, self.at))
        yield Ask(TAKE_OUT, (self.id,))


class BringBack(Struct, frozen=True, tag=True):
    """Put notes back at the end of their queues."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = int

    ids: list[Key]
    now: int

    def steps(self) -> Steps[int]:
        """In the order in which they were laid aside, so that a queue keeps its order."""
        rows: list[Row] = []
        for key in frozenset(self.ids):
            rows += yield Ask(ORDERED, (key,))
        found = [key for _, _, key in sorted(map(tuple, rows))]
        yield Each(RETURN, [(key, self.now) for key in found])
        yield Each(FORGET, [(key,) for key in found])
        return len(found)


class DropAside(Struct, frozen=True, tag=True):
    """Forget the oldest dead letters."""

    turn: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = int

    before: int
    most: int

    def steps(self) -> Steps[int]:
        """By an index of times: no look at the newer ones."""
        rows = yield Ask(OLDEST, (self.most,))
        old = [(key,) for key, at in rows if at < self.before]
        yield Each(FORGET, old)
        return len(old)


def aside(place: str, most: int, after: Key | None) -> Steps[list[Aside]]:
    """A page of what was laid aside."""
    page = (after is None, after or b"", most)
    rows = yield Ask(AT_PLACE, (*page, place)) if place else Ask(EVERYWHERE, page)
    return [aside_from(*row) for row in rows]


def one_aside(id: Key) -> Steps[Aside]:
    """One of them. Raises Missing."""
    rows = yield Ask(FIND, (id,))
    if not rows:
        raise Missing(f"no dead letter {id.hex()}")
    return aside_from(*rows[0])


def aside_from(id: Key, kind: str, about: Key, body: bytes, tries: int, why: str, place: str, at: int) -> Aside:
    """A dead letter in a row of `COLUMNS`."""
    return Aside(Note(id, kind, about, body, 0, tries), why, place, at)


def laid_aside() -> Steps[int]:
    """How many there are, counted only so far."""
    rows = yield Ask(COUNT)
    return int(rows[0][0])
