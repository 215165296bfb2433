"""The GPP string: a header that names its sections, and the sections, both ways (iab.md section 5).

Rules: a section keeps its text, so an unchanged one is written byte for byte, known or not · a string is read as a
whole or refused as a whole, since an unreadable section may hold an opt-out.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from placet.formats.bits import BitReader, BitWriter
from placet.formats.errors import Malformed
from placet.formats.gpp import canada, us_section, usp
from placet.formats.gpp.canada import CanadianConsent
from placet.formats.gpp.eu import flat_eu
from placet.formats.gpp.us_layouts import PADDING, US_SECTIONS
from placet.formats.gpp.us_section import UsChoices
from placet.formats.gpp.usp import UsPrivacy
from placet.formats.ids import Ids
from placet.formats.tcf import tcf
from placet.formats.tcf.tcf import TcString

STANDARD: Final = "GPP"
MAX_TEXT: Final = 262_144
"""Longest string we read, in characters: room for the largest TC string and every other section."""

MAX_SECTIONS: Final = 256
"""The standard has 27 sections; without a limit a header that names thousands would fill the cache."""

EU: Final = 2
CANADA: Final = 5
USP: Final = 6

_TYPE: Final = 3
_VERSION: Final = 1
_CACHED: Final = 1024

Decoded = TcString | CanadianConsent | UsPrivacy | UsChoices


class Codec(NamedTuple):
    """The name of a section, its decoder, and its view in the reference library's form."""

    prefix: str
    read: Callable[[str], Decoded]
    flat: Callable[[Any], dict[str, Any]]


def _flat_usp(value: UsPrivacy) -> dict[str, Any]:
    text = usp.encode(value)
    return {"Version": 1, "Notice": text[1], "OptOutSale": text[2], "LspaCovered": text[3]}


CODECS: Final[Mapping[int, Codec]] = MappingProxyType(
    {
        EU: Codec("tcfeuv2", tcf.decode, flat_eu),
        CANADA: Codec("tcfcav1", canada.decode, CanadianConsent.flat),
        USP: Codec("uspv1", usp.decode, _flat_usp),
        **{
            number: Codec(section.prefix, partial(us_section.decode, number), UsChoices.flat)
            for number, section in US_SECTIONS.items()
        },
    }
)
"""Every supported section, by its id."""

SECTION_IDS: Final[Mapping[str, int]] = MappingProxyType({codec.prefix: number for number, codec in CODECS.items()})
"""The id of a section by its name in the API, such as `usnat`."""


class Section(msgspec.Struct, frozen=True):
    """One section: its original text and its decoded value; `value` is None for an unknown section."""

    id: int
    text: str
    value: Decoded | None = None

    @property
    def prefix(self) -> str:
        """The section's name in the API, empty for an unknown section."""
        return CODECS[self.id].prefix if self.id in CODECS else ""

    def flat(self) -> dict[str, Any]:
        """All its fields under the names of the standard; empty for an unknown section."""
        return CODECS[self.id].flat(self.value) if self.id in CODECS else {}


class Gpp(msgspec.Struct, frozen=True):
    """A GPP string: its sections in ascending order of their ids."""

    sections: tuple[Section, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all sections, including unknown ones."""
        return tuple(section.id for section in self.sections)

    def get(self, section_id: int) -> Section | None:
        """The section with this id, if the string has it."""
        return next((section for section in self.sections if section.id == section_id), None)

    def having(self, section: Section) -> "Gpp":
        """A copy with this section, replacing the one with the same id."""
        others = [each for each in self.sections if each.id != section.id]
        return Gpp(tuple(sorted((*others, section), key=lambda each: each.id)))

    def lacking(self, section_id: int) -> "Gpp":
        """A copy without the section of this id."""
        return Gpp(tuple(each for each in self.sections if each.id != section_id))


def section_of(value: Decoded, *, with_headers: bool = False) -> Section:
    """A section with this value; raises Malformed for what its layout cannot hold."""
    if isinstance(value, UsChoices):
        return Section(value.section, us_section.encode(value, with_headers=with_headers), value)
    if isinstance(value, CanadianConsent):
        return Section(CANADA, canada.encode(value), value)
    if isinstance(value, UsPrivacy):
        return Section(USP, usp.encode(value), value)
    return Section(EU, tcf.encode(value), value)


def decode(text: str, *, with_headers: bool = False) -> Gpp:
    """The sections of a GPP string; a bare TC string counts as section 2. Raises Malformed naming section and field.

    `with_headers` is for senders that follow the public-comment texts of October 2025, see `us_section.decode`.
    """
    if len(text) > MAX_TEXT:
        raise Malformed(f"{len(text)} characters are more than the {MAX_TEXT} we read", standard=STANDARD)
    if text.startswith("C"):
        return Gpp((_section(EU, text, False),))
    header, *texts = text.split("~")
    ids = section_ids(header)
    if len(ids) != len(texts):
        problem = f"the header names {len(ids)} sections, {len(texts)} follow"
        raise Malformed(problem, "ask the sender for the whole string", standard=STANDARD, segment="header")
    return Gpp(tuple([_section(number, part, with_headers) for number, part in zip(ids, texts, strict=True)]))


def encode(gpp: Gpp) -> str:
    """The string; raises Malformed when two sections have one id, or one has no text."""
    ids = gpp.ids
    if list(ids) != sorted(set(ids)):
        raise Malformed("sections must have different ids, ascending", "use Gpp.having", standard=STANDARD)
    for section in gpp.sections:
        if not section.text or "~" in section.text:
            raise Malformed("has no text, or one with ~", standard=STANDARD, segment=f"section {section.id}")
    return "~".join([header_text(ids), *(section.text for section in gpp.sections)])


@lru_cache(_CACHED)
def section_ids(header: str) -> tuple[int, ...]:
    """The ids that a header (the part before the first `~`) names, ascending; raises Malformed."""
    try:
        if len(header) > MAX_SECTIONS:
            raise Malformed(f"{len(header)} characters are more than the {MAX_SECTIONS} we read")
        bits = BitReader.from_web64(header)
        _expect(bits, 6, _TYPE, "Type")
        _expect(bits, 6, _VERSION, "Version")
        ids = Ids(bits.fibonacci_ranges())
        if len(ids) > MAX_SECTIONS:
            raise Malformed(f"names {len(ids)} sections, more than the {MAX_SECTIONS} we read")
        if not bits.only_padding_left():
            raise Malformed("more follows the list of ids", "ask the sender for a correct string")
        return tuple(ids)
    except Malformed as wrong:
        raise wrong.within(standard=STANDARD, segment="header", field="SectionIds") from None


@lru_cache(_CACHED)
def header_text(ids: tuple[int, ...]) -> str:
    """The header that names these ids; raises Malformed for one below 1 or above 65,535."""
    bits = BitWriter()
    bits.number(6, _TYPE)
    bits.number(6, _VERSION)
    bits.fibonacci_ranges(Ids.of(ids).mask)
    return bits.to_web64(*PADDING)


def _expect(bits: BitReader, width: int, wanted: int, field: str) -> None:
    try:
        found = bits.number(width)
    except Malformed as wrong:
        raise wrong.within(field=field) from None
    if found != wanted:
        raise Malformed(f"is {found}, not {wanted}", "a GPP string starts with DB", field=field)


def _section(number: int, text: str, with_headers: bool) -> Section:
    if not text:
        raise Malformed(
            "is empty", "ask the sender for the whole string", standard=STANDARD, segment=f"section {number}"
        )
    try:
        if with_headers and number in US_SECTIONS:
            return Section(number, text, us_section.decode(number, text, with_headers=True))
        codec = CODECS.get(number)
        return Section(number, text, codec and codec.read(text))
    except Malformed as wrong:
        raise wrong.within(segment=f"section {number}") from None
