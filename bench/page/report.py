"""The rows of the comparison, as a table for terminal and docs/contributing/performance-page.md."""

from statistics import median, quantiles

from msgspec import Struct

from bench.page.visit import PRESS_MS, SETTLE_MS, SLOWDOWN, Visit


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
    script: float
    style: float
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
            *(f"{time:.0f}" for time in (self.work, self.script, self.style)),
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
        script=median(one.script for one in visits) - median(one.script for one in bare),
        style=median(one.style for one in visits) - median(one.style for one in bare),
        bytes_before=int(median(one.bytes_before for one in visits)),
        bytes_all=int(median(one.bytes_all for one in visits)),
        requests=int(median(one.requests_before for one in visits)),
    )


def p75(figures: list[float]) -> float:
    """What three of four visits do not exceed."""
    return quantiles(figures, n=4, method="inclusive")[2]


HEADS = (
    "banner|visible, median ms|p75|Accept, median ms|p75|layout shift|blocking p75, ms|main thread, ms"
    "|script, ms|style and layout, ms|bytes before|bytes in all|requests before"
)

INTRODUCTION = """\
# What a banner costs the page

`make bench` makes this page (`python -m bench.page`).

{machine}

{rounds} rounds in which the banners take turns, each visit with an empty profile, the page's processor slowed down
{slowdown} times, all servers on this machine. The page has 40 paragraphs and nothing else.

{table}

## Is it as light as it should be?

{verdict}

## How to read it

- **visible** is the time from navigation to the end of the first frame that shows at least half of the banner's box, at
  any opacity: a banner that fades in counts from its first shimmer. The tool that drives the browser runs nothing in
  the page until then.
- **Accept** is the longest of the events behind one press of {press} ms on the button that accepts everything, to the
  next paint, as browsers report it for INP (in steps of 8 ms, nothing below 16).
- **layout shift** is the worst visit's score. **blocking** is what tasks took beyond 50 ms each until {settle} ms after
  the banner; on a page without any banner it was {bare:.0f} ms (p75).
- **main thread** is the processor time that the thread took in the same time, less that of a page without any (median);
  script, and style with layout, are parts of it.
- **bytes** are those of the answers' bodies as they came (ours in Brotli), without the page itself.
  *Before*: until the banner was visible.
- **placet** is one tag, as docs/tutorial/first-banner.md has it for a new site, from another origin than the page's:
  it asks the server which rule and language hold, and loads a second script behind it all. **tag as of OneTrust** is
  the same as a site that comes from there has it: the page waits for it. **npm package** is what `load()` of
  `@placet/web` does from a site's own bundle, which has to come before all that.
- The others stand as a site's own bundler makes them of their npm packages: one script and one style sheet from the
  page's own host, no words or settings fetched. `@c15t/react` brings React and runs without its backend.
- On a machine that does other work (its load average stands above) each answer and each frame waits its turn, ours more
  often, since it asks more than once: then believe main thread and bytes.
"""


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    heads = HEADS.split("|")
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def page(machine: list[str], rows: list[Row], bare: list[Visit], verdict: str) -> str:
    """docs/contributing/performance-page.md; `verdict` says which aims are met."""
    return INTRODUCTION.format(
        machine="\n".join(f"- {line}" for line in machine),
        rounds=len(bare),
        table=table(rows),
        slowdown=SLOWDOWN,
        settle=SETTLE_MS,
        press=PRESS_MS,
        verdict=verdict,
        bare=p75([one.blocking for one in bare]),
    )
