"""Does the server's memory stay flat while it saves on and on?

    python -m bench.memory [--saves=1000000] [--minutes=10] [--postgres] [--quick]

Known people save over HTTP, as in `bench/cmp.py`, until so many saves are done or the time is up; each line is the
resident memory of the server and of its SQLite writer so far. After the first tenth it should not grow any more.
"""

import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.machine import explained
from bench.servers import end_tidily, load, ours, send_each
from bench.shop import sample
from tests.stores.servers import Postgres

CONNECTIONS = 64
STEPS = 10


def store(stack: ExitStack, folder: str, *, postgres: bool) -> str:
    """The address of an empty store that goes when the stack does."""
    if not postgres:
        return f"sqlite:///{folder}/memory.db"
    database = Postgres()
    stack.callback(database.stop)
    database.start()
    return database.create("memory")


def main(words: list[str]) -> None:
    """Save on and on, and print a line for every tenth of the way."""
    explained(words, __doc__)
    given = dict(word.removeprefix("--").split("=") for word in words if "=" in word)
    quick = "--quick" in words
    end_tidily()
    goal = int(given.get("saves", 5_000 if quick else 1_000_000))
    until = time.monotonic() + 60 * float(given.get("minutes", 1 if quick else 10))
    sent = asyncio.run(sample())
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="placet-bench-"))
        server = ours(store(stack, folder, postgres="--postgres" in words))
        stack.callback(server.stop)
        send_each(server, sent.first_saves)
        saved, due = 0, 0
        while saved < goal and time.monotonic() < until:
            result, cost = load(server, sent.requests["save"], CONNECTIONS, 0.5 if quick else 5.0)
            saved += result.answers
            if saved < due:
                continue
            due += goal // STEPS
            size = sum(one.stat().st_size for one in Path(folder).iterdir()) >> 20
            megabytes = " + ".join(f"{one >> 20} MB" for one in server.memories())
            rate = result.answers / result.seconds
            print(f"{saved:>9,} saves: {megabytes}, file {size:,} MB, {rate:,.0f} saves/s, {cost:.0f} µs", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
