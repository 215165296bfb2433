"""A person's answers, and what is left of them under a rule."""

from functools import cached_property
from typing import Final

from msgspec import Struct

from placet.consent.purposes import Category, Kind, Status
from placet.consent.regions import Rule
from placet.consent.site import Site


class Choices(Struct, frozen=True):
    """Answers as they stand, 1 for yes and 0 for no.

    `groups` and `legitimate` by group id (consent, and legitimate interest not objected to), `sdks` by SDK
    id, `vendors` by general vendor id, `universal` by purpose id, `options` by option id.
    """

    groups: dict[str, int] = {}
    legitimate: dict[str, int] = {}
    sdks: dict[str, int] = {}
    vendors: dict[str, int] = {}
    universal: dict[str, int] = {}
    options: dict[str, int] = {}


NO_CHOICES: Final = Choices()


class Ruling(Struct, frozen=True, dict=True):
    """A site under one of its rules: what follows from the two, worked out once and kept."""

    site: Site
    rule: Rule

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """What the rule makes of every category, by group id."""
        return {category.id: self.rule.status(category) for category in self.site.categories}

    @cached_property
    def locked(self) -> dict[str, int]:
        """Groups nobody can switch, with the value they always have."""
        return {
            category.id: status.default if category.consentable else 1
            for category, status in zip(self.site.categories, self.statuses.values(), strict=True)
            if status.locked or not category.consentable
        }

    @cached_property
    def askable(self) -> tuple[Category, ...]:
        """The categories a person can answer; bundles and stacks are answered through what they hold."""
        return tuple(
            category
            for category in self.site.categories
            if category.id not in self.locked and category.id not in self.site.children
        )

    @cached_property
    def askable_purposes(self) -> frozenset[str]:
        """The purposes behind `askable`."""
        return frozenset(category.purpose_id for category in self.askable)

    @cached_property
    def default_choices(self) -> Choices:
        """What holds before the person speaks."""
        groups = {id: self.locked.get(id, status.default) for id, status in self.statuses.items()}
        return Choices(
            groups={id: self._whole(id, groups) for id in groups},
            legitimate={category.id: 1 for category in self.site.categories if category.legitimate_interest},
            sdks={sdk: groups[group] for sdk, group in self.site.sdk_category.items()},
            vendors={vendor.id: self._vendor_default(vendor.id, groups) for vendor in self.site.vendors},
            universal={purpose.id: 0 for purpose in self.site.universal},
            options={option.id: 0 for u in self.site.universal for p in u.preferences for option in p.options},
        )

    def _whole(self, id: str, groups: dict[str, int]) -> int:
        members = members_of(self.site, id)
        return min((groups[member] for member in members), default=groups[id]) if id not in self.locked else groups[id]

    def _vendor_default(self, vendor: str, groups: dict[str, int]) -> int:
        linked = [groups[category.id] for category in self.site.categories if vendor in category.vendors]
        return min(linked, default=0)

    @cached_property
    def drawn(self) -> dict[tuple[str, ...], bytes]:
        """What faces drew from this ruling, by what they drew it for; it lives as long as the publication is in use."""
        return {}

    @cached_property
    def keys(self) -> tuple[tuple[str, str, str], ...]:
        """Every question of the site: dimension of `Choices`, key there, key in a profile.

        Profiles are shared by sites that may name a category differently, so their keys are lasting ids:
        `p:` purpose, `l:` legitimate interest of a purpose, `s:` SDK, `v:` general vendor, `u:` universal
        purpose, `o:` option of one. Bundles and stacks hold no answer of their own.
        """
        site = self.site
        own = [("groups", c.id, "p:" + c.purpose_id) for c in site.categories if c.id not in site.children]
        interests = [("legitimate", c.id, "l:" + c.purpose_id) for c in site.categories if c.legitimate_interest]
        sdks = [("sdks", sdk, "s:" + sdk) for sdk in site.sdk_category]
        vendors = [("vendors", vendor.id, "v:" + vendor.guid) for vendor in site.vendors]
        universal = [("universal", purpose.id, "u:" + purpose.id) for purpose in site.universal]
        options = [("options", o.id, "o:" + o.id) for u in site.universal for p in u.preferences for o in p.options]
        return (*own, *interests, *sdks, *vendors, *universal, *options)

    @cached_property
    def always_active(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Group ids, then SDK ids, that are on whatever anybody says."""
        groups = tuple(id for id, status in self.statuses.items() if status is Status.ALWAYS_ACTIVE)
        sdks = tuple(sdk for sdk, group in self.site.sdk_category.items() if group in groups)
        return groups, sdks


def members_of(site: Site, id: str) -> tuple[str, ...]:
    """What a bundle, stack or parent category stands for: the groups directly below it."""
    return tuple(child.id for child in site.children.get(id, ()))


def recall(ruling: Ruling, remembered: Choices) -> Choices:
    """What a device or profile remembers, read under this rule.

    What the rule locks stays locked, what was never answered has its default, and answers about groups that
    this site does not have are left out here (the device keeps them for the day it is elsewhere again).
    """
    default = ruling.default_choices
    groups = overlaid(default.groups, remembered.groups) | ruling.locked
    fixed = {sdk: ruling.locked[group] for sdk, group in ruling.site.sdk_category.items() if group in ruling.locked}
    followed = {sdk: groups[group] for sdk, group in ruling.site.sdk_category.items()}
    return Choices(
        groups=groups,
        legitimate=overlaid(default.legitimate, remembered.legitimate),
        sdks=overlaid(followed, remembered.sdks) | fixed,
        vendors=overlaid(default.vendors, remembered.vendors),
        universal=overlaid(default.universal, remembered.universal),
        options=overlaid(default.options, remembered.options),
    )


def overlaid(default: dict[str, int], answers: dict[str, int]) -> dict[str, int]:
    """The defaults, with the answers to those same questions laid over them."""
    return {key: answers.get(key, value) for key, value in default.items()} if answers else dict(default)


def couple(ruling: Ruling, groups: dict[str, int]) -> dict[str, int]:
    """Parents made true to their children: on when every child that can be on is on (cmp-api.md §10.4.1, §10.4.3)."""
    coupled = dict(groups)
    for parent, children in ruling.site.children.items():
        if parent in ruling.locked or parent not in coupled:
            continue
        able = [child.id for child in children if ruling.statuses[child.id] is not Status.ALWAYS_INACTIVE]
        coupled[parent] = min((coupled[id] for id in able), default=0)
    return coupled


def is_stack(category: Category) -> bool:
    """True for groups that only display others and can hold no answer of their own."""
    return category.kind in (Kind.BRANCH, Kind.IAB_STACK)
