"""Apps write two letters for every word; what they say is the same (mparticle.md §3.5)."""

import json
from typing import Any

import pytest

from placet.api.mparticle.compact_batches import spelled_out
from placet.formats.errors import Malformed
from tests.api.mparticle.sample_shop import NOW, SERVER, a_batch, app, counted, documents, events, sent_to, signed
from tests.api.node_context import SECRET, Server

MESSAGES = [
    {"dt": "ss", "id": "m0", "ct": NOW, "sid": "s"},
    {"dt": "e", "id": "m1", "ct": NOW - 500, "n": "Plan Chosen", "et": "UserPreference", "attrs": {"plan": "gold"},
     "lc": {"lat": 1.5, "lng": 2.5, "acc": 3}},
    {"dt": "v", "id": "m2", "n": "Home"},
    {"dt": "cm", "id": "m3", "cu": "EUR", "pd": {"an": "purchase", "tr": 9.5, "pl": [{"id": "sku", "pr": 9.5}]}},
    {"dt": "cm", "id": "m4", "pm": {"an": "click", "pl": [{"id": "p", "nm": "Sale"}]}},
    {"dt": "cm", "id": "m5", "pi": [{"pil": "list", "pl": [{"id": "sku"}]}]},
    {"dt": "ast", "id": "m6", "t": "app_back"},
    {"dt": "uac", "id": "m7", "n": "plan", "nv": "gold", "ov": None, "na": True},
    {"dt": "se", "id": "m8", "sl": 1000},
]  # fmt: skip

BATCH: dict[str, Any] = {
    "dt": "h",
    "id": "batch-1",
    "ct": NOW,
    "sdk": "5.60.0",
    "oo": False,
    "dbg": False,
    "mpid": -5012345678901234567,
    "das": "das-1",
    "ui": [{"n": 1, "i": "C-1042", "dfs": NOW, "f": False}, {"n": 7, "i": "a@shop.example"}],
    "ua": {"plan": "gold"},
    "ai": {"an": "Shop", "av": "1.2", "apn": "example.shop"},
    "di": {"dp": "Android", "dma": "Acme", "gaid": "g", "lat": "true"},
    "con": {
        "gdpr": {"marketing": {"c": True, "ts": NOW - 1000}, "run": {"c": False, "ts": NOW - 1000, "d": "", "l": ""}},
        "ccpa": {"data_sale_opt_out": {"c": True, "ts": NOW - 1000}},
    },
    "msgs": MESSAGES,
}


def spelled(batch: Any) -> Any:
    return json.loads(spelled_out(json.dumps(batch).encode()))


def test_a_compact_batch_is_spelled_out() -> None:
    said = spelled(BATCH)
    assert said["source_request_id"] == "batch-1"
    assert said["mpid"] == -5012345678901234567
    assert said["user_identities"] == {"customer_id": "C-1042", "email": "a@shop.example"}
    assert said["application_info"] == {"application_name": "Shop", "application_version": "1.2",
                                        "package": "example.shop"}  # fmt: skip
    assert said["device_info"]["limit_ad_tracking"] is True
    assert said["environment"] == "production"
    assert spelled(BATCH | {"dbg": True})["environment"] == "development"
    assert said["consent_state"]["gdpr"]["marketing"] == {"consented": True, "timestamp_unixtime_ms": NOW - 1000}
    assert said["consent_state"]["ccpa"]["data_sale_opt_out"]["consented"] is True


def test_compact_messages_are_spelled_out() -> None:
    first, event, _, purchase, promotion, impression, state, change, last = spelled(BATCH)["events"]
    assert first["event_type"] == "session_start"
    assert event["event_type"] == "custom_event"
    assert event["data"] == {
        "source_message_id": "m1",
        "timestamp_unixtime_ms": NOW - 500,
        "event_name": "Plan Chosen",
        "custom_event_type": "user_preference",
        "custom_attributes": {"plan": "gold"},
        "location": {"latitude": 1.5, "longitude": 2.5, "accuracy": 3},
    }
    assert purchase["data"]["product_action"] == {
        "action": "purchase", "total_amount": 9.5, "products": [{"id": "sku", "price": 9.5}]}  # fmt: skip
    assert purchase["data"]["currency_code"] == "EUR"
    assert promotion["data"]["promotion_action"] == {"action": "click", "promotions": [{"id": "p", "name": "Sale"}]}
    assert impression["data"]["product_impressions"][0]["products"] == [{"id": "sku"}]
    assert state["data"]["application_transition_type"] == "application_background"
    assert change["data"]["new"] == "gold" and change["data"]["is_new_attribute"] is True
    assert last["data"]["session_duration_ms"] == 1000


@pytest.mark.parametrize("said", [a_batch(), {"events": []}, {}])
def test_a_batch_in_full_words_stays_as_it_is(said: Any) -> None:
    body = json.dumps(said).encode()
    assert spelled_out(body) == body


@pytest.mark.parametrize("odd", [
    {"con": "nonsense"}, {"con": {"gdpr": 5, "ccpa": {"data_sale_opt_out": 1}}}, {"ui": 5}, {"ui": [5, {}]},
    {"di": []}, {"ai": 1}, {"msgs": 5}, {"msgs": [5, {"dt": 5}, {"dt": ["e"]}, {}]}, {"sh": {}}, {"ctx": {"dpln": 1}},
    {"msgs": [{"dt": "cm", "pd": 5, "pm": [], "pi": [5]}, {"dt": "e", "lc": 5, "et": 5}, {"dt": "ast", "t": 5}]},
])  # fmt: skip
async def test_whatever_an_app_writes_it_is_not_told_that_we_broke(server: Server, odd: Any) -> None:
    assert (await app(server, BATCH | odd)).status == 202


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":' * 5000 + b"1" + b"}" * 5000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        spelled_out(body)


async def test_an_app_is_told_that_what_it_sent_is_no_batch(server: Server) -> None:
    target = f"/v2/{SERVER}/events"
    answer = await server.ask("POST", target, signed("POST", target, b"[]"), b"[]")
    assert (answer.status, answer.json["errors"][0]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("target", [f"/v2/{SERVER}/events", f"/nativeevents/v2/{SERVER}/events"])
async def test_an_app_s_batch_is_kept_with_its_consent(server: Server, target: str) -> None:
    assert (await app(server, BATCH, target)).status == 202
    assert len(events(server)) == len(MESSAGES)
    assert counted(server)["kept"] == len(MESSAGES)
    assert "Plan Chosen" in sent_to(server, "to-ads")
    assert documents(server)[1]["user_identities"]["customer_id"] == "C-1042"


@pytest.mark.parametrize("odd", [{"msgs": 5}, {"msgs": []} | {"sh": "m1"}, {"msgs": "m1"}])
async def test_what_is_no_list_of_messages_is_counted_as_refused(server: Server, odd: Any) -> None:
    assert (await app(server, BATCH | odd)).status == 202
    assert counted(server)["invalid_request"] == 1


@pytest.mark.parametrize("yes", [True, "true", 1])
async def test_an_app_that_opted_out_refuses_everything(server: Server, yes: Any) -> None:
    granted = {"gdpr": {"marketing": {"c": True, "ts": NOW - 1000}}}
    out = BATCH | {"oo": yes, "con": granted, "msgs": [{"dt": "e", "id": "m9", "n": "A", "et": "Other"}]}
    assert (await app(server, out)).status == 202
    assert sent_to(server, "to-ads") == []


async def test_what_an_app_kept_from_earlier_sessions_comes_first(server: Server) -> None:
    earlier = {"dt": "e", "id": "m-old", "n": "Old", "et": "Other"}
    assert (await app(server, BATCH | {"sh": [earlier], "msgs": MESSAGES[:1]})).status == 202
    assert [event.name for event in events(server)] == ["Old", "session_start"]


def test_the_secret_of_an_app_is_its_input_s() -> None:
    assert signed("GET", "/v4/k/config", secret=SECRET) != signed("GET", "/v4/k/config", secret="x")
