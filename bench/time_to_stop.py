"""How long after a withdrawal was acknowledged does the last event of that person arrive? And does any leave?

    python -m bench.time_to_stop [--events=100000] [--quick]

One process with the embedded store: events are taken in, delivered over real sockets to a receiver on loopback, and
half of the people withdraw, one after the other, while that goes on. For each: the moment the withdrawal was on disk
and acknowledged, and the arrival of their last event after it (0 where none came any more). `left late` counts events
whose first byte left after the acknowledgement; it must be 0, else the exit code is 1.
"""

import asyncio
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import ClassVar

import httptools
import msgspec
from msgspec.structs import replace

from bench.machine import described
from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.app.open_stores import open_store
from placet.config import Config
from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.events.event import Event, EventKind, Identity
from placet.services.events.collect_events import Collect, collect
from placet.services.settings.publish_settings import Secrets, apply
from placet.services.settings.published_sites import Author
from placet.services.settings.refresh_published import KeyRules, refresh_published
from tests.api.node_context import MASTER, say_proven
from tests.small_organisation import small

KEY = "shop-write-key"
SENDING = """    sources:
      - {{id: web-events, name: Website, write_keys: {key}, site: web}}
    destinations:
      - {{id: ads, name: Ads, url: "{url}", secret: "env:HOOK", loopback: true}}
    connections:
      - {{id: to-ads, source: web-events, destination: ads, purposes: ads}}
consent_groups:"""
AGREED = {"onetrust": "C0004:1"}


class Receiver(asyncio.Protocol):
    """Answers every POST with 200, and writes down when each person's last event came."""

    arrived: ClassVar[dict[str, float]] = {}
    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.body = b""
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        Receiver.arrived[msgspec.json.decode(self.body)["userId"]] = time.perf_counter()
        Receiver.count += 1
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def an_event(person: str, number: int, now: int) -> Event:
    """One event of one person."""
    fields = {
        "type": "track",
        "event": "Viewed",
        "userId": person,
        "messageId": f"{person}-{number}",
        "context": AGREED,
    }
    names = (Identity("user_id", person),)
    return Event(fields["messageId"], "", EventKind.TRACK, now, now, fields, "Viewed", identities=names)


async def opened(folder: str, url: str) -> Node:
    """A node with its own workers, on a store of its own."""
    config = Config(data_folder=folder, delivery_rest_ms=10)
    stores = await open_store(config)
    secrets = Secrets(lambda _: "a synthetic secret, long enough to sign", os.urandom, secrets_of(MASTER).secret_box)
    settings = small(("consent_groups:", SENDING.format(key=KEY, url=url)))
    await apply(settings, stores.catalogue, secrets, Author("bench", 1))
    node = Node(config, stores, secrets_of(MASTER))
    await node.open()
    await refresh_published(node.context, KeyRules(secrets_of(MASTER).secret_box, 0, 100), print)
    return node


async def withdraw(node: Node, person: str) -> float:
    """Take the consent to advertising back, and return when that was acknowledged."""
    source = node.context.published_settings.source(KEY).source
    ads = next(key for key, purpose in source.routes.mapping.items.items() if purpose == "ads")
    said = Profile({ads: Item(PurposeStatus.WITHDRAWN, int(time.time() * 1000))})
    await say_proven(node.context, KEY, person, said)
    return time.perf_counter()


async def measured(events: int) -> int:
    """Run it, print what came of it."""
    jitter, people = Random(1), [f"p{n}" for n in range(max(events // 50, 20))]
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0, backlog=2048)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
    acknowledged: dict[str, float] = {}
    late = 0

    def looked(person: str, look: object) -> None:
        nonlocal late
        look()
        late += person in acknowledged

    with tempfile.TemporaryDirectory(prefix="placet-bench-") as folder:
        node = await opened(str(Path(folder) / "var"), url)
        plain = node.workers.way

        async def config(request):
            person = msgspec.json.decode(request.body).get("userId", "")
            return await plain(replace(request, revocation_check=partial(looked, person, request.revocation_check)))

        node.workers.way = config
        began = time.perf_counter()

        async def take_in() -> None:
            for number in range(events // len(people)):
                for at in range(0, len(people), 100):
                    now = int(time.time() * 1000)
                    batch = [an_event(person, number, now) for person in people[at : at + 100]]
                    await collect(Collect(KEY, batch), node.context, now)

        async def change_their_minds() -> None:
            for person in jitter.sample(people, len(people) // 2):
                await asyncio.sleep(jitter.random() * 0.02)
                acknowledged[person] = await withdraw(node, person)

        await asyncio.gather(take_in(), change_their_minds())
        while await node.context.stores.outbox.waiting():  # noqa: ASYNC110 - the store has nothing to wait on
            await asyncio.sleep(0.2)
        seconds = time.perf_counter() - began
        await node.close()
    server.close()
    after = sorted(max(Receiver.arrived.get(one, 0) - at, 0) * 1000 for one, at in acknowledged.items())
    print(f"{events} events of {len(people)} people, {len(acknowledged)} withdrew")
    print(f"{Receiver.count} arrived in {seconds:.0f} s")
    p50, p99 = median(after), after[int(len(after) * 0.99)]
    print(f"time to stop: p50 {p50:.1f} ms  p99 {p99:.1f} ms  most {after[-1]:.1f} ms")
    print(f"left late: {late}")
    return int(late > 0)


def main(words: list[str]) -> int:
    """Measure, with the machine's description before it."""
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    print(*described(), sep="\n")
    return asyncio.run(measured(int(given.get("events", 3_000 if "--quick" in words else 100_000))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
