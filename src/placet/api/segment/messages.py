"""Segment's messages become events: what a client wrote, its clock corrected, its own words kept (segment.md §1)."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from placet.events.clock_skew import correct_clock, iso
from placet.events.event import Event, EventKind
from placet.events.fields import EventFields
from placet.events.identity.extract import promote, promote_previous
from placet.events.ingest.validate import DropCode
from placet.formats.errors import Malformed
from placet.formats.nesting import check_depth, is_unfit, without_lone_surrogates

T = TypeVar("T")

MAX_EVENTS: Final = 2500
MAX_EVENT: Final = 32 * 1024
MAX_BATCH: Final = 500 * 1024
"""Limits of a batch, and in bytes of an event and a body (segment.md §1.5)."""

MAX_REFUSED: Final = 10_000
"""Items of a batch that is too large which are counted."""

MAX_SPREAD: Final = 8 << 20
"""Bytes that what a batch says for all its items may take when each item has it."""

READ_AT_ONCE: Final = 64
"""Items read before other requests get their turn."""

NULL: Final = Raw(b"null")

OURS: Final = ("writeKey", "_metadata")
"""What clients say to the server and to nobody behind it."""

KINDS: Final = {kind.value: kind for kind in EventKind}

Fields = dict[str, Raw]


class MessageContext(Struct, frozen=True):
    """When something came in (epoch ms), and where ids come from for messages without one."""

    received: int
    new_id: Callable[[], str]


class Outer(Struct, frozen=True):
    """A batch's own part: what it says for all its items."""

    batch: list[Raw]
    writeKey: Raw = NULL  # noqa: N815 - Segment's spelling
    sentAt: Raw = NULL  # noqa: N815 - as the wire spells it
    context: Raw = NULL
    integrations: Raw = NULL

    @property
    def size(self) -> int:
        """Bytes of what it says besides its items."""
        return sum(len(memoryview(raw)) for raw in (self.writeKey, self.sentAt, self.context, self.integrations))


class Shared(Struct, frozen=True):
    """What a batch says for all its items: parts, and when it was sent."""

    parts: dict[str, Any]
    sent_at: Any


class MessageEvents(Struct, frozen=True):
    """The events of a body, why others were refused, and the write key the body names ("" for none)."""

    write_key: str
    events: tuple[Event, ...] = ()
    refused: tuple[DropCode, ...] = ()


read_outer: Final = msgspec.json.Decoder(Outer).decode
read_fields: Final = msgspec.json.Decoder(Fields).decode


def read_message(body: bytes, kind: EventKind, arrival: MessageContext) -> MessageEvents:
    """A body with one message, of the kind its route says. Raises Malformed."""
    if len(body) > MAX_EVENT:
        raise Malformed(f"the event is larger than {MAX_EVENT} bytes", "send less with one event")
    check_depth(body)
    return opened(body, lambda readable: message_of(read_fields(readable), kind, arrival))


def message_of(fields: Fields, kind: EventKind, arrival: MessageContext) -> MessageEvents:
    """One message. Raises ValueError where its parts cannot be read."""
    event = event_of(fields, kind, corrected_by(fields, None), arrival)
    if is_mended(event):
        raise ValueError("a name holds half of a character")
    return MessageEvents(text(fields.get("writeKey")), (event,))


async def read_batch(body: bytes, arrival: MessageContext) -> MessageEvents:
    """A body with a batch. Items that are no messages are refused one by one. Raises Malformed."""
    if len(body) > MAX_BATCH:
        raise Malformed(f"the batch is larger than {MAX_BATCH} bytes", "send smaller batches")
    sent, body = body, without_lone_surrogates(body)
    try:
        outer = read_outer(body)
    except (ValueError, RecursionError) as why:
        raise Malformed("malformed JSON", "send one JSON object in UTF-8") from why
    if len(outer.batch) > MAX_EVENTS:
        return MessageEvents(key_of(outer), refused=(DropCode.BATCH_TOO_LARGE,) * min(len(outer.batch), MAX_REFUSED))
    if not outer.batch:
        return MessageEvents(key_of(outer), refused=(DropCode.EMPTY_BATCH,))
    if outer.size * len(outer.batch) > MAX_SPREAD:
        return MessageEvents(key_of(outer), refused=(DropCode.BATCH_TOO_LARGE,) * min(len(outer.batch), MAX_REFUSED))
    suspect = body != sent or is_unfit(body)
    shared = shared_of(outer)
    found: list[Event | DropCode] = []
    for place, raw in enumerate(outer.batch, 1):
        found.append(DropCode.UNREADABLE if shared is None else item(raw, shared, suspect, arrival))
        if place % READ_AT_ONCE == 0:
            await asyncio.sleep(0)
    events = tuple(one for one in found if isinstance(one, Event))
    return MessageEvents(key_of(outer), events, tuple(one for one in found if isinstance(one, DropCode)))


def shared_of(outer: Outer) -> Shared | None:
    """What a batch says for all its items; None where no item could have it. Raises Malformed."""
    if outer.size > MAX_EVENT:
        return None
    try:
        said = {"context": plain(outer.context), "integrations": plain(outer.integrations)}
        return Shared({name: value for name, value in said.items() if value is not None}, plain(outer.sentAt))
    except (ValueError, RecursionError) as why:
        raise Malformed("malformed JSON", "send one JSON object in UTF-8") from why


def opened(body: bytes, read: Callable[[bytes], T]) -> T:
    """A body as JSON, whatever its content type says; lone surrogates become U+FFFD. Raises Malformed."""
    try:
        body.decode()
        return read(without_lone_surrogates(body))
    except (ValueError, RecursionError) as why:
        raise Malformed("malformed JSON", "send one JSON object in UTF-8") from why


def key_of(outer: Outer) -> str:
    """The write key of a batch: its own, else its first item's."""
    try:
        own = text(outer.writeKey) if len(memoryview(outer.writeKey)) <= MAX_EVENT else ""
        if own or not outer.batch or len(memoryview(outer.batch[0])) > MAX_EVENT:
            return own
        return text(read_fields(outer.batch[0]).get("writeKey"))
    except (ValueError, RecursionError):
        return ""


def item(raw: Raw, shared: Shared, suspect: bool, arrival: MessageContext) -> Event | DropCode:
    """An item as an event, or why it is none. `suspect`: something in its batch is unfit, or was mended."""
    try:
        if len(memoryview(raw)) > MAX_EVENT or (suspect and is_unfit(bytes(raw))):
            return DropCode.UNREADABLE
        fields = read_fields(raw)
        kind = KINDS.get(text(fields.get("type")))
        if kind is None:
            return DropCode.UNREADABLE
        joined(fields, shared.parts)
        event = event_of(fields, kind, corrected_by(fields, shared.sent_at), arrival)
        return DropCode.UNREADABLE if suspect and is_mended(event) else event
    except (ValueError, RecursionError):
        return DropCode.UNREADABLE


def joined(fields: Fields, shared: dict[str, Any]) -> None:
    """Lay an item's own context and integrations over those of its batch, key by key.

    What is no object there speaks for items that say nothing themselves: judging takes it for unreadable.
    """
    for name, common in shared.items():
        own = msgspec.json.decode(fields[name]) if name in fields else None
        if not isinstance(common, dict):
            fields[name] = Raw(msgspec.json.encode(common)) if own is None else fields[name]
            continue
        if own is None or isinstance(own, dict):
            fields[name] = Raw(msgspec.json.encode({**common, **(own or {})}))


def corrected_by(fields: Fields, outer: Any) -> tuple[Any, Any]:
    """What the device says of when it happened and when it sent."""
    return plain(fields.get("timestamp")), plain(fields.get("sentAt")) or outer


def event_of(fields: Fields, kind: EventKind, said: tuple[Any, Any], arrival: MessageContext) -> Event:
    """One message as an event. Raises ValueError and RecursionError where its names cannot be read."""
    when = correct_clock(*said, arrival.received)
    id = text(fields.get("messageId")) or arrival.new_id()
    kept: dict[str, Any] = {name: value for name, value in fields.items() if name not in OURS}
    kept |= {
        "type": kind.value,
        "messageId": id,
        "timestamp": iso(when.at),
        "originalTimestamp": iso(arrival.received if when.said_at is None else when.said_at),
        "receivedAt": iso(arrival.received),
    }
    name = text(fields.get("event" if kind is EventKind.TRACK else "name"))
    facts = EventFields(kept)
    before = promote_previous(facts) if kind is EventKind.ALIAS else ()
    places = (id, "", kind, arrival.received, when.at, kept, name)
    return Event(*places, said_at=when.said_at, identities=promote(facts), previous=before)


def is_mended(event: Event) -> bool:
    """Does a name hold U+FFFD? Different names may have become the same one: nobody is known by it."""
    return any("\ufffd" in one.value for one in (*event.identities, *event.previous))


def plain(raw: Raw | None) -> Any:
    """A part decoded; None where it is absent. Raises ValueError and RecursionError."""
    return None if raw is None else msgspec.json.decode(raw)


def text(raw: Raw | None) -> str:
    """A part that is a text, else "". Raises as `plain` does."""
    found = plain(raw)
    return found if isinstance(found, str) else ""
