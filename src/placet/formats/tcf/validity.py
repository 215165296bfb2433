"""The problems of a readable TC string, each with a reason in plain words (iab.md §1.1, §1.9)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from placet.formats.ids import NONE
from placet.formats.tcf.compose import BY_INTEREST, NEVER_ON_INTEREST, DeclaredVendors
from placet.formats.tcf.tcf import TcString

THIRTEEN_MONTHS: Final = timedelta(days=396)
"""The longest validity of a choice under the older rule; now each regulator decides, so it is a parameter."""

CLOCK_SKEW: Final = timedelta(days=1)
POLICY_FOUR_FROM: Final = datetime(2023, 10, 1, tzinfo=UTC)
DISCLOSURE_FROM: Final = datetime(2026, 3, 1, tzinfo=UTC)
GLOBAL_SCOPE_UNTIL: Final = datetime(2021, 9, 1, tzinfo=UTC)
OLDEST_POLICY: Final = 4


class TcProblem(msgspec.Struct, frozen=True):
    """`code` for programs, `reason` for people; `void` means that vendors must treat the string as absent."""

    code: str
    void: bool
    reason: str


def validity(
    tc: TcString, now: datetime, vendors: DeclaredVendors, *, lifetime: timedelta = THIRTEEN_MONTHS
) -> tuple[TcProblem, ...]:
    """All problems of this string at `now`, judged by `vendors`, the newest list; empty when it may be used."""
    found = [*_of_its_age(tc, now, vendors, lifetime), *_of_its_making(tc, now), *_of_its_bits(tc)]
    return (*found, *_of_its_vendors(tc, now, vendors))


def is_void(problems: tuple[TcProblem, ...]) -> bool:
    """Must the string be treated as absent?"""
    return any(each.void for each in problems)


def _of_its_age(tc: TcString, now: datetime, vendors: DeclaredVendors, lifetime: timedelta) -> Iterator[TcProblem]:
    if tc.updated > now + CLOCK_SKEW:
        yield _void("in-the-future", f"it was made on {_day(tc.updated)}, which has not come yet")
    if tc.updated + lifetime < now:
        yield _void("expired", f"it is from {_day(tc.updated)} and was good for {lifetime.days} days: ask again")
    newer = tc.list_version > vendors.version
    if tc.policy_version != vendors.policy and not newer:
        reason = f"it follows policy {tc.policy_version}, the list in force policy {vendors.policy}: ask again"
        yield _void("wrong-policy", reason)
    if tc.policy_version < OLDEST_POLICY and tc.created >= POLICY_FOUR_FROM:
        yield _void("old-policy", f"policy {tc.policy_version} could not be used any more on {_day(tc.created)}")
    if newer:  # its list may well have another policy: only a list as new as its own could call the string void
        reason = f"it was made with vendor list {tc.list_version}, we know {vendors.version}: update the list"
        yield _note("newer-list", reason)


def _of_its_making(tc: TcString, now: datetime) -> Iterator[TcProblem]:
    if not tc.service_specific and now >= GLOBAL_SCOPE_UNTIL:
        yield _void("global-scope", "it claims to hold for all websites, which is void since 2021-09-01")
    if tc.disclosed is None and tc.created >= DISCLOSURE_FROM:
        yield _void(
            "disclosed-missing", "it does not say which vendors were shown, as it must since 2026-03-01 (TCF 2.3)"
        )
    if tc.cmp_id == 0:
        yield _note("unregistered", "its consent platform has no number (CMP id 0): registered vendors will ignore it")
    if not _is_code(tc.language):
        yield _note("odd-language", f"{tc.language!r} is no language code")
    if not _is_code(tc.country):
        yield _note("odd-country", f"{tc.country!r} is no country code")
    if tc.unknown:
        yield _note("unknown-segment", f"it has {len(tc.unknown)} segment(s) of a kind we do not know; they were kept")


def _of_its_bits(tc: TcString) -> Iterator[TcProblem]:
    signalled = tc.vendor_consents | tc.vendor_interests
    if wrong := tc.purpose_interests & NEVER_ON_INTEREST:
        yield _note(
            "interest-not-allowed", f"legitimate interest is not allowed for purposes {wrong}: readers ignore it"
        )
    if tc.disclosed is not None and (wrong := signalled - tc.disclosed):
        yield _note("not-disclosed", f"vendors {wrong} have a signal but were not shown: they may do nothing")
    if any(each.kind > BY_INTEREST for each in tc.restrictions):
        yield _note("odd-restriction", "it has a publisher restriction of the undefined kind 3: readers ignore it")


def _of_its_vendors(tc: TcString, now: datetime, vendors: DeclaredVendors) -> Iterator[TcProblem]:
    declared = vendors.index
    named = tc.vendor_consents | tc.vendor_interests | (tc.disclosed or NONE)
    if wrong := named & vendors.deleted(now):
        yield _note("vendor-deleted", f"vendors {wrong} have left the framework: they may do nothing")
    if tc.list_version <= vendors.version and (wrong := named - declared.vendors):
        yield _note("vendor-unknown", f"vendors {wrong} are in no list up to {vendors.version}")
    turned = [each.vendors for each in tc.restrictions if each.kind == BY_INTEREST]
    entitled = [*declared.interest.values(), *declared.special_purposes.values(), *turned]
    wrong = tc.vendor_interests & declared.vendors
    for each in entitled:
        wrong -= each
    if wrong:
        yield _note("interest-undeclared", f"vendors {wrong} never claimed a legitimate interest")


def _is_code(text: str) -> bool:
    return text.isascii() and text.isalpha() and text.isupper()


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _void(code: str, reason: str) -> TcProblem:
    return TcProblem(code, void=True, reason=reason)


def _note(code: str, reason: str) -> TcProblem:
    return TcProblem(code, void=False, reason=reason)
