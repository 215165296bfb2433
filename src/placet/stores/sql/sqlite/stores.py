"""The stores on one SQLite file: this process reads it, a process of its own writes it."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Raw, msgpack

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Busy, Missing
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.sql import ledger, people
from placet.stores.sql.catalogue import SqlCatalogue
from placet.stores.sql.events import SqlEvents
from placet.stores.sql.fingerprint import BindSecret
from placet.stores.sql.fingerprint import find as find_fingerprint
from placet.stores.sql.group_commit import GroupCommitter
from placet.stores.sql.holdings import SqlHoldings
from placet.stores.sql.identities import SqlIdentities
from placet.stores.sql.ledger import SqlLedger
from placet.stores.sql.outbox import SqlOutbox
from placet.stores.sql.sqlite.dialect import connect_to_read, look, spelled
from placet.stores.sql.sqlite.writer_client import WriterClient
from placet.stores.sql.sqlite.writer_protocol import REFUSALS, Failed, Probe, Reply, encode, framed
from placet.stores.sql.statements import Row, Statements, Write
from placet.stores.sql.suppressions import SqlSuppressions
from placet.stores.sql.tokens import SqlTokens
from placet.stores.sql.write_decision import change_of

T = TypeVar("T")


@cache
def reader_of(answer: Any) -> Callable[[bytes], Any]:
    """How to read what a kind of change answers."""
    return msgpack.Decoder(answer).decode


class SqliteEngine:
    """One file: a connection for the loop's point reads, one for long reads in a thread, and the writer."""

    def __init__(self, path: Path) -> None:
        self.writer = WriterClient(path)
        self.committer: GroupCommitter[Raw, Reply] = GroupCommitter(self.send)
        self.points = connect_to_read(path)
        self.lists = connect_to_read(path, mapped=True)
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-reads")

    async def send(self, changes: list[Raw]) -> list[Reply | Exception]:
        """Have the writer make a batch of changes."""
        return list(await self.writer.request(framed(changes)))

    async def write(self, write: Write[T]) -> T:
        """See `Engine.write`. Encoded here, so that what cannot be encoded hurts nobody else."""
        answer = await self.committer.commit(Raw(encode(write)))
        if isinstance(answer, Failed):
            raise REFUSALS[answer.kind](answer.why)
        value: T = reader_of(write.answer)(answer.value)
        return value

    async def read(self, statements: Statements[T]) -> T:
        """See `Engine.read`. In a thread: it may take as long as it likes."""
        self.ensure_open()
        try:
            return await asyncio.get_running_loop().run_in_executor(self.thread, look, self.lists, statements)
        except sqlite3.Error as error:
            raise Busy(f"the database cannot be read: {error}") from error

    async def point_read(self, statements: Statements[T]) -> T:
        """See `Engine.point_read`. On the loop: it takes some ten microseconds, a thread would take a hundred."""
        self.ensure_open()
        try:
            return look(self.points, statements)
        except sqlite3.Error as error:
            raise Busy(f"the database cannot be read: {error}") from error

    def point(self, sql: str, *values: Any) -> Row | None:
        """One row by its key, on the loop: it takes a few microseconds, a thread would take a hundred."""
        self.ensure_open()
        try:
            row: Row | None = self.points.execute(spelled(sql), values).fetchone()
        except sqlite3.Error as error:
            raise Busy(f"the database cannot be read: {error}") from error
        return row

    def ensure_open(self) -> None:
        """Raise Busy once closed."""
        if self.committer.closed:
            raise Busy("the stores are closed")

    async def close(self) -> None:
        """Finish what was accepted, then let go of the file."""
        await self.committer.close()
        await asyncio.to_thread(self.thread.shutdown)
        self.points.close()
        self.lists.close()
        await self.writer.close()


class SqliteLedger(SqlLedger):
    """The `Ledger` port; one receipt is a point read."""

    engine: SqliteEngine

    async def receipt(self, id: Id) -> ReceiptRow:
        """See `Ledger.receipt`."""
        row = self.engine.point(ledger.FIND, id)
        if row is None:
            raise Missing(f"no receipt {id.hex()}")
        return ledger.receipt_from(row)


class SqliteProfiles:
    """The `People` port: point reads only."""

    def __init__(self, engine: SqliteEngine) -> None:
        self.engine = engine

    async def find(self, group: Id, person: Id) -> VersionedProfile | None:
        """See `People.find`."""
        row = self.engine.point(people.FIND, group, person)
        return people.known_from(group, person, row) if row else None


class SqliteStores:
    """The nine ports on one file."""

    def __init__(self, path: Path) -> None:
        self.engine = SqliteEngine(path)
        self.ledger = SqliteLedger(self.engine)
        self.profiles = SqliteProfiles(self.engine)
        self.catalogue = SqlCatalogue(self.engine)
        self.outbox = SqlOutbox(self.engine)
        self.events = SqlEvents(self.engine)
        self.holdings = SqlHoldings(self.engine)
        self.tokens = SqlTokens(self.engine)
        self.suppressions = SqlSuppressions(self.engine)
        self.identities = SqlIdentities(self.engine)

    async def write(self, keep: WriteDecision) -> WriteResult:
        """See `Stores.keep`."""
        return WriteResult(await self.engine.write(change_of(keep)))

    async def fingerprint(self) -> str:
        """See `Stores.fingerprint`."""
        return await self.engine.read(find_fingerprint())

    async def bind_secret(self, fingerprint: str) -> str:
        """See `Stores.bind_secret`."""
        return await self.engine.write(BindSecret(fingerprint))

    async def ready(self) -> None:
        """See `Stores.ready`."""
        await self.catalogue.revision()
        await self.engine.write(Probe())

    async def close(self) -> None:
        """See `Stores.close`."""
        await self.engine.close()
