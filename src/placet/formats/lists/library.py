"""All lists in force together: vendors, providers and consent platforms, and their texts in other languages.

`VendorLists` is immutable: an update creates a new value, and anything derived from the old one is discarded with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from placet.formats.language_match import nearest
from placet.formats.lists import LANGUAGES, bundled_canadian_list, bundled_cmps, bundled_list, bundled_providers
from placet.formats.lists.cmps import CmpList
from placet.formats.lists.google_providers import Providers
from placet.formats.lists.gvl import VendorList
from placet.formats.lists.gvl_entries import Headings


class ExplainLists(NamedTuple):
    """The lists that resolve ids to names: vendors always, providers and consent platforms where available."""

    vendors: VendorList
    providers: Providers | None = None
    cmps: CmpList | None = None


@dataclass(frozen=True, eq=False)
class VendorLists:
    """The lists in force. `words` are translations of the European list's headings by lower-case language tag."""

    vendors: VendorList
    canada: VendorList
    providers: Providers
    cmps: CmpList
    words: Mapping[str, Headings] = field(default_factory=lambda: MappingProxyType({}))

    def spoken(self, language: str) -> Headings | None:
        """The headings in the nearest language; None where there is no translation."""
        found = nearest(language, ("en", *self.words))
        return self.vendors.headings if found == "en" else self.words.get(found or "")

    @property
    def for_explaining(self) -> ExplainLists:
        """The lists that `explain` needs."""
        return ExplainLists(self.vendors, self.providers, self.cmps)


@cache
def bundled_vendor_lists() -> VendorLists:
    """The lists bundled with the package."""
    others = {language: bundled_list(language).headings for language in LANGUAGES if language != "en"}
    return VendorLists(
        vendors=bundled_list(),
        canada=bundled_canadian_list(),
        providers=bundled_providers(),
        cmps=bundled_cmps(),
        words=MappingProxyType(others),
    )
