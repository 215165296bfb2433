"""Vendor lists for tests, in the published shape: as many vendors as wanted, every kind of declaration among them."""

import json
from random import Random
from typing import Any

from placet.formats.ids import Ids
from placet.formats.lists.gvl import VendorList, read_list

ALLOWED_ON_INTEREST = (2, 7, 8, 9, 10, 11)


def document(random: Random, ids: list[int]) -> dict[str, Any]:
    """A list with these vendors; a tenth of them has left the framework."""

    def headings(count: int) -> dict[str, Any]:
        return {
            str(each): {"id": each, "name": f"n{each}", "description": f"d{each}", "illustrations": []}
            for each in range(1, count + 1)
        }

    return {
        "gvlSpecificationVersion": 3,
        "vendorListVersion": random.randint(100, 200),
        "tcfPolicyVersion": 5,
        "lastUpdated": "2026-03-01T16:00:00Z",
        "purposes": headings(11),
        "specialPurposes": headings(3),
        "features": headings(3),
        "specialFeatures": headings(2),
        "stacks": {},
        "dataCategories": headings(11),
        "vendors": {str(each): vendor(random, each) for each in ids},
    }


def vendor(random: Random, number: int) -> dict[str, Any]:
    """One vendor that declares something: consent or interest, flexible or not, or special purposes only."""
    interest = random.sample(ALLOWED_ON_INTEREST, random.choice((0, 0, 1, 3)))
    consent = sorted(set(random.sample(range(1, 12), random.choice((0, 2, 5)))) - set(interest))
    declared = sorted({*consent, *interest} - {1})
    special = random.sample((1, 2, 3), random.choice((0, 1, 3)))
    return {
        "id": number,
        "name": f"Vendor {number}",
        "purposes": consent,
        "legIntPurposes": sorted(interest),
        "flexiblePurposes": random.sample(declared, len(declared) // 2),
        "specialPurposes": sorted(special) if declared or consent or special else [1],
        "features": [],
        "specialFeatures": random.sample((1, 2), random.choice((0, 1))),
        "cookieMaxAgeSeconds": None,
        "usesCookies": False,
        "cookieRefresh": False,
        "usesNonCookieAccess": True,
        "urls": [{"langId": "en", "privacy": "p"}],
        "dataRetention": {"purposes": {}, "specialPurposes": {}},
        "dataDeclaration": [1],
        "deviceStorageDisclosureUrl": "d",
        **({"deletedDate": "2026-01-01T00:00:00Z"} if random.random() < 0.1 else {}),
    }


def parsed(content: dict[str, Any]) -> VendorList:
    """The same list, read."""
    return read_list(json.dumps(content).encode())


ASKING, CLAIMING, EITHER_WAY, SPECIAL, GONE, TURNABLE = 10, 20, 30, 40, 50, 60
"""The vendors of `ONE_OF_EACH`: by consent, by interest, by both, special purposes only, deleted, flexible."""

EVERYONE = Ids.of([ASKING, CLAIMING, EITHER_WAY, SPECIAL, GONE, TURNABLE, 70])
"""These and one that no list has ever held."""


def declaring(number: int, **declared: Any) -> dict[str, Any]:
    """A vendor that declares just this."""
    nothing: dict[str, Any] = {
        name: [] for name in ("purposes", "legIntPurposes", "flexiblePurposes", "specialPurposes")
    }
    plain = {key: value for key, value in vendor(Random(1), number).items() if key != "deletedDate"}
    return {**plain, **nothing, **declared}


def _one_of_each() -> VendorList:
    everyone = [
        declaring(ASKING, purposes=[1, 2, 7]),
        declaring(CLAIMING, legIntPurposes=[2, 7]),
        declaring(EITHER_WAY, purposes=[1, 2], legIntPurposes=[7], flexiblePurposes=[2, 7]),
        declaring(SPECIAL, specialPurposes=[1]),
        declaring(GONE, purposes=[1], legIntPurposes=[2], deletedDate="2026-01-01T00:00:00Z"),
        declaring(TURNABLE, legIntPurposes=[7], flexiblePurposes=[7]),
    ]
    return parsed({**document(Random(1), []), "vendors": {str(each["id"]): each for each in everyone}})


ONE_OF_EACH = _one_of_each()
