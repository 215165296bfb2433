"""A sequence of bits, read from the left or written at the right: every primitive of the IAB's strings (iab.md §5.1).

Rules: a reader and a writer share the names of their methods, so one field table serves both · a set of ids is one
integer whose bit `1 << n` is id `n` (`ids.Ids`) · whatever the bits, only `Malformed` is raised, and no loop runs
longer than the text that was given.
"""

import binascii
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Self

from placet.formats.errors import Malformed
from placet.formats.ids import MAX_ID, run_mask, runs_of

MAX_TEXT: Final = 65_536
"""Longest segment we read, in characters. Three bitfields over every possible vendor need half of it."""

_WEB_TO_PLAIN = bytes.maketrans(b"-_+/", b"+/!!")
_PLAIN_TO_WEB = bytes.maketrans(b"+/", b"-_")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TENTH = timedelta(milliseconds=100)
_ODD_LETTER = 63
_MAX_ENTRIES = 0xFFF
_RUN_FLAG = 1 << 32
_BATCH = 30


def _fibonacci_terms() -> tuple[int, ...]:
    terms = [1, 2]
    while terms[-1] <= MAX_ID:
        terms.append(terms[-1] + terms[-2])
    return tuple(terms)


_FIBONACCI: Final = _fibonacci_terms()
_FIBONACCI_CODE = re.compile("[01]*?11")


def mirrored(value: int, width: int) -> int:
    """The `width` lowest bits of `value` in reverse order."""
    spare = -width % 8
    return int.from_bytes((value << spare).to_bytes((width + spare) // 8).translate(_REVERSED), "little")


@lru_cache(4096)
def to_moment(tenths: int) -> datetime:
    """The UTC time `tenths` deciseconds after 1970."""
    return _EPOCH + tenths * _TENTH


@lru_cache(4096)
def from_moment(moment: datetime) -> int:
    """Deciseconds from 1970 to `moment`, finer fractions truncated; raises Malformed without a time zone."""
    if moment.tzinfo is None:
        raise Malformed("the time has no zone", "hand in times in UTC")
    return (moment - _EPOCH) // _TENTH


def padded(length: int) -> int:
    """The number of bits after the GPP library's padding: up to a multiple of 8, then of 6."""
    length += -length % 8
    return length + -length % 6


class BitReader:
    """Reads bits one after the other from the left; reading beyond the end raises Malformed."""

    __slots__ = ("_data", "_digits", "_mirror", "_size", "_value", "at", "length")

    def __init__(self, data: bytes, length: int) -> None:
        """`length` bits, the first one being the highest of `data[0]`; `data` may be longer."""
        self._data = data
        self._value = int.from_bytes(data)
        self._size = len(data) * 8
        self._mirror = -1
        self._digits = ""
        self.length = length
        self.at = 0

    @classmethod
    def from_web64(cls, text: str) -> Self:
        """The bits of base64url text without `=`, of any length up to MAX_TEXT characters (iab.md §1.2, §5.2)."""
        return cls(web64_bytes(text), len(text) * 6)

    @property
    def left(self) -> int:
        """How many bits have not been read yet."""
        return self.length - self.at

    def only_padding_left(self) -> bool:
        """Are the remaining bits zeros, or no more than an encoder adds up to a multiple of 8 and then of 6?

        Some encoders fill those with ones (iab.md §5.2); their value means nothing.
        """
        if not self.left or self.length <= padded(self.at):
            return True
        return not self._value >> (self._size - self.length) & ((1 << self.left) - 1)

    def number(self, width: int) -> int:
        """An unsigned integer of `width` bits."""
        end = self.at + width
        if end > self.length:
            raise self._too_short(width)
        self.at = end
        return self._value >> (self._size - end) & ((1 << width) - 1)

    def flag(self) -> bool:
        """One bit; 1 is true."""
        return self.number(1) == 1

    def numbers(self, width: int, count: int) -> tuple[int, ...]:
        """`count` integers of `width` bits each."""
        row = self.number(width * count)
        top = width * (count - 1)
        limit = (1 << width) - 1
        return tuple([row >> shift & limit for shift in range(top, -1, -width)])

    def letters(self, count: int) -> str:
        """`count` characters of 6 bits, A being 0; 63 is a space."""
        return "".join([_letter(code) for code in self.numbers(6, count)])

    def moment(self) -> datetime:
        """A time in deciseconds since 1970, 36 bits."""
        return to_moment(self.number(36))

    def ids(self, width: int) -> int:
        """A bitfield of `width` bits whose first one is id 1, as a mask of ids."""
        start = self.at
        end = start + width
        if end > self.length:
            raise self._too_short(width)
        self.at = end
        if self._mirror < 0:
            self._mirror = int.from_bytes(self._data.translate(_REVERSED), "little")
        return (self._mirror >> start & ((1 << width) - 1)) << 1

    def ranges(self) -> int:
        """Range(Int): a count, then single ids or first and last id, 16 bits each; in any order, as a mask of ids."""
        count = self.number(12)
        mask = 0
        while count:
            batch = min(count, _BATCH)
            mask |= self._take_entries(batch)
            count -= batch
        if mask & 1:
            raise Malformed("a range names the id 0", "ask the sender for a correct string")
        return mask

    def vendors(self) -> int:
        """OptimizedIntRange, the vendor section of TCF (iab.md §1.4): a maximum, then a bitfield or ranges."""
        head = self.number(17)
        return self.ranges() if head & 1 else self.ids(head >> 1)

    def fibonacci(self) -> int:
        """A number from 1 to 65,535 in Fibonacci coding."""
        code = _FIBONACCI_CODE.match(self.digits(), self.at)
        if not code:
            raise Malformed("a Fibonacci number has no end", "ask the sender for the whole string")
        terms = code[0][:-1]
        value = sum([term for term, digit in zip(_FIBONACCI, terms, strict=False) if digit == "1"])
        if len(terms) > len(_FIBONACCI) or value > MAX_ID:
            raise Malformed(f"a Fibonacci number is above {MAX_ID}", "ask the sender for a correct string")
        self.at = code.end()
        return value

    def fibonacci_ranges(self) -> int:
        """Range(Fibonacci): a count, then ascending distances in Fibonacci coding, as a mask of ids."""
        mask = last = 0
        for _ in range(self.number(12)):
            is_run = self.flag()
            first = last + self.fibonacci()
            last = first + self.fibonacci() if is_run else first
            mask |= run_mask(first, last)
        return mask

    def optimized_ranges(self) -> int:
        """OptimizedRange as the GPP library writes it: a maximum, then a bitfield or Fibonacci ranges."""
        highest = self.number(16)
        return self.fibonacci_ranges() if self.flag() else self.ids(highest)

    def digits(self) -> str:
        """The whole sequence as "0" and "1", computed on first use."""
        if not self._digits:
            self._digits = f"{self._value:0{self._size}b}"[: self.length]
        return self._digits

    def _take_entries(self, count: int) -> int:
        """A few entries as a mask, cut out first: shifting the whole sequence for each would cost its length each time.

        Bits beyond the end read as zero until the last line.
        """
        left = room = 33 * count
        spare = self._size - self.at - room
        entries = (self._value >> spare if spare >= 0 else self._value << -spare) & ((1 << room) - 1)
        mask = 0
        for _ in range(count):
            left -= 17
            entry = entries >> left & 0x1FFFF
            if entry <= MAX_ID:
                mask |= 1 << entry
            else:
                left -= 16
                mask |= run_mask(entry & MAX_ID, entries >> left & MAX_ID)
        if room - left > self.left:
            raise self._too_short(room - left)
        self.at += room - left
        return mask

    def _too_short(self, width: int) -> Malformed:
        return Malformed(f"needs {width} bits, {self.left} are left", "ask the sender for the whole string")


class BitWriter:
    """Appends bits at the right end; a value that does not fit its width raises Malformed."""

    __slots__ = ("length", "value")

    def __init__(self, value: int = 0, length: int = 0) -> None:
        self.value = value
        self.length = length

    def number(self, width: int, value: int) -> None:
        """An unsigned integer of `width` bits."""
        if value < 0 or value >> width:
            raise Malformed(f"{value} does not fit into {width} bits", f"use a number from 0 to {(1 << width) - 1}")
        self.value = self.value << width | value
        self.length += width

    def flag(self, value: bool) -> None:
        """One bit; 1 is true."""
        self.number(1, int(value))

    def numbers(self, width: int, count: int, values: tuple[int, ...]) -> None:
        """Exactly `count` integers of `width` bits each."""
        if len(values) != count:
            raise Malformed(f"{len(values)} numbers where {count} belong", f"give exactly {count}")
        for value in values:
            self.number(width, value)

    def letters(self, count: int, text: str) -> None:
        """Exactly `count` characters of 6 bits, A being 0; a space is 63."""
        self.numbers(6, count, tuple([_letter_code(letter) for letter in text]))

    def moment(self, value: datetime) -> None:
        """A time in deciseconds since 1970, 36 bits."""
        self.number(36, from_moment(value))

    def ids(self, width: int, mask: int) -> None:
        """A bitfield of `width` bits whose first one is id 1."""
        if mask & 1 or mask >> width > 1:
            raise Malformed(f"an id is not between 1 and {width}", f"use ids from 1 to {width}")
        self.number(width, mirrored(mask >> 1, width))

    def ranges(self, mask: int) -> None:
        """Range(Int): a count, then single ids or first and last id, 16 bits each."""
        self._ranges(runs_of(mask))

    def vendors(self, mask: int) -> None:
        """OptimizedIntRange, the vendor section of TCF (iab.md §1.4): ranges only where shorter than a bitfield."""
        highest = max(mask.bit_length() - 1, 0)
        as_ranges = ranges_width(mask) < highest
        self.number(17, highest << 1 | as_ranges)
        if as_ranges:
            self._ranges(runs_of(mask))
        else:
            self.ids(highest, mask)

    def fibonacci(self, value: int) -> None:
        """A number from 1 to 65,535 in Fibonacci coding."""
        code = _fibonacci_code(value)
        self.number(len(code), int(code, 2))

    def fibonacci_ranges(self, mask: int) -> None:
        """Range(Fibonacci): a count, then ascending distances in Fibonacci coding."""
        digits = _fibonacci_digits(runs_of(mask))
        self.number(len(digits), int(digits, 2))

    def optimized_ranges(self, mask: int) -> None:
        """OptimizedRange as the GPP library writes it: a maximum, then Fibonacci ranges where they are not longer."""
        highest = max(mask.bit_length() - 1, 0)
        runs = runs_of(mask)
        digits = _fibonacci_digits(runs) if len(runs) <= _MAX_ENTRIES else ""
        as_ranges = 0 < len(digits) <= highest
        self.number(17, highest << 1 | as_ranges)
        if as_ranges:
            self.number(len(digits), int(digits, 2))
        else:
            self.ids(highest, mask)

    def to_web64(self, *multiples: int) -> str:
        """The bits as base64url text without `=`, zeros added up to each multiple in turn.

        TCF pads to 24 (the default), the GPP library to 8 and then 6; the last multiple must be one of 6.
        """
        length = self.length
        for multiple in multiples or (24,):
            length += -length % multiple
        return web64_text(self.value << (length - self.length), length)

    def _ranges(self, runs: list[tuple[int, int]]) -> None:
        value, length = len(runs), 12
        for first, last in runs:
            if first == last:
                value, length = value << 17 | first, length + 17
            else:
                value, length = value << 33 | _RUN_FLAG | first << 16 | last, length + 33
        if len(runs) > _MAX_ENTRIES:
            raise Malformed(f"{len(runs)} ranges are more than {_MAX_ENTRIES}", "restrict fewer vendors")
        self.value = self.value << length | value
        self.length += length


def ranges_width(mask: int) -> int:
    """How many bits Range(Int) needs for `mask`, without writing it; infinite if it has too many entries."""
    runs = (mask & ~(mask << 1)).bit_count()
    singles = (mask & ~(mask << 1) & ~(mask >> 1)).bit_count()
    return 12 + 17 * singles + 33 * (runs - singles) if runs <= _MAX_ENTRIES else 1 << 30


def web64_bytes(text: str) -> bytes:
    """The bytes behind base64url text of any length, zeros added on the right; Malformed for other characters."""
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", "send a shorter string")
    try:
        plain = text.encode("ascii").translate(_WEB_TO_PLAIN) + b"A" * (-len(text) % 4)
        data = binascii.a2b_base64(plain)
    except ValueError:
        data = b""
    if len(data) * 4 != (len(text) + 3) // 4 * 12:
        raise Malformed("has a character outside A-Z a-z 0-9 - _", "send base64url text without padding")
    return data


def web64_text(value: int, length: int) -> str:
    """The base64url text of `length` bits, a multiple of 6, without `=`."""
    spare = -length % 24
    data = (value << spare).to_bytes((length + spare) // 8)
    return binascii.b2a_base64(data, newline=False).translate(_PLAIN_TO_WEB).decode()[: length // 6]


def _letter(code: int) -> str:
    return " " if code == _ODD_LETTER else chr(65 + code)


def _letter_code(letter: str) -> int:
    return _ODD_LETTER if letter == " " else ord(letter) - 65


@lru_cache(4096)
def _fibonacci_code(value: int) -> str:
    if not 0 < value <= MAX_ID:
        raise Malformed(f"{value} has no Fibonacci coding here", f"use a number from 1 to {MAX_ID}")
    digits = ""
    for term in reversed(_FIBONACCI):
        taken = term <= value
        value -= term * taken
        digits = "01"[taken] + digits
    return digits.rstrip("0") + "1"


def _fibonacci_digits(runs: list[tuple[int, int]]) -> str:
    parts = [f"{len(runs):012b}"]
    before = 0
    for first, last in runs:
        is_run = last > first
        parts.append("01"[is_run] + _fibonacci_code(first - before))
        if is_run:
            parts.append(_fibonacci_code(last - first))
        before = last
    return "".join(parts)
