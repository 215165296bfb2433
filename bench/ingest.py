"""How many events are taken in, each on disk before it is answered: Segment batches of 100 (about 100 KB).

    python -m bench.ingest [--quick] [--postgres] [--people=20000] [--yes=50] [--connections=16] [--seconds=5]

Twenty destinations stand behind the source: fifteen gated by consent, five by consent and a filter. `--yes` of a
hundred events carry consent to both purposes, the others refuse both. Beside it, on the same bytes: decoding them and
nothing else, and appending them to a table, each batch a durable transaction of its own, in one thread.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random

from msgspec import json

from bench.evaluate import BODY
from bench.ingest_server import KEY
from bench.loader import DIGITS
from bench.machine import described, explained
from bench.memory import store
from bench.servers import SERVER_CORE, Server, end_tidily, free_port, load
from bench.shop import SERIAL, raw

BATCH = 100
VARIANTS = 200
EVENT = json.decode(BODY)
CATEGORIES = ("C0001", "C0002", "C0003", "C0004", "C0005")


def an_event(jitter: Random, number: int, people: int, yes: int) -> dict[str, object]:
    """One event of somebody, with their consent and an id of its own."""
    granted = jitter.randrange(100) < yes
    consent = {"categoryPreferences": dict.fromkeys(CATEGORIES, granted)}
    person = f"person-{jitter.randrange(people)}"
    return EVENT | {
        "messageId": f"bench-{SERIAL}-{number}",
        "anonymousId": f"device-{person}",
        "userId": person,
        "context": EVENT["context"] | {"consent": consent},
    }


def batches(people: int, yes: int) -> list[list[bytes]]:
    """Requests of a hundred events; everybody comes around again."""
    jitter = Random(7)
    return [
        raw(
            "POST",
            "/v1/batch",
            {"Content-Type": "application/json"},
            json.encode({"writeKey": KEY, "batch": [an_event(jitter, n, people, yes) for n in range(BATCH)]}),
        )
        for _ in range(VARIANTS)
    ]


def body_of(request: list[bytes]) -> bytes:
    """The body of a rendered request."""
    return (b"0" * DIGITS).join(request).partition(b"\r\n\r\n")[2]


def rate(once: Callable[[bytes], object], bodies: list[bytes], seconds: float) -> float:
    """Events per second of doing something to one body after the other, by this process's own time."""
    done, began, until = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < until:
        for body in bodies:
            once(body)
        done += len(bodies)
    return done * BATCH / (time.process_time() - began)


def appended(bodies: list[bytes], folder: str, seconds: float) -> float:
    """Events per second of appending the bytes durably, by the clock: a disk takes no processor time."""
    with closing(sqlite3.connect(f"{folder}/append.db", isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log (body BLOB)")
        done, began = 0, time.monotonic()
        while time.monotonic() - began < seconds:
            for body in bodies[:20]:
                connection.execute("INSERT INTO log VALUES (?)", (body,))
            done += 20
        return done * BATCH / (time.monotonic() - began)


def main(words: list[str]) -> None:
    """Measure and print."""
    explained(words, __doc__)
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    quick = "--quick" in words
    end_tidily()
    print("\n".join(described()), flush=True)
    seconds = float(given.get("seconds", 1 if quick else 5))
    requests = batches(int(given.get("people", 20_000)), int(given.get("yes", 50)))
    bodies = [body_of(one) for one in requests]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="placet-bench-"))
        port = free_port()
        url = store(stack, folder, postgres="--postgres" in words)
        command = [sys.executable, "-m", "bench.ingest_server", str(port), str(SERVER_CORE), url]
        server = Server("placet", command, port)
        stack.callback(server.stop)
        load(server, requests, 8, 1.0)
        server.free_children()
        rows = [load(server, requests, int(given.get("connections", 16)), seconds) for _ in range(1 if quick else 3)]
        found, cost = max(rows, key=lambda row: row[0].answers)
        events = found.answers * BATCH / found.seconds
        decoding, appending = rate(json.decode, bodies, 1.0), appended(bodies, folder, 2.0)
        size = sum(one.stat().st_size for one in Path(folder).iterdir()) >> 20
    print(f"batch of {BATCH}: {len(bodies[0]):,} bytes")
    print(f"taken in      {events:>9,.0f} events/s, {cost / BATCH:.0f} µs of the server's own time for each")
    print(f"              p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms for a batch; files {size:,} MB")
    print(f"decoding only {decoding:>9,.0f} events/s ({events / decoding:.0%} of it)")
    print(f"appending     {appending:>9,.0f} events/s ({events / appending:.0%} of it)")


if __name__ == "__main__":
    main(sys.argv[1:])
