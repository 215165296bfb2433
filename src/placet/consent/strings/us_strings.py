"""The US strings that say what was opted out of: GPP sections and the US Privacy string (iab.md §4, §5.5)."""

from functools import cached_property
from typing import Any, Final

from msgspec import Struct

from placet.formats.gpp import gpp, us_section, usp
from placet.formats.gpp.gpp import SECTION_IDS, USP, Gpp, section_of
from placet.formats.gpp.us_layouts import GPC, US_SECTIONS
from placet.formats.gpp.us_section import UsChoices, Value
from placet.formats.gpp.usp import UsPrivacy
from placet.formats.onetrust.storage_keys import gpp_keys, nested, usp_keys
from placet.settings.iab import Mspa, UsSetting

GIVEN, NOT_GIVEN = 1, 2
OUT, NOT_OUT = 1, 2
YES, NO = 1, 2

OPT_OUTS: Final = {"SaleOptOut": 0, "SharingOptOut": 1, "TargetedAdvertisingOptOut": 2}
"""The fields that say it, and which of sale, sharing and targeted advertising each is about."""

GENERAL_NOTICES: Final = frozenset({"SharingNotice", "ProcessingNotice"})
"""Notices that are about processing as such; they are given with the others."""

MODES: Final = {
    Mspa.NOT_COVERED: (NO, 0, 0, 0),
    Mspa.OPT_OUT_OPTION: (YES, YES, NO, 1),
    Mspa.SERVICE_PROVIDER: (YES, NO, YES, 2),
}
"""Covered, opt-out option mode, service provider mode, and the single mode of the newest sections."""


class UsStrings(Struct, frozen=True, dict=True):
    """The sections in force and the US Privacy string; either may be missing."""

    sections: Gpp = Gpp()
    usp: str = ""

    @cached_property
    def gpp(self) -> str:
        """The GPP string, or empty where no section is written."""
        return gpp.encode(self.sections) if self.sections.sections else ""

    @cached_property
    def keys(self) -> dict[str, Any]:
        """The keys apps store (iab.md §8)."""
        keys = nested(gpp_keys(self.sections, self.gpp, self.sections.ids)) if self.gpp else {}
        return keys | (usp_keys(self.usp) if self.usp else {})


def us_strings(
    setting: UsSetting, sale: bool | None, sharing: bool | None, targeted: bool | None, *, gpc: bool
) -> UsStrings:
    """The strings for these opt-outs; None where the settings name no category for it."""
    said = (sale, sharing, targeted)
    found = Gpp()
    for prefix in setting.sections:
        found = found.having(section_of(section(SECTION_IDS[prefix], setting, said, gpc=gpc)))
    old = UsPrivacy(setting.notices_given, bool(sale), setting.mspa is not Mspa.NOT_COVERED)
    text = usp.encode(old) if setting.usp else ""
    return UsStrings(found, text)


def section(number: int, setting: UsSetting, said: tuple[bool | None, ...], *, gpc: bool) -> Any:
    """One section: notices, opt-outs, agreement, and GPC where it has a place for it.

    An opt-out is written only where notice of it was given (iab.md §5.5, the logical tie).
    """
    if number == USP:
        return UsPrivacy(setting.notices_given, bool(said[0]), setting.mspa is not Mspa.NOT_COVERED)
    empty = us_section.nothing_said(number)
    fields = {name: field(name, value, setting, said) for name, value in empty.fields.items()}
    signal = gpc if US_SECTIONS[number].second == GPC else None
    return UsChoices(number, fields, signal)


def field(name: str, value: Value, setting: UsSetting, said: tuple[bool | None, ...]) -> Value:
    """The value of one field; fields without a mapping keep their `value`, not applicable."""
    given = GIVEN if setting.notices_given else NOT_GIVEN
    if name in OPT_OUTS:
        out = said[OPT_OUTS[name]]
        return 0 if out is None or not setting.notices_given else OUT if out else NOT_OUT
    if name in GENERAL_NOTICES:
        return given
    topic = name.removesuffix("Notice")
    if topic in OPT_OUTS:
        return 0 if said[OPT_OUTS[topic]] is None else given
    covered, option, provider, mode = MODES[setting.mspa]
    agreement = {
        "MspaCoveredTransaction": covered,
        "MspaOptOutOptionMode": option,
        "MspaServiceProviderMode": provider,
        "MspaMode": mode,
    }
    return agreement.get(name, value)
