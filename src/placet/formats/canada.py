"""The Canadian consent string, section 5 of GPP (`tcfcav1`), both ways (iab.md section 5.7).

House rules: sub-sections are told apart by their first character · Fibonacci ranges are written; those of older
encoders, which wrote fixed 16-bit ranges in the same places, are read too.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from placet.formats.bits import BitReader, BitWriter, ranges_width
from placet.formats.errors import Malformed
from placet.formats.ids import NONE, Ids

PREFIX: Final = "tcfcav1"
PADDING: Final = (8, 6)
MAX_TEXT: Final = 65_536


class Restriction(NamedTuple):
    """Vendors for which a publisher changed the basis of a purpose; `kind` as in iab.md section 1.5."""

    purpose: int
    kind: int
    vendors: Ids


class CanadianConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a Canadian string says. `publisher` and `disclosed` are None when their sub-section is absent."""

    version: int = 1
    created: datetime
    updated: datetime
    cmp_id: int = 0
    cmp_version: int = 0
    screen: int = 0
    language: str = "EN"
    list_version: int = 0
    policy: int = 2
    non_standard_stacks: bool = False
    special_features: Ids = NONE
    purposes_express: Ids = NONE
    purposes_implied: Ids = NONE
    vendors_express: Ids = NONE
    vendors_implied: Ids = NONE
    restrictions: tuple[Restriction, ...] = ()
    publisher: "CanadianPublisher | None" = None
    disclosed: Ids | None = None

    def flat(self) -> dict[str, Any]:
        """All fields of all sub-sections under the names of the standard; ids as lists, times as they are."""
        fields = {name: _plain(getattr(self, attribute)) for attribute, name, _ in _CORE}
        if self.publisher is not None:
            values = _publisher_values(self.publisher)
            named = zip(_publisher_row(self.publisher.custom_purposes), values, strict=True)
            fields |= {name: _plain(value) for (_, name, _), value in named}
        if self.disclosed is not None:
            fields |= {"DisclosedVendorsSegmentType": _DISCLOSED_TYPE, "DisclosedVendors": list(self.disclosed)}
        return fields


class CanadianPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """Consent for the publisher's own use; custom purposes are numbered from 1."""

    express: Ids = NONE
    implied: Ids = NONE
    custom_purposes: int = 0
    custom_express: Ids = NONE
    custom_implied: Ids = NONE


_PUBLISHER_TYPE = 3
_DISCLOSED_TYPE = 1


class Kind(NamedTuple):
    """How a field is taken from a reader and put into a writer."""

    take: Callable[[BitReader], Any]
    put: Callable[[BitWriter, Any], None]


def _number(width: int) -> Kind:
    return Kind(lambda bits: bits.number(width), lambda bits, value: bits.number(width, value))


def _ids(width: int) -> Kind:
    return Kind(lambda bits: Ids(bits.ids(width)), lambda bits, value: bits.ids(width, value.mask))


def _put_old_vendors(bits: BitWriter, mask: int) -> None:
    """As older encoders wrote it: ranges also where they are as long as the bitfield."""
    highest = max(mask.bit_length() - 1, 0)
    if ranges_width(mask) != highest:
        return bits.vendors(mask)
    bits.number(17, highest << 1 | 1)
    return bits.ranges(mask)


def _take_restrictions(bits: BitReader, take_vendors: Callable[[BitReader], Ids]) -> tuple[Restriction, ...]:
    return tuple(Restriction(bits.number(6), bits.number(2), take_vendors(bits)) for _ in range(bits.number(12)))


def _put_restrictions(
    bits: BitWriter, rows: tuple[Restriction, ...], put_vendors: Callable[[BitWriter, Ids], None]
) -> None:
    bits.number(12, len(rows))
    for row in rows:
        bits.number(6, row.purpose)
        bits.number(2, row.kind)
        put_vendors(bits, row.vendors)


_MOMENT = Kind(lambda bits: bits.moment(), lambda bits, value: bits.moment(value))
_LETTERS = Kind(lambda bits: bits.letters(2), lambda bits, value: bits.letters(2, value))
_FLAG = Kind(lambda bits: bits.flag(), lambda bits, value: bits.flag(value))
_VENDORS = Kind(lambda bits: Ids(bits.optimized_ranges()), lambda bits, value: bits.optimized_ranges(value.mask))
_OLD_VENDORS = Kind(lambda bits: Ids(bits.vendors()), lambda bits, value: _put_old_vendors(bits, value.mask))
_OLD_RANGES = Kind(lambda bits: Ids(bits.ranges()), lambda bits, value: bits.ranges(value.mask))
_RESTRICTIONS = Kind(
    lambda bits: _take_restrictions(bits, _VENDORS.take), lambda bits, rows: _put_restrictions(bits, rows, _VENDORS.put)
)
_OLD_RESTRICTIONS = Kind(
    lambda bits: _take_restrictions(bits, _OLD_RANGES.take),
    lambda bits, rows: _put_restrictions(bits, rows, _OLD_RANGES.put),
)

Row = tuple[tuple[str, str, Kind], ...]
"""Attribute, name in the standard and kind of each field of a sub-section, in order."""

_CORE: Row = (
    ("version", "Version", _number(6)),
    ("created", "Created", _MOMENT),
    ("updated", "LastUpdated", _MOMENT),
    ("cmp_id", "CmpId", _number(12)),
    ("cmp_version", "CmpVersion", _number(12)),
    ("screen", "ConsentScreen", _number(6)),
    ("language", "ConsentLanguage", _LETTERS),
    ("list_version", "VendorListVersion", _number(12)),
    ("policy", "TcfPolicyVersion", _number(6)),
    ("non_standard_stacks", "UseNonStandardStacks", _FLAG),
    ("special_features", "SpecialFeatureExpressConsent", _ids(12)),
    ("purposes_express", "PurposesExpressConsent", _ids(24)),
    ("purposes_implied", "PurposesImpliedConsent", _ids(24)),
    ("vendors_express", "VendorExpressConsent", _VENDORS),
    ("vendors_implied", "VendorImpliedConsent", _VENDORS),
    ("restrictions", "PubRestrictions", _RESTRICTIONS),
)
_IN_OLD_FORM: Mapping[Kind, Kind] = {_VENDORS: _OLD_VENDORS, _RESTRICTIONS: _OLD_RESTRICTIONS}
_DISCLOSED: Row = (("type", "DisclosedVendorsSegmentType", _number(3)), ("vendors", "DisclosedVendors", _VENDORS))
_FIRST_LETTERS = {"core": "ABCDEFGH", "disclosed": "IJKLMNOP", "publisher": "YZabcdef"}


def read_canada(text: str) -> CanadianConsent:
    """What a Canadian string says; raises Malformed naming sub-section and field."""
    parts = _parts(text)
    if "core" not in parts:
        raise Malformed("there is no core", "ask the sender for the whole string", standard=PREFIX, segment="core")
    core = _read_either(_CORE, parts["core"], "core")
    disclosed = _read_either(_DISCLOSED, parts["disclosed"], "disclosed")["vendors"] if "disclosed" in parts else None
    publisher = _read_publisher(parts["publisher"]) if "publisher" in parts else None
    return CanadianConsent(**core, publisher=publisher, disclosed=disclosed)


def write_canada(consent: CanadianConsent) -> str:
    """The string, in the order core, publisher, disclosed; an empty disclosed sub-section is not written."""
    parts = [_write(_CORE, [getattr(consent, attribute) for attribute, _, _ in _CORE], "core")]
    if consent.publisher is not None:
        row = _publisher_row(consent.publisher.custom_purposes)
        parts.append(_write(row, _publisher_values(consent.publisher), "publisher"))
    if consent.disclosed:
        parts.append(_write(_DISCLOSED, (_DISCLOSED_TYPE, consent.disclosed), "disclosed"))
    return ".".join(parts)


def _parts(text: str) -> dict[str, str]:
    """The sub-sections by name; empty ones are passed over, and those of an unknown type too."""
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", standard=PREFIX)
    found: dict[str, str] = {}
    for part in filter(None, text.split(".")):
        for name, letters in _FIRST_LETTERS.items():
            if part[0] in letters:
                found.setdefault(name, part)
    return found


def _publisher_row(custom_purposes: int) -> Row:
    return (
        ("type", "PubPurposesSegmentType", _number(3)),
        ("express", "PubPurposesExpressConsent", _ids(24)),
        ("implied", "PubPurposesImpliedConsent", _ids(24)),
        ("custom_purposes", "NumCustomPurposes", _number(6)),
        ("custom_express", "CustomPurposesExpressConsent", _ids(custom_purposes)),
        ("custom_implied", "CustomPurposesImpliedConsent", _ids(custom_purposes)),
    )


def _publisher_values(publisher: CanadianPublisher) -> tuple[Any, ...]:
    return (_PUBLISHER_TYPE, *msgspec.structs.astuple(publisher))


def _read_publisher(text: str) -> CanadianPublisher:
    """The number of custom purposes stands before them and decides how long they are: read up to it, then again."""
    counted = _read(_publisher_row(0), text, "publisher")["custom_purposes"]
    values = _read(_publisher_row(counted), text, "publisher")
    del values["type"]
    return CanadianPublisher(**values)


def _read_either(row: Row, text: str, segment: str) -> dict[str, Any]:
    """The values in whichever form, new or old, gives the same text when written again; else in the first that reads.

    Nothing in a string says which encoder wrote it, and what one wrote may read as something else in the other form.
    """
    readings: list[dict[str, Any]] = []
    refusals: list[Malformed] = []
    for form in (row, tuple((attribute, name, _IN_OLD_FORM.get(kind, kind)) for attribute, name, kind in row)):
        try:
            values = _read(form, text, segment)
            same = _write(form, list(values.values()), segment).rstrip("A") == text.rstrip("A")
        except Malformed as wrong:
            refusals.append(wrong)
            continue
        if same:
            return values
        readings.append(values)
    if not readings:
        raise refusals[0]
    return readings[0]


def _read(row: Row, text: str, segment: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    name = ""
    try:
        bits = BitReader.from_web64(text)
        for attribute, name, kind in row:  # noqa: B007 - a refusal names the field it stopped at
            values[attribute] = kind.take(bits)
    except Malformed as wrong:
        raise wrong.within(standard=PREFIX, segment=segment, field=name) from None
    return values


def _write(row: Row, values: Sequence[Any], segment: str) -> str:
    bits = BitWriter()
    for (_, name, kind), value in zip(row, values, strict=True):
        try:
            kind.put(bits, value)
        except Malformed as wrong:
            raise wrong.within(standard=PREFIX, segment=segment, field=name) from None
    return bits.to_web64(*PADDING)


def _plain(value: Any) -> Any:
    if isinstance(value, Ids):
        return list(value)
    if isinstance(value, tuple):
        return [{"key": row.purpose, "type": row.kind, "ids": list(row.vendors)} for row in value]
    return value
