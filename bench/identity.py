"""Prints what knowing whose an event is costs, among few people and among many.

Run: python -m bench.identity [--people=N …]. Five million take some minutes to put in, and 2 GB of memory.

Segment batches of 100 events, each about somebody else with a user's and a device's name, on the embedded store:
the look-up alone, and taking the batch in as a whole. Processor time of this process and of the writer's, since
the machine may be busy; without parsing and HTTP, which know nothing of people.
"""

import asyncio
import logging
import random
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import msgspec

from placet.events.identity import Identity
from placet.faces.segment.messages import Arrival, Arrived, read_batch
from placet.services.collect import Collect, collect
from placet.stores.circle import name_of
from placet.stores.house import House, OpenSource
from placet.stores.sql import identities
from placet.stores.sql.embedded import SqliteStores
from placet.stores.sql.sqlite import connect, migrate, spelled
from tests.faces.house import start

KEY = "outfitter-web-write-key"
NOW = 1_772_600_000_000
BATCHES = 60
PATH = "y" * 200
GRANTED = {"C0001": True, "C0002": True, "C0004": False}


def names_of(person: int) -> tuple[Identity, Identity]:
    """What somebody goes by."""
    return Identity("user_id", f"user-{person}"), Identity("anonymous_id", f"device-{person}")


def fill(path: Path, people: int, house: House, opened: OpenSource) -> None:
    """Put so many people into the file, in the order of their keys: a tree that grows at its end grows fast."""
    place = (house.pepper, opened.source.organisation, opened.source.workspace)
    ties: list[tuple[bytes, bytes]] = []
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for first in range(0, people, 10_000):
            some = range(first, min(first + 10_000, people))
            rows = []
            for person in some:
                id = (NOW - 1).to_bytes(6) + person.to_bytes(10)
                names = tuple(name_of.__wrapped__(*place, name) for name in names_of(person))
                rows.append((id, identities.encode(names), b""))
                ties += [(name.key, id) for name in names]
            connection.executemany(spelled(identities.ADD_PERSON), rows)
        connection.executemany(spelled(identities.ADD_TIE), sorted(ties))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def batch(number: int, people: int, dice: random.Random) -> Arrived:
    """A hundred events about a hundred of them."""
    items = [
        {
            "type": "track", "event": "Viewed", "messageId": f"{number}-{place}", "timestamp": "2026-03-04T04:53:20Z",
            "userId": f"user-{person}", "anonymousId": f"device-{person}", "properties": {"notes": "x" * 400},
            "context": {"consent": {"categoryPreferences": GRANTED}, "page": {"url": "https://shop.example/" + PATH}},
        }
        for place, person in enumerate(dice.sample(range(people), 100))
    ]  # fmt: skip
    return read_batch(msgspec.json.encode({"writeKey": KEY, "batch": items}), Arrival(NOW, lambda: "unused"))


def writer_seconds(stores: SqliteStores) -> float:
    """The processor time of the process that writes."""
    process = stores.engine.writer.process
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def measure(people: int, folder: Path) -> list[str]:
    """One row of the table."""
    path = folder / f"{people}.db"
    migrate(path, lambda *_: None)
    stores = SqliteStores(path)
    server = await start(stores)
    house, dice = server.node.house, random.Random(1)
    opened = house.shelf.source(KEY)
    assert opened
    fill(path, people, house, opened)
    size = path.stat().st_size / 2**20
    arrived = [batch(number, people, dice) for number in range(2 * BATCHES)]
    began = time.process_time()
    for one in arrived[:BATCHES]:
        await house.circle(opened.source, [name for event in one.events for name in event.identities])
    looked = time.process_time() - began
    await collect(Collect(KEY, arrived[0].events), house, NOW)
    began, wrote = time.process_time(), writer_seconds(stores)
    for one in arrived[BATCHES:]:
        await collect(Collect(KEY, one.events), house, NOW)
    taken, wrote = time.process_time() - began, writer_seconds(stores) - wrote
    await server.node.close()
    events = BATCHES * 100 / 1e6
    return [f"{people:>10,}", f"{size:8.0f}", *(f"{each / events:8.1f}" for each in (looked, taken, wrote))]


def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    asked = [int(word.partition("=")[2]) for word in sys.argv[1:] if word.startswith("--people=")]
    print("    people   file MB   µs per event: look-up   all of taking in   the writer")
    with tempfile.TemporaryDirectory() as folder:
        for people in asked or [10_000, 1_000_000, 5_000_000]:
            print("   ".join(asyncio.run(measure(people, Path(folder)))), flush=True)


if __name__ == "__main__":
    main()
