"""The main job, measured: banners and saves beside a floor and beside c15t.

Writes docs/contributing/performance.md.

    python -m bench.cmp [--quick] [--no-c15t] [--no-postgres] [--rounds=5] [--seconds=2]

Each row compares the program with a handler on the same server and stores that gives canned answers
(`bench/floor.py`), and with c15t's backend. Contenders take turns in short rounds, each figure is the median of its
rounds, and every ratio is made within a round: a noisy neighbour disturbs both sides alike. The server has one core,
the load generator the other; writers and databases may use both.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct, json, msgpack
from msgspec.structs import replace

from bench.loader import Load
from bench.machine import described, explained
from bench.report import Row, page
from bench.servers import HERE, Server, c15t, end_tidily, floor, load, ours, send_each
from bench.shop import SERIAL, Sample, raw, sample
from tests.stores.servers import Postgres

READS = (32, 128)
SAVES = (1, 32, 128)

Requests = list[list[bytes]]


class Side(Struct):
    """One contender in one comparison: a server and what it is sent."""

    server: Server
    requests: Requests


class Options(Struct):
    """How long, and beside whom; whether the load generator stays `awake` (see `bench.loader.Plan`)."""

    rounds: int = 5
    seconds: float = 2.0
    with_c15t: bool = True
    with_postgres: bool = True
    awake: bool = False


class Engine(Struct):
    """One database engine's three servers; no c15t where it was not wanted."""

    name: str
    ours: Server
    floor: Server
    c15t: Server | None


def compared(what: str, connections: int, sides: dict[str, Side], options: Options) -> Row:
    """One row: rounds in which the contenders take turns."""
    rounds: dict[str, list[tuple[Load, float]]] = {name: [] for name in sides}
    for turn in range(options.rounds):
        names = list(sides) if turn % 2 else list(reversed(sides))
        for name in names:
            server, requests = sides[name].server, sides[name].requests
            rounds[name].append(load(server, requests, connections, options.seconds, awake=options.awake))
    row = row_of(what, connections, rounds)
    print(row.line(), flush=True)
    return row


def row_of(what: str, connections: int, rounds: dict[str, list[tuple[Load, float]]]) -> Row:
    """The medians of all rounds."""
    rates = {name: [one.answers / one.seconds for one, _ in them] for name, them in rounds.items()}
    costs = {name: [cost for _, cost in them] for name, them in rounds.items()}

    def ratio(figures: dict[str, list[float]], other: str) -> float | None:
        if other not in figures:
            return None
        return median(a / b for a, b in zip(figures["ours"], figures[other], strict=True))

    cheaper = ratio(costs, "floor")
    return Row(
        what=what,
        connections=connections,
        rate=median(rates["ours"]),
        p50=median(one.p50 for one, _ in rounds["ours"]),
        p99=median(one.p99 for one, _ in rounds["ours"]),
        cost=median(costs["ours"]),
        floor_rate=median(rates["floor"]),
        floor_cost=median(costs["floor"]),
        of_floor=ratio(rates, "floor") or 0.0,
        of_floor_cost=1 / cheaper if cheaper else 0.0,
        c15t_rate=median(rates["c15t"]) if "c15t" in rates else None,
        c15t_cost=median(costs["c15t"]) if "c15t" in costs else None,
        of_c15t=ratio(rates, "c15t"),
        of_c15t_cost=1 / dearer if (dearer := ratio(costs, "c15t")) else None,
    )


def floored(requests: Requests) -> Requests:
    """The same requests, with a query that tells the floor which answer is meant."""
    return [[pieces[0].replace(b"/banner ", b"/banner?returning ", 1), *pieces[1:]] for pieces in requests]


def init_of() -> Requests:
    """c15t's read."""
    return [raw("GET", "/init", {"Accept-Language": "de", "x-c15t-country": "DE", "Origin": "https://shop.example"})]


def subjects_of() -> Requests:
    """c15t's save: a new subject each time."""
    body = {
        "type": "cookie_banner",
        "subjectId": "sub_" + SERIAL,
        "domain": "shop.example",
        "preferences": {"necessary": True, "marketing": True, "measurement": True},
        "givenAt": int(time.time() * 1000),
        "metadata": {},
    }
    headers = {"Content-Type": "application/json", "Origin": "https://shop.example"}
    return [raw("POST", "/subjects", headers, json.encode(body))]


def reads(engine: Engine, sent: Sample, options: Options) -> Iterator[Row]:
    """First launch, returning visitor, unchanged profile."""
    other = {"c15t": Side(engine.c15t, init_of())} if engine.c15t else {}
    for what, name in (
        ("banner, first launch", "fresh"),
        ("banner, returning", "returning"),
        ("profile, 304", "profile"),
    ):
        asked = sent.requests[name]
        bare = floored(asked) if name == "returning" else asked
        for connections in READS:
            sides = {"ours": Side(engine.ours, asked), "floor": Side(engine.floor, bare)}
            yield compared(what, connections, sides | (other if name != "profile" else {}), options)


def asleep(engine: Engine, sent: Sample, options: Options) -> Row:
    """A first launch once more, before a load generator that sleeps until an answer comes."""
    asked = sent.requests["fresh"]
    sides = {"ours": Side(engine.ours, asked), "floor": Side(engine.floor, asked)}
    return compared("the same, generator asleep", READS[0], sides, options)


def saves(engine: Engine, sent: Sample, options: Options) -> Iterator[Row]:
    """A known person saves."""
    asked = sent.requests["save"]
    other = {"c15t": Side(engine.c15t, subjects_of())} if engine.c15t else {}
    for connections in SAVES:
        sides = {"ours": Side(engine.ours, asked), "floor": Side(engine.floor, asked)} | other
        yield compared(f"save, {engine.name}", connections, sides, options)


@contextmanager
def engines(folder: Path, canned: Path, options: Options) -> Iterator[list[Engine]]:
    """All servers, running."""
    with ExitStack() as stack:

        def up(server: Server) -> Server:
            stack.callback(server.stop)
            return server

        found = [
            Engine(
                "SQLite",
                up(ours(f"sqlite:///{folder}/ours.db")),
                up(floor(f"sqlite:///{folder}/floor.db", canned)),
                up(c15t(f"sqlite:{folder}/c15t.db")) if options.with_c15t else None,
            )
        ]
        if options.with_postgres:
            database = Postgres()
            stack.callback(database.stop)
            database.start()
            found.append(
                Engine(
                    "PostgreSQL",
                    up(ours(database.create("ours"))),
                    up(floor(database.create("floor"), canned)),
                    up(c15t(database.create("c15t"))) if options.with_c15t else None,
                )
            )
        yield found


def measured(sent: Sample, options: Options) -> Iterator[Row]:
    """Every row."""
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as name:
        folder = Path(name)
        canned = folder / "sample"
        canned.write_bytes(msgpack.encode(sent))
        with engines(folder, canned, options) as found:
            for engine in found:
                send_each(engine.ours, sent.first_saves)
                for server in (engine.ours, engine.floor):
                    load(server, sent.requests["save"], 8, 0.5)
                    server.free_children()
            # Reads need the second core for nobody but the load generator; saves need it for writer and database.
            yield from reads(found[0], sent, replace(options, awake=True))
            yield asleep(found[0], sent, options)
            for engine in found:
                yield from saves(engine, sent, options)


def main(words: list[str]) -> None:
    """Measure, print, write."""
    explained(words, __doc__)
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    quick = "--quick" in words
    end_tidily()
    options = Options(
        rounds=int(given.get("rounds", 3 if quick else 5)),
        seconds=float(given.get("seconds", 0.5 if quick else 2.0)),
        with_c15t="--no-c15t" not in words,
        with_postgres="--no-postgres" not in words,
    )
    machine = described()
    print("\n".join(machine), flush=True)
    sent = asyncio.run(sample())
    rows = list(measured(sent, options))
    if not quick:
        text = page(machine, rows, len(sent.answers["fresh"].body), options.rounds, options.seconds)
        (HERE.parent / "docs" / "contributing" / "performance.md").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
