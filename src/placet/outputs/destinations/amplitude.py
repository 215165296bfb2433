"""Amplitude by its HTTP V2 API, whose error responses name the events that made a batch fail.

Facts: amplitude.com/docs/apis/analytics/http-v2 (upload limits, responses), …/identify, …/user-privacy (deletion).
Responses: 200 sent · 400 that names events: those are given up, the others retried at once, since none was stored · 429
all retried after half a minute, throttled ones included · 413 each retried alone · 5xx retried.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    anonymous,
    at,
    basic,
    kind,
    nobody,
    patient,
    post,
    properties,
    said,
    text,
    title,
    traits,
    unsupported,
    user,
    values,
)
from placet.outputs.reserved_names import Limits, Size, reserving
from placet.settings.connections import DestinationType

NAMED: Final = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")
"""Fields of an error response that list events by index: each maps a field to indexes."""
COOLING: Final = 30.0
"""The delay the vendor asks for after a throttled event, in seconds."""


RULES: Final = reserving(
    "user_id device_id api_key insert_id session_id $insert_id $set $setonce $add $append $prepend "
    "$unset $clearall $remove $preinsert $postinsert ",
    Limits(id=Size(1024), event=Size(1024, cut=True), value=Size(1024, cut=True)),
)
"""All texts have at most 1024 characters (…/http-v2, "String character limit"); whether longer ones are truncated is
not published, so names and values are truncated and a longer id holds the event. Reserved are names that identify
or command, also among properties (amplitude.com/docs: http-v2, identify)."""


class AmplitudeOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    min_id_length: int = 1
    privacy: str = "https://amplitude.com"


TYPE: Final = DestinationType(
    name="amplitude",
    about="Amplitude by its HTTP V2 API",
    options=AmplitudeOptions,
    meanings={
        "min_id_length": "the shortest id of a user or device that is taken",
        "privacy": "the address of the privacy API (in Europe https://analytics.eu.amplitude.com)",
    },
    url="https://api2.amplitude.com",
    secrets={"": "the project's API key", "secret_key": "the project's secret key, to forget people"},
    needs=("",),
)


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload | UnsupportedEvent:
    """One event; the traits of identify become user properties."""
    document = item.document
    if kind(document) not in ("track", "page", "screen", "identify"):
        return unsupported(document)
    if not (user(document) or anonymous(document)):
        return nobody()
    context = {
        "user_id": user(document),
        "device_id": anonymous(document),
        "insert_id": text(document.get("messageId")) or item.id,
        "ip": text(at(document, "context", "ip")),
        "language": text(at(document, "context", "locale")),
        "platform": text(at(document, "context", "device", "type")),
        "os_name": text(at(document, "context", "os", "name")),
        "os_version": text(at(document, "context", "os", "version")),
        "app_version": text(at(document, "context", "app", "version")),
    }
    known = {name: value for name, value in context.items() if value}
    return Payload(known | {"time": item.at} | what(document))


def what(document: dict[str, Any]) -> dict[str, Any]:
    """The type and properties of the event."""
    if kind(document) == "identify":
        return {"event_type": "$identify", "user_properties": {"$set": RULES.allowed(traits(document))}}
    return {"event_type": title(document), "event_properties": RULES.allowed(properties(document))}


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """One batch request."""
    options = {"min_id_length": config.options.min_id_length}
    return post(config, "/2/httpapi", {"api_key": config.secret(), "events": values(rows), "options": options})


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """Amplitude stores nothing of a rejected batch: invalid events are given up, the others retried at once."""
    body = said(reply)
    if isinstance(reply, TryAgain) and reply.status == 429:
        return (TryAgain("it throttles us", reply.after or COOLING, 429),) * len(rows)
    bad = {place: field for name in NAMED for field, places in spots(body.get(name)) for place in places}
    bad |= dict.fromkeys(body.get("silenced_events") or [], "silenced device")
    if not isinstance(reply, Rejected) or not bad:
        return (patient(reply),) * len(rows)
    again = TryAgain("another event of its batch was bad", 0.0, reply.status)
    return tuple(Rejected(f"bad {bad[at]}", reply.status) if at in bad else again for at in range(len(rows)))


def spots(listed: Any) -> list[tuple[str, list[int]]]:
    """Fields, each with the indexes of the events in which it is invalid."""
    return [(name, places) for name, places in listed.items()] if isinstance(listed, dict) else []


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """A deletion request to the user privacy API."""
    users, secret = asked.users, config.secret("secret_key")
    if not users or not secret:
        return ()
    body = {"user_ids": list(users), "requester": "placet", "ignore_invalid_id": "true", "delete_from_org": "False"}
    credentials = basic(config.secret(), secret)
    return (post(config, "/api/2/deletions/users", body, credentials, base=config.options.privacy),)


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=1000,
    bytes=900_000,
    replies=replies,
    alone=True,
    forget=forget,
    forgets="deletes by user id (needs the secret `secret_key`)",
)
