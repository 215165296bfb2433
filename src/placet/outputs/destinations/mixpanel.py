"""Mixpanel: events by its import API, which accepts any age and removes duplicates, profiles by its engage API.

Facts: developer.mixpanel.com/reference: import-events (strict, failed_records, limits), profile-set, project-token,
create-deletion (data-deletions v3.0), and "Identity management: simplified ID merge" ($device_id, $user_id).
Responses: 200 sent · 400 with `failed_records` those given up, all others sent · engage's status 0 given up · 401, 403,
408, 429, 5xx retried · 413 each event retried alone.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

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
    bearer,
    inner,
    kind,
    listed,
    nobody,
    patient,
    post,
    properties,
    said,
    short_id,
    text,
    title,
    traits,
    unsupported,
    user,
    values,
)
from placet.outputs.reserved_names import Limits, Size, reserving
from placet.settings.connections import DestinationType

INSERT_ID: Final = re.compile(r"[A-Za-z0-9-]{1,36}")
RESERVED: Final = {"email": "$email", "name": "$name", "firstName": "$first_name", "lastName": "$last_name"} | {
    "first_name": "$first_name",
    "last_name": "$last_name",
    "phone": "$phone",
    "avatar": "$avatar",
    "createdAt": "$created",
}
"""Traits that Mixpanel has a reserved profile property for, by trait."""


RULES: Final = reserving(
    "token $token api_key distinct_id $distinct_id $distinct_ids user_id $user_id device_id "
    "$device_id $insert_id $identified_id $anon_id $anon_distinct_id alias $alias "
    "$had_persisted_distinct_id time $time $ip ip $ignore_time $import $set $set_once $add $append "
    "$remove $union $unset $delete $group_key $group_id ",
    Limits(event=Size(255, cut=True), name=Size(255, cut=True), value=Size(255, cut=True), properties=247, traits=2000),
)
"""It truncates names and texts at 255 characters and accepts fewer than 255 properties, of which placet sets seven
(developer.mixpanel.com/reference/track-event, "Limits"; docs.mixpanel.com, "413"). Reserved are names that
Mixpanel reads as identity, credential or command wherever they appear (developer.mixpanel.com: import-events,
profile-set, identity management)."""


class MixpanelOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    project_id: str
    account: str
    token: str
    app: str = "https://mixpanel.com"


TYPE: Final = DestinationType(
    name="mixpanel",
    about="Mixpanel, by import and engage",
    options=MixpanelOptions,
    meanings={
        "project_id": "the number of the project",
        "account": "the name of the service account",
        "token": "the project's token",
        "app": "the address of the application, asked to forget people (in Europe https://eu.mixpanel.com)",
    },
    url="https://api.mixpanel.com",
    secrets={"": "the secret of the service account", "gdpr": "an OAuth token for the GDPR API, to forget people"},
    needs=("",),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """An event for import, or a profile for engage."""
    document = item.document
    if not (user(document) or anonymous(document)):
        return nobody()
    match kind(document):
        case "identify":
            profile = {RESERVED.get(name, name): value for name, value in RULES.allowed(traits(document)).items()}
            whom = {"$token": config.options.token, "$distinct_id": distinct(document)}
            if ip := text(at(document, "context", "ip")):
                whom["$ip"] = ip
            return Payload(whom | {"$set": profile}, ("/engage",))
        case "track" | "page" | "screen":
            return Payload({"event": title(document), "properties": said_of(item)}, ("/import",))
    return unsupported(document)


def distinct(document: dict[str, Any]) -> str:
    """The distinct id that its reports count by: the user's id, or the device's id with a prefix."""
    return user(document) or f"$device:{anonymous(document)}"


def said_of(item: OutgoingEvent) -> dict[str, Any]:
    """The properties of an event. Mixpanel recognises repetitions by `$insert_id`."""
    document = item.document
    message = text(document.get("messageId")) or item.id
    known = {
        "time": item.at,
        "distinct_id": distinct(document),
        "$insert_id": message if INSERT_ID.fullmatch(message) else short_id(message),
        "$user_id": user(document),
        "$device_id": anonymous(document),
        "$current_url": text(at(document, "context", "page", "url")),
        "ip": text(at(document, "context", "ip")),
    }
    return RULES.allowed(properties(document)) | {name: value for name, value in known.items() if value != ""}


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """Up to two thousand of one kind, with strict validation, so that the response names what is wrong."""
    (path,) = rows[0].batch_key
    query = {"strict": "1", "project_id": config.options.project_id} if path == "/import" else {"verbose": "1"}
    return post(config, f"{path}?{urlencode(query)}", values(rows), basic(config.options.account, config.secret()))


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """Records that failed validation are named by index; all others were stored."""
    body = said(reply)
    failed = {inner(one).get("index"): inner(one) for one in listed(body.get("failed_records"))}
    if isinstance(reply, Rejected) and failed:
        return tuple(
            Rejected(f"{failed[at].get('field')}: {failed[at].get('message')}", reply.status)
            if at in failed
            else Sent(reply.status)
            for at in range(len(rows))
        )
    if isinstance(reply, Sent) and body.get("status") == 0:
        return (Rejected(text(body.get("error"))[:200] or "it refused the profile", 400),) * len(rows)
    return (patient(reply),) * len(rows)


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """A deletion by the GDPR API."""
    token = config.secret("gdpr")
    names = [*asked.users, *(f"$device:{name}" for name in asked.devices)]
    if not names or not token:
        return ()
    path = "/api/app/data-deletions/v3.0/?" + urlencode({"token": config.options.token})
    body = {"distinct_ids": names, "compliance_type": "GDPR"}
    return (post(config, path, body, bearer(token), base=config.options.app),)


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=2000,
    bytes=1_900_000,
    replies=replies,
    alone=True,
    forget=forget,
    forgets="deletes by distinct id (needs the secret `gdpr`)",
)
