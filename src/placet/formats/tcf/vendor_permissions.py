"""What a vendor may do under a given TC string, and why (iab.md §1.10)."""

from typing import Final

import msgspec

from placet.formats.ids import NONE
from placet.formats.tcf.compose import BY_CONSENT, BY_INTEREST, FORBIDDEN, NEVER_ON_INTEREST, DeclaredVendors
from placet.formats.tcf.tcf import TcString

STORE_ON_DEVICE: Final = 1
"""The purpose whose disclosure some countries exempt: see `purpose_one_treatment`."""


class Permission(msgspec.Struct, frozen=True):
    """Yes or no, and the reason in plain words. Truthy where the answer is yes."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


def may_process(tc: TcString, vendor: int, purpose: int, vendors: DeclaredVendors) -> Permission:
    """May this vendor process data for this purpose? `vendors` should be the list the string was made with.

    With `purpose_one_treatment` set, purpose 1 was not asked about: the result is no, and the law of `tc.country`
    decides.
    """
    refusal = _not_shown(tc, vendor, vendors)
    if refusal is not None:
        return refusal
    by_consent = vendor in vendors.index.consent.get(purpose, NONE)
    by_interest = vendor in vendors.index.interest.get(purpose, NONE)
    if not (by_consent or by_interest):
        return _no(f"vendor {vendor} does not declare purpose {purpose}")
    kind = restriction_kind(tc, vendor, purpose)
    if kind == FORBIDDEN:
        return _no(f"the publisher forbids purpose {purpose} to vendor {vendor}")
    flexible = vendor in vendors.index.flexible.get(purpose, NONE)
    if kind == BY_CONSENT and not by_consent and not flexible:
        return _no(
            f"the publisher wants consent for purpose {purpose}, vendor {vendor} works by legitimate interest only"
        )
    if kind == BY_INTEREST and not by_interest and not flexible:
        return _no(
            f"the publisher wants legitimate interest for purpose {purpose}, vendor {vendor} works by consent only"
        )
    if kind == BY_CONSENT or (by_consent and kind != BY_INTEREST):
        return _consented(tc, vendor, purpose)
    return _not_objected(tc, vendor, purpose)


def may_use_feature(tc: TcString, vendor: int, feature: int, vendors: DeclaredVendors) -> Permission:
    """May this vendor use this special feature (1 precise position, 2 active scan of the device)?"""
    refusal = _not_shown(tc, vendor, vendors)
    if refusal is not None:
        return refusal
    if vendor not in vendors.index.special_features.get(feature, NONE):
        return _no(f"vendor {vendor} does not declare special feature {feature}")
    if feature not in tc.special_features:
        return _no(f"special feature {feature} was not opted into")
    return _yes(f"special feature {feature} was opted into")


def may_process_specially(tc: TcString, vendor: int, special_purpose: int, vendors: DeclaredVendors) -> Permission:
    """May this vendor process data for this special purpose? It needs no consent, but the vendor must have been
    disclosed."""
    refusal = _not_shown(tc, vendor, vendors)
    if refusal is not None:
        return refusal
    if vendor not in vendors.index.special_purposes.get(special_purpose, NONE):
        return _no(f"vendor {vendor} does not declare special purpose {special_purpose}")
    return _yes(f"special purpose {special_purpose} needs no choice")


def restriction_kind(tc: TcString, vendor: int, purpose: int) -> int | None:
    """The publisher restriction in force, None without one; of several the lowest number wins (iab.md §1.5)."""
    kinds = [each.kind for each in tc.restrictions if each.purpose == purpose and vendor in each.vendors]
    return min((kind for kind in kinds if kind <= BY_INTEREST), default=None)


def _not_shown(tc: TcString, vendor: int, vendors: DeclaredVendors) -> Permission | None:
    if tc.disclosed is not None and vendor not in tc.disclosed:
        return _no(f"vendor {vendor} was not disclosed")
    if vendor not in vendors.index.vendors:
        return _no(f"vendor {vendor} is not in list {vendors.version}")
    return None


def _consented(tc: TcString, vendor: int, purpose: int) -> Permission:
    if purpose == STORE_ON_DEVICE and tc.purpose_one_treatment:
        return _no(f"purpose 1 was not asked about; the law of {tc.country} decides")
    if purpose not in tc.purpose_consents:
        return _no(f"no consent for purpose {purpose}")
    if vendor not in tc.vendor_consents:
        return _no(f"no consent for vendor {vendor}")
    return _yes(f"consent for purpose {purpose} and vendor {vendor}")


def _not_objected(tc: TcString, vendor: int, purpose: int) -> Permission:
    if purpose in NEVER_ON_INTEREST:
        return _no(f"purpose {purpose} never allows legitimate interest")
    if purpose not in tc.purpose_interests:
        return _no(f"no legitimate interest for purpose {purpose}: objected to, or not told of")
    if vendor not in tc.vendor_interests:
        return _no(f"no legitimate interest for vendor {vendor}: objected to, or not told of")
    return _yes(f"legitimate interest in purpose {purpose} of vendor {vendor}, told of and not objected to")


def _yes(reason: str) -> Permission:
    return Permission(allowed=True, reason=reason)


def _no(reason: str) -> Permission:
    return Permission(allowed=False, reason=reason)
