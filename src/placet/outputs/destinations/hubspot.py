"""HubSpot: people as contacts, by email, and the events that `options` map to a HubSpot event as custom events.

Facts: developers.hubspot.com/docs/api-reference: crm/contacts batch upsert, events send (v3, batch), and "Permanently
delete a contact (GDPR-compliant)".
Responses: 2xx sent, except contacts that the `errors` of a 207 name by their trace id: given up · 400 each retried
alone, then given up · 401, 403, 429, 5xx retried. Erasure: 204 done · 404 no contact with that address, counted as
done.
"""

import re
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
    Sent,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    bearer,
    email,
    inner,
    iso,
    kind,
    listed,
    patiently,
    plain,
    post,
    properties,
    said,
    short_id,
    text,
    traits,
    unsupported,
    values,
)
from placet.outputs.reserved_names import Limits, Size, reserving
from placet.settings.connections import DestinationType

CONTACTS: Final = "/crm/v3/objects/contacts/batch/upsert"
EVENTS: Final = "/events/v3/send/batch"
TRACE: Final = "objectWriteTraceId"
"""The field that links an error to its contact (developers.hubspot.com: error handling, multi-status errors)."""
USUAL: Final = {
    "firstName": "firstname",
    "first_name": "firstname",
    "lastName": "lastname",
    "last_name": "lastname",
    "phone": "phone",
    "company": "company",
    "website": "website",
}
"""Properties that every account has."""


RULES: Final = reserving(
    "hs_object_id vid objectid objecttypeid idproperty utk hs_additional_emails hubspot_owner_id email id ",
    Limits(name=Size(48), properties=50, of=("events",)),
)
"""An event has at most 50 properties, with names of at most 50 characters, a letter first; two are kept for a prefix
that adds the letter (developers.hubspot.com/changelog/new-property-limits-for-the-custom-behavioural-events-api).
Reserved are properties that select the contact (developers.hubspot.com: contacts, events)."""


class HubspotOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    events: dict[str, str] = {}
    properties: dict[str, str] = {}


TYPE: Final = DestinationType(
    name="hubspot",
    about="HubSpot: contacts and custom events",
    options=HubspotOptions,
    meanings={
        "events": "names of events here to names there (pe12345_…); events without one are held",
        "properties": "traits here to properties of a contact there, beside name, phone, company and website",
    },
    url="https://api.hubapi.com",
    secrets={"": "the token of a private app, with the scopes it needs"},
    needs=("",),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """A contact, or an event about one."""
    document = item.document
    address = email(document).strip().lower()
    if kind(document) not in ("identify", "track"):
        return unsupported(document)
    if not address:
        return UnsupportedEvent("it names nobody by email")
    if kind(document) == "identify":
        names = USUAL | config.options.properties
        known = plain({names[name]: value for name, value in RULES.allowed(traits(document)).items() if name in names})
        return Payload({"idProperty": "email", "id": address, "properties": known | {"email": address}}, (CONTACTS,))
    name = config.options.events.get(text(document.get("event")))
    if not name:
        return UnsupportedEvent(
            f"nobody gave the event '{text(document.get('event'))[:100]}' a name at this destination"
        )
    event = {
        "eventName": name,
        "email": address,
        "occurredAt": iso(item.at),
        "uuid": short_id(item.id),
        "properties": spelled(RULES.allowed(properties(document))),
    }
    return Payload(event, (EVENTS,))


def spelled(said: dict[str, Any]) -> dict[str, str]:
    """Properties under names HubSpot allows: lower-case letters, digits and underscores, a letter first; values as
    text."""
    bare = {re.sub(r"[^a-z0-9_]+", "_", name.lower()): value for name, value in plain(said).items()}
    flat = {name if "a" <= name[:1] <= "z" else f"p_{name}": value for name, value in bare.items()}
    return {name: str(value).lower() if isinstance(value, bool) else text(value) for name, value in flat.items()}


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """Up to a hundred contacts or events. A contact may appear once per request, so later values replace earlier
    ones."""
    (path,) = rows[0].batch_key
    inputs = values(rows) if path == EVENTS else traced(joined(values(rows)))
    return post(config, path, {"inputs": inputs}, bearer(config.secret()))


def traced(contacts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Contacts with their index as trace id, by which a 207 response names each rejected contact."""
    return [one | {TRACE: str(place)} for place, one in enumerate(contacts.values())]


def joined(contacts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Contacts by e-mail address."""
    found: dict[str, dict[str, Any]] = {}
    for one in contacts:
        before = found.get(one["id"], one)
        found[one["id"]] = one | {"properties": before["properties"] | one["properties"]}
    return found


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """In a partly accepted batch, the contacts that an error names are given up.

    An error that names none applies to the contacts missing from the results.
    """
    body = said(reply) if isinstance(reply, Sent) else {}
    whys = [(trace_of(one), why_of(one)) for one in map(inner, listed(body.get("errors")))]
    if not whys:
        return patiently(reply, rows)
    bad, taken = dict(whys), {text(inner(one).get(TRACE)) for one in listed(body.get("results"))} - {""}
    places: dict[str, str] = {}
    traces = [places.setdefault(each.value["id"], str(len(places))) for each in rows]
    found = [bad.get(trace) or (bad.get("") if taken and trace not in taken else None) for trace in traces]
    return tuple(Rejected(why, reply.status) if why else reply for why in found)


def trace_of(error: dict[str, Any]) -> str:
    """The trace id of the contact that an error is about, empty where it names none."""
    said_there = inner(error.get("context")).get(TRACE) or error.get(TRACE)
    return text(said_there[0] if isinstance(said_there, list) else said_there)


def why_of(error: dict[str, Any]) -> str:
    """The message of an error."""
    return f"{text(error.get('category')) or 'not taken'}: {text(error.get('message'))[:200]}"


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """The GDPR deletion, by email."""
    return tuple(
        post(
            config,
            "/crm/v3/objects/contacts/gdpr-delete",
            {"objectId": address, "idProperty": "email"},
            bearer(config.secret()),
        )
        for address in asked.of("email")
    )


def forgotten(reply: Reply) -> Reply:
    """An unknown contact counts as erased."""
    return Sent(404) if isinstance(reply, Rejected) and reply.status == 404 else reply


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=100,
    replies=replies,
    alone=True,
    forget=forget,
    forgotten=forgotten,
    forgets="deletes the contact for good, by email",
)
