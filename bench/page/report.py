"""The rows of the comparison, as a table for terminal and docs/performance-page.md."""

from statistics import median, quantiles

from msgspec import Struct

from bench.page.visit import SETTLE_MS, SLOWDOWN, Visit


class Row(Struct):
    """One banner: milliseconds (median, p75), the worst layout shift, bytes and requests as in most visits."""

    name: str
    visible: float
    visible_p75: float
    press: float
    press_p75: float
    shift: float
    blocking_p75: float
    work: float
    bytes_before: int
    bytes_all: int
    requests: int

    def cells(self) -> list[str]:
        """The row as text."""
        times = (self.visible, self.visible_p75, self.press, self.press_p75)
        return [
            self.name,
            *(f"{time:.0f}" for time in times),
            f"{self.shift:.3f}",
            f"{self.blocking_p75:.0f}",
            f"{self.work:.0f}",
            f"{self.bytes_before:,}",
            f"{self.bytes_all:,}",
            str(self.requests),
        ]


def row_of(name: str, visits: list[Visit], bare: list[Visit]) -> Row:
    """The visits of one banner; `bare` are those of a page without any."""
    return Row(
        name=name,
        visible=median(one.visible for one in visits),
        visible_p75=p75([one.visible for one in visits]),
        press=median(one.press for one in visits),
        press_p75=p75([one.press for one in visits]),
        shift=max(one.shift for one in visits),
        blocking_p75=p75([one.blocking for one in visits]),
        work=median(one.work for one in visits) - median(one.work for one in bare),
        bytes_before=int(median(one.bytes_before for one in visits)),
        bytes_all=int(median(one.bytes_all for one in visits)),
        requests=int(median(one.requests_before for one in visits)),
    )


def p75(figures: list[float]) -> float:
    """What three of four visits do not exceed."""
    return quantiles(figures, n=4, method="inclusive")[2]


HEADS = (
    "banner|visible, median ms|p75|Accept, median ms|p75|layout shift|blocking p75, ms|main thread, ms"
    "|bytes before|bytes in all|requests before"
)

INTRODUCTION = """\
# What a banner costs the page

`make bench` makes this page (`python -m bench.page`).

{machine}

{rounds} rounds in which the banners take turns, each visit with an empty profile, the page's processor slowed down
{slowdown} times, all servers on this machine. The page has 40 paragraphs and nothing else.

{table}

## How to read it

- **visible** is the time from navigation to the end of the first frame that shows at least half of the banner's box, at
  any opacity: a banner that fades in counts from its first shimmer.
- **Accept** is the longest of the events behind one click on the button that accepts everything, to the next paint, as
  browsers report it for INP (in steps of 8 ms, nothing below 16).
- **layout shift** is the worst visit's score. **blocking** is what tasks took beyond 50 ms each; on a page without any
  banner it was {bare:.0f} ms. **main thread** is the processor time that the thread took until {settle} ms after the
  banner, less the same of a page without any (median).
- **bytes** are those of the answers' bodies as they came (brotli; our settings with gzip), without the page itself.
  *Before*: until the banner was visible.
- The others stand as a site's own bundler makes them of their npm packages: one script and one style sheet from the
  page's own host, no words or settings fetched. `@c15t/react` brings React and runs without its backend. Ours is one
  tag, from another origin; it asks the server which rule and language hold, and loads a second script behind it all.
- Aims: visible no later than the fastest of the others, Accept p75 at most 40 ms, no shift, blocking less than 10 ms
  more than on the page without a banner. A row that shows less is short of its aim. On a machine that does other work
  (its load average stands above) each answer and each frame waits its turn: then believe main thread and bytes.
"""


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    heads = HEADS.split("|")
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def page(machine: list[str], rows: list[Row], bare: list[Visit]) -> str:
    """docs/performance-page.md."""
    return INTRODUCTION.format(
        machine="\n".join(f"- {line}" for line in machine),
        rounds=len(bare),
        table=table(rows),
        slowdown=SLOWDOWN,
        settle=SETTLE_MS,
        bare=p75([one.blocking for one in bare]),
    )
