"""A webhook: the event as JSON, signed by the rules of Standard Webhooks, so that any of its libraries verifies it."""

import hmac
from base64 import b64encode
from typing import Any

from msgspec import json

from placet.consent.sending import DestinationSetting
from placet.outputs.shape import Shaped


def shape(document: dict[str, Any], id: str, to: DestinationSetting, secret: bytes, now: int) -> Shaped:
    """The request that takes an event to a webhook. `id` is the same each time this delivery is tried.

    `secret` is `to.secret` in the clear, empty where it has none; `now` is in epoch ms, the header in seconds.
    """
    body, seconds = json.encode(document), str(now // 1000)
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Idempotency-Key", id),
        ("webhook-id", id),
        ("webhook-timestamp", seconds),
    )
    if secret:
        headers += (("webhook-signature", "v1," + signature(f"{id}.{seconds}.".encode() + body, secret)),)
    return Shaped(to.url, headers, body, to.loopback)


def signature(signed: bytes, secret: bytes) -> str:
    """HMAC-SHA256 in base64 (Standard Webhooks, "Signature scheme"). The secret is used as it is, without a prefix."""
    return b64encode(hmac.digest(secret, signed, "sha256")).decode()
