"""Receipts in SQL: added in the order they come, found by id, or by person day by day."""

from dataclasses import dataclass
from typing import Final

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.sql.statements import Engine, Query, Row, Statements

DAY: Final = 86_400_000

COLUMNS: Final = "id, organisation, site, person, at, body, evidence, test"

ADD: Final = f"""
    INSERT INTO receipts ({COLUMNS}, day, tag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

COUNT_UP: Final = """
    INSERT INTO receipt_days (organisation, day, lane, receipts) VALUES ($1, $2, $3, $4)
    ON CONFLICT (organisation, day, lane) DO UPDATE SET receipts = receipt_days.receipts + excluded.receipts
"""

FIND: Final = f"SELECT {COLUMNS} FROM receipts WHERE id = $1"

# Asks each day on which the organisation got receipts once, from the newest down, and stops when the page is
# full: a few microseconds a day. The alternative, an index by person over the whole table, would cost every
# save a random page of a structure that outgrows memory.
OF_PERSON: Final = f"""
    SELECT {", ".join("r." + name for name in COLUMNS.split(", "))}
    FROM (SELECT DISTINCT day FROM receipt_days WHERE organisation = $1 AND day <= $5) AS days
    JOIN receipts AS r ON r.day = days.day AND r.tag = $2
    WHERE r.person = $3 AND r.organisation = $1 AND r.id < $4
    ORDER BY days.day DESC, r.id DESC LIMIT $6
"""

COUNT: Final = "SELECT CAST(coalesce(sum(receipts), 0) AS BIGINT) FROM receipt_days WHERE organisation = $1"

BEYOND: Final = b"\xff" * 16
"""An id that no receipt has: greater than all."""


def day_of(id: Id) -> int:
    """The day, counted from 1970, on which an id was made: a UUIDv7 starts with its milliseconds."""
    return int.from_bytes(id[:6]) // DAY


def tag_of(person: Id) -> int:
    """The first four bytes of a person as a number: enough to tell people apart within a day."""
    return int.from_bytes(person[:4], signed=True)


def values_of(row: ReceiptRow) -> tuple[object, ...]:
    """A receipt as the values of `ADD`."""
    fields = (row.id, row.organisation, row.site, row.person, row.at, row.body, row.evidence, int(row.test))
    return (*fields, day_of(row.id), tag_of(row.person))


def receipt_from(row: Row) -> ReceiptRow:
    """The other way round, from `COLUMNS`."""
    id, organisation, site, person, at, body, evidence, test = row
    return ReceiptRow(id, organisation, site, person, at, body, evidence, bool(test))


def find(id: Id) -> Statements[ReceiptRow]:
    """The receipt with this id. Raises Missing."""
    rows = yield Query(FIND, (id,))
    if not rows:
        raise Missing(f"no receipt {id.hex()}")
    return receipt_from(rows[0])


def of_person(organisation: str, person: Id, limit: int, before: Id) -> Statements[list[ReceiptRow]]:
    """A person's receipts, newest first, from just below `before`."""
    days = min(day_of(before), 2**31 - 1)
    rows = yield Query(OF_PERSON, (organisation, tag_of(person), person, before, days, limit))
    return [receipt_from(row) for row in rows]


def count(organisation: str) -> Statements[int]:
    """How many receipts an organisation has."""
    rows = yield Query(COUNT, (organisation,))
    return int(rows[0][0])


@dataclass(frozen=True)
class SqlLedger:
    """The `Ledger` port over either engine."""

    engine: Engine

    async def receipt(self, id: Id) -> ReceiptRow:
        """See `Ledger.receipt`."""
        return await self.engine.read(find(id))

    async def of_person(
        self, organisation: str, person: Id, limit: int = 100, before: Id | None = None
    ) -> list[ReceiptRow]:
        """See `Ledger.of_person`."""
        return await self.engine.read(of_person(organisation, person, limit, before or BEYOND))

    async def count(self, organisation: str) -> int:
        """See `Ledger.count`."""
        return await self.engine.read(count(organisation))
