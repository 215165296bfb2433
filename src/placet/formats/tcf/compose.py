"""Builds the value of a TC string from a person's choices and a vendor list, for `encode` (iab.md §1.9).

Rules: no positive signal is written that the list, the publisher or the law excludes · what has no effect for any
reader is not written · every rule is one set expression, named after its meaning.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Final, Protocol

import msgspec

from placet.formats.ids import NONE, Ids, run_mask, runs_of
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import VERSION, Publisher, TcString

FORBIDDEN, BY_CONSENT, BY_INTEREST = 0, 1, 2
"""The kinds of publisher restriction (iab.md §1.5); 3 is undefined and ignored by every reader."""

NEVER_ON_INTEREST: Final = Ids.of((1, 3, 4, 5, 6))
"""Purposes that no vendor may base on legitimate interest since TCF 2.2 (iab.md §1.1)."""


class Declared(Protocol):
    """The vendors of a vendor list that declare each purpose or feature, by its id."""

    @property
    def vendors(self) -> Ids: ...
    @property
    def consent(self) -> Mapping[int, Ids]: ...
    @property
    def interest(self) -> Mapping[int, Ids]: ...
    @property
    def flexible(self) -> Mapping[int, Ids]: ...
    @property
    def special_purposes(self) -> Mapping[int, Ids]: ...
    @property
    def special_features(self) -> Mapping[int, Ids]: ...


class DeclaredVendors(Protocol):
    """The part of a vendor list that the rules need; `gvl.VendorList` implements it."""

    @property
    def version(self) -> int: ...
    @property
    def policy(self) -> int: ...
    @property
    def index(self) -> Declared: ...
    def deleted(self, at: datetime) -> Ids: ...


class Maker(msgspec.Struct, frozen=True):
    """The consent platform that writes the string.

    `cmp_id` 0 means unregistered: vendors will ignore the string. `interest_for_special_only` sets the vendor bit of
    legitimate interest for vendors with special purposes only, which the framework withdrew for strings created from
    March 2026 (iab.md §1.1, second-hand: hence a switch).
    """

    cmp_id: int = 0
    cmp_version: int = 0
    interest_for_special_only: bool = False


class ShownFramework(msgspec.Struct, frozen=True):
    """What a person was shown: the publisher's selection. Signals for anything else stay 0.

    `language` is the language of the texts, of which two letters are encoded; `country` is the publisher's, AA unknown.
    `purpose_one_treatment` says that purpose 1 was not disclosed at all, as some countries require.
    """

    vendors: Ids
    purposes: Ids = Ids.parse("1-11")
    special_features: Ids = Ids.parse("1-2")
    restrictions: tuple[Restriction, ...] = ()
    language: str = "EN"
    country: str = "AA"
    screen: int = 0
    purpose_one_treatment: bool = False
    non_standard_texts: bool = False


class TcfChoices(msgspec.Struct, frozen=True):
    """What a person consented to, and what they were informed of and did not object to ("interests")."""

    purpose_consents: Ids = NONE
    purpose_interests: Ids = NONE
    vendor_consents: Ids = NONE
    vendor_interests: Ids = NONE
    special_features: Ids = NONE
    publisher: Publisher | None = None


def untouched(shown: ShownFramework) -> TcfChoices:
    """The choices before any interaction: no consent, no objection (iab.md §1.9, 1)."""
    return TcfChoices(purpose_interests=shown.purposes, vendor_interests=shown.vendors)


def compose(
    choices: TcfChoices, shown: ShownFramework, vendors: DeclaredVendors, maker: Maker, now: datetime
) -> TcString:
    """The TC string value for these choices made at `now`, to be passed to `encode`.

    Disclosed vendors are always named (TCF 2.3), dates are truncated to the day in UTC, list and policy version are the
    list's.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    declared = vendors.index
    present = declared.vendors - vendors.deleted(now)
    disclosed = shown.vendors & present
    restrictions = _that_matter(shown.restrictions, disclosed, declared)
    consents = choices.vendor_consents & disclosed & _may_ask(declared, restrictions)
    interests = choices.vendor_interests & disclosed & _may_claim(declared, restrictions)
    if maker.interest_for_special_only:
        interests |= disclosed & special_only(declared)
    return TcString(
        version=VERSION,
        created=today,
        updated=today,
        cmp_id=maker.cmp_id,
        cmp_version=maker.cmp_version,
        screen=shown.screen,
        language=shown.language[:2].upper(),
        list_version=vendors.version,
        policy_version=vendors.policy,
        service_specific=True,
        non_standard_texts=shown.non_standard_texts,
        special_features=choices.special_features & shown.special_features,
        purpose_consents=choices.purpose_consents & _asked(shown),
        purpose_interests=choices.purpose_interests & _asked(shown) - NEVER_ON_INTEREST,
        purpose_one_treatment=shown.purpose_one_treatment,
        country=shown.country,
        vendor_consents=consents,
        vendor_interests=interests,
        restrictions=_written(restrictions, consents | interests, present),
        disclosed=disclosed,
        publisher=choices.publisher,
    )


def disclose(tc: TcString, recorded: Ids) -> TcString:
    """An older string with the vendors that, by the stored record, its person was shown; its dates stay (iab.md §1.1).

    Without such a record, leave the string unchanged until the next renewal.
    """
    return msgspec.structs.replace(tc, disclosed=recorded)


def special_only(declared: Declared) -> Ids:
    """Vendors that declare special purposes and nothing that a person has a choice about."""
    return _any(declared.special_purposes) - _any(declared.consent) - _any(declared.interest)


def _asked(shown: ShownFramework) -> Ids:
    return shown.purposes - Ids.of([1]) if shown.purpose_one_treatment else shown.purposes


def _that_matter(given: Iterable[Restriction], disclosed: Ids, declared: Declared) -> list[Restriction]:
    """One restriction per purpose and kind, for the vendors whose outcome it changes (iab.md §1.5).

    Legitimate interest cannot be required for a purpose that never allows it: there the default, consent, remains.
    """
    by_pair = groupby(sorted(given, key=_pair), key=_pair)
    united = (
        Restriction(
            purpose, kind, _union(each.vendors for each in rows) & disclosed & _changed(purpose, kind, declared)
        )
        for (purpose, kind), rows in by_pair
    )
    return [each for each in united if each.vendors]


def _pair(restriction: Restriction) -> tuple[int, int]:
    return restriction.purpose, restriction.kind


def _changed(purpose: int, kind: int, declared: Declared) -> Ids:
    consent, interest = declared.consent.get(purpose, NONE), declared.interest.get(purpose, NONE)
    flexible = declared.flexible.get(purpose, NONE)
    if kind == FORBIDDEN:
        return consent | interest
    if kind == BY_CONSENT:
        return flexible & interest
    if kind == BY_INTEREST and purpose not in NEVER_ON_INTEREST:
        return flexible & consent
    return NONE


def _may_ask(declared: Declared, restrictions: list[Restriction]) -> Ids:
    return _any(declared.consent) | _turned(restrictions, BY_CONSENT)


def _may_claim(declared: Declared, restrictions: list[Restriction]) -> Ids:
    return _any(declared.interest) | _turned(restrictions, BY_INTEREST)


def _turned(restrictions: list[Restriction], kind: int) -> Ids:
    return _union(each.vendors for each in restrictions if each.kind == kind)


def _written(restrictions: list[Restriction], signalled: Ids, present: Ids) -> tuple[Restriction, ...]:
    """Without vendors that get no signal, and as long ranges, which may include unused ids."""
    kept = ((each, each.vendors & signalled) for each in restrictions)
    return tuple(Restriction(each.purpose, each.kind, _bridged(ids, present)) for each, ids in kept if ids)


def _bridged(ids: Ids, present: Ids) -> Ids:
    """`ids` with every gap filled that contains no present vendor, so that two ranges become one."""
    free = run_mask(1, ids.highest) & ~present.mask
    stretches = (ids.mask & run_mask(first, last) for first, last in runs_of(ids.mask | free))
    bridges = (run_mask((part & -part).bit_length() - 1, part.bit_length() - 1) for part in stretches if part)
    return Ids(reduce(or_, bridges, 0))


def _any(by_id: Mapping[int, Ids]) -> Ids:
    return _union(by_id.values())


def _union(sets: Iterable[Ids]) -> Ids:
    return reduce(or_, sets, NONE)
