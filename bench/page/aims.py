"""What a banner of ours should cost at most, and whether it does."""

from typing import Final

from msgspec import Struct

from bench.page.report import Row

ACCEPT_MS: Final = 40
BLOCKING_MS: Final = 10


class Aim(Struct, frozen=True):
    """One aim: what it asks for, what was seen, and whether that will do."""

    asks: str
    seen: str
    met: bool

    def __str__(self) -> str:
        return f"{'met' if self.met else 'MISSED'}: {self.asks}: {self.seen}"


def aims(row: Row, others: list[Row], bare_blocking: float) -> list[Aim]:
    """The aims of one row of ours, beside the others; `bare_blocking` is the p75 of a page without a banner, in ms."""
    fastest = min(others, key=lambda one: one.visible)
    more = row.blocking_p75 - bare_blocking
    return [
        Aim(
            f"visible no later than the fastest of the others, {fastest.name}",
            f"{row.visible:.0f} ms, {fastest.visible:.0f} ms",
            row.visible <= fastest.visible,
        ),
        Aim(f"Accept p75 at most {ACCEPT_MS} ms", f"{row.press_p75:.0f} ms", row.press_p75 <= ACCEPT_MS),
        Aim("no layout shift", f"{row.shift:.3f}", row.shift == 0),
        Aim(
            f"blocking p75 less than {BLOCKING_MS} ms more than on a page without a banner",
            f"{more:.0f} ms more",
            more < BLOCKING_MS,
        ),
    ]


def verdict(ours: list[Row], others: list[Row], bare_blocking: float) -> str:
    """Every row of ours with its aims, as a list in Markdown."""
    return "\n\n".join(
        "\n".join([f"**{row.name}**", "", *(f"- {aim}" for aim in aims(row, others, bare_blocking))]) for row in ours
    )
