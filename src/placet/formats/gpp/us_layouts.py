"""The field table of every US section of GPP (iab.md sections 5.4 and 5.5).

Rules: a layout is one line of names · every field is a sequence of two-bit numbers: three for the version, then one for
each field unless `*n` says more · a section whose texts disagree has several layouts, shortest first; the length of a
string selects the layout.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Any

PADDING = (8, 6)
"""The multiples to which the GPP library pads a header and every sub-section except TCF Europe's, in turn (iab.md
§5.2)."""

GPC = "gpc"
SENSITIVE_DATA = "sensitive data"


VERSION_PAIRS = 3
"""The version has six bits."""


@dataclass(frozen=True)
class Field:
    """One field after the version: a single number (`items` 0) or a list of `items` numbers, from pair `start` on."""

    name: str
    items: int
    start: int

    @property
    def end(self) -> int:
        """The first pair after this field."""
        return self.start + max(self.items, 1)

    @property
    def place(self) -> int | slice:
        """The field's index or slice in the sequence."""
        return slice(self.start, self.end) if self.items else self.start


@dataclass(frozen=True)
class Layout:
    """One layout of a core sub-section, from one line of names."""

    line: str

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All fields but the version, in order."""
        return tuple(_fields(self.line))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all fields in order, the version first."""
        return self.line.split()[0], *(field.name for field in self.fields)

    @cached_property
    def pairs(self) -> int:
        """The length of the sequence, in pairs."""
        return self.fields[-1].end

    @cached_property
    def pick(self) -> Callable[[tuple[int, ...]], tuple[Any, ...]]:
        """Extracts the values of all fields except the version from a sequence."""
        return itemgetter(*(field.place for field in self.fields))

    @cached_property
    def gather(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """Extracts the values of all fields, the version first, from a mapping that has them."""
        return itemgetter(*self.names)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """How many items each field has, the version first; 0 for a single number."""
        return 0, *(field.items for field in self.fields)


def _fields(line: str) -> Iterator[Field]:
    start = VERSION_PAIRS
    for word in line.split()[1:]:
        name, _, count = word.partition("*")
        field = Field(name, int(count or 0), start)
        yield field
        start = field.end


@dataclass(frozen=True)
class UsSection:
    """A US section: its name, its jurisdiction, its layouts, and its optional second sub-section."""

    id: int
    prefix: str
    jurisdiction: str
    layouts: tuple[Layout, ...]
    second: str

    @cached_property
    def newest(self) -> Layout:
        """The layout to write."""
        return self.layouts[-1]

    @property
    def version_field(self) -> str:
        """`Version`, or `MspaVersion` where the section itself has none."""
        return self.newest.names[0]


_T = "SaleOptOutNotice TargetedAdvertisingOptOutNotice"
_O = "SaleOptOut TargetedAdvertisingOptOut"
_M = "MspaCoveredTransaction MspaOptOutOptionMode MspaServiceProviderMode"
_SHARING = f"Version SharingNotice {_T} {_O}"
_PROCESSING = f"Version ProcessingNotice {_T} {_O}"
_SDP = "SensitiveDataProcessing"
_KC = "KnownChildSensitiveDataConsents"
_ADP = "AdditionalDataProcessingConsent"
_NATIONAL = (
    "Version SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice "
    "SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut TargetedAdvertisingOptOut"
)
_CALIFORNIA = (
    "Version SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut "
    f"{_SDP}*9 {_KC}*2 PersonalDataConsents {_M}"
)
_UTAH = f"Version SharingNotice {_T} SensitiveDataProcessingOptOutNotice {_O} {_SDP}*8 {_KC} {_M}"
_IOWA = f"Version ProcessingNotice {_T} SensitiveDataOptOutNotice {_O} {_SDP}*8 {_KC} {_M}"
_ONE_CHILD_FIELD = f"{_PROCESSING} {_SDP}*8 {_KC} {_ADP} {_M}"
_THREE_CHILD_FIELDS = f"{_PROCESSING} {_SDP}*8 {_KC}*3 {_ADP} {_M}"
_MSPA = f"MspaVersion MspaCoveredTransaction MspaMode ProcessingNotice {_T} {_O}"

_ROWS = (
    (7, "usnat", "MSPA US National", GPC, f"{_NATIONAL} {_SDP}*12 {_KC}*2 PersonalDataConsents {_M}",
     f"{_NATIONAL} {_SDP}*16 {_KC}*3 PersonalDataConsents {_M}"),
    (8, "usca", "California", GPC, _CALIFORNIA),
    (9, "usva", "Virginia", "", f"{_SHARING} {_SDP}*8 {_KC} {_M}"),
    (10, "usco", "Colorado", GPC, f"{_SHARING} {_SDP}*7 {_KC} {_M}"),
    (11, "usut", "Utah", "", _UTAH),
    (12, "usct", "Connecticut", GPC, f"{_SHARING} {_SDP}*8 {_KC}*3 {_M}"),
    (13, "usfl", "Florida", "", _THREE_CHILD_FIELDS),
    (14, "usmt", "Montana", GPC, f"{_SHARING} {_SDP}*8 {_KC}*3 {_ADP} {_M}"),
    (15, "usor", "Oregon", GPC, f"{_PROCESSING} {_SDP}*11 {_KC}*3 {_ADP} {_M}"),
    (16, "ustx", "Texas", GPC, _ONE_CHILD_FIELD),
    (17, "usde", "Delaware", GPC, f"{_PROCESSING} {_SDP}*9 {_KC}*5 {_ADP} {_M}"),
    (18, "usia", "Iowa", GPC, _IOWA),
    (19, "usne", "Nebraska", GPC, _ONE_CHILD_FIELD),
    (20, "usnh", "New Hampshire", GPC, _THREE_CHILD_FIELDS),
    (21, "usnj", "New Jersey", GPC, f"{_PROCESSING} {_SDP}*10 {_KC}*5 {_ADP} {_M}"),
    (22, "ustn", "Tennessee", GPC, _ONE_CHILD_FIELD),
    (23, "usmn", "Minnesota", GPC, _ONE_CHILD_FIELD),
    (24, "usmd", "Maryland", GPC, f"{_MSPA} {_ADP}"),
    (25, "usin", "Indiana", SENSITIVE_DATA, f"{_MSPA} {_KC} {_ADP}"),
    (26, "usky", "Kentucky", SENSITIVE_DATA, f"{_MSPA} {_KC} {_ADP}"),
    (27, "usri", "Rhode Island", SENSITIVE_DATA, f"{_MSPA} {_KC} {_ADP}"),
)  # fmt: skip

US_SECTIONS: Mapping[int, UsSection] = MappingProxyType(
    {
        number: UsSection(number, prefix, jurisdiction, tuple(Layout(line) for line in lines), second)
        for number, prefix, jurisdiction, second, *lines in _ROWS
    }
)
"""Every US section by its id."""

SENSITIVE_ITEMS = 8
"""Length of the list in the second sub-section of Indiana, Kentucky and Rhode Island, which has no type field."""
