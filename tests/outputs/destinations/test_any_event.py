"""Whatever an event holds, GA4 and Meta get only names and values that they publish as allowed, and nothing raises."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from placet.outputs.destination import OutgoingEvent, Payload, UnsupportedEvent
from placet.outputs.destinations import google_ads, google_analytics, meta_conversions
from placet.outputs.destinations.google_analytics import EVENTS, LONGEST, PREFIXES, RULES
from tests.outputs.destinations.test_vectors import config

NAME = re.compile(r"[^\W\d_]\w*")
HASH = re.compile("[0-9a-f]{64}")
HASHED = ("em", "ph", "fn", "ln", "ct", "st", "zp", "country", "external_id")
WORDS = st.sampled_from([
    "value", "revenue", "total", "price", "currency", "order_id", "products", "query", "url", "title", "referrer",
    "email", "phone", "firstName", "lastName", "address", "city", "zip", "postalCode", "country", "state",
    "page", "name", "sku", "product_id", "user_id", " ga_x", "-google_y", "firebase_z", "_w", "9lives",
    "first_open_time", "größe", "true", "US",
])  # fmt: skip
TEXT = WORDS | st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=8),
    max_leaves=25,
)
SAID = st.dictionaries(TEXT, JSON, max_size=40) | JSON
KINDS = st.sampled_from(["track", "page", "screen", "group", "identify"]) | JSON
EVENT = st.fixed_dictionaries({
    "type": KINDS, "event": TEXT | JSON | st.sampled_from(sorted(EVENTS)), "name": JSON, "userId": JSON,
    "anonymousId": st.just("a") | JSON, "groupId": JSON, "properties": SAID, "traits": SAID, "context": SAID,
})  # fmt: skip
GRANTED = frozenset({"ads"})


def is_name(name: str, limit: int) -> bool:
    lower = name.lower()
    free = not lower.startswith(PREFIXES) and lower not in RULES.reserved
    return bool(NAME.fullmatch(name)) and len(name) <= limit and free


def is_value(value: Any, limit: int) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) <= limit)


@settings(max_examples=150, deadline=None)
@given(EVENT)
def test_google_analytics_gets_what_it_allows(event: dict[str, Any]) -> None:
    row = google_analytics.row(OutgoingEvent("d", event, 1000, GRANTED), config("google-analytics"))
    if isinstance(row, UnsupportedEvent):
        assert row.why
        return
    sent, about = row.value
    assert is_name(sent["name"], 40)
    assert sent["name"] not in EVENTS
    params = dict(sent["params"])
    items = params.pop("items", [])
    assert len(sent["params"]) <= 25
    assert len(items) <= 200
    for name, value in [*params.items(), *(pair for item in items for pair in item.items())]:
        assert is_name(name, 40), name
        assert is_value(value, LONGEST.get(name, 100)), (name, value)
    assert len(about) <= 25
    for name, value in about.items():
        assert is_name(name, 24), name
        assert is_value(value["value"], 36)
    assert google_analytics.request([row], config("google-analytics"), 1).body


@settings(max_examples=150, deadline=None)
@given(EVENT)
def test_meta_gets_what_it_allows(event: dict[str, Any]) -> None:
    row = meta_conversions.row(OutgoingEvent("d", event, 1000, GRANTED), config("meta-conversions"))
    if isinstance(row, UnsupportedEvent):
        assert row.why
        return
    sent = row.value
    assert sent["event_name"].strip()
    for name in HASHED:
        assert all(HASH.fullmatch(one) for one in sent["user_data"].get(name, []))
    data = sent.get("custom_data", {})
    assert set(data) <= {"currency", "value", "order_id", "search_string", "content_ids"}
    assert re.fullmatch("[A-Z]{3}", data.get("currency", "EUR"))
    assert type(data.get("value", 0)) in (int, float)
    assert all(isinstance(id, str) and id for id in data.get("content_ids", []))
    assert all(isinstance(data.get(name, ""), str) for name in ("order_id", "search_string"))
    assert meta_conversions.request([row], config("meta-conversions"), 1).body


@settings(max_examples=100, deadline=None)
@given(EVENT)
def test_google_ads_gets_what_it_allows(event: dict[str, Any]) -> None:
    known = event | {"type": "track", "event": "Order Completed"}
    row = google_ads.row(OutgoingEvent("d", known, 1000, GRANTED), config("google-ads"))
    if isinstance(row, Payload):
        assert type(row.value.get("conversionValue", 0)) in (int, float)
        assert re.fullmatch("[A-Z]{3}", row.value.get("currencyCode", "EUR"))
        assert row.value["orderId"]
        assert google_ads.request([row], config("google-ads"), 1).body
