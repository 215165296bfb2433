"""A vendor list: read, checked and indexed, so that a query about vendors is one set operation (iab.md section 2).

Rules: a list is accepted or refused as a whole; ids are never reused, so deleted vendors stay in it; when a vendor
counts as deleted depends on the time, which the caller passes in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import msgspec
from msgspec import UNSET, UnsetType

from placet.formats.documents import read_json
from placet.formats.errors import Malformed
from placet.formats.ids import Ids
from placet.formats.lists.gvl_entries import Document, Headings, ListEntry, Stack, Text, Vendor

MAX_BYTES = 16 * 1024 * 1024
"""The newest lists have about a megabyte; sixteen leave room for ten thousand vendors."""

NEVER_ON_INTEREST = frozenset({1, 3, 4, 5, 6})
"""Purposes that no vendor may base on legitimate interest since policy version 4 (iab.md section 1.1)."""

ById = Mapping[int, Ids]


@dataclass(frozen=True, slots=True)
class Index:
    """The vendors (including deleted ones) that declare each purpose or feature, by its id."""

    vendors: Ids
    consent: ById
    interest: ById
    flexible: ById
    special_purposes: ById
    features: ById
    special_features: ById


@dataclass(frozen=True, slots=True)
class VendorList:
    """One version of a vendor list. Two lists are equal when their content is equal.

    `index.interest` holds implied consent in a Canadian list, which has no legitimate interest.
    """

    specification: int
    version: int
    policy: int
    updated: datetime
    headings: Headings
    vendors: Mapping[int, Vendor]
    index: Index

    def deleted(self, at: datetime) -> Ids:
        """The vendors that had left the framework at that moment."""
        return Ids.of(each.id for each in self.vendors.values() if each.gone(at))

    def present(self, at: datetime) -> Ids:
        """The vendors that may be shown at that moment."""
        return self.index.vendors - self.deleted(at)

    def restricted_to(self, chosen: Ids) -> "VendorList":
        """A copy with only the chosen vendors; chosen ids that are not in the list are ignored."""
        kept = self.index.vendors & chosen
        vendors = {each: self.vendors[each] for each in kept}
        return replace(self, vendors=MappingProxyType(vendors), index=_narrow(self.index, kept))

    def translated(self, words: Headings) -> "VendorList":
        """A copy in another language. An entry that the translation lacks keeps its text."""
        return replace(self, headings=_overlay(self.headings, words))

    def untranslated(self, words: Headings) -> tuple[str, ...]:
        """The entries that `words` lacks, such as `purposes 11`: texts that a page in that language would show in
        English."""
        translated = dict(_shelves(words))
        return tuple(
            f"{list_part} {each}"
            for list_part, entries in _shelves(self.headings)
            for each in entries
            if each not in translated[list_part]
        )


def read_list(data: bytes) -> VendorList:
    """The list in a file as published, specification 3 (or 2: Canada).

    Raises Malformed, naming the first vendor that breaks a rule: refuse the update and keep the current list.
    """
    document = read_json(data, Document, name="vendor list", limit=MAX_BYTES)
    for list_part, entries in _shelves(document):
        _check_keys(list_part, entries)
    _check_keys("vendors", document.vendors)
    for vendor in document.vendors.values():
        for fault in faults(vendor, document.tcf_policy_version):
            raise Malformed(fault, "keep the list you have", standard="vendor list", field=f"vendor {vendor.id}")
    return VendorList(
        specification=document.gvl_specification_version,
        version=document.vendor_list_version,
        policy=document.tcf_policy_version,
        updated=document.last_updated,
        headings=_headings(document),
        vendors=MappingProxyType(dict(document.vendors)),
        index=_index(document.vendors.values()),
    )


def write_list(vendors: VendorList) -> bytes:
    """The list as a file in the published format, as served to browsers, restricted and translated or not."""
    words = vendors.headings
    document = Document(
        purposes=words.purposes,
        special_purposes=words.special_purposes,
        features=words.features,
        special_features=words.special_features,
        stacks=words.stacks,
        data_categories=words.data_categories,
        gvl_specification_version=vendors.specification,
        vendor_list_version=vendors.version,
        tcf_policy_version=vendors.policy,
        last_updated=vendors.updated,
        vendors=dict(vendors.vendors),
    )
    return msgspec.json.encode(document)


def read_translation(data: bytes) -> Headings:
    """The words of a `purposes-xx.json`; raises Malformed."""
    words = read_json(data, Headings, name="translation", limit=MAX_BYTES)
    for list_part, entries in _shelves(words):
        _check_keys(list_part, entries)
    return words


def faults(vendor: Vendor, policy: int) -> Iterator[str]:
    """The rules of iab.md section 2 that this entry violates, a sentence each."""
    asked, unasked = set(vendor.purposes), set(vendor.without_asking)
    if asked & unasked:
        yield f"purposes {_listed(asked & unasked)} stand under two legal bases"
    if stray := set(vendor.flexible_purposes) - asked - unasked:
        yield f"flexible purposes {_listed(stray)} are not declared"
    if not (asked or unasked or vendor.special_purposes):
        yield "no purpose and no special purpose is declared"
    if policy >= 4 and (barred := NEVER_ON_INTEREST.intersection(vendor.leg_int_purposes or ())):
        yield f"purposes {_listed(barred)} may not rest on legitimate interest"


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ids)))


def _check_keys(list_part: str, entries: Mapping[int, ListEntry] | Mapping[int, Vendor]) -> None:
    for key, entry in entries.items():
        if key != entry.id:
            raise Malformed(f"{list_part} {key} calls itself {entry.id}", standard="vendor list", field=list_part)


def _shelves(headings: Headings) -> tuple[tuple[str, Mapping[int, ListEntry]], ...]:
    return (
        ("purposes", headings.purposes),
        ("specialPurposes", headings.special_purposes),
        ("features", headings.features),
        ("specialFeatures", headings.special_features),
        ("stacks", headings.stacks),
        ("dataCategories", headings.data_categories or {}),
    )


def _headings(document: Document) -> Headings:
    return Headings(
        purposes=document.purposes,
        special_purposes=document.special_purposes,
        features=document.features,
        special_features=document.special_features,
        stacks=document.stacks,
        data_categories=document.data_categories,
    )


def _index(vendors: Iterable[Vendor]) -> Index:
    everyone = tuple(vendors)
    return Index(
        vendors=Ids.of(each.id for each in everyone),
        consent=_declaring(everyone, lambda each: each.purposes),
        interest=_declaring(everyone, lambda each: each.without_asking),
        flexible=_declaring(everyone, lambda each: each.flexible_purposes),
        special_purposes=_declaring(everyone, lambda each: each.special_purposes),
        features=_declaring(everyone, lambda each: each.features),
        special_features=_declaring(everyone, lambda each: each.special_features),
    )


def _declaring(vendors: Iterable[Vendor], declared: Callable[[Vendor], Iterable[int]]) -> ById:
    found: dict[int, list[int]] = defaultdict(list)
    for vendor in vendors:
        for each in declared(vendor):
            found[each].append(vendor.id)
    return MappingProxyType({each: Ids.of(found[each]) for each in sorted(found)})


def _narrow(index: Index, kept: Ids) -> Index:
    def fewer(declared: ById) -> ById:
        left = ((each, ids & kept) for each, ids in declared.items())
        return MappingProxyType({each: ids for each, ids in left if ids})

    return Index(
        vendors=kept,
        consent=fewer(index.consent),
        interest=fewer(index.interest),
        flexible=fewer(index.flexible),
        special_purposes=fewer(index.special_purposes),
        features=fewer(index.features),
        special_features=fewer(index.special_features),
    )


def _overlay(headings: Headings, words: Headings) -> Headings:
    categories = headings.data_categories
    return Headings(
        purposes=_reworded(headings.purposes, words.purposes),
        special_purposes=_reworded(headings.special_purposes, words.special_purposes),
        features=_reworded(headings.features, words.features),
        special_features=_reworded(headings.special_features, words.special_features),
        stacks={each: _stack_reworded(stack, words.stacks) for each, stack in headings.stacks.items()},
        data_categories=categories if isinstance(categories, UnsetType) else _reworded_categories(categories, words),
    )


def _reworded(texts: Mapping[int, Text], words: Mapping[int, Text]) -> Mapping[int, Text]:
    """Only texts are translated: whether a person may object to a purpose stays as in the list."""

    def in_other_words(text: Text) -> Text:
        other = words.get(text.id)
        if other is None:
            return text
        return msgspec.structs.replace(
            text,
            name=other.name,
            description=other.description,
            illustrations=text.illustrations if other.illustrations is UNSET else other.illustrations,
            description_legal=text.description_legal if other.description_legal is UNSET else other.description_legal,
        )

    return {each: in_other_words(text) for each, text in texts.items()}


def _stack_reworded(stack: Stack, words: Mapping[int, Stack]) -> Stack:
    other = words.get(stack.id, stack)
    return msgspec.structs.replace(stack, name=other.name, description=other.description)


def _reworded_categories(categories: Mapping[int, ListEntry], words: Headings) -> Mapping[int, ListEntry]:
    return {each: (words.data_categories or {}).get(each, entry) for each, entry in categories.items()}
