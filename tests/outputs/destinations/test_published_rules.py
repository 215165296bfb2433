"""Names, sizes and normalisation as the vendors publish them."""

from typing import Any

import pytest

from placet.outputs.destination import OutgoingEvent, Payload, UnsupportedEvent
from placet.outputs.destinations import google_analytics, meta_conversions
from placet.outputs.event_parts import hashed
from tests.outputs.destinations.test_vectors import config


def analytics(said: dict[str, Any]) -> Any:
    document = {"type": "track", "anonymousId": "a", "userId": "u", **said}
    return google_analytics.row(OutgoingEvent("d", document, 1000), config("google-analytics"))


def event(said: dict[str, Any]) -> dict[str, Any]:
    row = analytics({"event": "x", "properties": said})
    assert isinstance(row, Payload)
    return row.value[0]["params"]


@pytest.mark.parametrize("name", sorted(google_analytics.EVENTS))
def test_a_reserved_event_name_is_held_with_its_reason(name: str) -> None:
    why = f"the event name '{name}' is reserved by Google Analytics: send it under another name"
    assert analytics({"event": name}) == UnsupportedEvent(why)


@pytest.mark.parametrize("name, expected", [
    ("Cart Updated", "cart_updated"), ("Größe geändert", "größe_geändert"), ("注文", "注文"), ("3 for 2", "e_3_for_2"),
    ("x" * 60, "x" * 40),
])  # fmt: skip
def test_event_names_keep_letters_of_every_script(name: str, expected: str) -> None:
    assert analytics({"event": name}).value[0]["name"] == expected


def test_parameter_names_are_spelled_as_google_takes_them() -> None:
    said = {"my plan": 1, "größe": "L", "9lives": 2, "_x": 3, "ga_y": 4, "GOOGLE_z": 5, "firebase_w": 6, "k" * 50: 7}
    assert event(said) == {"my_plan": 1, "größe": "L", "p_9lives": 2, "k" * 40: 7}


@pytest.mark.parametrize("said, value", [
    ({"total": 3, "value": 1, "revenue": 2}, 1), ({"total": 3, "revenue": 2}, 2), ({"total": 3}, 3),
    ({"value": None, "revenue": 2}, 2), ({"value": "many", "total": 3}, 3),
])  # fmt: skip
def test_value_fields_have_one_order(said: dict[str, Any], value: int) -> None:
    assert event(said) == {"value": value}


def test_user_properties_are_spelled_cut_and_never_reserved() -> None:
    traits = {"my plan": "p" * 50, "first_open_time": 1, "user_id": "x", "google_a": 1, "n" * 30: "y", "Größe": "L"}
    found = analytics({"event": "x", "traits": traits}).value[1]
    assert found == {"my_plan": {"value": "p" * 36}, "n" * 24: {"value": "y"}, "Größe": {"value": "L"}}


def person(**traits: Any) -> dict[str, Any]:
    return meta_conversions.person({"type": "track", "userId": "u", "traits": traits})


@pytest.mark.parametrize("name, said, normal", [
    ("ct", {"address": {"city": "São Paulo"}}, "sãopaulo"), ("ct", {"address": {"city": "St. Louis"}}, "stlouis"),
    ("zp", {"address": {"postalCode": "94107-1234", "country": "US"}}, "94107"),
    ("zp", {"address": {"postalCode": " M1 1AE "}}, "m11ae"), ("country", {"address": {"country": "DE"}}, "de"),
    ("st", {"address": {"state": "CA"}}, "ca"), ("fn", {"firstName": "O'Mary "}, "omary"),
    ("fn", {"firstName": "정"}, "정"),
    ("fn", {"firstName": "Valéry"}, "valéry"), ("fn", {"firstName": None, "first_name": "Mary"}, "mary"),
    ("ln", {"lastName": 7, "last_name": "x"}, "7"), ("zp", {"address": {"postalCode": None, "zip": 10115}}, "10115"),
    ("ph", {"phone": "+1 (650) 555-1212"}, "16505551212"),
    ("em", {"email": " John_Smith@gmail.com "}, "john_smith@gmail.com"),
])  # fmt: skip
def test_meta_gets_values_normalised_as_it_publishes(name: str, said: dict[str, Any], normal: str) -> None:
    assert person(**said)[name] == [hashed(normal)]


@pytest.mark.parametrize("name", ["em", "ph", "fn", "ln", "ct", "st", "zp", "country"])
def test_a_hashed_value_is_not_hashed_twice(name: str) -> None:
    done = hashed("mary")
    address = {"city": done, "state": done, "postalCode": done, "country": done}
    assert person(email=done, phone=done, firstName=done, lastName=done, address=address)[name] == [done]


def test_a_country_that_is_no_code_does_not_go() -> None:
    assert "country" not in person(address={"country": "Germany"})


@pytest.mark.parametrize("wrong", [None, 1, "x", True, [1], {"a": 1}, [None], [{"product_id": None}]])
def test_wrong_types_do_not_raise(wrong: Any) -> None:
    said = dict.fromkeys(("value", "revenue", "products", "currency", "order_id", "query"), wrong)
    traits = dict.fromkeys(("email", "phone", "firstName", "lastName", "address"), wrong)
    document = {"type": "track", "event": "x", "userId": "u", "anonymousId": "a", "properties": said, "traits": traits}
    assert isinstance(meta_conversions.row(OutgoingEvent("d", document, 1), config("meta-conversions")), Payload)
    assert isinstance(google_analytics.row(OutgoingEvent("d", document, 1), config("google-analytics")), Payload)


def test_null_does_not_hide_a_sibling() -> None:
    assert meta_conversions.bought({"value": None, "revenue": 5}) == {"value": 5}
