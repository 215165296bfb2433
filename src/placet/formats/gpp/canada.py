"""The Canadian consent string, section 5 of GPP (`tcfcav1`), both ways (iab.md section 5.7).

Rules: sub-sections are recognised by their first character · Fibonacci ranges are written; the 16-bit ranges that older
encoders wrote in the same places are read too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from placet.formats.bits import BitReader, BitWriter, ranges_width
from placet.formats.errors import Malformed
from placet.formats.gpp.us_layouts import PADDING
from placet.formats.ids import NONE, Ids
from placet.formats.tcf.fields import (
    CustomPurposes,
    Customs,
    Fixed,
    Restriction,
    Row,
    flag,
    ids,
    letters,
    moment,
    number,
)

PREFIX: Final = "tcfcav1"
MAX_TEXT: Final = 32_768
"""Longest string we read, in characters: two bitfields over every possible vendor fit."""

MAX_RESTRICTIONS: Final = 256
"""The number of pairs of purpose and kind; each may name every vendor, so more would cost too much memory."""


class CanadianPublisher(msgspec.Struct, frozen=True):
    """Consent for the publisher's own use. Under `custom`, `interests` holds implied consent."""

    express: Ids = NONE
    implied: Ids = NONE
    custom: CustomPurposes = CustomPurposes()


class CanadianConsent(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a Canadian string. `publisher` and `disclosed` are None when their sub-section is absent."""

    version: int = 1
    created: datetime
    updated: datetime
    cmp_id: int = 0
    cmp_version: int = 0
    screen: int = 0
    language: str = "EN"
    list_version: int = 0
    policy_version: int = 2
    non_standard_stacks: bool = False
    special_features: Ids = NONE
    purposes_express: Ids = NONE
    purposes_implied: Ids = NONE
    vendors_express: Ids = NONE
    vendors_implied: Ids = NONE
    restrictions: tuple[Restriction, ...] = ()
    publisher: CanadianPublisher | None = None
    disclosed: Ids | None = None

    def flat(self) -> dict[str, Any]:
        """All fields of all sub-sections under the names of the standard; ids as lists, times as `datetime`."""
        fields = {name: _plain(getattr(self, attribute)) for attribute, name in _NAMES.items()}
        if self.publisher is not None:
            fields |= _flat_publisher(self.publisher)
        if self.disclosed is not None:
            fields |= {"DisclosedVendorsSegmentType": _DISCLOSED_TYPE, "DisclosedVendors": list(self.disclosed)}
        return fields


@dataclass(frozen=True, slots=True)
class FibonacciVendors:
    """An OptimizedRange, as the standard wants it and the GPP library writes it."""

    name: str

    def take(self, bits: BitReader) -> Ids:
        return Ids(bits.optimized_ranges())

    def put(self, bits: BitWriter, value: Ids) -> None:
        bits.optimized_ranges(value.mask)


@dataclass(frozen=True, slots=True)
class OldVendors:
    """The older encoding of the same field: the vendor section of TCF, with ranges also where they are not shorter."""

    name: str

    def take(self, bits: BitReader) -> Ids:
        return Ids(bits.vendors())

    def put(self, bits: BitWriter, value: Ids) -> None:
        if ranges_width(value.mask) != value.highest:
            return bits.vendors(value.mask)
        bits.number(17, value.highest << 1 | 1)
        return bits.ranges(value.mask)


@dataclass(frozen=True, slots=True)
class RestrictionsOf:
    """N-ArrayOfRanges(6, 2): a count, then purpose, kind and vendors of each restriction."""

    name: str
    vendors: Row

    def take(self, bits: BitReader) -> tuple[Restriction, ...]:
        count = bits.number(12)
        if count > MAX_RESTRICTIONS:
            raise Malformed(f"{count} restrictions are more than the {MAX_RESTRICTIONS} we read")
        return tuple([self._take_one(bits) for _ in range(count)])

    def put(self, bits: BitWriter, value: tuple[Restriction, ...]) -> None:
        bits.number(12, len(value))
        for each in value:
            bits.number(6, each.purpose)
            bits.number(2, each.kind)
            self.vendors.put(bits, each.vendors)

    def _take_one(self, bits: BitReader) -> Restriction:
        return Restriction(bits.number(6), bits.number(2), self.vendors.take(bits))


@dataclass(frozen=True, slots=True)
class OldRanges:
    """A bare Range(Int), as older encoders wrote it inside restrictions."""

    name: str

    def take(self, bits: BitReader) -> Ids:
        return Ids(bits.ranges())

    def put(self, bits: BitWriter, value: Ids) -> None:
        bits.ranges(value.mask)


Rows = tuple[Fixed | Row, ...]

_HEAD: Rows = (
    number("version", 6),
    moment("created"),
    moment("updated"),
    number("cmp_id", 12),
    number("cmp_version", 12),
    number("screen", 6),
    letters("language"),
    number("list_version", 12),
    number("policy_version", 6),
    flag("non_standard_stacks"),
    ids("special_features", 12),
    ids("purposes_express", 24),
    ids("purposes_implied", 24),
)
_CORE: Rows = (
    *_HEAD,
    FibonacciVendors("vendors_express"),
    FibonacciVendors("vendors_implied"),
    RestrictionsOf("restrictions", FibonacciVendors("vendors")),
)
_OLD_CORE: Rows = (
    *_HEAD,
    OldVendors("vendors_express"),
    OldVendors("vendors_implied"),
    RestrictionsOf("restrictions", OldRanges("vendors")),
)
_OLDEST_CORE: Rows = (
    *_HEAD,
    OldVendors("vendors_express"),
    OldVendors("vendors_implied"),
    OldVendors("restrictions"),
)
"""The first GPP library wrote vendors without purpose or kind in place of restrictions; they restrict nothing."""
_PUBLISHER: Rows = (number("type", 3), ids("express", 24), ids("implied", 24), Customs("custom"))
_DISCLOSED: Rows = (number("type", 3), FibonacciVendors("disclosed"))
_OLD_DISCLOSED: Rows = (number("type", 3), OldVendors("disclosed"))

_PUBLISHER_TYPE: Final = 3
_DISCLOSED_TYPE: Final = 1
_FIRST_LETTERS = {"core": "ABCDEFGH", "disclosed": "IJKLMNOP", "publisher": "YZabcdef"}
_KINDS = {letter: name for name, first in _FIRST_LETTERS.items() for letter in first}

_NAMES: Mapping[str, str] = {
    "version": "Version",
    "created": "Created",
    "updated": "LastUpdated",
    "cmp_id": "CmpId",
    "cmp_version": "CmpVersion",
    "screen": "ConsentScreen",
    "language": "ConsentLanguage",
    "list_version": "VendorListVersion",
    "policy_version": "TcfPolicyVersion",
    "non_standard_stacks": "UseNonStandardStacks",
    "special_features": "SpecialFeatureExpressConsent",
    "purposes_express": "PurposesExpressConsent",
    "purposes_implied": "PurposesImpliedConsent",
    "vendors_express": "VendorExpressConsent",
    "vendors_implied": "VendorImpliedConsent",
    "restrictions": "PubRestrictions",
}


def decode(text: str) -> CanadianConsent:
    """The content of a Canadian string; raises Malformed naming sub-section and field."""
    parts = _parts(text)
    if "core" not in parts:
        raise Malformed("there is no core", "ask the sender for the whole string", standard=PREFIX, segment="core")
    core = _read_core(parts["core"])
    if "publisher" in parts:
        core["publisher"] = _read_publisher(parts["publisher"])
    if "disclosed" in parts:
        listed = _read_either(_DISCLOSED, _OLD_DISCLOSED, parts["disclosed"], "disclosed")
        core["disclosed"] = listed["disclosed"]
    return CanadianConsent(**core)


def encode(consent: CanadianConsent) -> str:
    """The string, in the order core, publisher, disclosed; an empty disclosed sub-section is not written."""
    parts = [_write(_CORE, lambda name: getattr(consent, name), "core")]
    if consent.publisher is not None:
        said = {"type": _PUBLISHER_TYPE, **msgspec.structs.asdict(consent.publisher)}
        parts.append(_write(_PUBLISHER, said.__getitem__, "publisher"))
    if consent.disclosed:
        listed = {"type": _DISCLOSED_TYPE, "disclosed": consent.disclosed}
        parts.append(_write(_DISCLOSED, listed.__getitem__, "disclosed"))
    return ".".join(parts)


def _parts(text: str) -> dict[str, str]:
    """The sub-sections by name; empty ones and those of an unknown type are skipped."""
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", standard=PREFIX)
    found: dict[str, str] = {}
    for part in filter(None, text.split(".")):
        name = _KINDS.get(part[0], "")
        if name and name in found:
            raise Malformed("stands twice", "ask the sender which one counts", standard=PREFIX, segment=name)
        found[name] = part
    return found


def _read_core(text: str) -> dict[str, Any]:
    """The core in the new, the old, or (where neither can be read) the oldest form, if that form wrote this text."""
    try:
        return _read_either(_CORE, _OLD_CORE, text, "core")
    except Malformed as wrong:
        try:
            values = _read(_OLDEST_CORE, text, "core")
            again = _write(_OLDEST_CORE, values.__getitem__, "core")
        except Malformed:
            raise wrong from None
        if again.rstrip("A") != text.rstrip("A"):
            raise
        return values | {"restrictions": ()}


def _read_publisher(text: str) -> CanadianPublisher:
    said = _read(_PUBLISHER, text, "publisher")
    return CanadianPublisher(said["express"], said["implied"], said["custom"])


def _read_either(new: Rows, old: Rows, text: str, segment: str) -> dict[str, Any]:
    """The values in the form, new or old, that gives the same text when written again; else in the first that reads.

    A string does not say which encoder wrote it, and one form may read as different values in the other.
    """
    readings: list[dict[str, Any]] = []
    refusals: list[Malformed] = []
    for form in (new, old):
        try:
            values = _read(form, text, segment)
            again = _write(form, values.__getitem__, segment)
        except Malformed as wrong:
            refusals.append(wrong)
            continue
        if again.rstrip("A") == text.rstrip("A"):
            return values
        readings.append(values)
    if not readings:
        raise refusals[0]
    return readings[0]


def _read(rows: Rows, text: str, segment: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    name = ""
    try:
        bits = BitReader.from_web64(text)
        for row in rows:
            name = row.name
            values[name] = row.read(bits.number(row.width)) if isinstance(row, Fixed) else row.take(bits)
        if not bits.only_padding_left():
            raise Malformed("more follows the last field", "ask the sender for a correct string")
    except Malformed as wrong:
        raise wrong.within(standard=PREFIX, segment=segment, field=_NAMES.get(name, name)) from None
    return values


def _write(rows: Rows, value_of: Callable[[str], Any], segment: str) -> str:
    bits = BitWriter()
    for row in rows:
        try:
            row.put(bits, value_of(row.name))
        except Malformed as wrong:
            raise wrong.within(standard=PREFIX, segment=segment, field=_NAMES.get(row.name, row.name)) from None
    return bits.to_web64(*PADDING)


def _flat_publisher(publisher: CanadianPublisher) -> dict[str, Any]:
    return {
        "PubPurposesSegmentType": _PUBLISHER_TYPE,
        "PubPurposesExpressConsent": list(publisher.express),
        "PubPurposesImpliedConsent": list(publisher.implied),
        "NumCustomPurposes": publisher.custom.count,
        "CustomPurposesExpressConsent": list(publisher.custom.consents),
        "CustomPurposesImpliedConsent": list(publisher.custom.interests),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Ids):
        return list(value)
    if isinstance(value, tuple):
        return [{"key": row.purpose, "type": row.kind, "ids": list(row.vendors)} for row in value]
    return value
