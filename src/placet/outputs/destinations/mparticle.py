"""mParticle's Events API: a batch per event, many batches per request, each with the consent at the time of sending.

Facts: mparticle.md §1 and §8.1; the vendor's "HTTP API" and "Data subject request API" pages.
Responses: 202 sent · 400 each retried alone, then given up · 401, 403, 429 (with Retry-After), 5xx retried. Erasure:
201 accepted · 409 in progress already, counted as accepted.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct

from placet.events.policy.purposes import SALE
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
    email,
    iso,
    kind,
    nobody,
    patiently,
    plain,
    post,
    properties,
    text,
    traits,
    unsupported,
    user,
    values,
)
from placet.outputs.reserved_names import Limits, Size, reserving
from placet.settings.connections import DestinationType

LONGEST_NAME: Final = 256


RULES: Final = reserving(
    "mpid $mpid customer_id customerid user_identities device_application_stamp das key secret api_key ",
    Limits(
        event=Size(LONGEST_NAME, cut=True),
        name=Size(LONGEST_NAME, cut=True),
        value=Size(4096, nested=True),
        traits=100,
        titled=False,
    ),
)
"""It truncates names of events and attributes; with a value that is too long, or too many user attributes, it sets
none (docs.mparticle.com/guides/default-service-limits). Reserved are attributes that mParticle reads as identity
or credential (mparticle.md §1.4)."""


class MparticleOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    key: str
    environment: Literal["production", "development"] = "production"
    anonymous_as: str = "other"
    gdpr: dict[str, str] = {}
    ccpa: bool = False
    dsr: str = "https://opendsr.mparticle.com"


TYPE: Final = DestinationType(
    name="mparticle",
    about="mParticle's Events API (v2, bulkevents)",
    options=MparticleOptions,
    meanings={
        "key": "the key of the input",
        "environment": "where its live stream shows the events: production or development",
        "anonymous_as": "the kind of identity that an anonymous id is sent as",
        "gdpr": "purposes there to purposes here; what people agreed to goes along under those names",
        "ccpa": "whether the opt-out of sale goes along",
        "dsr": "the address of the data subject request API, asked to forget people",
    },
    url="https://s2s.mparticle.com",
    secrets={"": "the secret of the input", "dsr": "KEY:SECRET of the workspace, to forget people"},
    needs=("",),
    purposes=("gdpr",),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """One batch about one person with one event, or without events where only user data changes."""
    document, options = item.document, config.options
    events = events_of(document, item.at)
    if events is None:
        return unsupported(document)
    named = {"customer_id": user(document), "email": email(document), options.anonymous_as: anonymous(document)}
    names = {name: value for name, value in named.items() if value}
    if not names:
        return nobody()
    batch: dict[str, Any] = {
        "environment": options.environment,
        "source_request_id": item.id,
        "user_identities": names,
        "events": events,
    }
    if kind(document) == "identify":
        batch["user_attributes"] = plain(RULES.allowed(traits(document)))
    if state := consent(item, options):
        batch["consent_state"] = state
    if ip := text(at(document, "context", "ip")):
        batch["ip"] = ip
    return Payload(batch)


def events_of(document: dict[str, Any], when: int) -> list[dict[str, Any]] | None:
    """The event in mParticle's format (mparticle.md §1.4); None for an unsupported type."""
    common = {
        "timestamp_unixtime_ms": when,
        "source_message_id": text(document.get("messageId")),
        "custom_attributes": plain(RULES.allowed(properties(document))),
    }
    match kind(document):
        case "identify":
            return []
        case "track":
            name = text(document.get("event"))[:LONGEST_NAME]
            return [
                {"event_type": "custom_event", "data": {"event_name": name, "custom_event_type": "other", **common}}
            ]
        case "page" | "screen":
            name = text(document.get("name"))[:LONGEST_NAME] or kind(document)
            return [{"event_type": "screen_view", "data": {"screen_name": name, **common}}]
    return None


def consent(item: OutgoingEvent, options: MparticleOptions) -> dict[str, Any]:
    """The person's current consent (mparticle.md §1.6). In `ccpa`, true means opted out."""
    stamp = {"timestamp_unixtime_ms": item.at}
    state: dict[str, Any] = {}
    if options.gdpr:
        state["gdpr"] = {name: {"consented": item.grants(ours), **stamp} for name, ours in options.gdpr.items()}
    if options.ccpa:
        state["ccpa"] = {"data_sale_opt_out": {"consented": not item.grants(SALE), **stamp}}
    return state


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """Up to a hundred batches."""
    return post(config, "/v2/bulkevents", values(rows), basic(config.options.key, config.secret()), hears=0)


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """A request for erasure; its id is a version 4 UUID derived from `asked.id`, so that a repetition is recognised."""
    identities = {
        name: {"value": found[0], "encoding": "raw"}
        for name, found in (
            ("controller_customer_id", asked.users),
            ("email", asked.of("email")),
        )
        if found
    }
    key, _, secret = config.secret("dsr").partition(":")
    if not identities or not secret:
        return ()
    body = {
        "regulation": "gdpr",
        "subject_request_id": str(UUID(bytes=blake2b(asked.id.encode(), digest_size=16).digest(), version=4)),
        "subject_request_type": "erasure",
        "submitted_time": iso(asked.now),
        "subject_identities": identities,
        "api_version": "3.0",
    }
    return (post(config, "/v3/requests", body, basic(key, secret), base=config.options.dsr),)


def forgotten(reply: Reply) -> Reply:
    """A conflict means that the same erasure is in progress, and counts as accepted."""
    return Sent(409, reply.body) if isinstance(reply, Rejected) and reply.status == 409 else reply


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=100,
    bytes=240_000,
    replies=patiently,
    alone=True,
    forget=forget,
    forgotten=forgotten,
    forgets="asks for erasure by customer id and email (needs the secret `dsr`)",
)
