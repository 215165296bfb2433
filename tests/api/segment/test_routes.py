"""Segment's tracking API answers its clients as theirs does, and keeps what it should (segment.md §1)."""

import asyncio
import gzip
import json
from base64 import b64encode
from typing import Any

import pytest

from placet.config import Config
from placet.events.records.batch_codec import StoredBatchFields, document_of, name_of, read_stored_batch
from tests.api.node_context import Answer, Server, northwind, start
from tests.verdict_rows import allowed, given_in, refusals

KEY = "outfitter-web-write-key"
BASIC = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
TRACK = {"type": "track", "event": "Plan Chosen", "userId": "u-7", "messageId": "m-1"}
OK = (200, {"success": True})


def agreed(*categories: str) -> dict[str, Any]:
    """A context in which these categories were granted."""
    every = ("C0001", "C0002", "C0003", "C0004")
    return {"consent": {"categoryPreferences": {one: one in categories for one in every}}}


async def send(server: Server, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
    """Post something with the write key in the header."""
    return await server.ask("POST", path, BASIC if headers is None else headers, body)


def batches(server: Server) -> list[StoredBatchFields]:
    """Every batch that was kept."""
    return [read_stored_batch(batch.body) for batch in server.node.context.stores.events.batches.values()]


def documents(server: Server) -> list[dict[str, Any]]:
    """Every event that was kept."""
    return [document_of(event) for stored_batch in batches(server) for event in stored_batch.events]


def counted(server: Server) -> dict[str, int]:
    """What became of events, without the zeros."""
    return {name: count for name, count in server.node.metrics.events.items() if count}


@pytest.mark.parametrize("long, short, message", [
    ("track", "t", {"event": "A", "userId": "u"}),
    ("identify", "i", {"userId": "u", "traits": {"plan": "gold"}}),
    ("page", "p", {"anonymousId": "a", "name": "Home"}),
    ("screen", "s", {"anonymousId": "a", "name": "Home"}),
    ("group", "g", {"userId": "u", "groupId": "g"}),
    ("alias", "a", {"userId": "u", "previousId": "v"}),
])  # fmt: skip
async def test_the_route_says_what_kind_of_event_it_is(server: Server, long: str, short: str, message: Any) -> None:
    for place, path in enumerate((f"/v1/{long}", f"/v1/{short}")):
        answer = await send(server, path, {**message, "messageId": f"m{place}", "type": "nonsense"})
        assert (answer.status, answer.json) == OK
    assert [document["type"] for document in documents(server)] == [long, long]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b"])
async def test_a_batch_is_kept_in_one_piece(server: Server, path: str) -> None:
    items = [{**TRACK, "messageId": f"m{n}"} for n in range(3)]
    answer = await send(server, path, {"batch": items})
    assert (answer.status, answer.json) == OK
    (stored_batch,) = batches(server)
    assert [event.id for event in stored_batch.events] == ["m0", "m1", "m2"]


BODY = {"batch": [TRACK]}


@pytest.mark.parametrize("headers, body", [
    ({"Authorization": "Bearer token"}, {**BODY, "writeKey": KEY}),
    (BASIC, BODY),
    ({"Authorization": "basic " + b64encode(KEY.encode()).decode()}, BODY),
    ({}, {**BODY, "writeKey": KEY}),
    ({}, {"batch": [{**TRACK, "writeKey": KEY}]}),
    (BASIC, {**BODY, "writeKey": "another"}),
])  # fmt: skip
async def test_a_write_key_is_taken_from_wherever_clients_put_it(server: Server, headers: Any, body: Any) -> None:
    assert (await send(server, "/v1/batch", body, headers)).status == 200
    assert counted(server)["kept"] == 1
    assert "writeKey" not in documents(server)[0]


async def test_an_unknown_write_key_is_answered_alike_and_counted(server: Server) -> None:
    answer = await send(server, "/v1/batch", {**BODY, "writeKey": "nobody"}, {"Authorization": "Basic !!"})
    assert (answer.status, answer.json) == OK
    assert counted(server) == {"unknown_source": 1}
    assert batches(server) == []


async def test_a_body_is_json_whatever_its_content_type_says_and_may_be_packed(server: Server) -> None:
    headers = {**BASIC, "Content-Type": "text/plain", "Content-Encoding": "gzip"}
    packed = gzip.compress(json.dumps(BODY).encode())
    assert (await send(server, "/v1/b", packed, headers)).status == 200
    assert counted(server)["kept"] == 1


MALFORMED = {"success": False, "message": "malformed JSON", "code": "invalid_request"}


@pytest.mark.parametrize("path, body", [
    ("/v1/track", b""),
    ("/v1/track", b"{"),
    ("/v1/track", b"[]"),
    ("/v1/track", b'{"userId": "\xff"}'),
    ("/v1/track", b'{"event": "A", "userId": "\\ud800"}'),
    ("/v1/track", b'{"event": "A", "userId": "u", "timestamp": 1e400}'),
    ("/v1/track", b'{"event": "A", "userId": "u", "properties": ' + b"[" * 100 + b"]" * 100 + b"}"),
    ("/v1/track", b'{"a":' * 5000 + b"1" + b"}" * 5000),
    ("/v1/track", b'{"a": "' + b"x" * 33_000 + b'"}'),
    ("/v1/batch", b'{"batch": {}}'),
    ("/v1/batch", b'{"batch": [{]}'),
    ("/v1/batch", b'{"batch": ["' + b"x" * 520_000 + b'"]}'),
    ("/v1/batch", b'{"batch": ["' + b"x" * 1_100_000 + b'"]}'),
    ("/v1/batch", gzip.compress(b"x" * 3_000_000)),
])  # fmt: skip
async def test_what_cannot_be_read_is_refused_in_segment_s_words(server: Server, path: str, body: bytes) -> None:
    packed = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    answer = await send(server, path, body, BASIC | packed)
    assert answer.status == 400
    assert {**answer.json, "message": ""} == {**MALFORMED, "message": ""}
    assert counted(server) == {}


async def test_malformed_json_is_called_by_its_name(server: Server) -> None:
    assert (await send(server, "/v1/track", b"{")).json == MALFORMED


@pytest.mark.parametrize("item, code", [
    ({"type": "track", "event": "A"}, "no_user_anon_id"),
    ({"type": "track", "event": "A", "userId": ""}, "id_not_string"),
    ({"type": "track", "event": "A", "userId": {}}, "id_not_string"),
    ({"type": "track", "userId": "u"}, "event_not_defined"),
    ({"type": "track", "event": 7, "userId": "u"}, "event_not_string"),
    ({"type": "track", "event": "A", "userId": "u", "properties": []}, "properties_not_object"),
    ({"type": "identify", "userId": "u", "traits": "x"}, "traits_not_object"),
    ({"type": "page", "userId": "u", "name": 3}, "name_not_string"),
    ({"type": "alias", "userId": "u"}, "id_required"),
    ({"type": "sing", "userId": "u"}, "invalid_request"),
    ({"userId": "u"}, "invalid_request"),
    ("no object", "invalid_request"),
    ({"type": "track", "event": "A", "userId": "u", "properties": {"x": "y" * 33_000}}, "invalid_request"),
    ({"type": "track", "event": "Segment Consent Preference Updated", "userId": "u"},
     "consent_categorypreferences_should_exist"),
])  # fmt: skip
async def test_an_event_that_will_not_do_is_dropped_and_its_neighbours_kept(
    server: Server, item: Any, code: str
) -> None:
    answer = await send(server, "/v1/batch", {"batch": [item, TRACK]})
    assert (answer.status, answer.json) == OK
    assert {name: n for name, n in counted(server).items() if name not in ("held", "deliveries")} == {
        code: 1,
        "kept": 1,
    }
    assert [dropped.code for dropped in batches(server)[0].dropped] == [code]


async def test_a_batch_of_too_many_is_refused_whole_and_recorded(server: Server) -> None:
    tiny = [{"type": "track", "event": "A", "userId": "u"} for _ in range(2501)]
    assert (await send(server, "/v1/batch", {"batch": tiny})).status == 200
    assert counted(server) == {"batch_too_large": 2501}
    assert batches(server)[0].events == ()


async def test_an_empty_batch_is_recorded(server: Server) -> None:
    assert (await send(server, "/v1/batch", {"batch": []})).status == 200
    assert counted(server) == {"empty_batch": 1}


async def test_a_repeated_message_is_kept_once(server: Server) -> None:
    for _ in range(2):
        await send(server, "/v1/batch", {"batch": [TRACK, TRACK]})
    assert counted(server)["kept"] == 1
    assert counted(server)["repeated"] == 3


async def test_null_ids_are_absent_and_numbers_are_names(server: Server) -> None:
    await send(server, "/v1/batch", {"batch": [{**TRACK, "userId": 7, "anonymousId": None}]})
    assert batches(server)[0].events[0].identities[0].value == "7"


async def test_a_device_s_clock_is_corrected_beside_what_it_said(server: Server) -> None:
    received = server.clock.at
    # The device runs an hour fast: it says 12:00:00 and sends five seconds later.
    hour, said = 3_600_000, "2026-03-04T06:53:15.000Z"
    server.clock.at = 1_772_603_600_000 - hour + 200
    body = {"batch": [{**TRACK, "timestamp": said}], "sentAt": "2026-03-04T06:53:20.000000+00:00"}
    await send(server, "/v1/batch", body)
    document = documents(server)[0]
    assert received == 1_772_600_000_000
    assert document["receivedAt"] == "2026-03-04T04:53:20.200Z"
    assert document["timestamp"] == "2026-03-04T04:53:15.200Z"
    assert document["originalTimestamp"] == said


async def test_what_a_batch_says_for_all_lies_under_what_an_item_says(server: Server) -> None:
    items = [{**TRACK, "context": {"ip": "x", "own": 1}}, {**TRACK, "messageId": "m-2"}]
    await send(server, "/v1/batch", {"batch": items, "context": {"ip": "y", "device": {"type": "kiosk"}},
                                     "integrations": {"All": True}})  # fmt: skip
    first, second = documents(server)
    assert first["context"] == {"ip": "x", "own": 1, "device": {"type": "kiosk"}}
    assert second["context"]["ip"] == "y"
    assert second["integrations"] == {"All": True}


async def test_unknown_keys_stay_and_the_client_s_own_housekeeping_goes(server: Server) -> None:
    extra = {"context": {"onetrust": "C0001:1", "made_up": [1, None]}, "_metadata": {"nodeVersion": "1"}}
    await send(server, "/v1/track", {**TRACK, **extra})
    document = documents(server)[0]
    assert document["context"] == extra["context"]
    assert "_metadata" not in document


async def test_an_event_goes_where_its_consent_allows_and_every_refusal_is_kept_with_its_reason(server: Server) -> None:
    await send(server, "/v1/track", {**TRACK, "context": agreed("C0001", "C0002")})
    stores = server.node.context.stores
    (batch,) = stores.events.batches.values()
    found = await given_in(batch, stores)
    assert [one.connection.id for one in allowed(found)] == ["shop-tally"]
    ((held, verdict),) = refusals(found)
    assert (held.connection.id, verdict.path) == ("shop-adlane", "connections/shop-adlane/purposes")
    assert verdict.reason == "no consent (refused: advertising)"


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch", "/v1/projects/k/settings"])
async def test_any_page_may_ask_and_is_told_which_headers_it_may_send(server: Server, path: str) -> None:
    headers = {
        "Origin": "https://anywhere.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-retry-count",
    }
    answer = await server.ask("OPTIONS", path, headers)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://anywhere.example"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type, x-retry-count"


async def test_a_client_s_numbers_about_itself_are_heard_and_forgotten(server: Server) -> None:
    answer = await send(server, "/v1/m", {"series": []}, {})
    assert (answer.status, answer.json) == OK


async def test_who_sends_too_fast_is_told_when_to_come_back() -> None:
    server = await start(config=Config(rate_per_minute=60, rate_burst=1))
    answers = [await send(server, "/v1/track", {**TRACK, "messageId": f"m{n}"}) for n in range(2)]
    await server.node.close()
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].json["code"] == "rate_limited"
    assert int(answers[1].headers["retry-after"]) == int(answers[1].headers["x-ratelimit-reset"]) > 0


async def test_a_store_that_is_away_is_a_reason_to_come_back(server: Server) -> None:
    server.node.context.stores.closed = True
    answer = await send(server, "/v1/track", TRACK)
    server.node.context.stores.closed = False
    assert (answer.status, answer.json["code"]) == (503, "busy")


@pytest.mark.parametrize("outer, sent", [
    ({}, {"tally", "adlane"}),
    ({"context": "C0002:1,C0004:1"}, set()),
    ({"context": []}, set()),
    ({"integrations": "none"}, set()),
    ({"integrations": {"All": False}}, set()),
])  # fmt: skip
async def test_what_a_batch_says_unreadably_holds_back_items_that_say_nothing(
    server: Server, outer: dict[str, Any], sent: set[str]
) -> None:
    """Somebody agreed to everything; a batch around their event may only refuse."""
    yes = {"gdpr": {"measurement": {"consented": True}, "advertising": {"consented": True}}}
    await send(server, "/v1/batch", {"batch": [{**TRACK, "messageId": "m-0", "consent_state": yes}]})
    await send(server, "/v1/batch", {"batch": [TRACK], **outer})
    *_, last = server.node.context.stores.events.batches.values()
    found = {one.connection.id for one in allowed(await given_in(last, server.node.context.stores))}
    assert {"tally" if "tally" in id else "adlane" for id in found} == sent


async def test_settings_send_the_client_here_and_tell_what_must_be_asked(server: Server) -> None:
    answer = await server.ask("GET", f"/v1/projects/{KEY}/settings", {"Origin": "https://anywhere.example"})
    assert answer.status == 200
    segment = answer.json["integrations"]["Segment.io"]
    assert (segment["apiKey"], segment["apiHost"], segment["protocol"]) == (KEY, "127.0.0.1:8080/v1", "http")
    assert answer.json["integrations"]["Adlane"]["consentSettings"] == {"categories": ["C0004"]}
    assert answer.json["consentSettings"] == {
        "allCategories": ["C0002", "C0004"],
        "hasUnmappedDestinations": False,
    }
    assert answer.headers["access-control-allow-origin"] == "https://anywhere.example"


async def test_settings_name_nothing_that_is_not_served(server: Server) -> None:
    answer = await server.ask("GET", f"/v1/projects/{KEY}/settings")
    assert answer.json["plan"] == {kind: {"__default": {"enabled": True}} for kind in ("track", "identify", "group")}
    assert answer.json["enabledMiddleware"] == {}
    others = {name: one for name, one in answer.json["integrations"].items() if name != "Segment.io"}
    assert len(others) == 2
    assert all("browser" not in one["versionSettings"]["componentTypes"] for one in others.values())


async def test_the_integrations_are_the_active_destinations(server: Server) -> None:
    answer = await server.ask("GET", f"/v1/projects/{KEY}/integrations")
    assert [(one["name"], one["creationName"], one["category"]) for one in answer.json] == [
        ("Tally Metrics", "Tally Metrics", "Analytics"),
        ("Adlane", "Adlane", "Advertising"),
    ]


@pytest.mark.parametrize("route", ["settings", "integrations"])
async def test_an_unknown_key_has_no_settings(server: Server, route: str) -> None:
    answer = await server.ask("GET", f"/v1/projects/nobody/{route}")
    assert (answer.status, answer.json["code"]) == (404, "not_found")


async def test_a_kept_event_is_found_by_its_message_id(server: Server) -> None:
    await send(server, "/v1/track", TRACK)
    name = name_of(northwind().id.lower(), "outfitter/shop-events", "m-1")
    batch = await server.node.context.stores.events.batch_of(name)
    assert read_stored_batch(batch.body).events[0].id == "m-1"


async def test_old_clients_send_batches_to_import(server: Server) -> None:
    body = {"writeKey": KEY, "batch": [{"type": "track", "event": "A", "userId": "u", "messageId": "imported"}]}
    assert (await server.ask("POST", "/v1/import", {}, body)).status == 200
    assert server.node.metrics.events["kept"] == 1


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_a_page_that_sends_its_cookies_along_may_read_the_answer(server: Server, method: str) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await server.ask(method, "/v1/t", headers, b"{}")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"


A_PAGE = {"Origin": "https://shop.example"}


@pytest.mark.parametrize("query, origin, waits, kept", [
    ("", {}, [], "public, max-age=60"), ("", A_PAGE, [1.5], "no-store"), ("?wait=0", A_PAGE, [], "public, max-age=60"),
])  # fmt: skip
async def test_a_page_waits_for_its_list_and_keeps_no_copy(
    server: Server, monkeypatch: pytest.MonkeyPatch, query: str, origin: dict[str, str], waits: list[float], kept: str
) -> None:
    """A script may call analytics.register on the answer, which only the loaded bundle has."""
    slept: list[float] = []
    really = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await really(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    answer = await server.ask("GET", f"/v1/projects/{KEY}/integrations{query}", headers=origin)
    assert answer.status == 200
    assert [seconds for seconds in slept if seconds == 1.5] == waits
    assert answer.headers["cache-control"] == kept
