"""What pages are told about destinations they send to by themselves, as npm @segment/tsub understands it."""

from typing import Any

import pytest

from placet.events.fields import EventFields
from placet.events.filters.filter import read_filter_ir
from placet.events.policy.device_mode_destination import PageDestination, page_destination, reaches_pages
from placet.events.policy.purposes import PurposeMapping
from placet.settings.connections import PageDestinationSetting
from tests.events.tsub import ask

PURPOSES = {"C0001": "run", "C0002": "count", "C0004": "ads"}


def pixel(**more: Any) -> PageDestination:
    """A destination that needs consent to ads and counting, unless told otherwise."""
    said = {"purposes": ("ads", "count")} | more
    setting = PageDestinationSetting("pixel", "Pixel", "web", "https://pixel.example/p.js", "pixel", **said)
    return page_destination(setting, PurposeMapping(PURPOSES))


def stamped(**answers: object) -> dict[str, Any]:
    return {"type": "track", "event": "Bought", "context": {"consent": {"categoryPreferences": answers}}}


def test_its_categories_are_those_of_its_purposes() -> None:
    assert pixel().categories == ("C0002", "C0004")


@pytest.mark.parametrize(("event", "sent"), [
    (stamped(C0002=True, C0004=True), True),
    (stamped(C0002=True, C0004=False), False),
    (stamped(C0002=True), False),
    (stamped(), False),
    ({"type": "track", "event": "Bought", "context": {"consent": {}}}, False),
    ({"type": "track", "event": "Bought", "context": {}}, False),
    (stamped(C0002="true", C0004=1), False),
    ({**stamped(C0002=True, C0004=True), "type": "page"}, False),
])  # fmt: skip
def test_a_page_sends_what_is_stamped_with_consent_and_meets_the_filter(event: dict[str, Any], sent: bool) -> None:
    destination = pixel(filter='type = "track"')
    assert destination.routing.doubts == {}
    (matchers,) = zip(*(rule["matchers"] for rule in destination.rules), strict=True)
    told = ask([{"ir": matcher["ir"], "event": event} for matcher in matchers])
    assert any(told) is not sent
    assert [read_filter_ir(matcher["ir"]).matches(EventFields(event)) for matcher in matchers] == told
    assert all(rule["transformers"] == [[{"type": "drop"}]] for rule in destination.rules)


def test_what_a_browser_would_read_otherwise_closes_the_destination() -> None:
    closed = pixel(filter="typeof(userId) = 'null'")
    (rule,) = closed.rules
    assert rule["matchers"] == [{"type": "all", "ir": ""}]
    assert "filter" in closed.routing.doubts


@pytest.mark.parametrize(("more", "reaches"), [
    ({}, True),
    ({"enabled": False}, False),
    ({"purposes": ()}, False),
    ({"purposes": (), "exempt": True}, True),
])  # fmt: skip
def test_pages_hear_only_of_destinations_somebody_mapped(more: dict[str, Any], reaches: bool) -> None:
    assert reaches_pages(pixel(**more).setting) is reaches
