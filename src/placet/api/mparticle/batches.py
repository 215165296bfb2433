"""mParticle's batches become events: what a client wrote about one person, event by event (mparticle.md §1.4)."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from placet.api.mparticle.kinds import NAMED_BY, Named, named_by
from placet.api.mparticle.names import device_names, mpid_of, user_names
from placet.events.clock_skew import FARTHEST, iso
from placet.events.event import Event, EventKind, Identity
from placet.events.identity.extract import as_text
from placet.events.ingest.validate import DropCode
from placet.formats.errors import Malformed
from placet.formats.nesting import check_depth, is_unfit, is_utf8, without_lone_surrogates

T = TypeVar("T")

MAX_EVENTS: Final = 2500
"""Events of a batch; the vendor states no limit, this is the one of our other dialect."""
MAX_BATCHES: Final = 100
MAX_REQUEST: Final = 256 * 1024
MAX_BATCH: Final = 128 * 1024
"""Limits of what servers send: batches of a bulk, and bytes of a request and a batch (mparticle.md §1.3)."""
MAX_REFUSED: Final = 10_000
"""Events of a batch that is too large which are counted."""
MAX_SPREAD: Final = 8 << 20
"""Bytes that what a batch says of all its events may take when each event has it."""
MAX_PART: Final = 32 * 1024
"""Bytes of a part that is decoded: names, types and times."""
READ_AT_ONCE: Final = 64
"""Events read before other requests get their turn."""
NULL: Final = Raw(b"null")
MAX_NAME: Final = 256
"""Characters of an event's name; longer ones are cut (mparticle.md §1.3)."""

SHARED: Final = (
    "environment",
    "user_attributes",
    "deleted_user_attributes",
    "consent_state",
    "device_info",
    "application_info",
    "integration_attributes",
    "partner_identities",
    "attribution_info",
    "context",
    "sdk_version",
    "is_opted_out",
)
"""What a batch says of all its events. The client's address (`ip`) is not among it: nobody asked for it."""

ABOUT_PEOPLE: Final = ("user_identities", "user_attributes", "deleted_user_attributes", "consent_state")
"""A batch without events is worth keeping where it says one of these."""

Fields = dict[str, Raw]

read_fields: Final = msgspec.json.Decoder(Fields).decode
read_items: Final = msgspec.json.Decoder(list[Raw]).decode


class BatchContext(Struct, frozen=True):
    """When something came in (epoch ms), and where ids come from for events without one."""

    received: int
    new_id: Callable[[], str]


class BatchEvents(Struct, frozen=True):
    """The events of a body, and why others were refused."""

    events: tuple[Event, ...] = ()
    refused: tuple[DropCode, ...] = ()

    def __add__(self, other: "BatchEvents") -> "BatchEvents":
        return BatchEvents(self.events + other.events, self.refused + other.refused)


class Common(Struct, frozen=True):
    """What all events of a batch share: their parts, their names, and the batch's own id ("" for none)."""

    id: str
    fields: dict[str, Any]
    identities: tuple[Identity, ...]


async def read_bulk(body: bytes, arrival: BatchContext) -> BatchEvents:
    """Many batches; each that is none is refused by itself. Raises Malformed."""
    if len(body) > MAX_REQUEST:
        raise Malformed(f"the request is larger than {MAX_REQUEST} bytes", "send smaller ones")
    batches = opened(body, read_items, "a list of batches")
    if len(batches) > MAX_BATCHES:
        raise Malformed(f"there are more than {MAX_BATCHES} batches", "send fewer at once")
    found = BatchEvents()
    for raw in batches:
        try:
            found += await read_batch(bytes(raw), arrival, MAX_BATCH)
        except Malformed:
            found += BatchEvents(refused=(DropCode.UNREADABLE,))
    return found


async def read_batch(body: bytes, arrival: BatchContext, limit: int = 0) -> BatchEvents:
    """One batch, at most so many bytes long (0: any). Events that are none are refused one by one. Raises Malformed."""
    if limit and len(body) > limit:
        raise Malformed(f"the batch is larger than {limit} bytes", "send smaller batches")
    sent, body = body, without_lone_surrogates(body)
    fields = opened(body, read_fields, "a batch")
    items = opened(bytes(fields.get("events", b"null")), maybe_items, "a list of events")
    suspect = body != sent or is_unfit(body)
    if len(items) > MAX_EVENTS:
        return BatchEvents(refused=(DropCode.BATCH_TOO_LARGE,) * min(len(items), MAX_REFUSED))
    if len(items) * sum(len(memoryview(fields[name])) for name in SHARED if name in fields) > MAX_SPREAD:
        return BatchEvents(refused=(DropCode.BATCH_TOO_LARGE,) * min(len(items), MAX_REFUSED))
    try:
        common = common_of(fields, suspect)
        said_at = None if items else time_of(fields.get("timestamp_unixtime_ms"))
    except (ValueError, RecursionError) as why:
        raise Malformed("the batch cannot be read", "send JSON that does not nest so deep") from why
    if not items:
        return BatchEvents(tuple(the_person(said_at, common, arrival)))
    found: list[Event | DropCode] = []
    for place, raw in enumerate(items):
        found.append(event_or_code(raw, place, common, suspect, arrival))
        if place % READ_AT_ONCE == READ_AT_ONCE - 1:
            await asyncio.sleep(0)
    events = tuple(one for one in found if isinstance(one, Event))
    return BatchEvents(events, tuple(one for one in found if isinstance(one, DropCode)))


def opened(text: bytes, read: Callable[[bytes], T], what: str) -> T:
    """A body or a part of one as JSON; it may hold parts that are no UTF-8. Raises Malformed."""
    try:
        return read(without_lone_surrogates(text))
    except (ValueError, RecursionError) as why:
        raise Malformed(f"this is not {what}", "send JSON in UTF-8") from why


def maybe_items(text: bytes) -> list[Raw]:
    """A list, empty where there is none."""
    return [] if text == b"null" else read_items(text)


def common_of(fields: Fields, suspect: bool) -> Common:
    """What a batch says of all its events; `suspect`: something in it is unfit, or was mended.

    Raises ValueError and RecursionError.
    """
    if suspect:
        check_parts(fields)
    names = user_names(plain(fields.get("user_identities")))
    mpid, device = mpid_of(plain(fields.get("mpid"))), as_text(plain(fields.get("mp_deviceid")))
    kept: dict[str, Any] = {name: fields[name] for name in SHARED if name in fields and fields[name] != Raw(b"null")}
    said = {"mpid": mpid, "mp_deviceid": device, "userId": names.get("customer_id"), "anonymousId": device or mpid}
    kept |= {name: value for name, value in said.items() if value}
    if names:
        kept["user_identities"] = names
    identities = [Identity(kind, value) for kind, value in names.items()]
    identities += [Identity("mpid", mpid)] if mpid else []
    identities += [Identity("device_application_stamp", device)] if device else []
    identities += device_names(plain(fields.get("device_info")))
    if suspect and any("\ufffd" in one.value for one in identities):
        raise Malformed("a name holds half of a character", "send whole names")
    return Common(text(fields.get("source_request_id")), kept, tuple(dict.fromkeys(identities)))


def check_parts(fields: Fields) -> None:
    """Raises Malformed where what a batch says of all its events is no UTF-8, or nests too deep."""
    for name, raw in fields.items():
        if name == "events":
            continue
        if not is_utf8(bytes(raw)):
            raise Malformed(f"{name} is no UTF-8", "send JSON in UTF-8")
        check_depth(bytes(raw))


def the_person(said_at: int | None, common: Common, arrival: BatchContext) -> Iterator[Event]:
    """A batch without events describes somebody, if it says anything of them."""
    if not any(name in common.fields for name in ABOUT_PEOPLE):
        return
    id = common.id or arrival.new_id()
    yield event_of(id, Named(EventKind.IDENTIFY), {}, said_at, common, arrival)


def event_or_code(raw: Raw, place: int, common: Common, suspect: bool, arrival: BatchContext) -> Event | DropCode:
    """One item of a batch as an event, or why it is none."""
    if suspect and is_unfit(bytes(raw)):
        return DropCode.UNREADABLE
    try:
        item = read_fields(raw)
        data = read_fields(item["data"]) if item.get("data", NULL) != NULL else {}
        type = text(item.get("event_type"))
        named = named_by(type, data)
        id = f"{common.id}:{place}" if common.id else text(data.get("source_message_id")) or arrival.new_id()
        said_at = time_of(data.get("timestamp_unixtime_ms"))
        return event_of(id, named, own_parts(type, data), said_at, common, arrival) if type else DropCode.UNREADABLE
    except (ValueError, RecursionError):
        return DropCode.UNREADABLE


def own_parts(type: str, data: Fields) -> dict[str, Any]:
    """What an event says itself: its attributes, and all else it has, each of them once."""
    parts: dict[str, Any] = {"event_type": type}
    attributes = data.get("custom_attributes")
    if attributes is not None and attributes != Raw(b"null"):
        parts["properties"] = attributes
    if type == "opt_out":
        parts["is_opted_out"] = data.get("is_opted_out", Raw(b"true"))
    known = {"custom_attributes", NAMED_BY.get(type)}
    rest = {name: value for name, value in data.items() if name not in known}
    return parts | ({"data": Raw(msgspec.json.encode(rest))} if rest else {})


def event_of(
    id: str, named: Named, parts: dict[str, Any], said_at: int | None, common: Common, arrival: BatchContext
) -> Event:
    """One event. What a clock that runs ahead says of when it happened counts as now."""
    at = arrival.received if said_at is None else min(said_at, arrival.received)
    name = named.name[:MAX_NAME]
    fields = common.fields | parts
    fields |= {
        "type": named.kind.value,
        "messageId": id,
        "timestamp": iso(at),
        "originalTimestamp": iso(at if said_at is None else said_at),
        "receivedAt": iso(arrival.received),
    }
    if name:
        fields["event" if named.kind is EventKind.TRACK else "name"] = name
    return Event(id, "", named.kind, arrival.received, at, fields, name, named.genre, said_at, common.identities)


def plain(raw: Raw | None) -> Any:
    """A part decoded; None where it is absent. Raises ValueError (also where it is too long) and RecursionError."""
    if raw is not None and len(memoryview(raw)) > MAX_PART:
        raise ValueError("the part is too long")
    return None if raw is None else msgspec.json.decode(raw)


def text(raw: Raw | None) -> str:
    """A part that is a text, else "". Raises as `plain` does."""
    found = plain(raw)
    return found if isinstance(found, str) else ""


def time_of(raw: Raw | None) -> int | None:
    """A time in epoch ms; None for what is none. Raises as `plain` does."""
    found = plain(raw)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return int(found) if 0 <= found <= FARTHEST else None
