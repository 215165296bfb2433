"""A disk that takes no more: Busy, nothing half-written, and all well again when there is room.

The disk is filled the way an unprivileged test can: by a limit on the size of the writer's files, set from
outside while it runs, and by SQLite's own limit on its pages, which it reports exactly like a full disk.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import psutil
import pytest

from placet.errors import Busy
from placet.stores.open import migrate, open_stores
from placet.stores.ports.decision import WriteResult
from placet.stores.ports.stores import Stores
from placet.stores.sql.postgres.dialect import meaning
from placet.stores.sql.sqlite.dialect import connect
from placet.stores.sql.sqlite.writer_process import settle
from placet.stores.sql.sqlite.writer_protocol import Failed, Succeeded
from placet.stores.sql.write_decision import change_of
from tests.stores.rows import ANNA, GROUP, NOW, ORGANISATION, a_keep, an_organisation, key
from tests.stores.test_crash import writer_process

BATCH = 100


def limit_files(process: psutil.Process, size: int) -> None:
    """No file of this process may grow beyond `size` bytes; what is there already stays."""
    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))


async def save_until_full(stores: Stores) -> dict[bytes, WriteResult | Exception]:
    """What became of each person's save, up to a batch in which some were refused."""
    results: dict[bytes, WriteResult | Exception] = {}
    while not any(isinstance(result, Exception) for result in results.values()):
        people = [key(f"p{len(results) + n}") for n in range(BATCH)]
        answers = await asyncio.gather(*(stores.write(a_keep(one)) for one in people), return_exceptions=True)
        results.update(zip(people, answers, strict=True))
    return results


async def test_a_full_disk_makes_saves_busy_and_leaves_nothing_half_written(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/placet.db"
    await migrate(url)
    stores = await open_stores(url)
    await stores.ready()
    limit_files(writer_process(), 600_000)

    results = await save_until_full(stores)

    assert all(isinstance(result, WriteResult | Busy) for result in results.values())
    for person, result in results.items():
        found = await stores.profiles.find(GROUP, person)
        receipts = await stores.ledger.of_person(ORGANISATION, person)
        assert (found is not None, len(receipts)) == ((True, 1) if isinstance(result, WriteResult) else (False, 0))
    kept = sum(isinstance(result, WriteResult) for result in results.values())
    assert await stores.ledger.count(ORGANISATION) == kept == await stores.outbox.waiting()
    await stores.close()


async def test_everything_works_again_when_there_is_room(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/placet.db"
    await migrate(url)
    stores = await open_stores(url)
    await stores.ready()
    limit_files(writer_process(), 600_000)
    results = await save_until_full(stores)
    with pytest.raises(Busy):
        for n in range(10_000):
            await stores.catalogue.apply(an_organisation("x" * 10_000), n, "ann", NOW)

    limit_files(writer_process(), -1)

    await stores.ready()
    refused = [person for person, result in results.items() if isinstance(result, Busy)]
    assert await asyncio.gather(*(stores.write(a_keep(one)) for one in refused)) == [WriteResult()] * len(refused)
    assert await stores.ledger.count(ORGANISATION) == len(results)
    await stores.close()


async def test_pages_that_run_out_in_the_middle_of_a_batch_undo_all_of_it(tmp_path: Path):
    path = tmp_path / "placet.db"
    await migrate(f"sqlite:///{path}")
    with closing(connect(path)) as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        batch = [change_of(a_keep(key(f"p{n}"))) for n in range(200)]
        answers = settle(connection, batch)
        assert all(isinstance(answer, Failed) and answer.kind == "busy" for answer in answers)
        assert connection.execute("SELECT count(*) FROM receipts").fetchone() == (0,)
        connection.execute("PRAGMA max_page_count = 100000")
        assert all(isinstance(answer, Succeeded) for answer in settle(connection, batch))


async def test_a_file_that_may_not_be_written_is_busy_and_can_still_be_read(tmp_path: Path):
    path = tmp_path / "placet.db"
    await migrate(f"sqlite:///{path}")
    with closing(connect(path)) as connection:
        settle(connection, [change_of(a_keep(ANNA))])
        connection.execute("PRAGMA query_only = TRUE")
        [answer] = settle(connection, [change_of(a_keep(ANNA, version=1))])
        assert isinstance(answer, Failed)
        assert answer.kind == "busy"
        assert connection.execute("SELECT version FROM profiles").fetchall() == [(1,)]


async def test_a_writer_locked_out_by_another_process_is_busy_and_recovers(tmp_path: Path):
    path = tmp_path / "placet.db"
    await migrate(f"sqlite:///{path}")
    with closing(connect(path)) as ours, closing(sqlite3.connect(path, isolation_level=None)) as other:
        ours.execute("PRAGMA busy_timeout = 10")
        other.execute("BEGIN IMMEDIATE")
        [answer] = settle(ours, [change_of(a_keep(ANNA))])
        assert isinstance(answer, Failed)
        other.execute("COMMIT")
        assert isinstance(settle(ours, [change_of(a_keep(ANNA))])[0], Succeeded)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.DiskFullError("no space left"), Busy),
        (asyncpg.TooManyConnectionsError("sorry"), Busy),
        (asyncpg.AdminShutdownError("going down"), Busy),
        (asyncpg.ReadOnlySQLTransactionError("a standby"), Busy),
        (asyncpg.InterfaceError("connection is closed"), Busy),
        (ConnectionRefusedError("nobody there"), Busy),
        (asyncpg.UndefinedTableError("receipts"), RuntimeError),
        (asyncpg.DataError("a zero byte"), RuntimeError),
    ],
)
def test_what_postgres_says_is_either_the_worlds_fault_or_ours(error: Exception, kind: type[Exception]):
    assert type(meaning(error)) is kind
