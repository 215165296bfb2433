"""A set of small positive ids (purposes, vendors) as one integer; a list is built only on demand."""

import re
from collections.abc import Iterable, Iterator
from typing import Self

import msgspec

from placet.formats.errors import Malformed

MAX_ID = 65_535
"""The highest id a string can carry: its ids are 16 bits wide."""

_SPAN = re.compile(r"([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?\Z", re.ASCII)


def run_mask(first: int, last: int) -> int:
    """The mask of all ids from `first` to `last`; raises Malformed unless 1 <= first <= last <= 65,535."""
    if not 0 < first <= last <= MAX_ID:
        raise Malformed(f"{first} to {last} is no range of ids", f"use ids from 1 to {MAX_ID}, the lower one first")
    return (2 << last) - (1 << first)


def runs_of(mask: int) -> list[tuple[int, int]]:
    """The (first, last) pairs of consecutive ids in `mask`, ascending; an id `n` is the bit `1 << n`."""
    digits = f"0{mask:b}"[::-1]
    runs = []
    end = 0
    while (first := digits.find("1", end)) >= 0:
        end = digits.find("0", first)
        runs.append((first, end - 1))
    return runs


class Ids(msgspec.Struct, frozen=True, gc=False):
    """Ids 1 to 65,535 as one integer: id `n` is the bit `1 << n`, bit 0 is never set.

    Union, intersection and difference are one operation for all ids at once; a list is built only on demand.
    """

    mask: int = 0

    @classmethod
    def of(cls, ids: Iterable[int]) -> Self:
        """The set of these ids; raises Malformed for an id outside 1 to 65,535."""
        mask = 0
        for each in ids:
            if not 0 < each <= MAX_ID:
                raise Malformed(f"{each} is not an id", f"use ids from 1 to {MAX_ID}")
            mask |= 1 << each
        return cls(mask)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The set written as `str` writes it: `"2,6,8-11"`, or an empty text for the empty set."""
        mask = 0
        for part in text.split(",") if text else ():
            span = _SPAN.match(part)
            if not span:
                raise Malformed(f"{part[:20]!r} is neither an id nor a range of ids", 'write ids like "2,6,8-11"')
            mask |= run_mask(int(span[1]), int(span[2] or span[1]))
        return cls(mask)

    @property
    def highest(self) -> int:
        """The highest id in the set, 0 when it is empty."""
        return max(self.mask.bit_length() - 1, 0)

    def runs(self) -> list[tuple[int, int]]:
        """The (first, last) pairs of consecutive ids, ascending."""
        return runs_of(self.mask)

    def digits(self, width: int = 0) -> str:
        """`"0110"`: one digit per id from 1 to the highest (or to `width` if more), as app storage keys want it."""
        return f"{self.mask:b}"[-2::-1].ljust(width, "0") if self.mask else "0" * width

    def __contains__(self, each: object) -> bool:
        return isinstance(each, int) and each > 0 and bool(self.mask >> each & 1)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.runs():
            yield from range(first, last + 1)

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __bool__(self) -> bool:
        return self.mask != 0

    def __or__(self, other: "Ids") -> "Ids":
        return Ids(self.mask | other.mask)

    def __and__(self, other: "Ids") -> "Ids":
        return Ids(self.mask & other.mask)

    def __sub__(self, other: "Ids") -> "Ids":
        return Ids(self.mask & ~other.mask)

    def __le__(self, other: "Ids") -> bool:
        return not self.mask & ~other.mask

    def __repr__(self) -> str:
        return f"Ids.parse({str(self)!r})"

    def __str__(self) -> str:
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self.runs())


NONE = Ids()
"""The empty set."""
