"""Google's Additional Consent string, versions 1 and 2: ad technology providers outside the vendor list (iab.md §3)."""

import re
from typing import Final, Literal

import msgspec

from placet.formats.errors import Malformed

STANDARD: Final = "additional consent string"
MAX_TEXT: Final = 65_536
"""Longest string we read; Google's whole list of providers needs a tenth of it."""

_IDS: Final = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})*)?\Z", re.ASCII)
_DISCLOSED: Final = "dv"


class AdditionalConsent(msgspec.Struct, frozen=True):
    """Provider ids in the order given, without duplicates: those consented to, and those disclosed without consent.

    Version 1 does not state what was disclosed: `disclosed` is None there. An id is in one list only.
    """

    consented: tuple[int, ...] = ()
    disclosed: tuple[int, ...] | None = ()

    @property
    def version(self) -> Literal[1, 2]:
        """The format version that this value is written in."""
        return 1 if self.disclosed is None else 2


def decode(text: str) -> AdditionalConsent:
    """The value of `1~1.35`, or `2~41~dv.9`; raises Malformed naming version, "consented" or "disclosed"."""
    try:
        return _decode(text)
    except Malformed as wrong:
        raise wrong.within(standard=STANDARD) from None


def encode(value: AdditionalConsent) -> str:
    """The string with ids in ascending order, as is custom; raises Malformed for an id in both lists or below 0."""
    try:
        _check(value)
    except Malformed as wrong:
        raise wrong.within(standard=STANDARD) from None
    consented = _dotted(value.consented)
    return f"1~{consented}" if value.disclosed is None else f"2~{consented}~dv.{_dotted(value.disclosed)}"


def _decode(text: str) -> AdditionalConsent:
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", "send a shorter string")
    version, *parts = text.split("~")
    if version not in {"1", "2"}:
        raise Malformed(f"{version[:10]!r} is no version we know", "send 1~… or 2~…~dv.…", field="version")
    if len(parts) != int(version):
        raise Malformed(f"version {version} has {len(parts)} lists", "send 1~… or 2~…~dv.…", field="consented")
    value = AdditionalConsent(_ids(parts[0], "consented"), _disclosed(parts[1]) if version == "2" else None)
    _check(value)
    return value


def _disclosed(part: str) -> tuple[int, ...]:
    if not part.startswith(_DISCLOSED):
        raise Malformed(f"{part[:10]!r} does not start with dv", "send 2~…~dv.…", field="disclosed")
    rest = part.removeprefix(_DISCLOSED)
    if rest and rest[0] != ".":
        raise Malformed(f"{part[:10]!r} lacks the dot after dv", "send 2~…~dv.…", field="disclosed")
    return _ids(rest[1:], "disclosed")


def _ids(text: str, field: str) -> tuple[int, ...]:
    if not _IDS.match(text):
        raise Malformed("is not a list of ids", "write ids like 1.35.41", field=field)
    return tuple(dict.fromkeys(map(int, text.split(".")))) if text else ()


def _check(value: AdditionalConsent) -> None:
    if min((*value.consented, *(value.disclosed or ())), default=0) < 0:
        raise Malformed("an id is below 0", "use ids of the provider list")
    both = set(value.consented).intersection(value.disclosed or ())
    if both:
        raise Malformed(f"id {min(both)} is in both lists", "put it in one", field="disclosed")


def _dotted(ids: tuple[int, ...]) -> str:
    return ".".join(map(str, sorted(set(ids))))
