"""Events say the same to destinations, whichever dialect they came in."""

from typing import Any

import pytest

from placet.events.event import Identity
from placet.outputs.destination import ErasureRequest
from placet.outputs.event_parts import email, iso, plain, title, traits

SEGMENT = {"type": "identify", "traits": {"email": "a@b", "firstName": "Ada"}}
BESIDE = {"type": "track", "context": {"traits": {"email": "a@b", "firstName": "Ada"}}}
MPARTICLE = {"type": "track", "user_identities": {"email": "a@b"}, "user_attributes": {"$firstname": "Ada"}}


@pytest.mark.parametrize("document", [SEGMENT, BESIDE, MPARTICLE])
def test_a_person_is_described_alike(document: dict[str, Any]) -> None:
    assert (traits(document)["firstName"], email(document)) == ("Ada", "a@b")


@pytest.mark.parametrize("document, expected", [
    ({"type": "track", "event": "Bought"}, "Bought"),
    ({"type": "page", "name": "Cart"}, "Viewed Cart Page"),
    ({"type": "screen"}, "Viewed a Screen"),
    ({"type": "track", "event": None}, ""),
    ({}, ""),
])  # fmt: skip
def test_what_happened_has_a_title(document: dict[str, Any], expected: str) -> None:
    assert title(document) == expected


def test_only_plain_values_stay_as_they_are() -> None:
    assert plain({"a": 1, "b": None, "c": [1, {"d": "e"}], "f": True}) == {"a": 1, "c": '[1,{"d":"e"}]', "f": True}


def test_times_are_written_in_utc_with_milliseconds() -> None:
    assert iso(1_772_600_000_007) == "2026-03-04T04:53:20.007Z"


def test_somebody_is_known_by_the_same_ids_in_both_dialects() -> None:
    pairs = [("user_id", "u"), ("anonymous_id", "a"), ("device_application_stamp", "d"), ("email", "e")]
    asked = ErasureRequest(tuple(Identity(*pair) for pair in pairs), "f", 0)
    assert (asked.users, asked.devices) == (("u",), ("a", "d"))
