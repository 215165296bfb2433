"""Holdings and withdrawals in SQL: rows found by person, turned into rows with a state."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from msgspec import Struct, json

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing
from placet.events.event import Identity
from placet.privacy.withdrawal_state import WithdrawalState
from placet.stores.ports.data_holdings import Holding, Withdrawal
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.sql import outbox
from placet.stores.sql.group_commit import GroupCommitter
from placet.stores.sql.statements import A_FEW, LAST_KEY, MANY, Engine, ExecuteMany, Query, Row, Statements, among

HOLD: Final = """
    INSERT INTO holdings (person, queue, purposes, organisation, source, connection, names, at, somebody)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (person, queue, purposes)
    DO UPDATE SET names = excluded.names, at = excluded.at, somebody = excluded.somebody
"""

HELD: Final = "SELECT person, queue, purposes, at FROM holdings WHERE person IN (…)"

OF_PEOPLE: Final = """
    SELECT organisation, source, connection, person, queue, purposes, names, at, somebody FROM holdings
    WHERE person IN (…) ORDER BY person, queue, purposes
"""

# One look-up for each note, and never a join: tables that were empty when they were last measured may be full.
FIRST_DUE: Final = """
    FROM (
        SELECT id, about FROM notes WHERE kind = $1 AND due <= $2 AND held <= $2 ORDER BY due, seq LIMIT $3
    ) AS n WHERE (SELECT 1 FROM holdings AS h WHERE h.person = n.about LIMIT 1)
"""

PASS_OVER: Final = f"DELETE FROM notes WHERE id IN (SELECT id {FIRST_DUE} IS NULL) RETURNING 1"

HELD_UP: Final = f"SELECT count(*) {FIRST_DUE} IS NOT NULL"

LET_GO: Final = "DELETE FROM holdings WHERE person = $1 AND queue = $2 AND purposes = $3"

COLUMNS: Final = (
    "id, organisation, source, connection, person, queue, purposes, names, at, state, changed, tries, why, regulation"
)

OPEN: Final = f"""
    INSERT INTO withdrawals ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (id) DO NOTHING
"""

OWN: Final = "INSERT INTO withdrawal_owners (owner, withdrawal) VALUES ($1, $2) ON CONFLICT DO NOTHING"

DISOWN: Final = "DELETE FROM withdrawal_owners WHERE withdrawal = $1"

UNANSWERED: Final = f"""
    SELECT owner, {COLUMNS} FROM withdrawal_owners JOIN withdrawals ON id = withdrawal
    WHERE owner IN (…) ORDER BY owner, id
"""

SETTLE: Final = "UPDATE withdrawals SET state = $2, changed = $3, tries = $4, why = $5 WHERE id = $1"

# Whoever was deleted everywhere is not kept here by name. (Taken back consent is: it may have to be shown.)
NAMELESS: Final = "UPDATE withdrawals SET names = $2 WHERE id = $1 AND regulation IS NOT NULL"

FIND: Final = f"SELECT {COLUMNS} FROM withdrawals WHERE id = $1"

# The state may be any: then $2 is empty.
PAGE: Final = f"""
    SELECT {COLUMNS} FROM withdrawals WHERE organisation = $1 AND ($2 = '' OR state = $2) AND id < $3
    ORDER BY id DESC LIMIT $4
"""

OF_REGULATION: Final = f"SELECT {COLUMNS} FROM withdrawals WHERE regulation = $1 ORDER BY id"

COUNT: Final = "SELECT count(*) FROM withdrawals WHERE state = $1"

ENDED: Final = "SELECT id FROM withdrawals WHERE state = $1 AND changed < $2 ORDER BY changed LIMIT $3"

FORGET: Final = "DELETE FROM withdrawals WHERE id = $1"

encode: Final = json.Encoder().encode
names_from: Final = json.Decoder(tuple[Identity, ...]).decode
purposes_from: Final = json.Decoder(tuple[str, ...]).decode


def spelled(purposes: tuple[str, ...]) -> str:
    """Purposes as a column holds them."""
    return encode(purposes).decode()


def spot_of(holding: Holding) -> tuple[Id, Id, str]:
    """The key of a holding."""
    return (holding.person, holding.queue, spelled(holding.purposes))


class AddHoldings(Struct, frozen=True, tag=True):
    """Write down who holds what."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    holdings: list[Holding]

    def statements(self) -> Statements[None]:
        """In the order of their keys, so that two nodes cannot wait for one another."""
        rows = [
            (*spot_of(one), one.organisation, one.source, one.connection, encode(one.names), one.at, one.person_id)
            for one in self.holdings
        ]
        yield ExecuteMany(HOLD, sorted(rows))


class SkipHoldings(Struct, frozen=True, tag=True):
    """Forget notes about people of whom nothing is held."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = tuple[int, int]

    kind: str
    most: int
    now: int

    def statements(self) -> Statements[tuple[int, int]]:
        """Which are left, then which go: a note that comes in between can only go."""
        asked = (self.kind, self.now, self.most)
        left = yield Query(HELD_UP, asked)
        gone = yield Query(PASS_OVER, asked)
        return len(gone), int(left[0][0])


class Open(Struct, frozen=True, tag=True):
    """Turn holdings into withdrawals, with the notes that tell of them."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    messages: list[Id]
    given_up: list[Holding]
    withdrawals: list[Withdrawal]
    tasks: list[OutboxMessage]
    owners: list[tuple[Id, Id]] = []

    def statements(self) -> Statements[None]:
        """All at once: a holding goes exactly when its withdrawal comes."""
        there = yield from outbox.there(self.messages)
        if self.messages and not there:
            return
        if self.withdrawals:
            yield ExecuteMany(OPEN, [values_of(one) for one in self.withdrawals])
            yield ExecuteMany(OWN, sorted(self.owners))
        if self.given_up:
            yield ExecuteMany(LET_GO, sorted(spot_of(one) for one in self.given_up))
        if self.tasks:
            yield ExecuteMany(outbox.ADD, [outbox.values_of(message) for message in self.tasks])
        yield from outbox.done(self.messages)


class SettleWithdrawal(Struct, frozen=True, tag=True):
    """Write down how far a withdrawal has come."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = None

    messages: list[Id]
    id: Id
    state: WithdrawalState
    now: int
    tries: int
    why: str

    def statements(self) -> Statements[None]:
        """With its note."""
        yield Query(SETTLE, (self.id, self.state.value, self.now, self.tries, self.why))
        if self.state is WithdrawalState.ACKNOWLEDGED:
            yield Query(NAMELESS, (self.id, encode(())))
            yield Query(DISOWN, (self.id,))
        yield from outbox.done(self.messages)


class DropWithdrawals(Struct, frozen=True, tag=True):
    """Forget withdrawals that came to an end long ago."""

    lock_group: ClassVar[str] = "outbox"
    answer: ClassVar[Any] = int

    before: int
    most: int

    def statements(self) -> Statements[int]:
        """State by state, by its index."""
        old: list[tuple[Id]] = []
        for state in (WithdrawalState.ACKNOWLEDGED, WithdrawalState.UNSUPPORTED):
            rows = yield Query(ENDED, (state.value, self.before, self.most - len(old)))
            old += [(row[0],) for row in rows]
        yield ExecuteMany(DISOWN, old)
        yield ExecuteMany(FORGET, old)
        return len(old)


def values_of(one: Withdrawal) -> tuple[object, ...]:
    """A withdrawal as the values of `OPEN`."""
    place = (one.id, one.organisation, one.source, one.connection, one.person, one.queue)
    return (
        *place,
        spelled(one.purposes),
        encode(one.names),
        one.at,
        one.state.value,
        one.changed,
        one.attempts,
        one.why,
        one.regulation or None,
    )


def withdrawal_from(row: Row) -> Withdrawal:
    """A withdrawal in a row of `COLUMNS`."""
    id, organisation, source, connection, person, queue, purposes, names, at, state, changed, tries, why, by = row
    place, whom = (organisation, source, connection, person, queue), (purposes_from(purposes), names_from(names))
    return Withdrawal(id, *place, *whom, at, WithdrawalState(state), changed, tries, why, by or b"")


def of_people(persons: list[Id]) -> Statements[list[Holding]]:
    """What is held about these people."""
    found: list[Holding] = []
    for question in among(OF_PEOPLE, persons):
        rows = yield question
        found += map(holding_from, rows)
    return found


def holding_from(row: Row) -> Holding:
    """A holding in a row of `OF_PEOPLE`."""
    organisation, source, connection, person, queue, purposes, names, *rest = row
    return Holding(organisation, source, connection, person, queue, purposes_from(purposes), names_from(names), *rest)


def held(persons: list[Id]) -> Statements[dict[tuple[Id, Id, str], int]]:
    """When all that is held about these people was last written down, by its key."""
    found: dict[tuple[Id, Id, str], int] = {}
    for question in among(HELD, persons):
        found.update([((person, queue, purposes), at) for person, queue, purposes, at in (yield question)])
    return found


def find(id: Id) -> Statements[Withdrawal]:
    """One withdrawal. Raises Missing."""
    rows = yield Query(FIND, (id,))
    if not rows:
        raise Missing(f"no withdrawal {id.hex()}")
    return withdrawal_from(rows[0])


def page(organisation: str, state: str, limit: int, before: Id) -> Statements[list[Withdrawal]]:
    """A page of an organisation's withdrawals."""
    rows = yield Query(PAGE, (organisation, state, before, limit))
    return [withdrawal_from(row) for row in rows]


def of_regulation(id: Id) -> Statements[list[Withdrawal]]:
    """What came of a deletion."""
    rows = yield Query(OF_REGULATION, (id,))
    return [withdrawal_from(row) for row in rows]


def unanswered(owners: list[Id]) -> Statements[list[tuple[Id, Withdrawal]]]:
    """What destinations still owe these people an answer to."""
    found: list[tuple[Id, Withdrawal]] = []
    for question in among(UNANSWERED, owners):
        found += [(owner, withdrawal_from(row)) for owner, *row in (yield question)]
    return found


def counts() -> Statements[dict[WithdrawalState, int]]:
    """How many of each state somebody may still wait for."""
    found: dict[WithdrawalState, int] = {}
    for state in WithdrawalState:
        if state is not WithdrawalState.ACKNOWLEDGED and (number := (yield Query(COUNT, (state.value,)))[0][0]):
            found[state] = int(number)
    return found


class SqlHoldings:
    """The `Holdings` port over either engine: those who ask what is held at the same time share a look-up."""

    def __init__(self, engine: Engine) -> None:
        """Nobody asks yet."""
        self.engine = engine
        self.asked: GroupCommitter[list[Holding], list[int]] = GroupCommitter(
            self.read_asked, max_workers=2, limit=MANY
        )

    async def add(self, holdings: list[Holding]) -> None:
        """See `Holdings.add`."""
        await self.engine.write(AddHoldings(holdings))

    async def held(self, holdings: list[Holding]) -> list[int]:
        """See `Holdings.held`."""
        return await self.asked.commit(holdings) if holdings else []

    async def read_asked(self, asked: list[list[Holding]]) -> list[list[int] | Exception]:
        """Look up what several asked for."""
        persons = list({one.person for some in asked for one in some})
        look = self.engine.point_read if len(persons) <= A_FEW else self.engine.read
        at = await look(held(persons))
        return [[at.get(spot_of(one), 0) for one in some] for some in asked]

    async def of_people(self, persons: list[Id]) -> list[Holding]:
        """See `Holdings.of_people`."""
        return await self.engine.read(of_people(persons))

    async def pass_over(self, kind: str, limit: int, now: int) -> tuple[int, int]:
        """See `Holdings.pass_over`."""
        return await self.engine.write(SkipHoldings(kind, limit, now))

    async def open(
        self,
        messages: list[Id],
        given_up: list[Holding],
        withdrawals: list[Withdrawal],
        tasks: list[OutboxMessage],
        owners: Sequence[tuple[Id, Id]] = (),
    ) -> None:
        """See `Holdings.open`."""
        await self.engine.write(Open(messages, given_up, withdrawals, tasks, list(owners)))

    async def settle(
        self, messages: list[Id], id: Id, state: WithdrawalState, now: int, tries: int, why: str = ""
    ) -> None:
        """See `Holdings.settle`."""
        await self.engine.write(SettleWithdrawal(messages, id, state, now, tries, outbox.plain(why)))

    async def withdrawal(self, id: Id) -> Withdrawal:
        """See `Holdings.withdrawal`."""
        return await self.engine.read(find(id))

    async def withdrawals(
        self, organisation: str, state: WithdrawalState | None = None, limit: int = 100, before: Id | None = None
    ) -> list[Withdrawal]:
        """See `Holdings.withdrawals`."""
        return await self.engine.read(page(organisation, state.value if state else "", limit, before or LAST_KEY))

    async def of_regulation(self, id: Id) -> list[Withdrawal]:
        """See `Holdings.of_regulation`."""
        return await self.engine.read(of_regulation(id))

    async def unanswered(self, owners: list[Id]) -> list[tuple[Id, Withdrawal]]:
        """See `Holdings.unanswered`."""
        return await self.engine.read(unanswered(owners))

    async def counts(self) -> dict[WithdrawalState, int]:
        """See `Holdings.counts`."""
        return await self.engine.read(counts())

    async def drop(self, before: int, limit: int) -> int:
        """See `Holdings.drop`."""
        return await self.engine.write(DropWithdrawals(before, limit))
