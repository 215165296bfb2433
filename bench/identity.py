"""Prints what knowing whose an event is costs, among few people and among many.

Run: python -m bench.identity [--people=N …]. Five million take some minutes to put in, and 2 GB of memory.

Segment batches of 100 events, each about somebody else with a user's and a device's name, on the embedded store:
the look-up alone, and taking the batch in as a whole, batch about batch among few and many (medians). Processor
time of this process and of the writer's, since the machine may be busy; without parsing and HTTP, which know
nothing of people.
"""

import asyncio
import logging
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import median

import msgspec

from placet.api.segment.messages import MessageContext, MessageEvents, read_batch
from placet.events.event import Identity
from placet.events.ingest.known_people import hashed_identifier
from placet.runtime.context import NodeContext
from placet.runtime.published_settings import ActiveSource
from placet.services.events.collect_events import Collect, collect
from placet.stores.sql import identities
from placet.stores.sql.sqlite.dialect import connect, migrate, spelled
from placet.stores.sql.sqlite.stores import SqliteStores
from tests.api.node_context import start

KEY = "outfitter-web-write-key"
NOW = 1_772_600_000_000
BATCHES = 60
PATH = "y" * 200
GRANTED = {"C0001": True, "C0002": True, "C0004": False}


def names_of(person: int) -> tuple[Identity, Identity]:
    """What somebody goes by."""
    return Identity("user_id", f"user-{person}"), Identity("anonymous_id", f"device-{person}")


def fill(path: Path, people: int, context: NodeContext, opened: ActiveSource) -> None:
    """Put so many people into the file, in the order of their keys: a tree that grows at its end grows fast."""
    place = (context.pepper, opened.source.organisation, opened.source.workspace)
    identity_changes: list[tuple[bytes, bytes]] = []
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for first in range(0, people, 10_000):
            some = range(first, min(first + 10_000, people))
            rows = []
            for person in some:
                id = (NOW - 1).to_bytes(6) + person.to_bytes(10)
                names = tuple(hashed_identifier.__wrapped__(*place, name) for name in names_of(person))
                rows.append((id, identities.encode(names), b""))
                identity_changes += [(name.key, id) for name in names]
            connection.executemany(spelled(identities.ADD_PERSON), rows)
        connection.executemany(spelled(identities.ADD_IDENTIFIER), sorted(identity_changes))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def batch(number: int, people: int, jitter: Random) -> MessageEvents:
    """A hundred events about a hundred of them."""
    items = [
        {
            "type": "track", "event": "Viewed", "messageId": f"{number}-{place}", "timestamp": "2026-03-04T04:53:20Z",
            "userId": f"user-{person}", "anonymousId": f"device-{person}", "properties": {"notes": "x" * 400},
            "context": {"consent": {"categoryPreferences": GRANTED}, "page": {"url": "https://shop.example/" + PATH}},
        }
        for place, person in enumerate(jitter.sample(range(people), 100))
    ]  # fmt: skip
    body = msgspec.json.encode({"writeKey": KEY, "batch": items})
    return await read_batch(body, MessageContext(NOW, lambda: "unused"))


def writer_seconds(stores: SqliteStores) -> float:
    """The processor time of the process that writes."""
    process = stores.engine.writer.process
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Town:
    """A store with so many people in it, and what a batch about some of them costs there."""

    def __init__(self, people: int, path: Path) -> None:
        """Nobody lives there yet."""
        self.people, self.path, self.dice = people, path, Random(1)
        self.looked: list[float] = []
        self.taken: list[float] = []
        self.wrote = 0.0

    async def settle(self) -> None:
        """Put the people in and open the doors."""
        migrate(self.path, lambda *_: None)
        self.stores = SqliteStores(self.path)
        self.house = (await start(self.stores)).node.context
        opened = self.house.published_settings.source(KEY)
        assert opened
        self.opened = opened
        fill(self.path, self.people, self.house, opened)

    async def measure(self, number: int) -> None:
        """One look-up and one batch, about a hundred people each, whom nobody asked about before."""
        some, others = [await batch(2 * number + turn, self.people, self.dice) for turn in range(2)]
        names = [name for event in some.events for name in event.identities]
        began = time.process_time()
        await self.house.load_known_people(self.opened.source, names)
        self.looked.append(time.process_time() - began)
        began, wrote = time.process_time(), writer_seconds(self.stores)
        await collect(Collect(KEY, others.events), self.house, NOW)
        self.taken.append(time.process_time() - began)
        self.wrote += writer_seconds(self.stores) - wrote

    def row(self) -> str:
        """What it came to, µs per event."""
        each = (median(self.looked), median(self.taken), self.wrote / len(self.taken))
        size = self.path.stat().st_size / 2**20
        return f"{self.people:>10,} {size:9.0f} {each[0] * 1e4:20.1f} {each[1] * 1e4:18.1f} {each[2] * 1e4:12.1f}"


async def compare(sizes: list[int], folder: Path) -> None:
    """Batch about batch in each town in turn, so that whatever else the machine does falls on all of them."""
    towns = [Town(people, folder / f"{people}.db") for people in sizes]
    for town in towns:
        await town.settle()
    for number in range(BATCHES):
        for town in towns:
            await town.measure(number)
    for town in towns:
        print(town.row(), flush=True)
        await town.stores.close()


def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    asked = [int(word.partition("=")[2]) for word in sys.argv[1:] if word.startswith("--people=")]
    print("    people   file MB   µs per event: look-up   all of taking in   the writer", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(asked or [10_000, 1_000_000, 5_000_000], Path(folder)))


if __name__ == "__main__":
    main()
