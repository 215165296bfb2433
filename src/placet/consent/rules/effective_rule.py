"""A site under one of its rules, and a person's answers as that rule limits them."""

from functools import cached_property
from typing import Any, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.rules.framework import Framework
from placet.settings.iab import OnGpc
from placet.settings.purposes import Category, Status
from placet.settings.regions import Rule
from placet.settings.site import Site


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
YES_OR_NO: Final = frozenset({0, 1})
MAX_FOLLOWED: Final = 1024
"""Number of different category answers whose inherited answers an effective rule caches."""


class Question(NamedTuple):
    """One thing a person can answer: its id in `Choices`, and its key in a profile.

    Profiles are shared by sites that may name a category differently, so their keys are lasting ids: `p:`
    purpose, `l:` legitimate interest of a purpose, `s:` SDK, `v:` general vendor, `u:` universal purpose,
    `o:` option of one. `follows` are the keys of the purposes whose newer answers bind this one too; `alone` is one
    whose answer cannot be derived from theirs, since it also works for a category that cannot be switched on.
    """

    id: str
    key: str
    follows: tuple[str, ...] = ()
    alone: bool = False


class InheritedAnswers(NamedTuple):
    """Answers of SDKs and general vendors that have none of their own."""

    sdks: dict[str, int]
    vendors: dict[str, int]


class EffectiveRule(Struct, frozen=True, dict=True):
    """A site under one of its rules, with the values derived from both, computed once and cached."""

    site: Site
    rule: Rule
    framework: Framework | None = None
    """IAB Europe's framework as the site shows it, where the rule uses it."""

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """What the rule makes of every category, by group id."""
        return {category.id: self.rule.status(category) for category in self.site.categories}

    @cached_property
    def locked(self) -> dict[str, int]:
        """Groups that cannot be switched, with their fixed value."""
        return {
            category.id: status.default if category.consentable else 1
            for category, status in zip(self.site.categories, self.statuses.values(), strict=True)
            if status.locked or not category.consentable
        }

    @cached_property
    def askable(self) -> tuple[Category, ...]:
        """The categories a person can answer; bundles and stacks are answered through their members."""
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
    def bundles(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each parent that is not locked, with those of its children that can be on."""
        return tuple(
            (parent, tuple(child.id for child in children if self.statuses[child.id] is not Status.ALWAYS_INACTIVE))
            for parent, children in self.site.children.items()
            if parent in self.site.by_id and parent not in self.locked
        )

    @cached_property
    def default_choices(self) -> Choices:
        """The answers before the person chooses. A pre-ticked option is not consent: options start at 0."""
        groups = couple(self, {id: status.default for id, status in self.statuses.items()})
        return Choices(
            groups=groups,
            legitimate={category.id: 1 for category in self.site.categories if self._weighs_interest(category)},
            sdks=sdks_under(self, groups, {}),
            vendors=vendors_under(self, groups, {}),
            universal={purpose.id: 0 for purpose in self.site.universal},
            options={option.id: 0 for u in self.site.universal for p in u.preferences for option in p.options},
        )

    @cached_property
    def swept(self) -> tuple[Choices, Choices]:
        """The two ends of consent: all that can be off is off, and all that can be on is on."""
        return self._all(0), self._all(1)

    def _all(self, value: int) -> Choices:
        groups = couple(self, dict.fromkeys(self.default_choices.groups, value))
        return Choices(
            groups=groups,
            legitimate=dict.fromkeys(self.default_choices.legitimate, value),
            sdks=sdks_under(self, groups, {}),
            vendors=dict.fromkeys(self.default_choices.vendors, value) | self.fixed_vendors,
        )

    def _weighs_interest(self, category: Category) -> bool:
        return category.legitimate_interest and self.statuses[category.id] is not Status.ALWAYS_INACTIVE

    @cached_property
    def drawn(self) -> dict[tuple[str | int, ...], bytes]:
        """Values that dialects derived from this rule, by purpose of use; kept as long as the publication is in use."""
        return {}

    @cached_property
    def fixed_sdks(self) -> dict[str, int]:
        """SDKs of locked categories, with the value they always have."""
        return {sdk: self.locked[group] for sdk, group in self.site.sdk_category.items() if group in self.locked}

    @cached_property
    def vendor_groups(self) -> dict[str, tuple[str, ...]]:
        """The categories each general vendor works for."""
        return {
            vendor.id: tuple(category.id for category in self.site.categories if vendor.id in category.vendors)
            for vendor in self.site.vendors
        }

    @cached_property
    def fixed_vendors(self) -> dict[str, int]:
        """General vendors that work for locked categories only, with the value they always have."""
        return {
            vendor: min(self.locked[group] for group in groups)
            for vendor, groups in self.vendor_groups.items()
            if groups and all(group in self.locked for group in groups)
        }

    @cached_property
    def _followed(self) -> dict[tuple[tuple[str, int], ...], InheritedAnswers]:
        return {}

    def inherited_answers(self, groups: dict[str, int]) -> InheritedAnswers:
        """What follows from the categories' answers: an SDK has its category's, a vendor is on when all of its are.

        Cached: most people press one of two buttons.
        """
        key = tuple(groups.items())
        found = self._followed.get(key)
        if found is None:
            sdks = {sdk: groups[group] for sdk, group in self.site.sdk_category.items()}
            vendors = {
                vendor: min((groups[group] for group in linked), default=0)
                for vendor, linked in self.vendor_groups.items()
            }
            if len(self._followed) >= MAX_FOLLOWED:
                self._followed.clear()
            found = self._followed[key] = InheritedAnswers(sdks, vendors | self.fixed_vendors)
        return found

    @cached_property
    def questions(self) -> tuple[tuple[str, tuple[Question, ...]], ...]:
        """Everything a person can answer, by dimension of `Choices`. Bundles and stacks hold no answer of their own."""
        site, locked = self.site, self.locked
        purpose = {c.id: "p:" + c.purpose_id for c in site.categories if c.id not in locked}
        vendors = [vendor for vendor in site.vendors if vendor.id not in self.fixed_vendors]
        linked = {v: tuple(purpose[g] for g in groups if g in purpose) for v, groups in self.vendor_groups.items()}
        options = [option for u in site.universal for preference in u.preferences for option in preference.options]
        asked = {
            "groups": [Question(c.id, "p:" + c.purpose_id) for c in self.askable],
            "legitimate": [
                Question(c.id, "l:" + c.purpose_id) for c in site.categories if c.id in self.default_choices.legitimate
            ],
            "sdks": [Question(s, "s:" + s, (purpose[g],)) for s, g in site.sdk_category.items() if g in purpose],
            "vendors": [Question(v.id, "v:" + v.guid, linked[v.id], self._never_on(v.id)) for v in vendors],
            "universal": [Question(u.id, "u:" + u.id) for u in site.universal],
            "options": [Question(option.id, "o:" + option.id) for option in options],
        }
        return tuple((dimension, tuple(questions)) for dimension, questions in asked.items() if questions)

    @cached_property
    def asked(self) -> dict[str, tuple[tuple[str, Question], ...]]:
        """What a profile's key answers here: dimensions with their questions."""
        found: dict[str, tuple[tuple[str, Question], ...]] = {}
        for dimension, questions in self.questions:
            for question in questions:
                found[question.key] = (*found.get(question.key, ()), (dimension, question))
        return found

    @cached_property
    def _asked_but(self) -> dict[frozenset[str], dict[str, tuple[tuple[str, Question], ...]]]:
        return {frozenset(): self.asked}

    def asked_but(self, without: frozenset[str]) -> dict[str, tuple[tuple[str, Question], ...]]:
        """The same, but for these dimensions; there are as few sets of them as kinds of buttons."""
        found = self._asked_but.get(without)
        if found is None:
            left = {key: tuple(one for one in asked if one[0] not in without) for key, asked in self.asked.items()}
            found = self._asked_but[without] = {key: asked for key, asked in left.items() if asked}
        return found

    @cached_property
    def told_apart(self) -> dict[Any, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Cache of granted and refused keys by answers; see `profile_items.told_apart`."""
        return {}

    def _never_on(self, vendor: str) -> bool:
        """Does this vendor also work for a category that is always off?"""
        return any(self.locked.get(group) == 0 for group in self.vendor_groups[vendor])

    @cached_property
    def shares_purposes(self) -> bool:
        """True when two categories of the site ask for one purpose."""
        keys = [question.key for _, questions in self.questions for question in questions]
        return len(keys) != len(set(keys))

    @cached_property
    def purpose_keys(self) -> tuple[str, ...]:
        """The profile keys of `askable_purposes`."""
        return tuple("p:" + purpose for purpose in sorted(self.askable_purposes))

    @cached_property
    def purposes(self) -> tuple[tuple[str, str, int | None], ...]:
        """Every purpose of the categories: its id, its key in a profile, and the value it is locked to, if any."""
        own = (category for category in self.site.categories if category.id not in self.site.children)
        return tuple((c.purpose_id, "p:" + c.purpose_id, self.locked.get(c.id)) for c in own)

    @cached_property
    def receipted(self) -> tuple[str, ...]:
        """The profile keys of everything a receipt lists."""
        return (*(key for _, key, _ in self.purposes), *("u:" + purpose.id for purpose in self.site.universal))

    @cached_property
    def entries(self) -> dict[Any, Any]:
        """What receipts say of answers that stand like some before; see `receipt.entries`."""
        return {}

    def partners(self, now: int) -> int:
        """How many partners the screens list at `now` (epoch ms): general vendors, the IAB's and Google's."""
        return len(self.site.vendors) + (self.framework.partners(now) if self.framework is not None else 0)

    @cached_property
    def strings(self) -> dict[Any, Any]:
        """Consent strings made from this rule that many people share, by the answers they encode."""
        return {}

    @cached_property
    def gpc_off(self) -> frozenset[str]:
        """The categories that Global Privacy Control switches off."""
        us = self.rule.us_strings
        heeded = us.categories if us is not None and us.gpc is OnGpc.HONOUR else frozenset()
        return heeded.union(self.rule.signals_off)

    @cached_property
    def _under(self) -> dict[frozenset[str], "EffectiveRule"]:
        return {}

    def under(self, off: frozenset[str]) -> "EffectiveRule":
        """The same, for someone who signals an opt-out of these categories: those that start on start off."""
        found = self._under.get(off)
        if found is None:
            stopped = {id: Status.INACTIVE for id in off if self.statuses.get(id) is Status.ACTIVE}
            rule = replace(self.rule, statuses=self.rule.statuses | stopped)
            found = self._under[off] = EffectiveRule(self.site, rule, self.framework) if stopped else self
        return found

    @property
    def under_signal(self) -> "EffectiveRule":
        """The same, for a browser that sends Global Privacy Control."""
        return self.under(self.gpc_off)

    @cached_property
    def always_active(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Group ids, then SDK ids, that are on whatever a person answers."""
        groups = tuple(id for id, status in self.statuses.items() if status is Status.ALWAYS_ACTIVE)
        sdks = tuple(sdk for sdk, group in self.site.sdk_category.items() if group in groups)
        return groups, sdks


def members_of(site: Site, id: str) -> tuple[str, ...]:
    """What a bundle, stack or parent category stands for: the groups directly below it."""
    return tuple(child.id for child in site.children.get(id, ()))


def recall(rule: EffectiveRule, remembered: Choices) -> Choices:
    """The answers of a device or profile, read under this rule.

    Locked values stay locked, unanswered questions have their default, any value but 1 is a refusal, and
    answers to questions this site does not ask are left out here (the device keeps them for other
    sites).
    """
    default = rule.default_choices
    if remembered == NO_CHOICES:
        return default
    groups = couple(rule, overlaid(default.groups, remembered.groups))
    return Choices(
        groups=groups,
        legitimate=overlaid(default.legitimate, remembered.legitimate),
        sdks=sdks_under(rule, groups, remembered.sdks),
        vendors=vendors_under(rule, groups, remembered.vendors),
        universal=overlaid(default.universal, remembered.universal),
        options=overlaid(default.options, remembered.options),
    )


def overlaid(default: dict[str, int], answers: dict[str, int]) -> dict[str, int]:
    """The defaults, with the answers to those same questions laid over them."""
    if not answers:
        return default
    laid = default | answers
    if len(laid) == len(default) and YES_OR_NO.issuperset(laid.values()):
        return laid
    return {key: 1 if answers.get(key, value) == 1 else 0 for key, value in default.items()}


def couple(rule: EffectiveRule, groups: dict[str, int]) -> dict[str, int]:
    """Locked values restored, then parents derived from their children (cmp-api.md §10.4.1, §10.4.3).

    A parent is on when every child that can be on is on.
    """
    coupled = groups | rule.locked
    for parent, children in rule.bundles:
        coupled[parent] = min((coupled[child] for child in children), default=0)
    return coupled


def sdks_under(rule: EffectiveRule, groups: dict[str, int], own: dict[str, int]) -> dict[str, int]:
    """Every SDK: its own answer, else its category's; locked with its category."""
    inherited = rule.inherited_answers(groups).sdks
    return overlaid(inherited, own) | rule.fixed_sdks if own else inherited


def vendors_under(rule: EffectiveRule, groups: dict[str, int], own: dict[str, int]) -> dict[str, int]:
    """Every general vendor: its own answer, else on when all its categories are on; locked when they all are."""
    inherited = rule.inherited_answers(groups).vendors
    return overlaid(inherited, own) | rule.fixed_vendors if own else inherited
