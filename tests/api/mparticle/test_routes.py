"""mParticle's event API answers its clients as theirs does, and keeps what it should (mparticle.md §1, §2.3)."""

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest

from placet.api.http.request import Limits, Request
from placet.api.mparticle.authenticate import speaks_mparticle
from placet.config import Config
from placet.errors import Busy
from tests.api.mparticle.sample_shop import (
    BASIC,
    SERVER,
    WEB,
    a_batch,
    agreed,
    app,
    batches,
    counted,
    custom,
    documents,
    events,
    open_shop,
    page,
    send,
    sent_to,
    signed,
)
from tests.api.node_context import SECRET, Server, start


async def test_a_server_s_batch_is_kept_in_one_piece_and_answered_202_without_a_word(server: Server) -> None:
    answer = await send(server, a_batch(custom("A"), custom("B")))
    assert (answer.status, answer.body) == (202, b"")
    (stored_batch,) = batches(server)
    assert [(event.id, event.name) for event in stored_batch.events] == [("b-1:0", "A"), ("b-1:1", "B")]


def basic(key: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{key}:{secret}".encode()).decode()}


@pytest.mark.parametrize("headers, status", [
    ({}, 401),
    (basic(SERVER, "wrong"), 403),
    (basic("unknown-key", SECRET), 403),
    (basic(WEB, ""), 403),
    (basic(WEB, SECRET), 403),
    (basic(SERVER, ""), 403),
    ({"Authorization": "Bearer token"}, 403),
    ({"Authorization": "Basic !!"}, 403),
])  # fmt: skip
@pytest.mark.parametrize("path", ["/v2/events", "/v2/bulkevents", "/v2/bulkevents/historical"])
async def test_a_server_proves_who_it_is(server: Server, path: str, headers: Any, status: int) -> None:
    answer = await send(server, a_batch(), path, headers)
    assert (answer.status, answer.body) == (status, b"")
    assert batches(server) == []


async def test_an_input_s_key_alone_opens_no_page_s_door(server: Server) -> None:
    assert (await page(server, a_batch(), f"/v3/JS/{SERVER}/events")).status == 401
    segment = {"writeKey": SERVER, "event": "A", "userId": "u", "messageId": "m"}
    await server.ask("POST", "/v1/track", {}, segment)
    assert counted(server) == {"unknown_source": 1}


BAD = {"code": "BAD_REQUEST"}
DEEP = b'{"user_attributes":' + b'{"a":' * 5000 + b"1" + b"}" * 5001


@pytest.mark.parametrize("path, body", [
    ("/v2/events", b""),
    ("/v2/events", b"{"),
    ("/v2/events", b"[]"),
    ("/v2/events", b'{"events": {}}'),
    ("/v2/events", b'{"events": [{]}'),
    ("/v2/events", b'{"environment": "\xff"}'),
    ("/v2/events", b'{"user_identities":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    ("/v2/events", b'{"user_attributes": {"a": 1}, "timestamp_unixtime_ms": "\\ud800"}'),
    ("/v2/events", b'{"user_identities": {"customer_id": "\\ud800"}}'),
    ("/v2/events", b'{"environment": "' + b"x" * 263_000 + b'"}'),
    ("/v2/events", b'{"environment": "' + b"x" * 1_100_000 + b'"}'),
    ("/v2/events", gzip.compress(b"x" * 3_000_000)),
    ("/v2/events", json.dumps(a_batch(*[{}] * 2501)).encode()),
    ("/v2/events", json.dumps(a_batch({"event_type": "custom_event"})).encode()),
    ("/v2/events", json.dumps(a_batch({"event_type": "custom_event", "data": {}})).encode()),
    ("/v2/events", json.dumps(a_batch(user_identities={})).encode()),
    ("/v2/bulkevents", b"{}"),
    ("/v2/bulkevents", json.dumps([a_batch()] * 101).encode()),
])  # fmt: skip
async def test_what_cannot_be_used_is_refused_in_mparticle_s_words(server: Server, path: str, body: bytes) -> None:
    packed = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    answer = await send(server, body, path, BASIC | packed)
    assert answer.status == 400
    assert answer.json["errors"] == answer.json["Errors"]
    assert answer.json["errors"][0]["code"] == "BAD_REQUEST"
    assert sum(len(stored_batch.events) for stored_batch in batches(server)) == 0


@pytest.mark.parametrize("body, codes", [
    (b"{", 1),
    (b"", 1),
    (b"[]", 1),
    (b"\xff", 1),
    (b'{"events": 5}', 1),
    (DEEP, 1),
    (b'{"environment": "' + b"x" * 1_100_000 + b'"}', 1),
    (json.dumps(a_batch(*[custom()] * 2501)).encode(), 2501),
    (json.dumps(a_batch({"event_type": 7}, "nonsense")).encode(), 2),
])  # fmt: skip
async def test_a_page_is_never_told_to_send_again_what_cannot_be_read(server: Server, body: bytes, codes: int) -> None:
    answer = await page(server, body)
    assert (answer.status, answer.body) == (202, b"")
    made = counted(server)
    assert made.get("invalid_request", 0) + made.get("batch_too_large", 0) == codes


async def test_a_page_whose_gzip_hides_a_bomb_is_not_told_to_send_it_again(server: Server) -> None:
    answer = await page(server, gzip.compress(b"x" * 3_000_000), **{"Content-Encoding": "gzip"})
    assert (answer.status, counted(server)) == (202, {"invalid_request": 1})


async def test_what_can_be_used_of_a_bulk_is(server: Server) -> None:
    good = [a_batch(custom("A")), a_batch(custom("B"), {"event_type": None}, source_request_id="b-2")]
    answer = await send(server, [good[0], "nonsense", {"events": 5}, good[1]], "/v2/bulkevents")
    assert (answer.status, answer.body) == (202, b"")
    assert [event.id for event in events(server)] == ["b-1:0", "b-2:0"]
    assert counted(server)["invalid_request"] == 3


async def test_each_batch_of_a_bulk_is_about_its_own_person(server: Server) -> None:
    yes = a_batch(custom("A"), consent_state=agreed(marketing=True))
    no = a_batch(custom("B"), source_request_id="b-2", user_identities={"customer_id": "C-2"})
    no |= {"consent_state": agreed(marketing=False)}
    assert (await send(server, [yes, no], "/v2/bulkevents")).status == 202
    assert sent_to(server, "to-ads") == ["A"]
    assert sent_to(server, "to-hook") == ["A", "B"]


@pytest.mark.parametrize("again", ["/v2/events", f"/v3/JS/{WEB}/events"])
async def test_a_repeated_request_is_kept_once(server: Server, again: str) -> None:
    for _ in range(2):
        assert (await server.ask("POST", again, BASIC, a_batch())).status == 202
    assert len(events(server)) == 1
    assert counted(server)["repeated"] == 1


async def test_events_without_a_request_id_are_told_apart_by_their_own(server: Server) -> None:
    own = custom("A", source_message_id="m-1")
    for _ in range(2):
        assert (await send(server, a_batch(own, source_request_id=None))).status == 202
    assert [event.id for event in events(server)] == ["m-1"]


@pytest.mark.parametrize("path", [
    f"/v3/JS/{WEB}/events",
    f"/v2/JS/{WEB}/events",
    f"/v1/JS/{WEB}/events",
    f"/webevents/v3/JS/{WEB}/events",
])  # fmt: skip
async def test_a_page_sends_to_any_of_the_names_its_client_builds(server: Server, path: str) -> None:
    answer = await page(server, a_batch(mpid="-5012345678901234567"), path, Origin="https://any.example")
    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers["access-control-allow-origin"] == "https://any.example"
    assert documents(server)[0]["mpid"] == "-5012345678901234567"


async def test_an_unknown_key_is_told_so_and_its_client_forgets_what_it_has(server: Server) -> None:
    answer = await page(server, a_batch(), "/v3/JS/nobody-s-key/events")
    assert (answer.status, answer.body) == (401, b"")


async def test_a_server_that_is_busy_is_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: Any) -> None:
        raise Busy("away")

    monkeypatch.setattr(server.node.context.stores.events, "store_batch", busy)
    for answer in (await page(server, a_batch()), await send(server, a_batch())):
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")


async def test_who_sends_too_fast_is_told_when_to_come_back() -> None:
    server = await start(config=Config(rate_per_minute=60, rate_burst=1))
    await open_shop(server)
    assert (await send(server, a_batch())).status == 202
    answer = await send(server, a_batch())
    assert (answer.status, answer.headers["x-mp-rate-limit-exceeded"]) == (429, "app")
    assert int(answer.headers["retry-after"]) >= 1
    await server.node.close()


async def test_history_is_kept_and_sent_to_nobody(server: Server) -> None:
    old = custom("Old", timestamp_unixtime_ms=server.clock.at - 73 * 3_600_000)
    new = custom("New", timestamp_unixtime_ms=server.clock.at - 71 * 3_600_000)
    batch = a_batch(old, new, custom("Undated"), consent_state=agreed(marketing=True))
    assert (await send(server, [batch], "/v2/bulkevents/historical")).status == 202
    assert [event.name for event in events(server)] == ["Old"]
    assert counted(server) == {"kept": 1, "not_historical": 2}
    assert (await send(server, a_batch(custom("Later"), source_request_id="b-2"))).status == 202
    assert sent_to(server, "to-ads") == ["Later"]


@pytest.mark.parametrize("path", [f"/v1/JS/{WEB}/Forwarding", f"/v2/JS/{WEB}/Forwarding",
                                  f"/webevents/v2/JS/{WEB}/Forwarding"])  # fmt: skip
async def test_what_kits_forwarded_is_heard(server: Server, path: str) -> None:
    stats = {"mid": 134, "esid": 31, "n": "A", "attrs": {}, "sdk": "2.68.0", "dt": 4, "et": 1, "dbg": False, "ct": 1}
    assert (await page(server, stats, path)).status == 202
    assert counted(server) == {"forwarded_by_kit": 1}


ALIAS = {
    "request_id": "r-1",
    "request_type": "alias",
    "environment": "production",
    "api_key": WEB,
    "data": {"destination_mpid": "-22", "source_mpid": "11", "start_unixtime_ms": 1, "end_unixtime_ms": 2},
}


@pytest.mark.parametrize("path", [f"/v1/identity/{WEB}/Alias", f"/webevents/v1/identity/{WEB}/Alias"])
async def test_an_alias_becomes_an_event_about_who_remains(server: Server, path: str) -> None:
    assert (await page(server, ALIAS, path)).status == 202
    (found,) = documents(server)
    assert (found["type"], found["userId"], found["previousId"], found["event_type"]) == ("alias", "-22", "11", "alias")


async def test_an_app_s_alias_is_spelled_small_and_signed(server: Server) -> None:
    assert (await app(server, ALIAS, f"/v1/identity/{SERVER}/alias")).status == 202
    assert (
        await app(server, {**ALIAS, "request_id": "r-2"}, f"/nativeevents/v1/identity/{SERVER}/alias")
    ).status == 202
    assert [event.id for event in events(server)] == ["r-1", "r-2"]


@pytest.mark.parametrize("data", [
    {},
    {"destination_mpid": "-22"},
    {"destination_mpid": "11", "source_mpid": "11"},
    {"destination_mpid": "-22", "source_mpid": "11", "start_unixtime_ms": 3, "end_unixtime_ms": 2},
    {"destination_mpid": "-22", "source_mpid": "11", "start_unixtime_ms": "soon"},
])  # fmt: skip
async def test_a_wrong_alias_is_refused_in_words_of_its_own(server: Server, data: Any) -> None:
    answer = await page(server, {**ALIAS, "data": data}, f"/v1/identity/{WEB}/Alias")
    assert answer.status == 400
    assert answer.json["code"] == "BAD_REQUEST" and answer.json["message"]


async def test_audiences_are_a_feature_the_workspace_does_not_have(server: Server) -> None:
    assert (await server.ask("GET", f"/v1/{WEB}/audience?mpid=11")).status == 403
    assert (await server.ask("GET", "/nativeevents/v1/nobody-s-key/audience?mpid=11")).status == 401


@pytest.mark.parametrize("headers", [
    {},
    signed("POST", f"/v2/{SERVER}/events", b"{}", secret="another"),
    signed("GET", f"/v2/{SERVER}/events", b"{}"),
    signed("POST", f"/v2/{SERVER}/events?x=1", b"{}"),
    signed("POST", f"/v2/{SERVER}/events", b"{} "),
    signed("POST", f"/v2/{SERVER}/events", b"{}") | {"Date": "another"},
    signed("POST", f"/v2/{SERVER}/events", b"{}") | {"x-mp-signature": "é"},
])  # fmt: skip
async def test_an_app_signs_what_it_sends(server: Server, headers: Any) -> None:
    answer = await server.ask("POST", f"/v2/{SERVER}/events", headers, b"{}")
    assert (answer.status, answer.body) == (403 if headers else 401, b"")


@pytest.mark.parametrize("headers, meant", [
    ({"x-mp-key": WEB}, True),
    (basic(SERVER, SECRET), True),
    (basic(WEB, ""), False),
    ({"Authorization": "Basic " + b64encode(WEB.encode()).decode()}, False),
    ({"Authorization": "Bearer token"}, False),
    ({}, False),
])  # fmt: skip
def test_the_path_that_both_dialects_have_is_told_apart_by_the_key(headers: dict[str, str], meant: bool) -> None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": "POST", "path": "/v1/identify", "headers": raw, "query_string": b""}

    async def nothing() -> Any:
        return {}

    assert speaks_mparticle(Request(scope, nothing, Limits())) is meant
