"""A webhook gets the event as JSON, signed so that it can be verified by anybody who has the secret."""

import base64
import hashlib
import hmac
import json

from placet.consent.sending import DestinationSetting
from placet.outputs.webhook import shape

HOOK = DestinationSetting("hook", "Hook", "https://hook.example/in?x=1")
EVENT = {"type": "track", "event": "Näh", "properties": {"n": 1}}


def test_the_event_goes_as_json_to_the_address_that_is_set():
    shaped = shape(EVENT, "d1", HOOK, b"", 1_800_000_000_999)
    assert (shaped.url, shaped.loopback) == ("https://hook.example/in?x=1", False)
    assert json.loads(shaped.body) == EVENT
    headers = dict(shaped.headers)
    assert headers["Content-Length"] == str(len(shaped.body))
    assert (headers["webhook-id"], headers["Idempotency-Key"]) == ("d1", "d1")
    assert "webhook-signature" not in headers


def test_the_signature_is_the_one_of_standard_webhooks():
    shaped = shape(EVENT, "d1", HOOK, b"secret", 1_800_000_000_999)
    headers = dict(shaped.headers)
    signed = b"d1.1800000000." + shaped.body
    expected = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert (headers["webhook-timestamp"], headers["webhook-signature"]) == ("1800000000", f"v1,{expected}")
