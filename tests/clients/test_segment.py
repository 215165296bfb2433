"""Segment's own clients, unmodified, send to us and notice no difference; what arrives obeys consent."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from on_node import ask
from segment.analytics import Client

from placet.cli import run
from tests.clients.deployment import KEY, SECRET, Deployment, Receiver, until

SEND = Path(__file__).parent / "node-segment" / "send.cjs"
KINDS = {"track", "identify", "page", "screen", "group", "alias"}


def agreed(ads: bool) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": {"C0001": True, "C0004": ads}}}


def send_all(client: Client, user: str, context: dict[str, Any]) -> set[str]:
    """One event of each kind; their ids."""
    queued = [
        client.track(user, "Plan Chosen", {"plan": "gold"}, context=context),
        client.identify(user, {"plan": "gold"}, context=context),
        client.page(user, "Docs", "Home", context=context),
        client.screen(user, "Docs", "Home", context=context),
        client.group(user, "g-1", {"name": "Acme"}, context=context),
        client.alias("before", user, context=context),
    ]
    return {message["messageId"] for _, message in queued}


def came(receiver: Receiver, path: str, ids: set[str]) -> list[dict[str, Any]]:
    """Those of these events that came to a path; those of an earlier test may still come, too."""
    return [event for event in receiver.at(path) if event["messageId"] in ids]


@pytest.mark.parametrize("packed", [False, True])
def test_the_python_client_delivers_every_kind_of_event(
    deployment: Deployment, receiver: Receiver, packed: bool
) -> None:
    failed: list[Any] = []
    client = Client(KEY, host=deployment.url, gzip=packed, on_error=lambda error, _: failed.append(error))
    ada = send_all(client, "ada", agreed(ads=True))
    bea = send_all(client, "bea", agreed(ads=False))
    client.shutdown()
    until(lambda: (ada | bea) <= receiver.ids("/counter").keys() and ada <= receiver.ids("/ads").keys())
    assert failed == []
    arrived = came(receiver, "/ads", ada | bea)
    assert {event["type"] for event in arrived} == KINDS
    assert {event.get("userId") for event in arrived} == {"ada"}
    tracked = next(event for event in arrived if event["type"] == "track")
    assert tracked["properties"] == {"plan": "gold"}
    assert tracked["context"]["library"]["name"] == "analytics-python"


def test_the_node_client_delivers_every_kind_of_event(deployment: Deployment, receiver: Receiver) -> None:
    question = {"host": deployment.url, "writeKey": KEY, "context": agreed(ads=True)}
    told = ask(SEND, question)
    assert told["failed"] == []
    ids = set(told["sent"])
    assert len(ids) == 6
    until(lambda: ids <= receiver.ids("/ads").keys())
    assert {event["type"] for event in came(receiver, "/ads", ids)} == KINDS
    assert not any("_metadata" in event for event in came(receiver, "/ads", ids))


def test_every_delivery_can_be_verified_by_who_knows_the_secret(deployment: Deployment, receiver: Receiver) -> None:
    event = {"type": "track", "event": "A", "userId": "u", "messageId": "verified", "context": agreed(ads=True)}
    assert deployment.post("/v1/track", {**event, "writeKey": KEY}) == 200
    until(lambda: all(receiver.ids(path)["verified"] for path in ("/counter", "/ads")))
    for headers, body in [(headers, body) for _, headers, body in receiver.got if body.get("messageId") == "verified"]:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
        signed += json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"


def test_a_destination_that_was_away_gets_everything_in_order_once_it_is_back(
    deployment: Deployment, receiver: Receiver
) -> None:
    receiver.status = 503
    ids = [f"away{n}" for n in range(5)]
    items = [{"type": "track", "event": "A", "userId": "u", "messageId": id, "context": agreed(ads=True)} for id in ids]
    assert deployment.post("/v1/batch", {"batch": items, "writeKey": KEY}) == 200
    until(lambda: receiver.ids("/ads")["away0"] > 0)
    receiver.status = 200
    until(lambda: set(ids) <= receiver.ids("/ads").keys())
    first_times = list(dict.fromkeys(event["messageId"] for event in came(receiver, "/ads", set(ids))))
    assert first_times == ids


def test_what_became_of_an_event_can_be_asked_at_the_command_line(
    deployment: Deployment, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"type": "track", "event": "Asked", "userId": "ada", "messageId": "asked", "context": agreed(ads=False)}
    assert deployment.post("/v1/track", {**event, "writeKey": KEY}) == 200
    until(lambda: receiver.ids("/counter")["asked"] >= 1)
    assert run(["explain", "asked", "--store", deployment.store]) == 0
    said = capsys.readouterr().out
    assert "track Asked, taken in by shop/web-events" in said
    assert "to-counter: allowed" in said
    assert "to-ads: held: no consent (refused: ads) (connections/to-ads/purposes)" in said
    assert run(["explain", "nothing", "--store", deployment.store]) == 1
