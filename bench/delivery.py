"""How many deliveries leave a second: one process on one core, the embedded store, a receiver on the other core.

    python -m bench.delivery [--events=20000] [--people=5000] [--quick]

Events of about 1 KB are taken in first, for people who agreed; then a node starts, and its workers send all of them,
each judged again with the consent of the moment, written down as sent before its queue goes on. Once with a
destination that takes one event in a request (a signed webhook), once with one that takes many (Segment's dialect, up
to 250). With the rate: this process's own processor time for each delivery, and how many requests it took.
"""

import asyncio
import os
import sys
import tempfile
import time
from urllib.request import urlopen

import psutil
from msgspec import Struct

from bench.evaluate import RAW
from bench.machine import described, explained
from bench.servers import CORES, LOADER_CORE, SERVER_CORE, Server, end_tidily, free_port
from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.app.open_stores import open_store
from placet.config import Config
from placet.events.event import Event, EventKind, Identity
from placet.services.events.collect_events import Collect, collect
from placet.services.settings.publish_settings import Secrets, apply
from placet.services.settings.published_sites import Author
from tests.api.node_context import MASTER
from tests.small_organisation import small

KEY = "shop-write-key"
KINDS = {"webhook": "one event in a request", "segment": "up to 250 in a request"}
SENDING = """    sources:
      - {{id: web-events, name: Website, write_keys: {key}, site: web}}
    destinations:
      - {{id: there, name: There, type: {kind}, url: "{url}", secret: "env:HOOK", loopback: true}}
    connections:
      - {{id: to-there, source: web-events, destination: there, purposes: ads}}
consent_groups:"""
BATCH = 100


class Found(Struct, frozen=True):
    """What came of one run."""

    deliveries: int
    requests: int
    seconds: float
    computed: float


def an_event(person: str, number: int, now: int) -> Event:
    """One event of somebody who agreed."""
    id = f"{person}-{number}"
    fields = {**RAW, "userId": person, "messageId": id, "context": {"onetrust": "C0004:1"}}
    return Event(id, "", EventKind.TRACK, now, now, fields, "Plan Chosen", identities=(Identity("user_id", person),))


async def node_in(folder: str, kind: str, url: str, workers: int) -> tuple[Node, float, float]:
    """A node on the store in this folder, and when it opened: by the clock, and by this process's own time."""
    config = Config(data_folder=folder, delivery_rest_ms=10, delivery_workers=workers)
    stores = await open_store(config)
    secrets = Secrets(lambda _: "a synthetic secret, long enough to sign", os.urandom, secrets_of(MASTER).secret_box)
    await apply(small(("consent_groups:", SENDING.format(key=KEY, kind=kind, url=url))), stores.catalogue, secrets,
                Author("bench", 1))  # fmt: skip
    node = Node(config, stores, secrets_of(MASTER))
    began = time.perf_counter(), time.process_time()
    await node.open()
    return node, *began


async def fill(node: Node, events: int, people: int) -> None:
    """Take everything in; nothing is sent yet."""
    for first in range(0, events, BATCH):
        now = int(time.time() * 1000)
        some = [an_event(f"p{n % people}", n, now) for n in range(first, min(first + BATCH, events))]
        await collect(Collect(KEY, some), node.context, now)


async def measured(kind: str, port: int, events: int, people: int) -> Found:
    """Fill a store, then let a node empty it: from its first look at the settings until nothing waits."""
    url = f"http://127.0.0.1:{port}/in"
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as folder:
        node, *_ = await node_in(folder, kind, url, 0)
        await fill(node, events, people)
        await node.close()
        before = taken(port)
        node, began, computed = await node_in(folder, kind, url, Config().delivery_workers)
        free_children()
        while await node.context.stores.outbox.waiting():  # noqa: ASYNC110 - the store has nothing to wait on
            await asyncio.sleep(0.1)
        seconds, computed = time.perf_counter() - began, time.process_time() - computed
        await node.close()
        return Found(events, taken(port) - before, seconds, computed)


def free_children() -> None:
    """Let the process that writes the file run on every core, as it would."""
    for child in psutil.Process().children(recursive=True):
        child.cpu_affinity(list(range(CORES)))


def taken(port: int) -> int:
    """How many requests the receiver has taken in."""
    with urlopen(f"http://127.0.0.1:{port}/") as answer:
        return int(answer.read())


def main(words: list[str]) -> None:
    """Measure and print, with the machine's description before it."""
    explained(words, __doc__)
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    quick = "--quick" in words
    events, people = int(given.get("events", 2_000 if quick else 20_000)), int(given.get("people", 5_000))
    end_tidily()
    os.sched_setaffinity(0, {SERVER_CORE})
    print(*described(), sep="\n")
    port = free_port()
    receiver = Server("receiver", [sys.executable, "-m", "bench.receiver", str(port), str(LOADER_CORE)], port)
    try:
        for kind, what in KINDS.items():
            found = asyncio.run(measured(kind, port, events, people))
            rate, cost = found.deliveries / found.seconds, found.computed / found.deliveries * 1e6
            print(f"{kind:8} {what:24} {rate:>7,.0f} deliveries/s  {cost:>5.0f} µs of own time each"
                  f"  {found.requests:,} requests for {found.deliveries:,} events")  # fmt: skip
    finally:
        receiver.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
