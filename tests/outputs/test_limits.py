"""What exceeds a destination's published limits is cut where its vendor cuts, else held with a reason and the cure."""

from typing import Any

import pytest

from placet.outputs.delivery.batching import payload_of
from placet.outputs.destination import OutgoingEvent, Payload, UnsupportedEvent
from placet.outputs.registry import OWN, all_destinations
from placet.outputs.reserved_names import Limits, Size
from tests.outputs.destinations.test_vectors import config

TABLES = {
    "amplitude": Limits(id=Size(1024), event=Size(1024, cut=True), value=Size(1024, cut=True)),
    "braze": Limits(event=Size(255), name=Size(255), value=Size(255, cut=True), never_first="$"),
    "customer-io": Limits(event=Size(100, "bytes"), name=Size(150, "bytes"), value=Size(1000, "bytes"), traits=300,
                          titled=False, of=("traits",)),
    "hubspot": Limits(name=Size(48), properties=50, of=("events",)),
    "mixpanel": Limits(event=Size(255, cut=True), name=Size(255, cut=True), value=Size(255, cut=True), properties=247,
                       traits=2000),
    "mparticle": Limits(event=Size(256, cut=True), name=Size(256, cut=True), value=Size(4096, nested=True), traits=100,
                        titled=False),
    "segment": Limits(event_bytes=32_768),
}  # fmt: skip
"""The vendors' figures once more, by hand (docs/reference/destinations.md names the pages)."""


def row(name: str, /, **said: Any) -> Payload | UnsupportedEvent:
    known = {"type": "track", "event": "A", "userId": "u", "messageId": "m", **said}
    return payload_of(OutgoingEvent("d", known, 1000), all_destinations()[name], config(name))


def why(name: str, /, **said: Any) -> str:
    made = row(name, **said)
    assert isinstance(made, UnsupportedEvent), made
    return made.why


def value(name: str, /, **said: Any) -> Any:
    made = row(name, **said)
    assert isinstance(made, Payload), made
    return made.value


@pytest.mark.parametrize("name", [one.type.name for one in OWN])
def test_every_destination_has_the_published_table(name: str) -> None:
    assert all_destinations()[name].rules.limits == TABLES.get(name, Limits())


@pytest.mark.parametrize("name, said, reason", [
    ("braze", {"event": "x" * 256}, f"the event name '{'x' * 60}' has 256 characters; braze takes 255: shorten it"),
    ("braze", {"event": ""}, "the event has no name; braze takes none without: send it with a name"),
    ("braze", {"properties": {"$x": 1}}, "the property name '$x' begins with '$', which braze refuses: rename it"),
    ("braze", {"properties": {"": 1}}, "the property name '' is empty, which braze refuses: rename it"),
    ("braze", {"properties": {"n" * 256: 1}},
     f"a property name '{'n' * 60}' has 256 characters; braze takes 255: shorten it"),
    ("customer-io", {"event": "é" * 51},
     f"the event name '{'é' * 51}' has 102 bytes; customer-io takes 100: shorten it"),
    ("customer-io", {"type": "identify", "traits": {"plan": "p" * 1001}},
     f"the value of 'plan' '{'p' * 60}' has 1001 bytes; customer-io takes 1000: shorten it"),
    ("customer-io", {"type": "identify", "traits": {f"t{at}": 1 for at in range(301)}},
     "it has 301 properties; customer-io takes 300: send fewer"),
    ("mparticle", {"properties": {"x": "v" * 4097}},
     f"the value of 'x' '{'v' * 60}' has 4097 characters; mparticle takes 4096: shorten it"),
    ("mparticle", {"properties": {"x": ["v" * 4093]}},
     f"the value of 'x' as JSON '[\"{'v' * 58}' has 4097 characters; mparticle takes 4096: shorten it"),
    ("mparticle", {"type": "identify", "traits": {f"t{at}": 1 for at in range(101)}},
     "it has 101 properties; mparticle takes 100: send fewer"),
    ("mixpanel", {"properties": {f"p{at}": 1 for at in range(248)}},
     "it has 248 properties; mixpanel takes 247: send fewer"),
    ("amplitude", {"userId": "u" * 1025},
     f"userId '{'u' * 60}' has 1025 characters; amplitude takes 1024: shorten it"),
    ("hubspot", {"event": "Order Completed", "userId": "a@example.org",
                 "properties": {f"p{at}": 1 for at in range(51)}},
     "it has 51 properties; hubspot takes 50: send fewer"),
])  # fmt: skip
def test_what_the_vendor_refuses_is_held_with_the_reason(name: str, said: dict[str, Any], reason: str) -> None:
    assert why(name, **said) == reason


def test_an_event_too_big_for_segment_is_held() -> None:
    reason = why("segment", properties={"x": "v" * 32_768})
    assert reason.endswith("segment takes 32768: send less with it")


@pytest.mark.parametrize("name, limit", [("amplitude", 1024), ("mixpanel", 255), ("mparticle", 256)])
def test_an_event_name_is_cut_where_the_vendor_cuts(name: str, limit: int) -> None:
    found = value(name, event="x" * (limit + 1))
    told = (
        found["events"][0]["data"]["event_name"] if name == "mparticle" else found.get("event_type") or found["event"]
    )
    assert told == "x" * limit


def test_the_title_of_a_page_is_cut_as_a_whole() -> None:
    assert value("mixpanel", type="page", name="x" * 300)["event"] == f"Viewed {'x' * 243} Page"


@pytest.mark.parametrize("name, limit", [("amplitude", 1024), ("braze", 255), ("mixpanel", 255)])
def test_values_are_cut_where_the_vendor_cuts(name: str, limit: int) -> None:
    found = value(name, properties={"x": "v" * (limit + 1), "n": 7})
    said = found[1]["properties"] if name == "braze" else found.get("event_properties") or found["properties"]
    assert (said["x"], said["n"]) == ("v" * limit, 7)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_is_within_the_limits_leaves_unchanged(name: str) -> None:
    said = {"properties": {"plan": "pro", "deep": {"a": [1]}}, "event": "Order Completed", "userId": "a@example.org"}
    document = {"type": "track", "messageId": "m", **said}
    plain = all_destinations()[name].row(OutgoingEvent("d", document, 1000), config(name))
    assert row(name, **said) == plain


def test_traits_that_do_not_go_with_an_event_hold_nothing() -> None:
    assert isinstance(row("braze", traits={"$x": 1}, context={"traits": {"$y": 2}}), Payload)


def test_hubspot_gets_names_that_begin_with_a_letter() -> None:
    found = value("hubspot", event="Order Completed", userId="a@example.org", properties={"9lives": 1, "_x": 2})
    assert found["properties"] == {"p_9lives": "1", "p__x": "2"}


@pytest.mark.parametrize("size, text, kept", [
    (Size(3), "abcd", "abc"), (Size(3), "abc", "abc"), (Size(4, "bytes"), "aéé", "aé"),
    (Size(5, "bytes"), "aéé", "aéé"),
    (Size(3, "bytes"), "😀", ""), (Size(2), "\ud83dab", "\ud83da"),
])  # fmt: skip
def test_a_text_is_cut_between_characters(size: Size, text: str, kept: str) -> None:
    assert size.kept(text) == kept
