"""A webhook gets the event as JSON, signed so that it can be verified by anybody who has the secret."""

import base64
import hashlib
import hmac
import json

from msgspec.structs import replace

from placet.events.event import Identity
from placet.outputs.destination import DestinationConfig, ErasureRequest, HttpRequest, OutgoingEvent
from placet.outputs.destinations.webhook import WebhookOptions, forget, request, row
from placet.settings.connections import DestinationSetting

HOOK = DestinationSetting("hook", "Hook", "https://hook.example/in?x=1")
EVENT = {"type": "track", "event": "Näh", "properties": {"n": 1}}
ADA = ErasureRequest((Identity("user_id", "ada"),), "f1", 1_800_000_000_999, ("measurement",))


def config(secret: bytes = b"", **options: bool) -> DestinationConfig:
    return DestinationConfig(HOOK, WebhookOptions(**options), {"": secret} if secret else {}, HOOK.url)


def shaped(to: DestinationConfig) -> HttpRequest:
    return request([row(OutgoingEvent("d1", EVENT, 1), to)], to, 1_800_000_000_999)


def test_the_event_goes_as_json_to_the_address_that_is_set():
    made = shaped(config())
    assert (made.url, made.loopback) == ("https://hook.example/in?x=1", False)
    assert json.loads(made.body) == EVENT
    headers = dict(made.headers)
    assert headers["Content-Length"] == str(len(made.body))
    assert (headers["webhook-id"], headers["Idempotency-Key"]) == ("d1", "d1")
    assert "webhook-signature" not in headers


def test_the_signature_is_the_one_of_standard_webhooks():
    made = shaped(config(b"secret"))
    headers = dict(made.headers)
    signed = b"d1.1800000000." + made.body
    expected = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert (headers["webhook-timestamp"], headers["webhook-signature"]) == ("1800000000", f"v1,{expected}")


def test_a_withdrawal_is_told_signed_and_under_an_id_of_its_own():
    (made,) = forget(ADA, config(b"secret"))
    assert json.loads(made.body) == {
        "type": "consent.withdrawn",
        "id": "f1",
        "names": [{"kind": "user_id", "value": "ada"}],
        "purposes": ["measurement"],
        "at": 1_800_000_000_999,
    }
    assert dict(made.headers)["webhook-id"] == "f1"
    assert dict(made.headers)["webhook-signature"].startswith("v1,")


def test_a_receiver_that_wants_no_withdrawals_is_told_none():
    assert forget(ADA, config(b"secret", forgets=False)) == ()


def test_whoever_is_to_be_deleted_altogether_is_told_as_such():
    (made,) = forget(replace(ADA, deleted=True), config())
    assert (json.loads(made.body)["type"], json.loads(made.body)["purposes"]) == ("person.deleted", ["measurement"])
