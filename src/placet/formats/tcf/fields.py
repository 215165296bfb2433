"""The rows of a TC string's field tables, and how a table is read and written (iab.md §1.3 to §1.7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from placet.formats.bits import BitReader, BitWriter, from_moment, mirrored, to_moment
from placet.formats.errors import Malformed
from placet.formats.ids import Ids

_CACHED = 4096
"""How many decoded values of one small field are cached: few languages, days and purpose sets occur in practice."""

MAX_RESTRICTIONS = 256
"""The number of pairs of purpose and kind; more would cost memory and add no information."""


class Restriction(msgspec.Struct, frozen=True, gc=False):
    """What a publisher allows these vendors for one purpose (iab.md §1.5).

    `kind` 0 not at all, 1 by consent only, 2 by legitimate interest only, 3 undefined: kept, never applied.
    """

    purpose: int
    kind: int
    vendors: Ids


class CustomPurposes(msgspec.Struct, frozen=True, gc=False):
    """The publisher's own purposes: their number, and those consented to."""

    count: int = 0
    consents: Ids = Ids()
    interests: Ids = Ids()


@dataclass(frozen=True, slots=True)
class Fixed:
    """A row of known width: `read` converts its number to a value, `write` converts it back."""

    name: str
    width: int
    read: Callable[[int], Any]
    write: Callable[[Any], int]

    def put(self, bits: BitWriter, value: Any) -> None:
        bits.number(self.width, self.write(value))


class Written(Protocol):
    """Any row that can be written."""

    @property
    def name(self) -> str: ...
    def put(self, bits: BitWriter, value: Any) -> None: ...


class Row(Written, Protocol):
    """A row whose width depends on its content."""

    def take(self, bits: BitReader) -> Any: ...


def number(name: str, width: int) -> Fixed:
    """An unsigned integer."""
    return Fixed(name, width, int, int)


def flag(name: str) -> Fixed:
    """A boolean."""
    return Fixed(name, 1, bool, int)


def moment(name: str) -> Fixed:
    """A UTC time in deciseconds since 1970."""
    return Fixed(name, 36, to_moment, from_moment)


def letters(name: str) -> Fixed:
    """Two characters, A being 0: a language or country."""
    return Fixed(name, 12, _two_letters, _two_letters_code)


def ids(name: str, width: int) -> Fixed:
    """A bitfield whose first bit is id 1."""

    def read(code: int) -> Ids:
        return Ids(mirrored(code, width) << 1)

    def write(value: Ids) -> int:
        if value.highest > width:
            raise Malformed(f"{value.highest} is above {width}", f"use ids from 1 to {width}")
        return mirrored(value.mask >> 1, width)

    return Fixed(name, width, read, write)


@dataclass(frozen=True, slots=True)
class Vendors:
    """A vendor section: whichever of bitfield and ranges is shorter (iab.md §1.4)."""

    name: str

    def take(self, bits: BitReader) -> Ids:
        return Ids(bits.vendors())

    def put(self, bits: BitWriter, value: Ids) -> None:
        bits.vendors(value.mask)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """The publisher restrictions, in the order given (iab.md §1.5)."""

    name: str

    def take(self, bits: BitReader) -> tuple[Restriction, ...]:
        count = bits.number(12)
        if count > MAX_RESTRICTIONS:
            raise Malformed(f"{count} restrictions are more than {MAX_RESTRICTIONS}", "name each purpose and kind once")
        return tuple([self._take_one(bits) for _ in range(count)]) if count else ()

    def put(self, bits: BitWriter, value: tuple[Restriction, ...]) -> None:
        bits.number(12, len(value))
        for each in value:
            bits.number(6, each.purpose)
            bits.number(2, each.kind)
            bits.ranges(each.vendors.mask)

    @staticmethod
    def _take_one(bits: BitReader) -> Restriction:
        head = bits.number(8)
        return Restriction(head >> 2, head & 3, Ids(bits.ranges()))


@dataclass(frozen=True, slots=True)
class Customs:
    """The publisher's own purposes: a count, then two bitfields of that width (iab.md §1.7)."""

    name: str

    def take(self, bits: BitReader) -> CustomPurposes:
        count = bits.number(6)
        return CustomPurposes(count, Ids(bits.ids(count)), Ids(bits.ids(count)))

    def put(self, bits: BitWriter, value: CustomPurposes) -> None:
        bits.number(6, value.count)
        bits.ids(value.count, value.consents.mask)
        bits.ids(value.count, value.interests.mask)


class FieldTable:
    """The rows of one segment: rows of known width first, read in one step, then the others one by one.

    A row's name is the name of the attribute it is written from. `kind` is the segment's number in its first three
    bits; the core has none.
    """

    def __init__(
        self, segment: str, *, kind: int | None = None, fixed: Sequence[Fixed] = (), rows: Sequence[Row] = ()
    ) -> None:
        self.segment = segment
        self.fixed = tuple(fixed)
        self.rows = tuple(rows)
        self._all: tuple[Written, ...] = (*self.fixed, *self.rows)
        self._lead = () if kind is None else (number("segment type", 3),)
        self.kind = kind or 0
        self._width = sum(each.width for each in (*self._lead, *fixed))
        self._steps = tuple(self._step(at) for at in range(len(self.fixed)))
        self._read_head = lru_cache(_CACHED)(self._values)

    def read(self, text: str) -> list[Any]:
        """The values of all rows, in order; raises Malformed naming segment and field."""
        try:
            bits = BitReader.from_web64(text)
            if bits.length < self._width:
                raise self._cut_off(bits)
            values = [*self._read_head(bits.number(self._width))]
        except Malformed as wrong:
            raise wrong.within(segment=self.segment) from None
        for row in self.rows:
            try:
                values.append(row.take(bits))
            except Malformed as wrong:
                raise wrong.within(segment=self.segment, field=row.name) from None
        return values

    def write(self, value: object) -> str:
        """The segment's text, padded to 24 bits; raises Malformed naming segment and field."""
        bits = BitWriter(self.kind, 3 * len(self._lead))
        for row in self._all:
            try:
                row.put(bits, getattr(value, row.name))
            except Malformed as wrong:
                raise wrong.within(segment=self.segment, field=row.name) from None
        return bits.to_web64()

    def _values(self, head: int) -> tuple[Any, ...]:
        """The rows of known width. Cached: dates are whole days and few screens exist, so most strings share these
        bits."""
        return tuple([read(head >> shift & limit) for shift, limit, read in self._steps])

    def _step(self, at: int) -> tuple[int, int, Callable[[int], Any]]:
        field = self.fixed[at]
        return sum(each.width for each in self.fixed[at + 1 :]), (1 << field.width) - 1, field.read

    def _cut_off(self, bits: BitReader) -> Malformed:
        end = 0
        for field in (*self._lead, *self.fixed):
            end += field.width
            if end > bits.length:
                break
        return Malformed(f"the text ends at bit {bits.length}", "ask the sender for the whole string", field=field.name)


@lru_cache(_CACHED)
def _two_letters(code: int) -> str:
    return chr(65 + (code >> 6)) + chr(65 + (code & 63))


@lru_cache(_CACHED)
def _two_letters_code(text: str) -> int:
    codes = [ord(letter) - 65 for letter in text]
    if len(codes) != 2 or not all(0 <= code < 64 for code in codes):
        raise Malformed(f"{text[:10]!r} is not two letters", "use a code such as EN")
    return codes[0] << 6 | codes[1]
