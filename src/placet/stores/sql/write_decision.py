"""One decision, written down in SQL: has it been told before, is the profile still as seen, then all of it."""

from collections.abc import Generator
from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Stale
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.sql import ledger, outbox, people
from placet.stores.sql.statements import ExecuteMany, Query, Statements

STALE: Final = "the profile was changed since it was loaded"

TOLD_BEFORE: Final = "SELECT receipt FROM requests WHERE name = $1 AND expires > $2"

REMEMBER: Final = """
    INSERT INTO requests (name, receipt, expires) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET receipt = excluded.receipt, expires = excluded.expires
"""

FORGET: Final = """
    DELETE FROM requests WHERE name IN (SELECT name FROM requests WHERE expires <= $1 ORDER BY expires LIMIT 32)
"""


class ProfileRow(Struct, frozen=True):
    """A profile on its way into the database: whose, the version that was seen, the new body as JSON."""

    group: Id
    person: Id
    version: int
    body: bytes


class WriteDecisionChange(Struct, frozen=True, tag=True):
    """A `WriteDecision` as it travels to whoever writes it. Answers with the first one's receipt if it is a repeat."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = ReceiptRow | None

    receipt: ReceiptRow | None
    profile_row: ProfileRow | None
    messages: tuple[OutboxMessage, ...]
    idempotency_key: Id | None
    expires: int
    at: int
    lane: int = 0

    def statements(self) -> Statements[ReceiptRow | None]:
        """The receipts first, since a repeat is answered alike even when the profile has moved on."""
        if first := (yield from self.first()):
            return first
        if self.profile_row:
            yield from compare_and_swap(self.profile_row)
        if self.receipt:
            day = ledger.day_of(self.receipt.id)
            yield Query(ledger.ADD, ledger.values_of(self.receipt))
            yield Query(ledger.COUNT_UP, (self.receipt.organisation, day, self.lane, 1))
        if self.idempotency_key and self.receipt:
            if self.idempotency_key[-1] % 16 == 0:
                # One newcomer in sixteen takes up to 32 expired ones away: the table shrinks faster than it can
                # grow, and no save ever pays for a great clean-up.
                yield Query(FORGET, (self.at,))
            yield Query(REMEMBER, (self.idempotency_key, self.receipt.id, self.expires))
        if self.messages:
            yield ExecuteMany(outbox.ADD, [outbox.values_of(message) for message in self.messages])
        return None

    def first(self) -> Generator[Query | ExecuteMany, Any, ReceiptRow | None]:
        """The receipt that an earlier telling of the same request left, if there was one."""
        told = (yield Query(TOLD_BEFORE, (self.idempotency_key, self.at))) if self.idempotency_key else []
        own = [(self.receipt.id,)] if self.receipt else []
        for key in [*told, *own]:
            if rows := (yield Query(ledger.FIND, tuple(key))):
                return ledger.receipt_from(rows[0])
        return None


def seen(faces: tuple[ProfileRow, ...]) -> Generator[Query | ExecuteMany, Any, None]:
    """Look whether all these profiles still have the versions that were seen. Raises Stale."""
    for dialect in faces:
        rows = yield Query(people.VERSION, (dialect.group, dialect.person))
        if (rows[0][0] if rows else 0) != dialect.version:
            raise Stale(STALE)


def compare_and_swap(dialect: ProfileRow) -> Generator[Query | ExecuteMany, Any, None]:
    """Replace the profile if its version is the one that was seen. Raises Stale."""
    key = (dialect.group, dialect.person, dialect.body)
    rows = yield Query(people.REPLACE, (*key, dialect.version)) if dialect.version else Query(people.ADD, key)
    if not rows:
        raise Stale(STALE)


def row_of_profile(known: VersionedProfile) -> ProfileRow:
    """A profile, ready to travel."""
    return ProfileRow(known.group, known.person, known.version, people.encode(known.profile))


def change_of(keep: WriteDecision, lane: int = 0) -> WriteDecisionChange:
    """A decision, ready to travel."""
    dialect = row_of_profile(keep.profile) if keep.profile else None
    return WriteDecisionChange(
        keep.receipt, dialect, keep.messages, keep.idempotency_key, keep.at + keep.idempotency_ms, keep.at, lane
    )
