"""TC strings, our reader and writer beside the reference library on Node, in one run: `python bench/formats_tcf.py`.

Every string is different. Ours is one Python process on one core: decode is `decode`, encode is `compose` (the rules,
with the full vendor list) and `encode`; the library's is `TCString.decode` and `TCString.encode` with the same list as
its GVL. Rounds of both alternate, processor time is counted, and the table shows the best round of each: whatever
else runs on the machine only slows a round down.
"""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "formats"))

from on_node import ask, installed  # noqa: E402 - the tests own the way to Node
from vendor_lists import document, parsed  # noqa: E402 - after the path is set

from placet.formats.ids import Ids  # noqa: E402 - after the path is set
from placet.formats.lists import bundled_list  # noqa: E402 - after the path is set
from placet.formats.lists.gvl import VendorList, write_list  # noqa: E402 - after the path is set
from placet.formats.tcf.compose import Maker, ShownFramework, TcfChoices, compose  # noqa: E402 - after the path is set
from placet.formats.tcf.tcf import decode, encode  # noqa: E402 - after the path is set

SECONDS, ROUNDS, STRINGS = 0.2, 5, 100
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MAKER = Maker(cmp_id=300, cmp_version=2)
SCRIPT = Path(__file__).with_suffix(".cjs")
PACKAGE = ROOT / "tests" / "formats" / "node-tcf"


class Person(NamedTuple):
    """One person's choices before one screen."""

    choices: TcfChoices
    shown: ShownFramework


class Kind(NamedTuple):
    """A kind of string: what to call it, the list behind it, and people who make such strings."""

    name: str
    content: dict[str, Any]
    people: list[Person]


def full_list(random: Random) -> dict[str, Any]:
    """The bundled list, its gaps filled up to 1,000 vendors with copies of others."""
    content: dict[str, Any] = json.loads(write_list(bundled_list()))
    models = list(content["vendors"].values())
    free = [each for each in range(1, 1300) if str(each) not in content["vendors"]]
    for each in random.sample(free, 1000 - len(content["vendors"])):
        content["vendors"][str(each)] = {**random.choice(models), "id": each}
    return content


def person(random: Random, vendors: Ids) -> Person:
    """Somebody who accepts these vendors and objects to half of them."""
    half = Ids.of(each for each in vendors if random.random() < 0.5)
    choices = TcfChoices(Ids.of([1, 2, 3, 4, 7, 9, 10]), Ids.of([2, 7, 9, 10]), vendors, half)
    return Person(choices, ShownFramework(vendors=vendors, country="DE"))


def kinds(random: Random) -> list[Kind]:
    """8 vendors, 100 vendors, and 900: nearly all (ranges) of whom half objected to (a bitfield)."""
    content = full_list(random)
    vendors = parsed(content)
    present = list(vendors.index.vendors - vendors.deleted(NOW))
    rows = []
    for count in (8, 100, 900):
        limit = min(count, len(present))
        people = [person(random, Ids.of(random.sample(present, limit))) for _ in range(STRINGS)]
        rows.append(Kind(f"{limit} vendors", content, people))
    return rows


def by_highest(random: Random) -> list[Kind]:
    """100 vendors of a list of 100, spread over ever more ids."""
    rows = []
    for highest in (200, 1300, 4202, 16_000, 65_535):
        ids = sorted({*random.sample(range(1, highest), 99), highest})
        content = document(random, ids)
        people = [person(random, Ids.of(ids)) for _ in range(STRINGS)]
        rows.append(Kind(f"up to id {highest}", content, people))
    return rows


def microseconds(work: Callable[[Any], Any], inputs: Sequence[Any]) -> float:
    """How long one piece of work takes, over at least SECONDS."""
    done, started, now = 0, process_time(), 0.0
    while now < started + SECONDS:
        for each in inputs:
            work(each)
        done += len(inputs)
        now = process_time()
    return (now - started) * 1e6 / done


def ours(kind: Kind, vendors: VendorList) -> tuple[float, float]:
    """Microseconds to decode and to compose and encode."""

    def write(each: Person) -> str:
        return encode(compose(each.choices, each.shown, vendors, MAKER, NOW))

    return microseconds(decode, [write(each) for each in kind.people]), microseconds(write, kind.people)


def question(kind: Kind, vendors: VendorList) -> dict[str, Any]:
    """The same people, for the library."""
    cases = [
        {
            "text": encode(compose(each.choices, each.shown, vendors, MAKER, NOW)),
            "consents": list(each.choices.vendor_consents),
            "interests": list(each.choices.vendor_interests),
            "disclosed": list(each.shown.vendors),
        }
        for each in kind.people
    ]
    return {"list": kind.content, "cases": cases, "seconds": SECONDS}


def compare(kind: Kind) -> str:
    """A row of the table."""
    vendors = parsed(kind.content)
    asked = question(kind, vendors)
    size = sum(len(case["text"]) for case in asked["cases"]) // len(asked["cases"])
    rounds = [(*ours(kind, vendors), ask(SCRIPT, asked, PACKAGE)) for _ in range(ROUNDS)]
    read, write = min(each[0] for each in rounds), min(each[1] for each in rounds)
    their_read = min(each[2]["decode"] for each in rounds)
    their_write = min(each[2]["encode"] for each in rounds)
    return (
        f"{kind.name:<16}{size:>7}{read:>10.1f}{their_read:>10.1f}{their_read / read:>7.1f}x"
        f"{write:>12.1f}{their_write:>10.1f}{their_write / write:>7.1f}x"
    )


def main() -> None:
    """Print both tables."""
    random = Random(7)
    installed(PACKAGE)
    head = f"{'':<16}{'chars':>7}{'decode µs':>10}{'node µs':>10}{'':>8}{'encode µs':>12}{'node µs':>10}"
    print("with the full vendor list of 1,000 vendors", head, sep="\n")
    for kind in kinds(random):
        print(compare(kind), flush=True)
    print("", "growth with the highest vendor id, 100 vendors", head, sep="\n")
    for kind in by_highest(random):
        print(compare(kind), flush=True)


if __name__ == "__main__":
    main()
