"""Does forgetting old events make those that come in wait?

    python -m bench.retention [--events=10000000] [--seconds=20] [--quick]

A SQLite store is filled with old events, a hundred to a batch; then batches of a hundred come in one after the other,
first with nothing else going on, then while the old ones are being forgotten as a node forgets them. Each line is the
latency of keeping a batch, durably; then how many old events were forgotten in that time.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from bench.machine import described
from placet.events.event import Event, EventKind
from placet.events.policy.evaluation_context import ANONYMOUS
from placet.events.records.batch_codec import StoredBatch, encode, name_of
from placet.services.privacy.apply_retention import DAY, Retention, apply_retention
from placet.stores.open import migrate, open_stores
from placet.stores.ports.events import Batch
from placet.stores.ports.stores import Stores

EACH = 100
PLACE = ("5e0ffe39-6a8e-4d3c-a2a5-000000000001", "shop/web")
NOW = 1_800_000_000_000
REST = 4
"""A node rests so many times as long as it forgot (`working.SHARE`)."""


def a_batch(number: int, at: int) -> tuple[Batch, list[bytes]]:
    """A batch, and the names of its events."""
    ids = [f"{number}-{place}" for place in range(EACH)]
    fields = {"event": "Viewed", "properties": {"page": "/a/page/of/the/shop", "price": 12.5}}
    events = tuple(Event(id, "", EventKind.TRACK, at, at, fields, "Viewed") for id in ids)
    stored_batch = StoredBatch(events, (ANONYMOUS,), (0,) * EACH)
    batch = Batch(at.to_bytes(6) + number.to_bytes(10), *PLACE, at, b"g" * 16, encode(stored_batch))
    return batch, [name_of(*PLACE, id) for id in ids]


def rows(batches: int) -> Iterator[tuple[tuple[object, ...], list[tuple[bytes, bytes]]]]:
    """Old batches as rows, with those of their names."""
    for number in range(batches):
        batch, names = a_batch(number, NOW - 200 * DAY)
        values = (batch.id, batch.organisation, batch.source, batch.at, batch.policy_id, batch.body)
        yield values, [(name, batch.id) for name in names]


def fill(file: Path, events: int) -> None:
    """Write old events straight into the file: the stores' own way would take an hour."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    names: list[tuple[bytes, bytes]] = []
    for values, own in rows(events // EACH):
        connection.execute(
            "INSERT INTO event_batches (id, organisation, source, at, gates, body) VALUES (?, ?, ?, ?, ?, ?)", values
        )
        names += own
    names.sort()
    connection.executemany("INSERT INTO event_names (name, batch) VALUES (?, ?)", names)
    connection.execute("COMMIT")
    connection.close()


async def take_in(stores: Stores, seconds: float, first: int) -> list[float]:
    """Keep batch after batch; how long each took, in ms."""
    took, end, number = [], time.perf_counter() + seconds, first
    while time.perf_counter() < end:
        batch, names = a_batch(number, NOW)
        number += 1
        began = time.perf_counter()
        await stores.events.store_batch(batch, b"", tuple(names), ())
        took.append((time.perf_counter() - began) * 1000)
    return took


async def forget(stores: Stores, gone: list[int]) -> None:
    """Forget as a node does, until told to stop."""
    while True:
        began = time.perf_counter()
        gone[0] += await apply_retention(stores, Retention(events=90), NOW)
        await asyncio.sleep(REST * (time.perf_counter() - began))


def line(what: str, took: list[float]) -> str:
    """Latencies in words."""
    cuts = quantiles(took, n=100)
    return f"{what:24} {len(took):>6} batches  p50 {cuts[49]:6.2f}  p99 {cuts[98]:7.2f}  most {max(took):7.2f} ms"


async def measured(events: int, seconds: float) -> None:
    """Fill, then keep with and without forgetting."""
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as folder:
        url = f"sqlite:///{folder}/retention.db"
        await migrate(url)
        began = time.perf_counter()
        await asyncio.to_thread(fill, Path(folder) / "retention.db", events)
        print(f"{events:,} old events in {time.perf_counter() - began:.0f} s")
        stores = await open_stores(url)
        print(line("nothing else", await take_in(stores, seconds, 10**9)))
        gone = [0]
        forgetting = asyncio.create_task(forget(stores, gone))
        print(line("while forgetting", await take_in(stores, seconds, 2 * 10**9)))
        forgetting.cancel()
        print(f"forgotten meanwhile: {gone[0] * EACH:,} events, {gone[0] * EACH / seconds:,.0f} a second")
        await stores.close()


def main(words: list[str]) -> None:
    """Measure, with the machine's description before it."""
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    quick = "--quick" in words
    print(*described(), sep="\n")
    events = int(given.get("events", 20_000 if quick else 10_000_000))
    asyncio.run(measured(events, float(given.get("seconds", 2 if quick else 20))))


if __name__ == "__main__":
    main(sys.argv[1:])
