"""The rows of a measurement, as lines on a terminal and as the page docs/contributing/performance.md."""

from msgspec import Struct


class Row(Struct):
    """Medians of the rounds: answers per second, latency in ms, and the server's processor time for an answer in µs.

    `of_floor` is our share of the floor's throughput, `of_floor_cost` the floor's processor time as a share of ours,
    `of_c15t` how many times c15t's throughput ours is, `of_c15t_cost` how many times its processor time we save.
    """

    what: str
    connections: int
    rate: float
    p50: float
    p99: float
    cost: float
    floor_rate: float
    floor_cost: float
    of_floor: float
    of_floor_cost: float
    c15t_rate: float | None
    c15t_cost: float | None
    of_c15t: float | None
    of_c15t_cost: float | None

    def cells(self) -> list[str]:
        """The row as text."""
        beside = ["–"] * 4
        if self.c15t_rate and self.c15t_cost and self.of_c15t and self.of_c15t_cost:
            rate, cost = f"{self.c15t_rate:,.0f}", f"{self.c15t_cost:,.0f}"
            beside = [rate, cost, f"{self.of_c15t:.1f} ×", f"{self.of_c15t_cost:.1f} ×"]
        return [
            self.what,
            str(self.connections),
            f"{self.rate:,.0f}",
            f"{self.p50:.2f}",
            f"{self.p99:.2f}",
            f"{self.cost:.0f}",
            f"{self.floor_rate:,.0f}",
            f"{self.floor_cost:.0f}",
            f"{self.of_floor:.0%}",
            f"{self.of_floor_cost:.0%}",
            *beside,
        ]

    def line(self) -> str:
        """The row for a terminal."""
        ours, bare, peer = self.cells()[:6], self.cells()[6:10], self.cells()[10:]
        return (
            "{:22}{:>4}{:>8}/s  p50 {:>6} p99 {:>8} ms {:>5} µs".format(*ours)
            + "   floor {:>7}/s {:>5} µs {:>5} (cpu {:>4})".format(*bare)
            + "   c15t {:>6}/s {:>6} µs {:>6} (cpu {:>6})".format(*peer)
        )


HEADS = (
    "what|conns|answers/s|p50 ms|p99 ms|CPU µs|floor answers/s|floor CPU µs|of floor|of floor by CPU"
    "|c15t answers/s|c15t CPU µs|times c15t|times c15t by CPU"
)

INTRODUCTION = """\
# How fast it is

`make bench` makes this page (`bench/cmp.py`).

{machine}

One server process on one core, the load generator on the other, {rounds} rounds of {seconds:g} s in which the
contenders take turns. Figures are medians of the rounds, ratios are made within a round.

{table}

## How to read it

- **The floor** is a handler on the same server (`placet.server.run`: uvicorn, uvloop, httptools) that does not look at
  the request and gives the same bytes: a banner of {size:,} bytes, say. For a save it reads and decodes the same body
  and hands the same rows (receipt, profile, note, request name; versions tracked) to the same `Stores.keep`.
- **of floor** compares throughput, **of floor by CPU** the server process's own processor time for each answer. Where
  other work shares the two cores, believe the second: a neighbour takes wall-clock time, not ours. Where a disk, the
  SQLite writer or PostgreSQL is what one waits for, the first is higher than the second.
- **save** is `POST …/save-log-consent` of a known person whose device sends its memory, a verified token (remembered by
  the server, as for any returning session) and an idempotency key. Each is on disk before it is answered.
- For the reads the load generator never sleeps: waking a process that sleeps on another core costs a server more than
  its answer, and only a server that shares a machine with its clients pays that. The floor, which keeps the generator
  busy, would be spared; *generator asleep* shows that for a first launch. For the saves it does sleep, since SQLite's
  writer and PostgreSQL need its core.
- **c15t** is `@c15t/backend` on Node (`bench/c15t/server.mjs`) on the same core: its `GET /init` beside our banners,
  its `POST /subjects` beside our saves, on SQLite with WAL and synchronous=FULL as ours, and on the same PostgreSQL.
  The two do not do the same work: read those columns as orders of magnitude.
- Aims: a first launch 70 % of its floor, a durable save 60 %; twice c15t's reads, five times its saves.
  A row that shows less is short of its aim.

## Memory and size

`python -m bench.memory` saves over HTTP up to a million times and prints the server's resident memory on the way;
`python -m bench.stores_scale` loads ten million receipts past the stores and compares saves before and after, on SQLite
or (`--postgres`) PostgreSQL. Both take minutes and need a few gigabytes of disk.
"""


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    heads = HEADS.split("|")
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def page(machine: list[str], rows: list[Row], size: int, rounds: int, seconds: float) -> str:
    """docs/contributing/performance.md."""
    told = "\n".join(f"- {line}" for line in machine)
    return INTRODUCTION.format(machine=told, rounds=rounds, seconds=seconds, table=table(rows), size=size)
