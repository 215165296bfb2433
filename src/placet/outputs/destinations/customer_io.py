"""Customer.io by its Track API: people and their events by v2's batch, events of anonymous devices by v1's events.

Facts: docs.customer.io/api/track: "Send multiple requests" (v2 batch: limits, 207), "Track an anonymous event",
"Suppress a customer profile".
Responses: 200 sent · 207 those that `errors` lists are given up, all others sent · 400 each retried alone, then given
up · 401, 403, 429, 5xx retried.
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

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
    Sent,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    anonymous,
    at,
    basic,
    by_itself,
    inner,
    kind,
    listed,
    nobody,
    patient,
    post,
    properties,
    said,
    text,
    traits,
    unsupported,
    user,
    values,
)
from placet.outputs.reserved_names import Limits, Size, reserving
from placet.settings.connections import DestinationType

BATCH: Final = ("batch",)
LONGEST_EVENT: Final = Size(100, "bytes")


RULES: Final = reserving(
    "id cio_id anonymous_id _update cio_relationships identifiers primary secondary site_id api_key "
    "recipient from_address reply_to ",
    Limits(
        event=LONGEST_EVENT,
        name=Size(150, "bytes"),
        value=Size(1000, "bytes"),
        traits=300,
        titled=False,
        of=("traits",),
    ),
)
"""Longer names and values are rejected (docs.customer.io/journeys/invalid-api-requests). Reserved are attributes
that change a person's identity, and data that changes a message's recipient (docs.customer.io: identify, reserved
attributes and event data)."""


class CustomerIoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    site_id: str


TYPE: Final = DestinationType(
    name="customer-io",
    about="Customer.io by its Track API (in Europe `url: https://track-eu.customer.io`)",
    options=CustomerIoOptions,
    meanings={"site_id": "the site id of the workspace"},
    url="https://track.customer.io",
    secrets={"": "the API key of the Track API"},
    needs=("",),
)


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload | UnsupportedEvent:
    """A change to a person or an event of theirs; for an anonymous device only the event."""
    document = item.document
    action = kind(document)
    if action not in ("identify", "track", "page", "screen"):
        return unsupported(document)
    page = LONGEST_EVENT.kept(text(at(document, "context", "page", "url")))
    name = text(document.get("event" if action == "track" else "name")) or page
    if user(document):
        whom = {"type": "person", "identifiers": {"id": user(document)}, "timestamp": item.at // 1000}
        if action == "identify":
            return Payload(whom | {"action": "identify", "attributes": RULES.allowed(traits(document))}, BATCH)
        doing = {
            "action": "event" if action == "track" else action,
            "name": name,
            "attributes": RULES.allowed(properties(document)),
        }
        return Payload(whom | doing, BATCH)
    if not anonymous(document) or action == "identify":
        return nobody()
    event = {"name": name, "anonymous_id": anonymous(document), "timestamp": item.at // 1000}
    return by_itself(item, event | {"data": RULES.allowed(properties(document))})


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """A batch about identified people, or one anonymous event."""
    credentials = basic(config.options.site_id, config.secret())
    if rows[0].batch_key == BATCH:
        return post(config, "/api/v2/batch", {"batch": values(rows)}, credentials)
    return post(config, "/api/v1/events", rows[0].value, credentials)


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """A partly accepted batch lists the rest by index."""
    errors = said(reply).get("errors") if isinstance(reply, Sent) else None
    bad: dict[Any, str] = {}
    for one in map(inner, listed(errors)):
        bad[one.get("batch_index")] = f"{text(one.get('field'))}: {text(one.get('reason'))}"
    return tuple(Rejected(bad[at], reply.status) if at in bad else patient(reply) for at in range(len(rows)))


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """Suppress each user id: the profile is deleted, and no new one is created under that id."""
    credentials = basic(config.options.site_id, config.secret())
    names = (*asked.users, *asked.of("email"))
    return tuple(post(config, f"/api/v1/customers/{quote(name, safe='')}/suppress", {}, credentials) for name in names)


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=1000,
    bytes=450_000,
    replies=replies,
    alone=True,
    forget=forget,
    forgets="deletes and suppresses by id and email",
)
