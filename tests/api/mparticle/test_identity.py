"""IDSync answers as mParticle's does: the scenarios of mparticle.md §5.2, its shapes, and what nobody may take."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from placet.app.derived_secrets import secrets_of
from placet.services.settings.refresh_published import KeyRules, refresh_published
from placet.settings.identity_strategy import IdentitySetting, Strategy
from tests.api.mparticle.sample_shop import (
    BASIC,
    NOW,
    WEB,
    a_batch,
    a_shop,
    agreed,
    custom,
    page,
    send,
    sent_to,
    signed,
    why_held,
)
from tests.api.node_context import MASTER, PUBLISHED_AT, Answer, Server, put_live, start

KEY = {"x-mp-key": WEB, "Content-Type": "application/json"}
SCENARIO = ("user_id", "email", "ios_idfv", "roku_aid")


async def a_server(strategy: Strategy, **more: Any) -> Server:
    """A server whose shop tells people apart in this way."""
    shop = a_shop()
    identity = IdentitySetting(strategy, **more)
    shop = replace(shop, workspaces=(replace(shop.workspaces[0], identity=identity), *shop.workspaces[1:]))
    server = await start()
    await put_live(shop, server.node.context.stores, PUBLISHED_AT, stages=())
    await refresh_published(server.node.context, KeyRules(secrets_of(MASTER).secret_box, 60_000, 4096), lambda _: None)
    return server


def envelope(previous: str = "", **names: Any) -> dict[str, Any]:
    """A request as the web client writes it."""
    return {
        "client_sdk": {"platform": "web", "sdk_vendor": "mparticle", "sdk_version": "2.68.0"},
        "context": None,
        "environment": "production",
        "request_id": "r",
        "request_timestamp_ms": NOW,
        "previous_mpid": previous or None,
        "known_identities": names,
    }


async def call(server: Server, path: str, headers: dict[str, str] = KEY, previous: str = "", **names: Any) -> Answer:
    """One call by names."""
    return await server.ask("POST", f"/v1/{path}", headers, envelope(previous, **names))


async def whose(server: Server, path: str, previous: str = "", **names: Any) -> str:
    """The MPID that a call ends with."""
    answer = await call(server, path, previous=previous, **names)
    assert answer.status == 200, answer.body
    mpid: str = answer.json["mpid"]
    return mpid


async def rename(server: Server, mpid: str, headers: dict[str, str] = KEY, **names: str | None) -> Answer:
    """Other names for somebody."""
    changes = [{"old_value": None, "new_value": value, "identity_type": kind} for kind, value in names.items()]
    body = {key: value for key, value in envelope().items() if key not in ("previous_mpid", "known_identities")}
    return await server.ask("POST", f"/v1/{mpid}/modify", headers, {**body, "identity_changes": changes})


@pytest.mark.parametrize("path", ["identify", "login", "logout"])
@pytest.mark.parametrize("start", ["/v1", "/identity/v1"])
async def test_an_answer_has_the_shape_clients_read(path: str, start: str) -> None:
    server = await a_server(Strategy.CONVERSION)
    answer = await server.ask("POST", f"{start}/{path}", KEY, envelope(customerid="C-1", device_application_stamp="d"))
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json) == {"context", "mpid", "matched_identities", "is_ephemeral", "is_logged_in"}
    assert -(2**63) <= int(answer.json["mpid"]) < 2**63
    assert (answer.json["context"], answer.json["is_ephemeral"], answer.json["is_logged_in"]) == (None, False, True)
    assert answer.json["matched_identities"] == {}
    again = await server.ask("POST", f"{start}/identify", KEY, envelope(customerid="C-1", email="a@shop.example"))
    assert again.json == {**answer.json, "matched_identities": {"customerid": "C-1"}}
    await server.node.close()


async def test_the_nine_steps_of_profile_conversion() -> None:
    server = await a_server(Strategy.CONVERSION, priority=SCENARIO, unique=("user_id", "email"))
    first = await whose(server, "identify", ios_idfv="7")
    assert await whose(server, "login", customerid="K", email="e1", ios_idfv="7") == first
    second = await whose(server, "logout", ios_idfv="7")
    assert second != first
    assert await whose(server, "login", customerid="K", email="e1", ios_idfv="7") == first
    third = await whose(server, "identify", email="e2")
    assert third not in (first, second)
    changed = await rename(server, first, BASIC, email="e2")
    assert changed.json == {
        "change_results": [{"identity_type": "email", "modified_mpid": first}],
        "is_logged_in": True,
    }
    assert await whose(server, "identify", customerid="K", email="e2") == first
    fourth = await whose(server, "identify", roku_aid="9")
    assert await whose(server, "login", customerid="K", roku_aid="9") == first
    assert await whose(server, "identify", ios_idfv="7") != first
    assert len({first, second, third, fourth}) == 4
    await server.node.close()


@pytest.mark.parametrize(
    ("strategy", "login", "logout"),
    [
        (Strategy.CONVERSION, "first", "new"),
        (Strategy.LINK, "new", "new"),
        (Strategy.ISOLATION, "new", "first"),
        (Strategy.BEST_MATCH, "first", "first"),
        (Strategy.MERGE, "first", "first"),
    ],
)
async def test_a_first_login_and_a_logout(strategy: Strategy, login: str, logout: str) -> None:
    server = await a_server(strategy)
    first = await whose(server, "identify", device_application_stamp="d")
    known = await whose(server, "login", previous=first, customerid="K", device_application_stamp="d")
    assert (known == first) == (login == "first")
    after = await whose(server, "logout", previous=known, device_application_stamp="d")
    assert (after == first) == (logout == "first")
    assert await whose(server, "login", previous=after, customerid="K", device_application_stamp="d") == known
    await server.node.close()


async def test_the_device_leads_to_whoever_logged_out_last() -> None:
    server = await a_server(Strategy.LINK)
    for _ in range(3):
        await whose(server, "login", customerid="K", device_application_stamp="d")
        last = await whose(server, "logout", device_application_stamp="d")
    assert await whose(server, "identify", device_application_stamp="d") == last
    await server.node.close()


async def test_who_was_anonymous_becomes_known_by_the_mpid_they_had() -> None:
    server = await a_server(Strategy.CONVERSION)
    first = await whose(server, "identify", device_application_stamp="d")
    assert await whose(server, "login", previous=first, customerid="I") != first
    proven = await call(server, "login", BASIC, previous=first, customerid="K")
    assert proven.json["mpid"] == first
    other = await whose(server, "login", previous=first, customerid="J", device_application_stamp="d")
    assert other != first
    await server.node.close()


async def test_a_search_finds_somebody_or_answers_404_and_changes_nothing(server: Server) -> None:
    known = await whose(server, "identify", customerid="K")
    before = dict(server.node.context.stores.identities.persons)
    found = await call(server, "search?cb=1", customerid="K", email="x@shop.example")
    assert (found.status, found.json["mpid"]) == (200, known)
    missing = await call(server, "search", customerid="nobody")
    assert missing.status == 404
    assert missing.json["errors"] == missing.json["Errors"] == [
        {"code": "NOT_FOUND", "message": "nobody goes by these names"}
    ]  # fmt: skip
    only_looks = await call(server, "identify?read_only=true", customerid="nobody")
    assert only_looks.status == 404
    assert server.node.context.stores.identities.persons == before


@pytest.mark.parametrize("body, says", [
    (b"{", "this is not JSON"),
    (b"\xff{}", "this is not JSON"),
    (b"[]", "this is not an object"),
    (b'{"known_identities":' * 10_000, "the JSON nests deeper than 200 levels"),
    ({}, "known_identities is missing"),
    ({"known_identities": []}, "known_identities is missing"),
    ({"known_identities": {}}, "give at least one known identity"),
    ({"known_identities": {"customerid": None, "email": ""}}, "give at least one known identity"),
    ({"known_identities": {"customerid": "null"}}, "give at least one known identity"),
    ({"known_identities": {"shoe_size": "43", "mpid": "7"}}, "give at least one known identity"),
    ({"known_identities": {"customerid": {"a": 1}}}, "customerid is no text"),
    ({"known_identities": {"customerid": "x" * 257}}, "customerid is no text of at most 256 characters"),
])  # fmt: skip
async def test_what_cannot_be_used_is_told_in_both_spellings(server: Server, body: Any, says: str) -> None:
    answer = await server.ask("POST", "/v1/login", KEY, body)
    assert answer.status == 400
    (error,) = answer.json["errors"]
    assert answer.json["Errors"] == [error]
    assert error["code"] == "BAD_REQUEST"
    assert error["message"].startswith(says)


@pytest.mark.parametrize("body", [
    {}, {"identity_changes": [1]}, {"identity_changes": [{"new_value": "x"}]},
    {"identity_changes": [{"identity_type": "mpid", "new_value": "1"}]},
    {"identity_changes": [{"identity_type": "email", "new_value": "e@shop.example"}]},
])  # fmt: skip
async def test_a_change_that_cannot_be_read_or_is_about_nobody_is_told_so(server: Server, body: Any) -> None:
    assert (await server.ask("POST", "/v1/123/modify", KEY, body)).status == 400


@pytest.mark.parametrize("headers, status", [
    ({}, 401),
    ({"x-mp-key": "unknown-key-of-nobody"}, 401),
    ({"Authorization": "Basic dW5rbm93bjp3cm9uZw=="}, 403),
    (BASIC, 200),
])  # fmt: skip
@pytest.mark.parametrize("path", ["login", "logout", "search", "5/modify"])
async def test_callers_say_who_they_are(server: Server, path: str, headers: dict[str, str], status: int) -> None:
    answer = await server.ask("POST", f"/v1/{path}", headers, envelope(customerid="K") | {"identity_changes": []})
    assert (answer.status in (200, 400, 404)) is (status == 200)
    assert status == 200 or (answer.status, answer.body) == (status, b"")


async def test_an_app_signs_its_identity_request(server: Server) -> None:
    body = json.dumps(envelope(customerid="K")).encode()
    headers = signed("POST", "/v1/login", body) | {"x-mp-key": "us1-server-key"}
    assert (await server.ask("POST", "/v1/login", headers, body)).status == 200


async def test_segment_s_identify_is_still_its_own(server: Server) -> None:
    answer = await server.ask("POST", "/v1/identify", {}, {"writeKey": WEB, "userId": "u", "messageId": "m"})
    assert (answer.status, answer.json) == (200, {"success": True})


async def test_a_customer_is_the_same_person_in_both_dialects(server: Server) -> None:
    mpid = await whose(server, "login", customerid="K", device_application_stamp="d")
    body = {"writeKey": WEB, "userId": "K", "anonymousId": "a", "messageId": "m"}
    await server.ask("POST", "/v1/identify", {}, body)
    source = server.node.context.published_settings.source(WEB)
    assert source is not None
    assert len(server.node.context.stores.identities.persons) == 1
    assert await whose(server, "identify", customerid="K") == mpid


def web_batch(mpid: str, *events: Any, id: str, **more: Any) -> dict[str, Any]:
    """A batch as a page sends it: the MPID and the device, and no other name."""
    return a_batch(*events, source_request_id=id, mpid=mpid, mp_deviceid="d", user_identities=None, **more)


async def test_what_an_anonymous_page_agreed_to_counts_for_the_customer_s_other_batches() -> None:
    server = await a_server(Strategy.CONVERSION)
    mpid = await whose(server, "identify", device_application_stamp="d")
    await page(server, web_batch(mpid, custom("A"), id="1", consent_state=agreed(marketing=True)))
    assert await whose(server, "login", previous=mpid, customerid="C-1042", device_application_stamp="d") == mpid
    await send(server, a_batch(custom("B"), source_request_id="2"))
    assert sent_to(server, "to-ads") == ["A", "B"]
    await page(server, web_batch(mpid, custom("C"), id="3", consent_state=agreed(NOW, marketing=False)))
    await send(server, a_batch(custom("D"), source_request_id="4"))
    assert sent_to(server, "to-ads") == ["A", "B"]
    await server.node.close()


async def test_what_somebody_else_agreed_to_on_a_shared_device_stays_there() -> None:
    server = await a_server(Strategy.LINK)
    ada = await whose(server, "login", customerid="ada", device_application_stamp="d")
    await page(server, web_batch(ada, custom("A"), id="1", consent_state=agreed(marketing=True)))
    ben = await whose(server, "login", customerid="ben", device_application_stamp="d")
    assert ben != ada
    await page(server, web_batch(ben, custom("B"), id="2"))
    await send(server, a_batch(custom("C"), source_request_id="3", user_identities={"customer_id": "ben"}))
    assert sent_to(server, "to-ads") == ["A", "B"]
    assert why_held(server, "to-ads") == ["no consent (never asked about: marketing)"]
    await server.node.close()


async def test_nobody_without_proof_takes_a_customer_s_name() -> None:
    server = await a_server(Strategy.CONVERSION)
    victim = await whose(server, "login", customerid="ada", device_application_stamp="hers")
    evil = await whose(server, "identify", device_application_stamp="evil")
    assert (await rename(server, evil, customerid="ada")).json["change_results"] == []
    assert await whose(server, "login", previous=evil, customerid="ada", device_application_stamp="evil") == victim
    assert await whose(server, "identify", customerid="ada") == victim
    taken = await rename(server, evil, headers=BASIC, customerid="ada")
    assert taken.json == {
        "change_results": [{"identity_type": "customerid", "modified_mpid": evil}],
        "is_logged_in": True,
    }
    assert await whose(server, "identify", customerid="ada") == evil
    await server.node.close()


async def test_where_people_who_share_a_name_are_one_a_name_is_never_taken() -> None:
    server = await a_server(Strategy.MERGE)
    victim = await whose(server, "login", customerid="ada", email="ada@shop.example")
    evil = await whose(server, "identify", device_application_stamp="evil")
    for headers in (KEY, BASIC):
        assert (await rename(server, evil, headers, email="ada@shop.example")).json["change_results"] == []
    assert await whose(server, "search", email="ada@shop.example") == victim
    await server.node.close()


async def test_a_name_that_was_taken_away_leads_to_nobody(server: Server) -> None:
    mpid = await whose(server, "login", customerid="K", email="k@shop.example")
    assert (await rename(server, mpid, BASIC, email=None)).json["is_logged_in"] is True
    assert (await call(server, "search", email="k@shop.example")).status == 404
    assert (await rename(server, mpid, BASIC, customerid=None)).json["is_logged_in"] is False


async def test_a_store_that_is_away_is_told_as_503(server: Server) -> None:
    await server.node.context.stores.close()
    answer = await call(server, "login", customerid="K")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


async def test_a_page_may_ask_before_it_asks(server: Server) -> None:
    headers = {
        "Origin": "https://any.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-mp-key",
    }
    for path in ("/v1/identify", "/v1/login", "/v1/-5/modify"):
        answer = await server.ask("OPTIONS", path, headers)
        assert answer.status == 204
        assert answer.headers["access-control-allow-headers"] == "content-type,x-mp-key"
        assert answer.headers["access-control-allow-origin"] == "https://any.example"
