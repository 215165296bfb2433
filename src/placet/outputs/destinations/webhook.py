"""A webhook: the event as JSON, signed by the rules of Standard Webhooks, so that any of its libraries verifies it.

What is answered: 2xx sent · 408, 410, 425, 429, 5xx but 501 and 505 try again · all else given up.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, json

from placet.consent.sending import DestinationType
from placet.outputs.shape import Forgetting, Item, Row, Shape, Shaped, Way


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What a webhook can be told."""

    forgets: bool = True


TYPE: Final = DestinationType(
    name="webhook",
    about="any server of one's own: the event as JSON, signed by the rules of Standard Webhooks",
    options=Options,
    meanings={
        "forgets": "whether it is told of withdrawals and deletions (`type: consent.withdrawn`, "
        "`type: person.deleted`, with names and purposes)"
    },
    secrets={"": "signs what is sent, so that it can tell us from others"},
)


def row(item: Item, _: Way) -> Row:
    """The event as it is."""
    return Row(item.document, (item.id,))


def request(rows: Sequence[Row], way: Way, now: int) -> Shaped:
    """One event, under the id of its delivery."""
    return signed(json.encode(rows[0].value), rows[0].lane[0], way, now)


def signed(body: bytes, id: str, way: Way, now: int) -> Shaped:
    """A request as Standard Webhooks wants it. `now` is in epoch ms, the header in seconds."""
    seconds, secret = str(now // 1000), way.secrets.get("", b"")
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Idempotency-Key", id),
        ("webhook-id", id),
        ("webhook-timestamp", seconds),
    )
    if secret:
        headers += (("webhook-signature", "v1," + signature(f"{id}.{seconds}.".encode() + body, secret)),)
    return Shaped(way.url, headers, body, way.to.loopback)


def signature(signed: bytes, secret: bytes) -> str:
    """HMAC-SHA256 in base64 (Standard Webhooks, "Signature scheme"). The secret is used as it is, without a prefix."""
    return b64encode(hmac.digest(secret, signed, "sha256")).decode()


def forget(asked: Forgetting, way: Way) -> tuple[Shaped, ...]:
    """What was withdrawn, or who is to be deleted: to be stopped and deleted there."""
    if not way.options.forgets or not asked.names:
        return ()
    names = [{"kind": name.kind, "value": name.value} for name in asked.names]
    kind = "person.deleted" if asked.deleted else "consent.withdrawn"
    told = {"type": kind, "id": asked.id, "names": names, "purposes": asked.purposes, "at": asked.now}
    body = json.encode(told)
    return (signed(body, asked.id, way, asked.now),)


SHAPE: Final = Shape(
    TYPE,
    row,
    request,
    forget=forget,
    forgets="sends `type: consent.withdrawn` or `type: person.deleted` unless `forgets` is false",
)
