"""The entries of a vendor list, with IAB Europe's member names (iab.md section 2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Id = Annotated[int, Meta(ge=1, le=65_535)]
Moment = Annotated[datetime, Meta(tz=True)]


class ListEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One heading of a list: a purpose, special purpose, feature, special feature, stack or data category."""

    id: Id
    name: str
    description: str


class Text(ListEntry, frozen=True, rename="camel"):
    """A purpose or feature, with the words a person must be shown unchanged.

    Specification 3 has `illustrations`, specification 2 (Canada) `description_legal` in their place.
    """

    illustrations: tuple[str, ...] | UnsetType = UNSET
    description_legal: str | UnsetType = UNSET
    consentable: bool | UnsetType = UNSET
    right_to_object: bool | UnsetType = UNSET


class Stack(ListEntry, frozen=True, rename="camel"):
    """Purposes and special features that a first layer may present under one name."""

    purposes: tuple[Id, ...] = ()
    special_features: tuple[Id, ...] = ()


class Address(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A vendor's URLs in one language."""

    lang_id: str
    privacy: str | UnsetType = UNSET
    leg_int_claim: str | UnsetType = UNSET


class VendorRetention(msgspec.Struct, frozen=True, rename="camel"):
    """For how many days a vendor keeps data: by purpose, else `std_retention`."""

    std_retention: int | UnsetType = UNSET
    purposes: Mapping[int, int] = {}
    special_purposes: Mapping[int, int] = {}

    def days(self, purpose: int) -> int | None:
        """Days for this purpose; None where the vendor declared nothing."""
        standard = None if self.std_retention is UNSET else self.std_retention
        return self.purposes.get(purpose, standard)


class Overflow(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The maximum length of a request to this vendor, in KB: 32 or 128."""

    http_get_limit: int


class Vendor(msgspec.Struct, frozen=True, rename="camel"):
    """One vendor. A member that the list left out is `UNSET`, which is falsy, and is left out again on writing."""

    id: Id
    name: str
    purposes: tuple[Id, ...]
    flexible_purposes: tuple[Id, ...]
    special_purposes: tuple[Id, ...]
    features: tuple[Id, ...]
    special_features: tuple[Id, ...]
    leg_int_purposes: tuple[Id, ...] | UnsetType = UNSET
    imp_cons_purposes: tuple[Id, ...] | UnsetType = UNSET
    cookie_max_age_seconds: int | UnsetType | None = UNSET
    uses_cookies: bool | UnsetType = UNSET
    cookie_refresh: bool | UnsetType = UNSET
    uses_non_cookie_access: bool | UnsetType = UNSET
    urls: tuple[Address, ...] | UnsetType = UNSET
    policy_url: str | UnsetType = UNSET
    data_retention: VendorRetention | UnsetType = UNSET
    data_declaration: tuple[int, ...] | UnsetType = UNSET
    device_storage_disclosure_url: str | UnsetType = UNSET
    overflow: Overflow | UnsetType = UNSET
    deleted_date: Moment | UnsetType | None = UNSET

    @property
    def without_asking(self) -> tuple[int, ...]:
        """Purposes on another basis than express consent: legitimate interest, or implied consent in Canada."""
        return self.leg_int_purposes or self.imp_cons_purposes or ()

    def gone(self, at: datetime) -> bool:
        """Had this vendor left the framework at that moment? Then it must not be shown."""
        return isinstance(self.deleted_date, datetime) and self.deleted_date <= at


class Headings(msgspec.Struct, frozen=True, rename="camel"):
    """All texts of a list in one language; also the whole of a translation file."""

    purposes: Mapping[int, Text]
    special_purposes: Mapping[int, Text]
    features: Mapping[int, Text]
    special_features: Mapping[int, Text]
    stacks: Mapping[int, Stack] = {}
    data_categories: Mapping[int, ListEntry] | UnsetType = UNSET


class Document(Headings, frozen=True, rename="camel", kw_only=True):
    """The vendor list file, as published."""

    gvl_specification_version: Annotated[int, Meta(ge=2, le=3)]
    vendor_list_version: Annotated[int, Meta(ge=1, le=4095)]
    tcf_policy_version: Annotated[int, Meta(ge=1, le=63)]
    last_updated: Moment
    vendors: Mapping[Id, Vendor]
