"""The TC string of IAB Europe's framework (TCF 2.0 to 2.3): decodes to a frozen value and encodes it (iab.md §1).

Rules: one table per segment, read both ways · unknown parts are kept, invalid ones refused with their place · this
module decides neither whether a string is still valid (`validity`) nor what may be put in (`compose`).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from placet.formats.bits import MAX_TEXT, web64_bytes
from placet.formats.errors import Malformed
from placet.formats.ids import Ids
from placet.formats.tcf.fields import (
    CustomPurposes,
    Customs,
    FieldTable,
    Restriction,
    Restrictions,
    Vendors,
    flag,
    ids,
    letters,
    moment,
    number,
)

__all__ = ["CustomPurposes", "Publisher", "Restriction", "TcString", "decode", "encode"]

STANDARD: Final = "TC string"
VERSION: Final = 2

CORE: Final = FieldTable(
    "core",
    fixed=(
        number("version", 6),
        moment("created"),
        moment("updated"),
        number("cmp_id", 12),
        number("cmp_version", 12),
        number("screen", 6),
        letters("language"),
        number("list_version", 12),
        number("policy_version", 6),
        flag("service_specific"),
        flag("non_standard_texts"),
        ids("special_features", 12),
        ids("purpose_consents", 24),
        ids("purpose_interests", 24),
        flag("purpose_one_treatment"),
        letters("country"),
    ),
    rows=(Vendors("vendor_consents"), Vendors("vendor_interests"), Restrictions("restrictions")),
)
DISCLOSED: Final = FieldTable("disclosed vendors", kind=1, rows=(Vendors("disclosed"),))
PUBLISHER: Final = FieldTable(
    "publisher TC",
    kind=3,
    fixed=(ids("purpose_consents", 24), ids("purpose_interests", 24)),
    rows=(Customs("custom"),),
)
ALLOWED: Final = 2

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_KINDS = {letter: at >> 3 for at, letter in enumerate(_ALPHABET)}


class Publisher(msgspec.Struct, frozen=True, gc=False):
    """The publisher's own consents and legitimate interests (iab.md §1.7)."""

    purpose_consents: Ids = Ids()
    purpose_interests: Ids = Ids()
    custom: CustomPurposes = CustomPurposes()


class TcString(msgspec.Struct, frozen=True, gc=False):
    """The content of a TC string; "interests" are signals of legitimate interest: informed, and not objected to.

    `disclosed` and `publisher` are None where the segment is absent. `unknown` keeps the text of segments of undefined
    type. The retired segment of allowed vendors is skipped (iab.md §1.8).
    """

    version: int
    created: datetime
    updated: datetime
    cmp_id: int
    cmp_version: int
    screen: int
    language: str
    list_version: int
    policy_version: int
    service_specific: bool
    non_standard_texts: bool
    special_features: Ids
    purpose_consents: Ids
    purpose_interests: Ids
    purpose_one_treatment: bool
    country: str
    vendor_consents: Ids
    vendor_interests: Ids
    restrictions: tuple[Restriction, ...] = ()
    disclosed: Ids | None = None
    publisher: Publisher | None = None
    unknown: tuple[str, ...] = ()


def decode(text: str) -> TcString:
    """The value of a TC string, valid or not; raises Malformed naming segment and field."""
    try:
        if len(text) > MAX_TEXT:
            raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", "send a shorter string")
        core, *others = text.split(".")
        if not core.startswith("C"):
            raise _no_version_two(core)
        return TcString(*(*CORE.read(core), *_read_others(others)))
    except Malformed as wrong:
        raise wrong.within(standard=STANDARD) from None


def encode(value: TcString) -> str:
    """The string, as core.disclosed.publisher and then unknown segments; raises Malformed for what does not fit."""
    try:
        return ".".join(_segments(value))
    except Malformed as wrong:
        raise wrong.within(standard=STANDARD) from None


def _no_version_two(core: str) -> Malformed:
    problem = f"does not start with C but with {core[:1]!r}"
    if not core:
        problem = "is empty"
    if core.startswith("B"):
        problem = "version 1 is void since 2020-09-30"
    return Malformed(problem, "send a string of version 2", segment=CORE.segment, field="version" if core else "")


def _read_others(texts: list[str]) -> tuple[Ids | None, Publisher | None, tuple[str, ...]]:
    disclosed: Ids | None = None
    publisher: Publisher | None = None
    unknown = []
    for text in texts:
        kind = _kind(text)
        if kind == DISCLOSED.kind and disclosed is None:
            disclosed = DISCLOSED.read(text)[0]
        elif kind == PUBLISHER.kind and publisher is None:
            publisher = _read_publisher(text)
        elif kind in {DISCLOSED.kind, PUBLISHER.kind}:
            raise Malformed("has two segments of one kind", "ask the sender which one counts")
        elif kind != ALLOWED and web64_bytes(text):
            unknown.append(text)
    return disclosed, publisher, tuple(unknown)


@lru_cache(256)
def _read_publisher(text: str) -> Publisher:
    """The publisher segment, cached by text: most strings carry the same empty segment."""
    return Publisher(*PUBLISHER.read(text))


def _kind(text: str) -> int:
    """The kind of a further segment, from its first three bits (iab.md §1.2)."""
    kind = _KINDS.get(text[:1], 0)
    if not kind:
        problem = "has a second core" if text[:1] in _KINDS else f"has a segment that starts with {text[:1]!r}"
        raise Malformed(problem, "send core, disclosed vendors and publisher TC")
    return kind


def _segments(value: TcString) -> Iterator[str]:
    yield CORE.write(value)
    if value.disclosed is not None:
        yield DISCLOSED.write(value)
    if value.publisher is not None:
        yield PUBLISHER.write(value.publisher)
    yield from value.unknown
