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


def send_all(client: Client, user: str, context: dict[str, Any]) -> None:
    """One event of each kind."""
    client.track(user, "Plan Chosen", {"plan": "gold"}, context=context)
    client.identify(user, {"plan": "gold"}, context=context)
    client.page(user, "Docs", "Home", context=context)
    client.screen(user, "Docs", "Home", context=context)
    client.group(user, "g-1", {"name": "Acme"}, context=context)
    client.alias("before", user, context=context)


@pytest.mark.parametrize("packed", [False, True])
def test_the_python_client_delivers_every_kind_of_event(
    deployment: Deployment, receiver: Receiver, packed: bool
) -> None:
    failed: list[Any] = []
    client = Client(KEY, host=deployment.url, gzip=packed, on_error=lambda error, _: failed.append(error))
    send_all(client, "ada", agreed(ads=True))
    send_all(client, "bea", agreed(ads=False))
    client.shutdown()
    until(lambda: len(receiver.at("/counter")) == 12 and len(receiver.at("/ads")) == 6)
    assert failed == []
    assert {event["type"] for event in receiver.at("/ads")} == KINDS
    assert {event.get("userId") for event in receiver.at("/ads")} == {"ada"}
    tracked = next(event for event in receiver.at("/ads") if event["type"] == "track")
    assert tracked["properties"] == {"plan": "gold"}
    assert tracked["context"]["library"]["name"] == "analytics-python"


def test_the_node_client_delivers_every_kind_of_event(deployment: Deployment, receiver: Receiver) -> None:
    question = {"host": deployment.url, "writeKey": KEY, "context": agreed(ads=True)}
    told = ask(SEND, question)
    assert told["failed"] == []
    assert len(told["sent"]) == 6
    until(lambda: set(receiver.ids("/ads")) == set(told["sent"]))
    assert {event["type"] for event in receiver.at("/ads")} == KINDS
    assert "_metadata" not in receiver.at("/ads")[0]


def test_every_delivery_can_be_verified_by_who_knows_the_secret(deployment: Deployment, receiver: Receiver) -> None:
    event = {"type": "track", "event": "A", "userId": "u", "messageId": "verified", "context": agreed(ads=True)}
    assert deployment.post("/v1/track", {**event, "writeKey": KEY}) == 200
    until(lambda: len(receiver.got) == 2)
    for _, headers, body in receiver.got:
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
    until(lambda: set(receiver.ids("/ads")) == set(ids))
    first_times = list(dict.fromkeys(event["messageId"] for event in receiver.at("/ads")))
    assert first_times == ids


def test_what_became_of_an_event_can_be_asked_at_the_command_line(
    deployment: Deployment, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"type": "track", "event": "Asked", "userId": "ada", "messageId": "asked", "context": agreed(ads=False)}
    assert deployment.post("/v1/track", {**event, "writeKey": KEY}) == 200
    until(lambda: receiver.ids("/counter")["asked"] == 1)
    assert run(["explain", "asked", "--store", deployment.store]) == 0
    said = capsys.readouterr().out
    assert "track Asked, taken in by shop/web-events" in said
    assert "to-counter: allowed" in said
    assert "to-ads: held: no consent (refused: ads) (connections/to-ads/purposes)" in said
    assert run(["explain", "nothing", "--store", deployment.store]) == 1
