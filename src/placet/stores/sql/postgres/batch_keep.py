"""Many decisions in one PostgreSQL statement: one round trip, one commit, an answer for each.

The statement looks at its batch the way `keep.WriteDecisionChange` looks at one decision; the same promises hold.
Within
a batch no two decisions share a profile, a receipt or a request (`keys_of` says what must not be shared).
"""

from collections.abc import Hashable, Sequence
from typing import Any, Final, TypeAlias

from placet.consent.profile.stored_profile import Id
from placet.errors import Stale
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.sql import ledger
from placet.stores.sql.postgres.dialect import Connection
from placet.stores.sql.write_decision import STALE, WriteDecisionChange

# $1…$18 are columns of the batch, $19…$25 columns of its notes, $26 the lane that counts receipts.
#
# The look-ups are sub-selects with LIMIT, which PostgreSQL never turns into a join over a whole table.
# Profiles are locked in the order of their keys, so that two nodes cannot wait for one another.
# If another node tells the same request between our look and our insert, a NULL in `remembered` (or a
# receipt's own key) fails the whole statement; it is then tried again, and sees the other's receipt.
KEEP: Final = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::int[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bigint[], $8::bytea[],
        $9::bytea[], $10::text[], $11::text[], $12::bytea[], $13::bigint[], $14::bytea[], $15::bytea[], $16::int[],
        $17::int[], $18::int[]
    ) AS a (k, once, expires, now, consent_group, face, version, profile,
            id, organisation, site, person, at, body, evidence, test, day, tag)
), told AS MATERIALIZED (
    SELECT k, coalesce(
        (SELECT r.receipt FROM requests AS r WHERE r.name = a.once AND r.expires > a.now LIMIT 1),
        (SELECT r.id FROM receipts AS r WHERE r.id = a.id LIMIT 1)
    ) AS first FROM asked AS a
), fresh AS MATERIALIZED (
    SELECT a.* FROM asked AS a JOIN told USING (k) WHERE told.first IS NULL
), swapped AS (
    INSERT INTO profiles (consent_group, person, version, body)
    SELECT f.consent_group, f.face, f.version + 1, f.profile FROM fresh AS f
    WHERE f.consent_group IS NOT NULL AND (f.version = 0 OR (
        SELECT true FROM profiles AS p WHERE p.consent_group = f.consent_group AND p.person = f.face LIMIT 1))
    ORDER BY f.consent_group, f.face
    ON CONFLICT (consent_group, person) DO UPDATE SET version = excluded.version, body = excluded.body
        WHERE profiles.version = excluded.version - 1
    RETURNING consent_group, person
), passed AS MATERIALIZED (
    SELECT * FROM fresh
    WHERE consent_group IS NULL OR (consent_group, face) IN (SELECT consent_group, person FROM swapped)
), kept AS (
    INSERT INTO receipts (id, organisation, site, person, at, body, evidence, test, day, tag)
    SELECT id, organisation, site, person, at, body, evidence, test, day, tag FROM passed
    WHERE id IS NOT NULL ORDER BY id
    RETURNING organisation, day
), counted AS (
    INSERT INTO receipt_days (organisation, day, lane, receipts)
    SELECT organisation, day, $26::int, count(*) FROM kept GROUP BY organisation, day ORDER BY organisation, day
    ON CONFLICT (organisation, day, lane) DO UPDATE SET receipts = receipt_days.receipts + excluded.receipts
), remembered AS (
    INSERT INTO requests (name, receipt, expires)
    SELECT once, id, expires FROM passed WHERE once IS NOT NULL ORDER BY once
    ON CONFLICT (name) DO UPDATE SET expires = excluded.expires, receipt = CASE WHEN requests.expires <= (
        SELECT a.now FROM asked AS a WHERE a.once = excluded.name) THEN excluded.receipt END
), forgotten AS (
    DELETE FROM requests WHERE name IN (
        SELECT r.name FROM requests AS r
        WHERE r.expires <= (SELECT max(now) FROM passed WHERE once IS NOT NULL)
            AND r.name NOT IN (SELECT once FROM asked WHERE once IS NOT NULL)
        ORDER BY r.expires LIMIT (SELECT 2 * count(once) FROM passed) FOR UPDATE SKIP LOCKED
    )
), noted AS (
    INSERT INTO notes (id, kind, about, body, due, tries)
    SELECT n.id, n.kind, n.about, n.body, n.due, n.tries
    FROM unnest($19::int[], $20::bytea[], $21::text[], $22::bytea[], $23::bytea[], $24::bigint[], $25::int[])
        WITH ORDINALITY AS n (k, id, kind, about, body, due, tries, turn) JOIN passed USING (k)
    ORDER BY n.turn
    ON CONFLICT (id) DO NOTHING
)
SELECT told.k, r.id, r.organisation, r.site, r.person, r.at, r.body, r.evidence, r.test
FROM told LEFT JOIN LATERAL (SELECT * FROM receipts AS r WHERE r.id = told.first LIMIT 1) AS r ON true
WHERE told.k NOT IN (SELECT k FROM passed)
"""

NO_RECEIPT: Final = (None,) * 10


def keys_of(write: WriteDecisionChange) -> Sequence[Hashable]:
    """What a decision must not share with another in its batch."""
    keys: list[Hashable] = [write.idempotency_key] if write.idempotency_key else []
    if write.receipt:
        keys.append((write.receipt.id,))
    if write.profile_row:
        keys.append((write.profile_row.group, write.profile_row.person))
    return keys


def row_of(k: int, write: WriteDecisionChange) -> tuple[Any, ...]:
    """A decision as one row of `asked`."""
    dialect = write.profile_row
    profile = (dialect.group, dialect.person, dialect.version, dialect.body) if dialect else (None,) * 4
    receipt = ledger.values_of(write.receipt) if write.receipt else NO_RECEIPT
    return (k, write.idempotency_key, write.expires, write.at, *profile, *receipt)


Answers: TypeAlias = list[ReceiptRow | Exception | None]
"""For each decision: None when it was written, the receipt it repeats, or Stale."""


async def keep_all(connection: Connection, writes: list[WriteDecisionChange], lane: int) -> Answers:
    """Write what can be written. Raises the driver's errors."""
    answers = await keep_now(connection, writes, lane)
    # Who made a named request stale may have told that very request, a moment after we had looked for it.
    # A second look is sure to see it, since what made us stale is committed by now.
    doubtful = [k for k, answer in enumerate(answers) if isinstance(answer, Stale) and writes[k].idempotency_key]
    if doubtful:
        again = await keep_now(connection, [writes[k] for k in doubtful], lane)
        for k, answer in zip(doubtful, again, strict=True):
            answers[k] = answer
    return answers


async def keep_now(connection: Connection, writes: list[WriteDecisionChange], lane: int) -> Answers:
    """One statement. Raises the driver's errors."""
    rows = [row_of(k, write) for k, write in enumerate(writes)]
    messages = [
        (k, message.id, message.kind, message.subject_id, message.body, message.due, message.attempts)
        for k, write in enumerate(writes)
        for message in write.messages
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    note_columns = [list(column) for column in zip(*messages, strict=True)] if messages else [[]] * 7
    answers: Answers = [None] * len(writes)
    for k, *receipt in await connection.fetch(KEEP, *columns, *note_columns, lane):
        answers[k] = Stale(STALE) if receipt[0] is None else ledger.receipt_from(receipt)
    return answers


FIND_ALL: Final = """
    SELECT a.k, p.version, p.body
    FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS a (consent_group, person, k)
    CROSS JOIN LATERAL (
        SELECT version, body FROM profiles AS p
        WHERE p.consent_group = a.consent_group AND p.person = a.person LIMIT 1
    ) AS p
"""


async def find_all(connection: Connection, asked: list[tuple[Id, Id]]) -> list[tuple[int, bytes] | Exception | None]:
    """Version and body of each profile that is there, in the order asked for."""
    answers: list[tuple[int, bytes] | Exception | None] = [None] * len(asked)
    groups, persons = [group for group, _ in asked], [person for _, person in asked]
    for k, version, body in await connection.fetch(FIND_ALL, groups, persons):
        answers[k - 1] = (version, body)
    return answers
