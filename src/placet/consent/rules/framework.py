"""The IAB framework as one site shows it: its vendors, and the purposes, features and stacks people are asked about.

Everything here follows from settings and vendor list, so it is computed once and cached. Which vendors have left
the framework depends on the day, which the caller passes in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any, Final
from uuid import UUID, uuid5

from placet.consent.rules.banner import DAY
from placet.formats.ids import NONE, Ids
from placet.formats.lists.gvl import VendorList
from placet.formats.lists.gvl_entries import Headings, ListEntry
from placet.formats.lists.library import VendorLists
from placet.formats.lists.stacks import needed_purposes, needed_special_features
from placet.formats.tcf.compose import (
    BY_CONSENT,
    BY_INTEREST,
    FORBIDDEN,
    NEVER_ON_INTEREST,
    Declared,
    Maker,
    ShownFramework,
)
from placet.formats.tcf.fields import Restriction
from placet.settings.iab import KIND_OF, IabSetting
from placet.settings.purposes import Category, CategoryKind, Texts

PREFIXES: Final = {
    CategoryKind.IAB_PURPOSE: "IAB2V2_",
    CategoryKind.IAB_SPECIAL_FEATURE: "ISF2V2_",
    CategoryKind.IAB_SPECIAL_PURPOSE: "ISP2V2_",
    CategoryKind.IAB_FEATURE: "IFE2V2_",
    CategoryKind.IAB_STACK: "V2STACK",
}
"""How the group ids of each kind begin (cmp-api.md §8, `groupPrefixes`)."""

LIST_PARTS: Final = {
    CategoryKind.IAB_PURPOSE: "purposes",
    CategoryKind.IAB_SPECIAL_FEATURE: "special_features",
    CategoryKind.IAB_SPECIAL_PURPOSE: "special_purposes",
    CategoryKind.IAB_FEATURE: "features",
    CategoryKind.IAB_STACK: "stacks",
}
"""Where the words of each kind stand in a vendor list."""


@dataclass(frozen=True, eq=False)
class Edition:
    """A vendor list on one day: deleted vendors are looked up once."""

    version: int
    policy: int
    index: Declared
    gone: Ids

    def deleted(self, at: datetime) -> Ids:
        """The vendors that had left on this edition's day, whatever moment of it is meant."""
        del at
        return self.gone


class Framework:
    """A site's IAB setting applied to the lists in force."""

    def __init__(self, setting: IabSetting, vendor_lists: VendorLists) -> None:
        self.setting = setting
        self.library = vendor_lists
        self._edition: tuple[int, Edition] | None = None
        self._headings: dict[str, Headings] = {}
        self.drawn: dict[tuple[str, ...], Any] = {}
        """Values that dialects derived from it, by purpose of use; kept as long as setting and lists are in use."""

    @property
    def list(self) -> VendorList:
        """The whole vendor list in force."""
        return self.library.vendors

    @cached_property
    def maker(self) -> Maker:
        """The CMP that writes this site's strings."""
        setting = self.setting
        return Maker(setting.cmp_id, setting.cmp_version, setting.special_purpose_interest)

    @cached_property
    def chosen(self) -> Ids:
        """The vendors the publisher works with, as far as the list knows them; deleted ones too."""
        return self.list.index.vendors if self.setting.all_vendors else known(self.setting.vendors, self.list)

    @cached_property
    def google(self) -> Ids:
        """The chosen ad technology providers of Google's list."""
        return Ids.of(each for each in self.setting.google_providers if each in self.library.providers.by_id)

    @cached_property
    def purposes(self) -> Ids:
        """The purposes that are shown."""
        return shown_of(self.setting.purposes, needed_purposes(self.list, self.chosen))

    @cached_property
    def special_features(self) -> Ids:
        """The special features that are shown."""
        return shown_of(self.setting.special_features, needed_special_features(self.list, self.chosen))

    @cached_property
    def restrictions(self) -> tuple[Restriction, ...]:
        """The publisher restrictions, spelled out for the chosen vendors."""
        return tuple(
            Restriction(
                each.purpose,
                KIND_OF[each.allowed],
                known(each.vendors, self.list) & self.chosen if each.vendors else self.chosen,
            )
            for each in self.setting.restrictions
        )

    @cached_property
    def interest(self) -> dict[int, Ids]:
        """Under each shown purpose, the chosen vendors that may use legitimate interest; empty ones are omitted."""
        index = self.list.index
        found = {}
        for purpose in self.purposes - NEVER_ON_INTEREST:
            turned = self._restricted(purpose, BY_INTEREST) & index.flexible.get(purpose, NONE)
            barred = self._restricted(purpose, FORBIDDEN) | (
                self._restricted(purpose, BY_CONSENT) & index.flexible.get(purpose, NONE)
            )
            vendors = (index.interest.get(purpose, NONE) | turned) & self.chosen - barred
            if vendors:
                found[purpose] = vendors
        return found

    @cached_property
    def claiming(self) -> Ids:
        """The chosen vendors whose legitimate interest a person can object to."""
        return union(self.interest.values())

    @cached_property
    def consulting(self) -> dict[int, Ids]:
        """Under each shown purpose, the chosen vendors that ask for consent, the restrictions heeded."""
        index, found = self.list.index, {}
        for purpose in self.purposes:
            flexible = index.flexible.get(purpose, NONE)
            by_consent, by_interest = self._restricted(purpose, BY_CONSENT), self._restricted(purpose, BY_INTEREST)
            turned = NONE if purpose in NEVER_ON_INTEREST else (by_interest & flexible) - by_consent
            asking = (index.consent.get(purpose, NONE) | (by_consent & flexible)) & self.chosen
            found[purpose] = asking - turned - self._restricted(purpose, FORBIDDEN)
        return found

    @cached_property
    def asking(self) -> dict[int, Ids]:
        """Under each shown purpose, the chosen vendors that declare it on whatever basis."""
        index = self.list.index
        return {
            each: (index.consent.get(each, NONE) | index.interest.get(each, NONE)) & self.chosen
            for each in self.purposes
        }

    def users(self, kind: CategoryKind, number: int) -> Ids:
        """The chosen vendors that declare a purpose or feature; for a stack, any of what it holds."""
        index = self.list.index
        if kind is CategoryKind.IAB_PURPOSE:
            return self.asking.get(number, NONE)
        if kind is CategoryKind.IAB_STACK:
            stack = self.list.headings.stacks[number]
            purposes = union(self.users(CategoryKind.IAB_PURPOSE, each) for each in stack.purposes)
            return purposes | union(
                self.users(CategoryKind.IAB_SPECIAL_FEATURE, each) for each in stack.special_features
            )
        shelves = {
            CategoryKind.IAB_SPECIAL_FEATURE: index.special_features,
            CategoryKind.IAB_SPECIAL_PURPOSE: index.special_purposes,
            CategoryKind.IAB_FEATURE: index.features,
        }
        return shelves[kind].get(number, NONE) & self.chosen

    def _restricted(self, purpose: int, kind: int) -> Ids:
        return union(each.vendors for each in self.restrictions if (each.purpose, each.kind) == (purpose, kind))

    def edition(self, now: int) -> Edition:
        """The list on the day of `now` (epoch ms)."""
        day = now // DAY
        if self._edition is None or self._edition[0] != day:
            gone = self.list.deleted(moment(now))
            self._edition = (day, Edition(self.list.version, self.list.policy, self.list.index, gone))
        return self._edition[1]

    def disclosed(self, now: int) -> Ids:
        """The vendors the screens list at `now` (epoch ms): chosen, and not gone."""
        return self.chosen - self.edition(now).gone

    def partners(self, now: int) -> int:
        """How many vendors and providers the screens list at `now`."""
        return len(self.disclosed(now)) + len(self.google)

    def shown(self, language: str) -> ShownFramework:
        """What a person is shown, as the rules for writing strings want to know it."""
        return ShownFramework(
            vendors=self.chosen,
            purposes=self.purposes,
            special_features=self.special_features,
            restrictions=self.restrictions,
            language=language,
            country=self.setting.country,
            purpose_one_treatment=self.setting.purpose_one_treatment,
            non_standard_texts=self.setting.non_standard_texts,
        )

    @cached_property
    def purpose_groups(self) -> dict[str, int]:
        """Group id to purpose, of the shown ones."""
        return {group_id(CategoryKind.IAB_PURPOSE, each): each for each in self.purposes}

    @cached_property
    def feature_groups(self) -> dict[str, int]:
        """Group id to special feature, of the shown ones."""
        return {group_id(CategoryKind.IAB_SPECIAL_FEATURE, each): each for each in self.special_features}

    @cached_property
    def asked(self) -> frozenset[str]:
        """The groups that TC strings answer."""
        return frozenset((*self.purpose_groups, *self.feature_groups))

    def headings(self, language: str) -> Headings:
        """The list's words in this language; what has no translation, in English."""
        found = self._headings.get(language)
        if found is None:
            words = self.library.spoken(language)
            found = self.list.headings if words is None else self.list.translated(words).headings
            self._headings[language] = found
        return found

    def categories(self, organisation: str, languages: Iterable[str]) -> tuple[Category, ...]:
        """Categories people can answer (purposes in their stacks, special features), then those that only inform."""
        words = {each: found for each in (*languages, "en") if (found := self.library.spoken(each)) is not None}
        draw = Drawing(organisation, words, self)
        return tuple(draw.all())


@dataclass(frozen=True)
class Drawing:
    """Builds a framework's categories: ids, lasting purposes, words in every language there are words for."""

    organisation: str
    words: Mapping[str, Headings]
    framework: Framework

    def all(self) -> Iterator[Category]:
        """All categories, in the order they are shown."""
        framework, index = self.framework, self.framework.list.index
        stack_of = dict(self.members())
        drawn: set[int] = set()
        for kind, ids in (
            (CategoryKind.IAB_PURPOSE, framework.purposes),
            (CategoryKind.IAB_SPECIAL_FEATURE, framework.special_features),
        ):
            for each in ids:
                stack = stack_of.get((kind, each), 0)
                if stack and stack not in drawn:
                    drawn.add(stack)
                    yield self.category(CategoryKind.IAB_STACK, stack)
                yield self.category(kind, each, group_id(CategoryKind.IAB_STACK, stack) if stack else "")
        for kind, declared in (
            (CategoryKind.IAB_SPECIAL_PURPOSE, index.special_purposes),
            (CategoryKind.IAB_FEATURE, index.features),
        ):
            yield from (self.category(kind, each) for each, ids in declared.items() if ids & framework.chosen)

    def members(self) -> Iterator[tuple[tuple[CategoryKind, int], int]]:
        """Each shown purpose and special feature of a chosen stack, with that stack."""
        framework = self.framework
        for number in framework.setting.stacks:
            stack = framework.list.headings.stacks.get(number)
            if stack is not None:
                yield from (
                    ((CategoryKind.IAB_PURPOSE, each), number) for each in stack.purposes if each in framework.purposes
                )
                yield from (
                    ((CategoryKind.IAB_SPECIAL_FEATURE, each), number)
                    for each in stack.special_features
                    if each in framework.special_features
                )

    def category(self, kind: CategoryKind, number: int, parent: str = "") -> Category:
        """One category."""
        id = group_id(kind, number)
        return Category(
            id=id,
            name=self.say(kind, number, "name"),
            purpose_id=str(uuid5(UUID(self.organisation), f"iab/{id}")),
            kind=kind,
            parent=parent,
            description=self.say(kind, number, "description"),
            legal=self.say(kind, number, "description_legal"),
            legitimate_interest=kind is CategoryKind.IAB_PURPOSE and number in self.framework.interest,
        )

    def say(self, kind: CategoryKind, number: int, member: str) -> Texts:
        """One of an entry's texts in every language there are words for."""
        found = {}
        for language, headings in self.words.items():
            entry = entry_of(headings, kind, number)
            text = getattr(entry, member, "") if entry is not None else ""
            if text:
                found[language] = text
        return found


def entry_of(headings: Headings, kind: CategoryKind, number: int) -> ListEntry | None:
    """An entry of a list's headings."""
    published_settings: Any = getattr(headings, LIST_PARTS[kind])
    found: ListEntry | None = published_settings.get(number)
    return found


def group_id(kind: CategoryKind, number: int) -> str:
    """The group id clients know a purpose, feature or stack by."""
    return f"{PREFIXES[kind]}{number}"


def known(ids: Iterable[int], vendors: VendorList) -> Ids:
    """Those of the ids that the list holds."""
    return Ids.of(each for each in ids if each in vendors.vendors)


def shown_of(named: tuple[int, ...], needed: Ids) -> Ids:
    """What is shown: the named ones that a vendor needs; all needed ones when none is named."""
    return Ids.of(each for each in named if each in needed) if named else needed


def union(sets: Iterable[Ids]) -> Ids:
    """All ids of all sets."""
    return reduce(or_, sets, NONE)


def moment(now: int) -> datetime:
    """Epoch ms as a time in UTC."""
    return datetime.fromtimestamp(now / 1000, UTC)
