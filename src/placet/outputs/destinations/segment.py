"""Segment, or any server that implements its tracking API: events are sent in their original form, in batches.

Facts: segment.md §1 and §7.2; the vendor's "HTTP API source" and "Public API: regulations" pages.
Responses: 200 sent · 400 and 413 each event retried alone, then given up · 401, 403, 408, 410, 429, 5xx retried.
Segment may drop events of an accepted batch in validation, without reporting it.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    ErasureRequest,
    HttpRequest,
    OutgoingEvent,
    Payload,
)
from placet.outputs.event_parts import basic, bearer, iso, patiently, post, values
from placet.outputs.reserved_names import Limits, reserving
from placet.settings.connections import DestinationType

RULES: Final = reserving(
    "_metadata writeKey write_key apiKey api_key receivedAt sentAt projectId timestamp",
    Limits(event_bytes=32_768),
)
"""An event has at most 32 KB ("HTTP API source": errors). Reserved are fields exchanged only between a client and
its server, such as write keys (segment.md §1.7)."""


class SegmentOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    public_api: str = "https://api.segmentapis.com"


TYPE: Final = DestinationType(
    name="segment",
    about="Segment's tracking API, or another server that speaks it",
    options=SegmentOptions,
    meanings={"public_api": "the address of the Public API, asked to forget people"},
    url="https://api.segment.io",
    secrets={"": "the write key of the source", "public_api": "a token of the Public API, to forget people"},
    needs=("",),
)


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload:
    """The event in its original form, with its corrected timestamp."""
    kept = {name: value for name, value in RULES.allowed(item.document).items() if value is not None}
    return Payload({**kept, "timestamp": iso(item.at)})


def request(rows: Sequence[Payload], config: DestinationConfig, now: int) -> HttpRequest:
    """A batch. `sentAt` is this server's clock, as are the timestamps, so Segment does not correct them again."""
    body = {"batch": values(rows), "sentAt": iso(now)}
    return post(config, "/v1/batch", body, basic(config.secret()), hears=0)


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """A regulation that suppresses and deletes by user id."""
    users, token = asked.users, config.secret("public_api")
    if not users or not token:
        return ()
    body = {"regulationType": "SUPPRESS_WITH_DELETE", "subjectType": "USER_ID", "subjectIds": list(users)}
    return (post(config, "/regulations", body, bearer(token), base=config.options.public_api),)


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=250,
    bytes=450_000,
    replies=patiently,
    alone=True,
    forget=forget,
    forgets="suppresses and deletes by user id (needs the secret `public_api`)",
)
