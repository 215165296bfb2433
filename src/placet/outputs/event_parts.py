"""Reads the fields of an event that destinations need, and builds the common parts of their requests.

A document has the field names of Segment's dialect (`type`, `event`, `properties`, `traits`, `context`, `userId`, …),
whichever dialect the event was sent in.
"""

import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from typing import Any, Final

from msgspec import DecodeError, json

from placet.outputs.destination import (
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    TryAgain,
    UnsupportedEvent,
)

HEARD: Final = 262_144
"""How many bytes of a response body are read where it reports a result for each row."""
FORBIDDEN: Final = (401, 403)

RESERVED: Final = {
    "$firstname": "firstName",
    "$lastname": "lastName",
    "$mobile": "phone",
    "$age": "age",
    "$gender": "gender",
    "$country": "country",
    "$city": "city",
    "$state": "state",
    "$zip": "zip",
    "$address": "address",
}

NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
CURRENCY: Final = re.compile("[A-Z]{3}")

Document = dict[str, Any]


def at(document: Document, *names: str) -> Any:
    """The value at this path, None as soon as a name is missing."""
    value: Any = document
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def text(value: Any) -> str:
    """A text or number as text; empty for every other value."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def kind(document: Document) -> str:
    """The event's type: track, identify, page, screen, group or alias."""
    return text(document.get("type"))


def user(document: Document) -> str:
    """The user id, empty for an anonymous person."""
    return text(document.get("userId"))


def anonymous(document: Document) -> str:
    """The device's anonymous id."""
    return text(document.get("anonymousId"))


def properties(document: Document) -> Document:
    """The properties of the event."""
    return inner(document.get("properties"))


def traits(document: Document) -> Document:
    """The traits of the person: from identify, from the context of other events, or from an mParticle batch.

    The traits of a group event belong to the group and are not included.
    """
    own = {} if kind(document) == "group" else inner(document.get("traits"))
    return own or inner(at(document, "context", "traits")) or attributes(document)


def attributes(document: Document) -> Document:
    """The user attributes of an mParticle batch; reserved names begin with a dollar there (mparticle.md §1.4)."""
    said = inner(document.get("user_attributes"))
    address = text(at(document, "user_identities", "email"))
    found = {RESERVED.get(name, name): value for name, value in said.items()}
    return found | ({"email": address} if address else {})


def inner(value: Any) -> Document:
    """An object as it is, an empty object for every other value."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list as it is, an empty list for every other value."""
    return value if isinstance(value, list) else []


def number_of(value: Any) -> int | float | None:
    """A number, also one written as text; None for booleans and every other value."""
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
        value = int(value) if value.is_integer() else value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def currency_of(value: Any) -> str:
    """A currency by ISO 4217, three letters; empty for every other value."""
    code = text(value).strip().upper()
    return code if CURRENCY.fullmatch(code) else ""


def email(document: Document) -> str:
    """The person's e-mail address, from the traits or the user id.

    A property `email` is not used: consent was not evaluated for the person it belongs to.
    """
    found = text(traits(document).get("email"))
    return found.strip() or (user(document) if "@" in user(document) else "")


def title(document: Document) -> str:
    """A readable name of the event: its event name, or the page or screen viewed."""
    what = kind(document)
    if what in ("page", "screen"):
        name = text(document.get("name"))
        return f"Viewed {name} {what.capitalize()}" if name else f"Viewed a {what.capitalize()}"
    return text(document.get("event"))


def plain(values: Document) -> Document:
    """The values of an object without null; values other than texts, numbers and booleans become JSON text."""
    flat = (str, int, float, bool)
    found = {name: value for name, value in values.items() if value is not None}
    return {n: value if isinstance(value, flat) else json.encode(value).decode() for n, value in found.items()}


def iso(ms: int) -> str:
    """Epoch ms as ISO 8601 in UTC with milliseconds: 2026-03-04T05:06:07.890Z."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def hashed(value: str) -> str:
    """SHA-256 in hex digits, empty for an empty text."""
    return sha256(value.encode()).hexdigest() if value else ""


def short_id(value: str) -> str:
    """An id of 32 hex digits derived from the text, for APIs that accept no longer id."""
    return blake2b(value.encode(), digest_size=16).hexdigest()


def unsupported(document: Document) -> UnsupportedEvent:
    """The result for an event type that the destination does not support."""
    return UnsupportedEvent(f"it does not take events of the type {kind(document) or '(none)'}")


def nobody() -> UnsupportedEvent:
    """The result for an event without an identifier that the destination requires."""
    return UnsupportedEvent("it names nobody whom the destination could know")


def basic(name: str, secret: str = "") -> tuple[str, str]:
    """The header for Basic authentication (RFC 7617)."""
    return ("Authorization", "Basic " + b64encode(f"{name}:{secret}".encode()).decode())


def bearer(token: str) -> tuple[str, str]:
    """The header for a bearer token (RFC 6750)."""
    return ("Authorization", f"Bearer {token}")


def post(
    config: DestinationConfig, path: str, body: Any, *headers: tuple[str, str], base: str = "", hears: int = HEARD
) -> HttpRequest:
    """A JSON request to a path of the destination, or of another of its servers (`base`)."""
    content = json.encode(body)
    usual = (("Content-Type", "application/json"), ("Content-Length", str(len(content))))
    return HttpRequest(
        (base or config.url).rstrip("/") + path, (*usual, *headers), content, config.to.loopback, reads_body=hears
    )


def values(rows: "Any") -> list[Any]:
    """The values of the payloads."""
    return [row.value for row in rows]


def by_itself(item: OutgoingEvent, value: Any) -> Payload:
    """A payload that shares its request with no other."""
    return Payload(value, (item.id,))


def said(reply: Reply) -> Document:
    """The response body as an object; empty where it is not one."""
    try:
        return inner(json.decode(reply.body))
    except DecodeError:
        return {}


def patient(reply: Reply) -> Reply:
    """The same reply, except that rejected credentials are retried, since an operator can fix them."""
    if isinstance(reply, Rejected) and reply.status in FORBIDDEN:
        return TryAgain(f"{reply.why}: it does not accept our credentials", None, reply.status, reply.body)
    return reply


def patiently(reply: Reply, rows: Any) -> tuple[Reply, ...]:
    """`patient` for every row."""
    return (patient(reply),) * len(rows)
