"""GPP `usnat` with GPC, decoded and encoded by us and by the reference library, in turns, in one run.

Both sides read every field (our sections are decoded whole, the library's with `toObject`) and write from plain
values. Run it with `python bench/formats_gpp.py`; it exits with 1 when we are not twice as fast both ways.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "formats"))

import gpp_library

from placet.formats.gpp.gpp import Gpp, decode, encode, section_of
from placet.formats.gpp.us_section import UsChoices, nothing_said

STRINGS = 500
SECONDS = 1.0
ROUNDS = 5
WANTED = 2.0


def a_choice(jitter: random.Random) -> UsChoices:
    """A legal national section with random answers and a GPC flag."""
    blank = nothing_said(7)
    fields: dict[str, Any] = {
        name: tuple(jitter.randint(0, 2) for _ in value) if isinstance(value, tuple) else jitter.randint(0, 2)
        for name, value in blank.fields.items()
    }
    fields |= {"Version": 2, "MspaCoveredTransaction": jitter.randint(1, 2)}
    return UsChoices(7, fields, jitter.random() < 0.5)


def rate(inputs: Sequence[Any], work: Callable[[Any], object]) -> float:
    """How often per second `work` is done, over about SECONDS."""
    started = now = time.perf_counter()
    done = 0
    while now < started + SECONDS:
        for each in inputs:
            work(each)
        done += len(inputs)
        now = time.perf_counter()
    return done / (now - started)


def ours(strings: Sequence[str]) -> dict[str, float]:
    """Our rates: a string to plain fields, and plain fields to a string."""
    values = [decode(text).sections[0].value for text in strings]
    plain = [(value.fields, value.gpc) for value in values if isinstance(value, UsChoices)]
    return {
        "decode": rate(strings, lambda text: [each.flat() for each in decode(text).sections]),
        "encode": rate(plain, lambda each: encode(Gpp((section_of(UsChoices(7, *each)),)))),
    }


def main() -> int:
    """Print the table; 0 when both ratios are at least WANTED."""
    jitter = random.Random(7)
    strings = [encode(Gpp((section_of(a_choice(jitter)),))) for _ in range(STRINGS)]
    rounds = [(ours(strings), gpp_library.rates(strings, SECONDS)) for _ in range(ROUNDS)]
    print(f"usnat with GPC, {STRINGS} strings, median of {ROUNDS} rounds, per second")
    worst = float("inf")
    for config in ("decode", "encode"):
        mine, theirs = (statistics.median(each[side][config] for each in rounds) for side in (0, 1))
        print(f"  {config}   placet {mine:>9,.0f}   @iabgpp/cmpapi {theirs:>9,.0f}   ratio {mine / theirs:.2f}")
        worst = min(worst, mine / theirs)
    return int(worst < WANTED)


if __name__ == "__main__":
    raise SystemExit(main())
