"""A publisher's IAB settings: vendors, what the screens show, and which consent strings are written.

Nothing is chosen for the publisher (iab.md §12, 22): "all vendors" must be set explicitly. A CMP id of 0 works and
is reported; no id is invented.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from placet.formats.tcf.compose import BY_CONSENT, BY_INTEREST, FORBIDDEN

UNREGISTERED: Final = 0
"""The CMP id of a platform that is in no list of IAB Europe: registered vendors ignore its strings."""


UNHEARD: Final = "cmp_id is 0: registered vendors will ignore every TC string written here"
"""What it means to be unregistered, for whoever can change it."""


class Basis(StrEnum):
    """What a publisher restriction allows (iab.md §1.5)."""

    NOT_AT_ALL = "not at all"
    CONSENT = "by consent only"
    INTEREST = "by legitimate interest only"


KIND_OF: Final = {Basis.NOT_AT_ALL: FORBIDDEN, Basis.CONSENT: BY_CONSENT, Basis.INTEREST: BY_INTEREST}


class RestrictionSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A purpose that vendors may use only like this; no `vendors` means all that were chosen."""

    purpose: int
    allowed: Basis
    vendors: tuple[int, ...] = ()


class IabSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A workspace's or site's part in the framework of IAB Europe.

    `purposes` and `special_features` are what the screens show; none named means all that a chosen vendor needs. What
    is hidden gets no signal. `custom_purposes` are categories whose answers travel as the publisher's own purposes, in
    this order.
    """

    cmp_id: int = UNREGISTERED
    cmp_version: int = 1
    country: str = "AA"
    vendors: tuple[int, ...] = ()
    all_vendors: bool = False
    google_providers: tuple[int, ...] = ()
    purposes: tuple[int, ...] = ()
    special_features: tuple[int, ...] = ()
    stacks: tuple[int, ...] = ()
    restrictions: tuple[RestrictionSetting, ...] = ()
    custom_purposes: tuple[str, ...] = ()
    special_purpose_interest: bool = False
    purpose_one_treatment: bool = False
    non_standard_texts: bool = False
    advertiser_consent_mode: bool = False


class Mspa(StrEnum):
    """Whether a transaction is covered by the multi-state privacy agreement, and in which mode (iab.md §5.5)."""

    NOT_COVERED = "not covered"
    OPT_OUT_OPTION = "opt-out option"
    SERVICE_PROVIDER = "service provider"


class OnGpc(StrEnum):
    """What a browser's opt-out signal does."""

    HONOUR = "honour"
    IGNORE = "ignore"


class UsSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """The US strings a rule speaks, and which categories stand for sale, sharing and targeted advertising.

    `sections` are GPP sections by prefix (`usnat`, `usca`), `usp` the older US Privacy string.
    """

    sections: tuple[str, ...] = ()
    usp: bool = False
    sale: tuple[str, ...] = ()
    sharing: tuple[str, ...] = ()
    targeted_advertising: tuple[str, ...] = ()
    notices_given: bool = True
    mspa: Mspa = Mspa.NOT_COVERED
    gpc: OnGpc = OnGpc.HONOUR

    @property
    def categories(self) -> frozenset[str]:
        """Every category that stands for something one can opt out of."""
        return frozenset((*self.sale, *self.sharing, *self.targeted_advertising))
