"""A TC string under the names that GPP gives its fields, section 2 (`tcfeuv2`, iab.md section 5.6)."""

from collections.abc import Mapping
from typing import Any, Final

from placet.formats.ids import Ids
from placet.formats.tcf.tcf import Publisher, TcString

_CORE: Final[Mapping[str, str]] = {
    "version": "Version",
    "created": "Created",
    "updated": "LastUpdated",
    "cmp_id": "CmpId",
    "cmp_version": "CmpVersion",
    "screen": "ConsentScreen",
    "language": "ConsentLanguage",
    "list_version": "VendorListVersion",
    "policy_version": "PolicyVersion",
    "service_specific": "IsServiceSpecific",
    "non_standard_texts": "UseNonStandardStacks",
    "special_features": "SpecialFeatureOptins",
    "purpose_consents": "PurposeConsents",
    "purpose_interests": "PurposeLegitimateInterests",
    "purpose_one_treatment": "PurposeOneTreatment",
    "country": "PublisherCountryCode",
    "vendor_consents": "VendorConsents",
    "vendor_interests": "VendorLegitimateInterests",
}


def flat_eu(value: TcString) -> dict[str, Any]:
    """All fields of all segments in one object under the reference library's names; ids as lists, times as
    `datetime`."""
    fields = {name: _plain(getattr(value, attribute)) for attribute, name in _CORE.items()}
    fields["PublisherRestrictions"] = [
        {"key": row.purpose, "type": row.kind, "ids": list(row.vendors)} for row in value.restrictions
    ]
    if value.disclosed is not None:
        fields |= {"VendorsDisclosedSegmentType": 1, "VendorsDisclosed": list(value.disclosed)}
    if value.publisher is not None:
        fields |= _flat_publisher(value.publisher)
    return fields


def _flat_publisher(publisher: Publisher) -> dict[str, Any]:
    return {
        "PublisherPurposesSegmentType": 3,
        "PublisherConsents": list(publisher.purpose_consents),
        "PublisherLegitimateInterests": list(publisher.purpose_interests),
        "NumCustomPurposes": publisher.custom.count,
        "PublisherCustomConsents": list(publisher.custom.consents),
        "PublisherCustomLegitimateInterests": list(publisher.custom.interests),
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Ids) else value
