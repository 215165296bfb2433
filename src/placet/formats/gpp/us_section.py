"""One US section of a GPP string, both ways (iab.md section 5.5)."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec

from placet.formats.bits import BitReader, BitWriter, padded, web64_bytes
from placet.formats.errors import Malformed
from placet.formats.gpp.us_layouts import (
    GPC,
    PADDING,
    SENSITIVE_DATA,
    SENSITIVE_ITEMS,
    US_SECTIONS,
    VERSION_PAIRS,
    Layout,
    UsSection,
)
from placet.formats.ids import NONE, Ids

Value = int | tuple[int, ...]

MAX_TEXT = 256
"""Longest section we read: ten times what the longest layout needs, however it is padded."""

SENSITIVE = "SensitiveDataProcessing"
_COVERED = "MspaCoveredTransaction"
_GPC_TYPE = 1
_DIGITS = bytes.maketrans(bytes(range(256)), b"012" + b"x" * 253)
_FOUR_PAIRS = [(byte >> 6, byte >> 4 & 3, byte >> 2 & 3, byte & 3) for byte in range(256)]


class UsChoices(msgspec.Struct, frozen=True):
    """The content of a US section, under the names of the standard: single numbers, or a list for a field with items.

    `gpc` is None when the section has no GPC sub-section. The list of sensitive data of Indiana, Kentucky and Rhode
    Island is one of the fields, and is absent when their second sub-section is.
    """

    section: int
    fields: Mapping[str, Value]
    gpc: bool | None = None

    @property
    def prefix(self) -> str:
        """The section's name in the API, such as `usnat`."""
        return US_SECTIONS[self.section].prefix

    def flat(self) -> dict[str, Value | bool]:
        """All fields of all sub-sections in one object, as the reference library's `getSection` answers."""
        if self.gpc is None:
            return dict(self.fields)
        return {**self.fields, "GpcSegmentType": _GPC_TYPE, "Gpc": self.gpc}

    def but(self, *, gpc: bool | None = None, **fields: Value) -> "UsChoices":
        """A copy with some fields (and, unless None, the GPC flag) replaced."""
        said = self.gpc if gpc is None else gpc
        return UsChoices(self.section, MappingProxyType({**self.fields, **fields}), said)


def nothing_said(section: int) -> UsChoices:
    """The newest layout with every field "not applicable" and the transaction not covered by the MSPA."""
    row = US_SECTIONS[section]
    layout = row.newest
    fields: dict[str, Value] = {
        name: (0,) * items or 0 for name, items in zip(layout.names, layout.lengths, strict=True)
    }
    fields[row.version_field] = len(row.layouts)
    fields[_COVERED] = 2
    return UsChoices(section, MappingProxyType(fields))


def decode(section: int, text: str, *, with_headers: bool = False) -> UsChoices:
    """The choices in a section's text; raises Malformed naming sub-section and field.

    `with_headers` expects the section header that the public-comment texts of October 2025 put before Maryland's,
    Indiana's, Kentucky's and Rhode Island's core, and that no encoder writes.
    """
    row = US_SECTIONS[section]
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", standard=row.prefix)
    core, *others = text.split(".")
    if with_headers and row.version_field == "MspaVersion":
        _check_header(row, core)
        core, *others = others or [""]
    fields = _read_core(row, core)
    if row.second == GPC:
        return UsChoices(section, MappingProxyType(fields), _read_gpc(row, others))
    if row.second == SENSITIVE_DATA and others and others[0]:
        fields[SENSITIVE] = _read_sensitive(row, others[0])
    return UsChoices(section, MappingProxyType(fields))


def encode(choices: UsChoices, *, with_headers: bool = False) -> str:
    """The section's text, padded as the GPP library pads; raises Malformed for a missing, unknown or illegal value."""
    row = US_SECTIONS[choices.section]
    parts = [_write_core(row, choices.fields)]
    if choices.gpc is not None:
        if row.second != GPC:
            raise Malformed("has no GPC sub-section", "leave gpc None", standard=row.prefix)
        parts.append("YA" if choices.gpc else "QA")
    if row.second == SENSITIVE_DATA and SENSITIVE in choices.fields:
        parts.append(_write_sensitive(row, choices.fields[SENSITIVE]))
    if with_headers and row.version_field == "MspaVersion":
        parts.insert(0, _header(row, len(parts) > 1))
    return ".".join(parts)


def problems(choices: UsChoices) -> Iterator[str]:
    """The standard's rules that these choices violate, a sentence each; such a string can still be read."""
    fields = choices.fields
    for name, value in fields.items():
        if name not in {"Version", "MspaVersion"} and 3 in (value if isinstance(value, tuple) else (value,)):
            yield f"{name} holds 3, which has no meaning"
        if name.endswith("OptOut") and value in (1, 2) and fields.get(f"{name}Notice", 1) != 1:
            yield f"{name} is {value} although no notice of it was given"
        if choices.gpc and name.endswith("OptOut") and value == 2:
            yield f"{name} says not opted out although Global Privacy Control is on"
    if fields.get(_COVERED) == 0:
        yield f"{_COVERED} is 0, it must be 1 (yes) or 2 (no)"


def _read_core(row: UsSection, text: str) -> dict[str, Value]:
    try:
        pairs = _pairs(text)
        layout = _layout(row, pairs)
    except Malformed as wrong:
        raise wrong.within(standard=row.prefix, segment="core") from None
    version = pairs[0] << 4 | pairs[1] << 2 | pairs[2]
    return dict(zip(layout.names, (version, *layout.pick(pairs)), strict=True))


def _pairs(text: str) -> tuple[int, ...]:
    """The text's bits as a sequence of two-bit numbers, three to a character."""
    return tuple(chain.from_iterable(map(_FOUR_PAIRS.__getitem__, web64_bytes(text))))[: 3 * len(text)]


def _layout(row: UsSection, pairs: tuple[int, ...]) -> Layout:
    """The longest layout that the sequence fills: a string that ends early is truncated, one that ends late is
    padded."""
    for layout in reversed(row.layouts):
        if layout.pairs <= len(pairs):
            if 2 * len(pairs) > padded(2 * layout.pairs) and any(pairs[layout.pairs :]):
                raise Malformed("more follows the last known field", "a newer layout? update placet", field="(end)")
            return layout
    missing = next(field for field in row.layouts[0].fields if field.end > len(pairs))
    raise Malformed("the string ends before it", "ask the sender for the whole string", field=missing.name)


def _read_gpc(row: UsSection, others: list[str]) -> bool | None:
    """The GPC flag. Unknown types are skipped, and an empty sub-section too: some encoders end on a full stop."""
    for text in filter(None, others):
        try:
            flag = _gpc_flag(text)
        except Malformed as wrong:
            raise wrong.within(standard=row.prefix, segment="gpc", field="Gpc") from None
        if flag is not None:
            return flag
    return None


@lru_cache(64)
def _gpc_flag(text: str) -> bool | None:
    bits = BitReader.from_web64(text)
    return bits.flag() if bits.number(2) == _GPC_TYPE else None


def _read_sensitive(row: UsSection, text: str) -> tuple[int, ...]:
    try:
        bits = BitReader.from_web64(text)
        items = bits.numbers(2, SENSITIVE_ITEMS)
        if not bits.only_padding_left():
            raise Malformed("more follows the last known item", "a newer layout? update placet")
        return items
    except Malformed as wrong:
        raise wrong.within(standard=row.prefix, segment="sensitive data", field=SENSITIVE) from None


def _write_core(row: UsSection, fields: Mapping[str, Value]) -> str:
    layout, (version, *values) = _fitting(row, fields)
    if not 0 <= version < 64:
        raise Malformed(f"{version} does not fit into 6 bits", standard=row.prefix, field=row.version_field)
    numbers = chain.from_iterable([value if type(value) is tuple else (value,) for value in values])
    try:
        code = version << 2 * (layout.pairs - VERSION_PAIRS) | _base4(numbers)
    except Malformed as wrong:
        raise wrong.within(standard=row.prefix, segment="core") from None
    return BitWriter(code, 2 * layout.pairs).to_web64(*PADDING)


def _fitting(row: UsSection, fields: Mapping[str, Value]) -> tuple[Layout, tuple[Any, ...]]:
    """The layout with exactly these fields and these list lengths, and their values in its order."""
    count = len(fields) - (row.second == SENSITIVE_DATA and SENSITIVE in fields)
    for layout in reversed(row.layouts):
        if count != len(layout.names):
            continue
        try:
            values = layout.gather(fields)
        except KeyError:
            continue
        if tuple([len(value) if type(value) is tuple else 0 for value in values]) == layout.lengths:
            return layout, values
    wanted = ", ".join(row.newest.line.split())
    raise Malformed("the fields are not this section's", f"give {wanted}", standard=row.prefix, segment="core")


def _base4(values: Iterable[int]) -> int:
    """Two-bit numbers, one after the other, as one integer; only 0, 1 and 2 are valid."""
    try:
        return int(bytes(values).translate(_DIGITS), 4)
    except (TypeError, ValueError):
        raise Malformed("a value is not 0, 1 or 2", "look up the field's meanings in iab.md section 5.5") from None


def _write_sensitive(row: UsSection, values: Value) -> str:
    if not isinstance(values, tuple) or len(values) != SENSITIVE_ITEMS:
        raise Malformed(f"is not a list of {SENSITIVE_ITEMS}", standard=row.prefix, field=SENSITIVE)
    return BitWriter(_base4(values), 2 * SENSITIVE_ITEMS).to_web64(*PADDING)


def _header(row: UsSection, has_second: bool) -> str:
    """SectionID, Version, and the sub-sections after the core, whose own id 0 a Fibonacci range cannot hold."""
    writer = BitWriter()
    writer.number(6, row.id)
    writer.number(6, 1)
    writer.fibonacci_ranges((Ids.of([1]) if has_second else NONE).mask)
    return writer.to_web64(*PADDING)


def _check_header(row: UsSection, text: str) -> None:
    try:
        section = BitReader.from_web64(text).number(6)
    except Malformed as wrong:
        raise wrong.within(standard=row.prefix, segment="header", field="SectionID") from None
    if section != row.id:
        raise Malformed(f"is {section}, not {row.id}", standard=row.prefix, segment="header", field="SectionID")
