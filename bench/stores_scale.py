"""Does a save slow down with ten million receipts in the database, or memory grow over a million saves?

    python -m bench.stores_scale [--postgres] [--receipts=10000000] [--profiles=1000000] [--saves=1000000]

Prints saves per second before and after the receipts are loaded, then memory and speed while it saves on. Receipts
are loaded past the stores, in the order of their ids, over a year of days, for distinct people.
"""

import asyncio
import os
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import uvloop

from bench.machine import explained
from bench.saves import APP, GROUP, ORGANISATION, a_save
from placet.stores.open import migrate, open_stores
from placet.stores.ports.stores import Stores
from placet.stores.sql.ledger import ADD, COUNT_UP, DAY
from placet.stores.sql.people import ADD as ADD_PROFILE
from placet.stores.sql.sqlite.dialect import connect, spelled
from tests.stores.servers import Postgres

BATCH = 100_000
DAYS = 365
SPEED_SECONDS = 10
CONCURRENCY = 64
BODY = b"x" * 200

Row = tuple[Any, ...]
Load = Callable[[str, list[str], list[Row]], Coroutine[Any, Any, None]]

COLUMNS = ["id", "organisation", "site", "person", "at", "body", "evidence", "test", "day", "tag"]
PROFILE_COLUMNS = ["consent_group", "person", "version", "body"]


def receipts(first: int, total: int) -> list[Row]:
    """A batch of the year's receipts, the oldest first; the last one was received yesterday."""
    start = (int(time.time() * 1000) // DAY - DAYS) * DAY
    jitter = os.urandom(16 * BATCH)
    rows: list[Row] = []
    for n in range(BATCH):
        at = start + (first + n) * DAYS * DAY // total
        person = jitter[n * 16 : n * 16 + 16]
        (tag,) = struct.unpack_from(">i", person)
        id = at.to_bytes(6) + (first + n).to_bytes(10)
        rows.append((id, ORGANISATION, APP, person, at, BODY, b"", 0, at // DAY, tag))
    return rows


async def load_profiles(load: Load, total: int) -> None:
    """Profiles of people who will not come back. Flushed, so that the saves to come do not pay for them."""
    for _ in range(0, total, BATCH):
        people = sorted(os.urandom(16) for _ in range(BATCH))
        await load("profiles", PROFILE_COLUMNS, [(GROUP, person, 1, BODY) for person in people])
    os.sync()


async def load_receipts(load: Load, total: int) -> None:
    """A year of receipts, flushed likewise."""
    begun = time.perf_counter()
    for first in range(0, total, BATCH):
        await load("receipts", COLUMNS, receipts(first, total))
        print(f"\r  {first + BATCH:,} receipts loaded, {time.perf_counter() - begun:.0f} s", end="", flush=True)
    os.sync()
    print()


def into_sqlite(path: Path) -> Load:
    """`executemany`, one transaction for each batch."""

    async def load(table: str, _: list[str], rows: list[Row]) -> None:
        with closing(connect(path)) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            if table == "profiles":
                sql = spelled(ADD_PROFILE.replace("RETURNING version", ""))
                connection.executemany(sql, [(group, person, body) for group, person, _, body in rows])
                return
            connection.executemany(spelled(ADD), rows)
            connection.executemany(spelled(COUNT_UP), days_of(rows))

    return load


def into_postgres(url: str) -> Load:
    """COPY."""

    async def load(table: str, columns: list[str], rows: list[Row]) -> None:
        connection = await asyncpg.connect(url)
        await connection.copy_records_to_table(table, columns=columns, records=rows)
        if table == "receipts":
            await connection.executemany(COUNT_UP, list(days_of(rows)))
        await connection.close()

    return load


def days_of(rows: list[Row]) -> Iterator[Row]:
    """How many receipts each day of a batch has."""
    days: dict[int, int] = {}
    for row in rows:
        days[row[8]] = days.get(row[8], 0) + 1
    return ((ORGANISATION, day, 0, number) for day, number in days.items())


async def saves_per_second(stores: Stores, limit: int | None = None) -> float:
    """Saves for some seconds, or until so many are done."""
    start, done = time.perf_counter(), 0

    async def call() -> None:
        nonlocal done
        while done < limit if limit else time.perf_counter() - start < SPEED_SECONDS:
            done += 1
            await stores.write(a_save())

    await asyncio.gather(*(call() for _ in range(CONCURRENCY)))
    return done / (time.perf_counter() - start)


def megabytes() -> str:
    """Resident memory of this process and of the writer."""
    processes = [psutil.Process(), *(one for one in psutil.Process().children() if "writer" in " ".join(one.cmdline()))]
    return " + ".join(f"{one.memory_info().rss >> 20} MB" for one in processes)


async def report(stores: Stores, load: Load, total: int, profiles: int, saves: int) -> None:
    """The whole story on one database."""
    await load_profiles(load, profiles)
    print(f"no receipts, {profiles:,} profiles: {await saves_per_second(stores):,.0f} saves/s", flush=True)
    await load_receipts(load, total)
    print(f"{total:,} receipts: {await saves_per_second(stores):,.0f} saves/s", flush=True)
    someone = a_save()
    await stores.write(someone)
    assert someone.receipt
    before = time.perf_counter()
    found = await stores.ledger.of_person(ORGANISATION, someone.receipt.person)
    print(f"a person's receipts: {len(found)} found in {(time.perf_counter() - before) * 1000:.1f} ms", flush=True)
    step = max(saves // 10, 1)
    for done in range(0, saves, step):
        speed = await saves_per_second(stores, step)
        print(f"{done + step:,} saves: {megabytes()}, {speed:,.0f} saves/s", flush=True)


@asynccontextmanager
async def on_sqlite() -> AsyncIterator[tuple[Stores, Load]]:
    """A file in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "placet.db"
        await migrate(f"sqlite:///{path}")
        stores = await open_stores(f"sqlite:///{path}")
        yield stores, into_sqlite(path)
        await stores.close()


@asynccontextmanager
async def on_postgres() -> AsyncIterator[tuple[Stores, Load]]:
    """A server of its own."""
    server = Postgres()
    try:
        server.start()
        url = server.create("scale")
        await migrate(url)
        stores = await open_stores(url)
        yield stores, into_postgres(url)
        await stores.close()
    finally:
        server.stop()


async def main(words: list[str]) -> None:
    """One engine."""
    explained(words, __doc__)
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    sizes = [int(given.get(name, default)) for name, default in (("receipts", 10**7), ("profiles", 10**6))]
    engine = on_postgres if "--postgres" in words else on_sqlite
    async with engine() as (stores, load):
        await report(stores, load, *sizes, int(given.get("saves", 10**6)))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))
