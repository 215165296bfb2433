"""Identity and credentials in a request come from us alone, whatever names a sender plants in an event."""

import json
from typing import Any

import pytest
from msgspec.structs import asdict

from placet.outputs.delivery.batching import request_batches
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    TableRows,
    UnsupportedEvent,
)
from placet.outputs.registry import OWN, all_destinations, config_for
from placet.settings.connections import DestinationSetting
from tests.outputs.destinations.test_vectors import FILES, content
from tests.outputs.destinations.test_vectors import config as documented_way

EVIL = "evil-person"
KINDS = ("track", "identify", "page", "screen", "group", "alias")
WHO = frozenset({
    "external_id", "user_alias", "alias_name", "_update_existing_only", "distinct_id", "$distinct_id", "$user_id",
    "$device_id", "$token", "token", "$insert_id", "user_id", "device_id", "insert_id", "api_key", "client_id",
    "identifiers", "anonymous_id", "idProperty", "id", "email", "customer_id", "user_identities", "access_token", "em",
    "hashedEmail", "userId", "anonymousId", "writeKey", "sentAt", "message_id", "source_request_id", "app_id",
    "userIdentifiers", "conversionAction", "type", "api_secret",
})  # fmt: skip
"""Fields of requests that say whom they are about, or who sends them."""
HOSTILE = sorted(
    {name for destination in OWN for name in destination.rules.reserved}
    | {name.casefold() for name in WHO - {"type", "email", "userId", "anonymousId", "em"}}
)


def spellings(name: str) -> list[str]:
    return [name, name.upper(), name.title(), f" {name} "]


PLANTED = {spelled: EVIL for name in HOSTILE for spelled in spellings(name)}


def event(kind: str, known: bool) -> dict[str, Any]:
    said = {"type": kind, "messageId": "m-1", "anonymousId": "a-77", "event": "Order Completed", "name": "Cart"}
    if known:
        said |= {"userId": "u-1042"}
    traits = {"email": "mary@example.org", "plan": "pro"}
    return said | {"groupId": "g", "previousId": "a-0", "properties": {"value": 1, "gclid": "c"}, "traits": traits,
                   "context": {"ip": "203.0.113.7", "page": {"url": "https://shop.example/?gclid=c"}}}  # fmt: skip


def hostile(clean: dict[str, Any]) -> dict[str, Any]:
    """The same event with hostile names at every level that senders write; `email` as a property is hostile too."""
    spoiled = json.loads(json.dumps(clean))
    nested = {"nested": dict(PLANTED), "list": [dict(PLANTED)]}
    spoiled["properties"] = PLANTED | spoiled["properties"] | nested | {"email": f"{EVIL}@example.org"}
    spoiled["traits"] = PLANTED | spoiled["traits"] | nested
    spoiled["context"] = PLANTED | nested | spoiled["context"]
    tops = {name: EVIL for name in PLANTED if name.strip().casefold() in {"writekey", "api_key", "apikey", "token"}}
    return tops | spoiled


def a_way(destination: Destination) -> DestinationConfig:
    if destination.type.name in FILES:
        return documented_way(destination.type.name)
    to = DestinationSetting("w", "W", "", destination.type.name)
    return config_for(destination, to, {"": b"postgresql://u@h/d"})


def requests(destination: Destination, document: dict[str, Any]) -> list[Any]:
    to = a_way(destination)
    row = destination.row(OutgoingEvent("d-1", document, 1_772_600_000_000, frozenset({"ads"})), to)
    if isinstance(row, UnsupportedEvent):
        return [row.why]
    return [
        request_batch.request for request_batch in request_batches([(b"q", row)], destination, to, 1_772_600_000_000)
    ]


def who(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Every field of a request that says whom it is about, by where it stands."""
    found: dict[tuple[Any, ...], Any] = {}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        if name in WHO:
            found[(*path, name)] = inner
        found |= who(inner, (*path, name))
    return found


def every_name(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for inner in value.values() for name in every_name(inner)}
    return {name for inner in value for name in every_name(inner)} if isinstance(value, list) else set()


FREE = frozenset({"nested", "list", "context"})
"""What a sender says inside objects of its own stays there: no destination reads identity from it."""


def without_free(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_free(inner) for name, inner in value.items() if name not in FREE}
    return [without_free(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "destination", [one for one in OWN if one.type.name != "parquet"], ids=lambda one: one.type.name
)
def test_no_sender_decides_whom_a_request_is_about_or_who_sends_it(
    destination: Destination, kind: str, known: bool
) -> None:
    clean = event(kind, known)
    plain, spoiled = requests(destination, clean), requests(destination, hostile(clean))
    assert len(plain) == len(spoiled)
    for before, after in zip(plain, spoiled, strict=True):
        if isinstance(before, HttpRequest):
            assert after.url == before.url
            lengths = ("Content-Length", "webhook-signature")
            assert [one for one in after.headers if one[0] not in lengths] == [
                one for one in before.headers if one[0] not in lengths
            ]
            assert after.token_request == before.token_request
            wanted, found = who(content(before.body)), who(content(after.body))
            assert {path: found.get(path) for path in wanted} == wanted
        elif isinstance(before, TableRows):
            assert (after.dsn, after.schema) == (before.dsn, before.schema)
            for table, rows in before.tables.items():
                assert [row[:7] for row in after.tables[table]] == [row[:7] for row in rows]
        else:
            assert after == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("destination", [one for one in OWN if one.rules.reserved], ids=lambda one: one.type.name)
def test_no_planted_name_that_a_destination_reserves_leaves(destination: Destination, kind: str) -> None:
    for request in requests(destination, hostile(event(kind, True))):
        if not isinstance(request, HttpRequest):
            continue
        text = json.dumps(without_free(content(request.body)))
        before = [one for one in requests(destination, event(kind, True)) if isinstance(one, HttpRequest)]
        allowed = every_name(json.loads(before[0].body))
        new = every_name(json.loads(text)) - allowed
        if destination.type.name == "segment":
            continue
        assert not {name for name in new if name.strip().casefold() in destination.rules.reserved}


def test_a_segment_event_carries_no_key() -> None:
    destination = all_destinations()["segment"]
    (request,) = requests(destination, hostile(event("track", True)) | {"WRITEKEY": "wk", "Api_Key": "k"})
    (sent,) = json.loads(request.body)["batch"]
    assert not {name for name in sent if name.strip().casefold() in destination.rules.reserved - {"timestamp"}}


def test_a_property_named_email_makes_nobody_a_contact() -> None:
    said = {"type": "track", "event": "x", "userId": "u", "properties": {"email": "other@example.org"}}
    for name in ("hubspot", "meta-conversions", "google-ads"):
        row = all_destinations()[name].row(OutgoingEvent("d", said, 1), a_way(all_destinations()[name]))
        assert "other@example.org" not in json.dumps(asdict(row) if isinstance(row, Payload) else row.why)


def test_the_traits_of_a_group_are_not_the_users() -> None:
    said = {"type": "group", "userId": "u", "anonymousId": "a", "groupId": "g", "traits": {"plan": "team"}}
    (request,) = requests(all_destinations()["google-analytics"], said)
    assert "user_properties" not in json.loads(request.body)
