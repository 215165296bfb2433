"""A publication in use: which rule governs whom, worked out once and looked up ever after."""

from functools import cached_property
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from placet.consent.choices import Ruling
from placet.consent.framework import Framework
from placet.consent.regions import Place, Rule
from placet.consent.site import Publication
from placet.formats.library import Library, bundled_library

PLACES_KEPT: Final = 4096
"""How many places' rules are remembered; there are about 5 000 states in all, and few of them per site."""


class Published(Struct, frozen=True, dict=True):
    """A publication with its rulings at hand, under the vendor lists in force."""

    publication: Publication
    library: Library = field(default_factory=bundled_library)

    @cached_property
    def rulings(self) -> dict[str, Ruling]:
        """The site under each of its rules, by rule id."""
        return {rule.id: self._ruling(rule) for rule in self.publication.site.rules}

    def _ruling(self, rule: Rule) -> Ruling:
        """The site under one rule; one that speaks IAB's framework also asks about its purposes."""
        site = self.publication.site
        framework = self._framework
        if framework is None or not rule.iab:
            return Ruling(site, rule)
        own = tuple(
            each for each in framework.categories(site.organisation, site.languages) if each.id not in site.by_id
        )
        return Ruling(replace(site, categories=(*site.categories, *own)), rule, framework)

    @cached_property
    def _framework(self) -> Framework | None:
        setting = self.publication.site.iab
        return Framework(setting, self.library) if setting is not None else None

    @cached_property
    def _by_place(self) -> dict[Place, Ruling]:
        return {}

    def ruling(self, place: Place) -> Ruling:
        """The ruling for a visitor from `place`."""
        found = self._by_place.get(place)
        if found is None:
            found = self.rulings[self.publication.site.rule_for(place).id]
            if len(self._by_place) < PLACES_KEPT:
                self._by_place[place] = found
        return found
