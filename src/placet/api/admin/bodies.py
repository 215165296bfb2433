"""What tools send and are answered, read and written alike by all routes of the administration."""

from typing import Any, Final, TypeVar

import msgspec

from placet.api.http.request import JSON, Header, Request, Response
from placet.errors import Invalid
from placet.events.event import Event, EventKind
from placet.events.fields import EventFields
from placet.events.identity.extract import promote

T = TypeVar("T")

FRESH: Final[Header] = (b"cache-control", b"no-store")


async def read(request: Request, type: type[T]) -> T:
    """The body as this type. Raises Invalid, Malformed and Refusal."""
    try:
        return msgspec.json.decode(await request.body(), type=type)
    except (ValueError, RecursionError) as why:
        raise Invalid(f"the body cannot be read: {why}") from why


def event_in(payload: dict[str, Any], now: int) -> Event:
    """An event as a tool writes it: a Segment message, of which nothing is required. Raises Invalid."""
    said = payload.get("type", EventKind.TRACK.value)
    if said not in list(EventKind):
        raise Invalid(f"'{said}' is no type of event: choose of {', '.join(EventKind)}")
    kind = EventKind(said)
    name = payload.get("event" if kind is EventKind.TRACK else "name")
    id = payload.get("messageId")
    named = name if isinstance(name, str) else ""
    names = promote(EventFields(payload))
    return Event(id if isinstance(id, str) else "preview", "", kind, now, now, payload, named, identities=names)


def answer(value: object, status: int = 200) -> Response:
    """A value as JSON that nobody keeps."""
    return Response(status, msgspec.json.encode(value), (JSON, FRESH))


def number(request: Request, name: str, usual: int, limit: int) -> int:
    """A number in the query. Raises Invalid."""
    text = request.query().get(name, "")
    if not text:
        return usual
    if not text.isdecimal() or not 1 <= int(text[:9]) <= limit:
        raise Invalid(f"{name} must be a number from 1 to {limit}")
    return int(text)


def key(text: str) -> str:
    """An id of ours, 32 hex digits; "" where there is none. Raises Invalid."""
    try:
        if text and len(bytes.fromhex(text)) != 16:
            raise ValueError
    except ValueError:
        raise Invalid(f"'{text[:64]}' is no id") from None
    return text
