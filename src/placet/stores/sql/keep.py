"""One decision, written down in SQL: has it been told before, is the profile still as seen, then all of it."""

from collections.abc import Generator
from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.stores.ports import Keep, Key, Known, Note, ReceiptRow, Stale
from placet.stores.sql import ledger, outbox, people
from placet.stores.sql.steps import Ask, Each, Steps

STALE: Final = "the profile was changed since it was loaded"

TOLD_BEFORE: Final = "SELECT receipt FROM requests WHERE name = $1 AND expires > $2"

REMEMBER: Final = """
    INSERT INTO requests (name, receipt, expires) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET receipt = excluded.receipt, expires = excluded.expires
"""

FORGET: Final = """
    DELETE FROM requests WHERE name IN (SELECT name FROM requests WHERE expires <= $1 ORDER BY expires LIMIT 32)
"""


class Face(Struct, frozen=True):
    """A profile on its way into the database: whose, the version that was seen, the new body as JSON."""

    group: Key
    person: Key
    version: int
    body: bytes


class WriteKeep(Struct, frozen=True, tag=True):
    """A `Keep` as it travels to whoever writes it. Answers with the first one's receipt if it is a repeat."""

    turn: ClassVar[str] = ""
    answer: ClassVar[Any] = ReceiptRow | None

    receipt: ReceiptRow | None
    face: Face | None
    notes: tuple[Note, ...]
    once: Key | None
    expires: int
    at: int
    lane: int = 0

    def steps(self) -> Steps[ReceiptRow | None]:
        """The receipts first, since a repeat is answered alike even when the profile has moved on."""
        if first := (yield from self.first()):
            return first
        if self.face:
            yield from swap(self.face)
        if self.receipt:
            day = ledger.day_of(self.receipt.id)
            yield Ask(ledger.ADD, ledger.values_of(self.receipt))
            yield Ask(ledger.COUNT_UP, (self.receipt.organisation, day, self.lane, 1))
        if self.once and self.receipt:
            if self.once[-1] % 16 == 0:
                # One newcomer in sixteen takes up to 32 expired ones away: the table shrinks faster than it can
                # grow, and no save ever pays for a great clean-up.
                yield Ask(FORGET, (self.at,))
            yield Ask(REMEMBER, (self.once, self.receipt.id, self.expires))
        if self.notes:
            yield Each(outbox.ADD, [outbox.values_of(note) for note in self.notes])
        return None

    def first(self) -> Generator[Ask | Each, Any, ReceiptRow | None]:
        """The receipt that an earlier telling of the same request left, if there was one."""
        told = (yield Ask(TOLD_BEFORE, (self.once, self.at))) if self.once else []
        own = [(self.receipt.id,)] if self.receipt else []
        for key in [*told, *own]:
            if rows := (yield Ask(ledger.FIND, tuple(key))):
                return ledger.receipt_from(rows[0])
        return None


def seen(faces: tuple[Face, ...]) -> Generator[Ask | Each, Any, None]:
    """Look whether all these profiles still have the versions that were seen. Raises Stale."""
    for face in faces:
        rows = yield Ask(people.VERSION, (face.group, face.person))
        if (rows[0][0] if rows else 0) != face.version:
            raise Stale(STALE)


def swap(face: Face) -> Generator[Ask | Each, Any, None]:
    """Replace the profile if its version is the one that was seen. Raises Stale."""
    key = (face.group, face.person, face.body)
    rows = yield Ask(people.REPLACE, (*key, face.version)) if face.version else Ask(people.ADD, key)
    if not rows:
        raise Stale(STALE)


def face_of(known: Known) -> Face:
    """A profile, ready to travel."""
    return Face(known.group, known.person, known.version, people.encode(known.profile))


def write_of(keep: Keep, lane: int = 0) -> WriteKeep:
    """A decision, ready to travel."""
    face = face_of(keep.known) if keep.known else None
    return WriteKeep(keep.receipt, face, keep.notes, keep.once, keep.at + keep.once_for, keep.at, lane)
