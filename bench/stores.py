"""Durable saves per second through `Stores.write`, beside the same rows group-committed by bare driver code.

    python -m bench.stores [SECONDS] [--no-postgres]

One save is a receipt of 1 KB, a profile of 2 KB, a note and a request name. The floor writes the same rows,
`concurrency` of them in one transaction, with nothing around it: no other process, no checks, no answers.
Rounds of both alternate, so that a noisy neighbour disturbs both alike; each figure is the median of its rounds.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import asyncpg
import uvloop

from bench.saves import a_save
from placet.stores.open import migrate, open_stores
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.stores import Stores
from placet.stores.sql import ledger, outbox, people
from placet.stores.sql.sqlite.dialect import connect, spelled
from placet.stores.sql.write_decision import REMEMBER
from tests.stores.servers import Postgres

ROUNDS = 3
CONCURRENCIES = (1, 32, 128)

Rates = tuple[float, float, float]
"""Saves per second, and the median and 99th percentile of one save in milliseconds."""


def rates(times: list[float], took: float) -> Rates:
    """What a round showed; `times` in seconds."""
    times.sort()
    return len(times) / took, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000


async def ours(stores: Stores, concurrency: int, seconds: float) -> Rates:
    """So many callers, each saving for a new person as soon as the last save was acknowledged."""
    times: list[float] = []
    start = time.perf_counter()

    async def call() -> None:
        while time.perf_counter() - start < seconds:
            save = a_save()
            before = time.perf_counter()
            await stores.write(save)
            times.append(time.perf_counter() - before)

    await asyncio.gather(*(call() for _ in range(concurrency)))
    return rates(times, time.perf_counter() - start)


Rows = dict[str, list[tuple[object, ...]]]


def rows_of(saves: list[WriteDecision]) -> Rows:
    """The rows of some saves, by the statement that adds them."""
    receipts = [save.receipt for save in saves if save.receipt]
    known = [save.profile for save in saves if save.profile]
    return {
        ledger.ADD: [ledger.values_of(receipt) for receipt in receipts],
        people.ADD.replace("RETURNING version", ""): [
            (one.group, one.person, people.encode(one.profile)) for one in known
        ],
        outbox.ADD: [outbox.values_of(message) for save in saves for message in save.messages],
        REMEMBER: [
            (save.idempotency_key, save.receipt.id, save.at + save.idempotency_ms) for save in saves if save.receipt
        ],
    }


async def floor(write: Callable[[Rows], Awaitable[None]], concurrency: int, seconds: float) -> Rates:
    """Batches of rows, one after the other."""
    times: list[float] = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        rows = rows_of([a_save() for _ in range(concurrency)])
        before = time.perf_counter()
        await write(rows)
        times += [time.perf_counter() - before] * concurrency
    return rates(times, time.perf_counter() - start)


def bare_sqlite(connection: sqlite3.Connection) -> Callable[[Rows], Awaitable[None]]:
    """One transaction of `executemany`."""

    async def write(rows: Rows) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in rows.items():
            connection.executemany(spelled(sql), values)
        connection.execute("COMMIT")

    return write


def bare_postgres(connection: "asyncpg.Connection[asyncpg.Record]") -> Callable[[Rows], Awaitable[None]]:
    """One transaction of pipelined `executemany`."""

    async def write(rows: Rows) -> None:
        async with connection.transaction():
            for sql, values in rows.items():
                await connection.executemany(sql, values)

    return write


async def compare(name: str, stores: Stores, write: Callable[[Rows], Awaitable[None]], seconds: float) -> None:
    """A line for each concurrency."""
    for concurrency in CONCURRENCIES:
        kept: list[Rates] = []
        bare: list[Rates] = []
        for _ in range(ROUNDS):
            kept.append(await ours(stores, concurrency, seconds))
            bare.append(await floor(write, concurrency, seconds))
        rate, p50, p99 = (statistics.median(column) for column in zip(*kept, strict=True))
        limit = statistics.median(rate for rate, _, _ in bare)
        print(
            f"{name:10} {concurrency:4}  {rate:8.0f}/s  p50 {p50:7.2f} ms  p99 {p99:7.2f} ms"
            f"   floor {limit:8.0f}/s   {rate / limit:4.0%}",
            flush=True,
        )


async def on_sqlite(folder: Path, seconds: float) -> None:
    """On one file, and a second one for the floor."""
    for name in ("ours", "floor"):
        await migrate(f"sqlite:///{folder}/{name}.db")
    stores = await open_stores(f"sqlite:///{folder}/ours.db")
    with closing(connect(folder / "floor.db")) as connection:
        await compare("SQLite", stores, bare_sqlite(connection), seconds)
    await stores.close()


async def on_postgres(seconds: float) -> None:
    """On one server, in two databases."""
    server = Postgres()
    try:
        server.start()
        url, other = server.create("ours"), server.create("floor")
        await migrate(url)
        await migrate(other)
        stores = await open_stores(url)
        connection = await asyncpg.connect(other)
        await compare("PostgreSQL", stores, bare_postgres(connection), seconds)
        await connection.close()
        await stores.close()
    finally:
        server.stop()


async def main(seconds: float, with_postgres: bool) -> None:
    """Both engines."""
    with tempfile.TemporaryDirectory() as folder:
        await on_sqlite(Path(folder), seconds)
    if with_postgres:
        await on_postgres(seconds)


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[1:] if not word.startswith("-")]
    uvloop.run(main(numbers[0] if numbers else 2.0, "--no-postgres" not in sys.argv))
