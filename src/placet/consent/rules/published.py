"""A publication in use: which rule applies to which visitors, computed once and cached."""

from functools import cached_property
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from placet.consent.rules.effective_rule import EffectiveRule
from placet.consent.rules.framework import Framework
from placet.formats.lists.library import VendorLists, bundled_vendor_lists
from placet.settings.purposes import NEVER_BY_DEFAULT
from placet.settings.regions import Place, Rule
from placet.settings.site import Publication

PLACES_KEPT: Final = 4096
"""How many places' rules are cached; there are about 5 000 states in all, and few of them per site."""


class Published(Struct, frozen=True, dict=True):
    """A publication with its effective rules, under the vendor lists in force."""

    publication: Publication
    vendor_lists: VendorLists = field(default_factory=bundled_vendor_lists)

    @cached_property
    def rules(self) -> dict[str, EffectiveRule]:
        """The site under each of its rules, by rule id."""
        return {rule.id: self._effective_rule(rule) for rule in self.publication.site.rules}

    @cached_property
    def iab_purposes(self) -> frozenset[str]:
        """The lasting ids of the IAB purposes and special features that people can answer here."""
        framed = (each for each in self.rules.values() if each.framework is not None)
        return frozenset(
            category.purpose_id for rule in framed for category in rule.askable if category.kind in NEVER_BY_DEFAULT
        )

    def _effective_rule(self, rule: Rule) -> EffectiveRule:
        """The site under one rule; a rule that uses the IAB framework also asks about its purposes."""
        site = self.publication.site
        framework = self._framework
        if framework is None or not rule.iab:
            return EffectiveRule(site, rule)
        own = tuple(
            each for each in framework.categories(site.organisation, site.languages) if each.id not in site.by_id
        )
        return EffectiveRule(replace(site, categories=(*site.categories, *own)), rule, framework)

    @cached_property
    def _framework(self) -> Framework | None:
        setting = self.publication.site.iab
        return Framework(setting, self.vendor_lists) if setting is not None else None

    @cached_property
    def _by_place(self) -> dict[Place, EffectiveRule]:
        return {}

    def rule_for(self, place: Place) -> EffectiveRule:
        """The effective rule for a visitor from `place`."""
        found = self._by_place.get(place)
        if found is None:
            found = self.rules[self.publication.site.rule_for(place).id]
            if len(self._by_place) < PLACES_KEPT:
                self._by_place[place] = found
        return found
