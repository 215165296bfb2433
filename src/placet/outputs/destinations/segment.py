"""Segment, or whatever speaks its tracking API: events go on as they came, in batches.

Facts: segment.md §1 and §7.2; the vendor's "HTTP API source" and "Public API: regulations" pages.
What is answered: 200 sent · 400 and 413 each event once more by itself, then given up · 401, 403, 408, 410, 429, 5xx
try again. A batch that is accepted may still lose events to validation there, without a word.
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
"""An event has at most 32 KB ("HTTP API source": errors). What is said between a client and its server only, keys
above all (segment.md §1.7)."""


class SegmentOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be set."""

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
    """The event as it came, at the time that we believe."""
    kept = {name: value for name, value in RULES.allowed(item.document).items() if value is not None}
    return Payload({**kept, "timestamp": iso(item.at)})


def request(rows: Sequence[Payload], config: DestinationConfig, now: int) -> HttpRequest:
    """A batch. `sentAt` is our clock's, as are the timestamps, so nothing is corrected a second time."""
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
