"""Braze by /users/track: identify becomes attributes, other types become events, at most 75 of each per request.

Facts: braze.com/docs/api/endpoints/user_data/post_user_track (limits, responses), …/api/objects_filters/
user_attributes_object, …/event_object, …/user_alias_object, …/endpoints/user_data/post_user_delete.
Responses: 201 sent, except what `errors` lists, which is given up · 400 each retried alone, then given up · 401, 403,
429, 5xx retried.
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
    Sent,
    UnsupportedEvent,
)
from placet.outputs.event_parts import (
    anonymous,
    bearer,
    inner,
    iso,
    kind,
    listed,
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
)
from placet.outputs.reserved_names import Limits, Size, reserving
from placet.settings.connections import DestinationType

NAMES: Final = {
    "firstName": "first_name",
    "lastName": "last_name",
    "birthday": "dob",
    "createdAt": "date_of_first_session",
}
"""Traits that Braze has a reserved field for, by trait."""
MAX_FORGOTTEN: Final = 50


RULES: Final = reserving(
    "external_id braze_id user_alias user_aliases _update_existing_only _merge_objects device_id "
    "app_id app_group_id api_key appboy_id email_id push_tokens push_token_import time event_name ",
    Limits(event=Size(255), name=Size(255), value=Size(255, cut=True), never_first="$"),
)
"""Names of properties and attributes have 1 to 255 characters and no dollar first (event_object); texts have 255
(data types), and its SDKs truncate longer ones. Reserved are names of an attributes or event object that identify
the person, say how it is stored, or how devices are reached (braze.com/docs: user_attributes_object,
event_object)."""


class BrazeOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    app_id: str = ""
    alias_label: str = "anonymous_id"


TYPE: Final = DestinationType(
    name="braze",
    about="Braze by /users/track; `url` is your instance, such as https://rest.fra-01.braze.eu",
    options=BrazeOptions,
    meanings={
        "app_id": "the app that events are counted for",
        "alias_label": "the label under which an anonymous id becomes a user alias",
    },
    secrets={"": "a REST API key with users.track, and users.delete to forget people"},
    needs=("",),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """An attributes object or an event object, with the array it belongs to."""
    document = item.document
    whom = person(document, config.options)
    if not whom:
        return nobody()
    match kind(document):
        case "identify":
            known = {
                NAMES.get(name, name): value
                for name, value in RULES.allowed(traits(document)).items()
                if value is not None
            }
            return Payload(("attributes", known | whom))
        case "track" | "page" | "screen":
            event = {"name": title(document), "time": iso(item.at), "properties": RULES.allowed(properties(document))}
            app = {"app_id": config.options.app_id} if config.options.app_id else {}
            return Payload(("events", whom | app | event))
    return unsupported(document)


def person(document: dict[str, Any], options: BrazeOptions) -> dict[str, Any]:
    """The identifier of the person: the user id, else an alias made of the device's id."""
    if user(document):
        return {"external_id": user(document)}
    if not anonymous(document):
        return {}
    alias = {"alias_name": anonymous(document), "alias_label": options.alias_label}
    return {"user_alias": alias, "_update_existing_only": False}


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """Attributes and events, each in their order."""
    body: dict[str, list[Any]] = {}
    for each in rows:
        name, value = each.value
        body.setdefault(name, []).append(value)
    return post(config, "/users/track", body, bearer(config.secret()))


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """An accepted request lists what it left out by array and index."""
    errors = said(reply).get("errors") if isinstance(reply, Sent) else None
    bad = {(one.get("input_array"), one.get("index")): text(one.get("type")) for one in map(inner, listed(errors))}
    found: list[Reply] = []
    seen: dict[str, int] = {}
    for each in rows:
        name = each.value[0]
        place = (name, seen.get(name, 0))
        seen[name] = place[1] + 1
        found.append(Rejected(bad[place][:200], 400) if place in bad else patient(reply))
    return tuple(found)


def forget(asked: ErasureRequest, config: DestinationConfig) -> tuple[HttpRequest, ...]:
    """Requests that delete by external ids and by aliases, at most fifty of both."""
    users = list(asked.users)[:MAX_FORGOTTEN]
    devices = asked.devices[: MAX_FORGOTTEN - len(users)]
    aliases = [{"alias_name": name, "alias_label": config.options.alias_label} for name in devices]
    body = {name: value for name, value in (("external_ids", users), ("user_aliases", aliases)) if value}
    return (post(config, "/users/delete", body, bearer(config.secret())),) if body else ()


DESTINATION: Final = Destination(
    TYPE,
    row,
    request,
    rules=RULES,
    most=75,
    replies=replies,
    alone=True,
    forget=forget,
    forgets="deletes by external id and alias (the key needs users.delete)",
)
