"""A webhook: the event as JSON, signed as Standard Webhooks specifies, so that any of its libraries verifies it.

Responses: 2xx sent · 408, 410, 425, 429, 5xx except 501 and 505 retried · all others given up.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, json

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    HttpRequest,
    OutgoingEvent,
    Payload,
)
from placet.settings.connections import DestinationType


class WebhookOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    forgets: bool = True


TYPE: Final = DestinationType(
    name="webhook",
    about="any server of one's own: the event as JSON, signed by the rules of Standard Webhooks",
    options=WebhookOptions,
    meanings={
        "forgets": "whether it is told of withdrawals and deletions (`type: consent.withdrawn`, "
        "`type: person.deleted`, with names and purposes)"
    },
    secrets={"": "signs what is sent, so that it can tell us from others"},
)


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload:
    """The event as it is."""
    return Payload(item.document, (item.id,))


def request(rows: Sequence[Payload], config: DestinationConfig, now: int) -> HttpRequest:
    """One event, under the id of its delivery."""
    return signed(json.encode(rows[0].value), rows[0].batch_key[0], config, now)


def signed(body: bytes, id: str, config: DestinationConfig, now: int) -> HttpRequest:
    """A request signed as Standard Webhooks specifies. `now` is in epoch ms, the header in seconds."""
    seconds, secret = str(now // 1000), config.secrets.get("", b"")
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Idempotency-Key", id),
        ("webhook-id", id),
        ("webhook-timestamp", seconds),
    )
    if secret:
        headers += (("webhook-signature", "v1," + signature(f"{id}.{seconds}.".encode() + body, secret)),)
    return HttpRequest(config.url, headers, body, config.to.loopback)


def signature(signed: bytes, secret: bytes) -> str:
    """HMAC-SHA256 in base64 (Standard Webhooks, "Signature scheme"). The secret is used as it is, without a prefix."""
    return b64encode(hmac.digest(secret, signed, "sha256")).decode()


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """A notice of withdrawn purposes, or of a person to be deleted, for the receiver to act on."""
    if not config.options.forgets or not asked.names:
        return ()
    names = [{"kind": name.kind, "value": name.value} for name in asked.names]
    kind = "person.deleted" if asked.deleted else "consent.withdrawn"
    told = {"type": kind, "id": asked.id, "names": names, "purposes": asked.purposes, "at": asked.now}
    body = json.encode(told)
    return (signed(body, asked.id, config, asked.now),)


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    forget=forget,
    forgets="sends `type: consent.withdrawn` or `type: person.deleted` unless `forgets` is false",
)
