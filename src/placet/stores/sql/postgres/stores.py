"""The stores on a PostgreSQL database that several machines share."""

import asyncio
from secrets import randbelow
from typing import Any, Final, TypeVar

import asyncpg

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Busy
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.sql import people
from placet.stores.sql.catalogue import SqlCatalogue
from placet.stores.sql.events import SqlEvents
from placet.stores.sql.fingerprint import BindSecret
from placet.stores.sql.fingerprint import find as find_fingerprint
from placet.stores.sql.group_commit import GroupCommitter
from placet.stores.sql.holdings import SqlHoldings
from placet.stores.sql.identities import SqlIdentities
from placet.stores.sql.ledger import SqlLedger
from placet.stores.sql.outbox import SqlOutbox
from placet.stores.sql.postgres.batch_keep import Answers, find_all, keep_all, keys_of
from placet.stores.sql.postgres.dialect import (
    LOCK_GROUPS,
    REQUEST_SECONDS,
    STATEMENT_SECONDS,
    Connection,
    attempt,
    check_schema,
    connect,
    run,
)
from placet.stores.sql.sqlite.writer_protocol import Probe
from placet.stores.sql.statements import Statements, Write
from placet.stores.sql.suppressions import SqlSuppressions
from placet.stores.sql.tokens import SqlTokens
from placet.stores.sql.write_decision import WriteDecisionChange, change_of

T = TypeVar("T")

CONNECTIONS: Final = 8

COUNTERS: Final = 16
"""In so many lanes receipts are counted, so that batches rarely wait for one another's counter."""

CLOSE_AFTER: Final = 10
"""Seconds a connection may take to say goodbye."""


class PostgresEngine:
    """A pool of connections; decisions and profile look-ups travel in batches."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self.pool = pool
        self.lane = randbelow(COUNTERS)
        # One statement at a time: two beside each other were smaller, dearer, and made everybody wait longer.
        self.keeps: GroupCommitter[WriteDecisionChange, ReceiptRow | None] = GroupCommitter(
            self.keep, conflicts=keys_of
        )
        self.finds: GroupCommitter[tuple[Id, Id], tuple[int, bytes] | None] = GroupCommitter(self.find, max_workers=2)

    async def read(self, statements: Statements[T]) -> T:
        """See `Engine.read`."""
        self.ensure_open()

        async def look(connection: Connection) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await run(connection, statements)

        return await attempt(self.pool, look, REQUEST_SECONDS)

    async def point_read(self, statements: Statements[T]) -> T:
        """See `Engine.point_read`. A question to another machine is no faster for being short."""
        return await self.read(statements)

    async def write(self, write: Write[T]) -> T:
        """See `Engine.write`."""
        self.ensure_open()

        async def make(connection: Connection) -> T:
            async with connection.transaction():
                if write.lock_group:
                    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_GROUPS[write.lock_group])
                return await run(connection, write.statements())

        # What has no lock of its own is a request's; the others are workers' and administrators' and may take longer.
        return await attempt(self.pool, make, STATEMENT_SECONDS if write.lock_group else REQUEST_SECONDS)

    async def keep(self, writes: list[WriteDecisionChange]) -> Answers:
        """Write a batch of decisions; if a bug of ours spoils it, each on its own, so that it spoils only itself."""
        self.lane = (self.lane + 1) % COUNTERS
        try:
            return await attempt(self.pool, lambda connection: keep_all(connection, writes, self.lane), REQUEST_SECONDS)
        except RuntimeError:
            if len(writes) == 1:
                raise
            return [await self.alone(write) for write in writes]

    async def alone(self, write: WriteDecisionChange) -> ReceiptRow | Exception | None:
        """Write one decision of a spoilt batch."""
        try:
            return (await self.keep([write]))[0]
        except (RuntimeError, Busy) as error:
            return error

    async def find(self, asked: list[tuple[Id, Id]]) -> list[tuple[int, bytes] | Exception | None]:
        """Look a batch of profiles up."""
        return await attempt(self.pool, lambda connection: find_all(connection, asked), REQUEST_SECONDS)

    def ensure_open(self) -> None:
        """Raise Busy once closed."""
        if self.keeps.closed:
            raise Busy("the stores are closed")

    async def close(self) -> None:
        """Finish what was accepted, then let go of the connections."""
        await self.keeps.close()
        await self.finds.close()
        try:
            await asyncio.wait_for(self.pool.close(), CLOSE_AFTER)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.pool.terminate()


class PostgresProfiles:
    """The `People` port: those who ask at the same time share a query."""

    def __init__(self, engine: PostgresEngine) -> None:
        self.engine = engine

    async def find(self, group: Id, person: Id) -> VersionedProfile | None:
        """See `People.find`."""
        row = await self.engine.finds.commit((group, person))
        return people.known_from(group, person, row) if row else None


class PostgresStores:
    """The nine ports on one database."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self.engine = PostgresEngine(pool)
        self.ledger = SqlLedger(self.engine)
        self.profiles = PostgresProfiles(self.engine)
        self.catalogue = SqlCatalogue(self.engine)
        self.outbox = SqlOutbox(self.engine)
        self.events = SqlEvents(self.engine)
        self.holdings = SqlHoldings(self.engine)
        self.tokens = SqlTokens(self.engine)
        self.suppressions = SqlSuppressions(self.engine)
        self.identities = SqlIdentities(self.engine)

    async def write(self, keep: WriteDecision) -> WriteResult:
        """See `Stores.keep`."""
        return WriteResult(await self.engine.keeps.commit(change_of(keep)))

    async def fingerprint(self) -> str:
        """See `Stores.fingerprint`."""
        return await self.engine.read(find_fingerprint())

    async def bind_secret(self, fingerprint: str) -> str:
        """See `Stores.bind_secret`."""
        return await self.engine.write(BindSecret(fingerprint))

    async def ready(self) -> None:
        """See `Stores.ready`."""
        await self.engine.write(Probe())

    async def close(self) -> None:
        """See `Stores.close`."""
        await self.engine.close()


async def open_postgres(url: str) -> PostgresStores:
    """The stores at this address. Raises SchemaMismatch and Busy."""
    pool = await connect(url, CONNECTIONS, STATEMENT_SECONDS)
    try:
        await check_schema(pool)
    except BaseException:
        pool.terminate()
        raise
    return PostgresStores(pool)
