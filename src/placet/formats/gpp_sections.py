"""The field table of every US section of GPP (iab.md sections 5.4 and 5.5).

House rules: a layout is one line of names · after six bits of version every field is a row of two-bit numbers, one
unless `*n` says more · a section whose texts disagree has several layouts, shortest first; the length of a string
chooses between them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Any

GPC = "gpc"
SENSITIVE_DATA = "sensitive data"


@dataclass(frozen=True)
class Field:
    """One field: a single number (`items` 0) or a list of `items` numbers, two bits each; the version has six."""

    name: str
    items: int
    start: int

    @property
    def width(self) -> int:
        """Length in bits."""
        return 6 if self.start < 0 else 2 * max(self.items, 1)

    @property
    def place(self) -> int | slice:
        """Where it stands in the row of two-bit numbers after the version."""
        return slice(self.start, self.start + self.items) if self.items else self.start


@dataclass(frozen=True)
class Layout:
    """One layout of a core sub-section: the version field, then the row."""

    line: str

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All fields in order, the version first."""
        return tuple(_fields(self.line))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names in order."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def row(self) -> int:
        """How many two-bit numbers follow the version."""
        return sum(field.width for field in self.fields[1:]) // 2

    @cached_property
    def pick(self) -> Callable[[tuple[int, ...]], tuple[Any, ...]]:
        """Takes the row apart into the values of all fields but the version."""
        return itemgetter(*(field.place for field in self.fields[1:]))

    @cached_property
    def lists(self) -> Mapping[str, int]:
        """The fields that are lists, with their lengths."""
        return MappingProxyType({field.name: field.items for field in self.fields if field.items})


def _fields(line: str) -> Iterator[Field]:
    version, *rest = line.split()
    yield Field(version, 0, -1)
    start = 0
    for word in rest:
        name, _, count = word.partition("*")
        items = int(count or 0)
        yield Field(name, items, start)
        start += max(items, 1)


@dataclass(frozen=True)
class UsSection:
    """What a US section is called, who made its law, how it is laid out and what second sub-section it may have."""

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
