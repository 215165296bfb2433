"""Slack by an incoming webhook: each event is one message in a channel.

Facts: api.slack.com/messaging/webhooks ("Handling errors"), …/docs/rate-limits, …/reference/surfaces/formatting.
Responses: 200 sent · 429 (with Retry-After) and 5xx retried · 400, 403, 404 and 410 given up: the channel or the
webhook no longer exists.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.event_parts import at, by_itself, kind, post, text, title
from placet.settings.connections import DestinationType

HOLE: Final = re.compile(r"\{([A-Za-z0-9_.$ -]+)\}")
LONGEST: Final = 3000


class SlackOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The options of this destination."""

    text: str = "{title} · {userId}"


TYPE: Final = DestinationType(
    name="slack",
    about="a Slack channel, by an incoming webhook",
    options=SlackOptions,
    meanings={"text": "the line; {title} is what happened, {properties.plan} and the like any part of the event"},
    url="https://hooks.slack.com",
    secrets={"": "what follows https://hooks.slack.com in the webhook's address: /services/T…/B…/…"},
    needs=("",),
)


def row(item: OutgoingEvent, config: DestinationConfig) -> Payload | UnsupportedEvent:
    """The message text; an event whose text would be empty is not sent."""
    line = HOLE.sub(lambda hole: part(item.document, hole[1]), config.options.text).strip(" ·")
    return by_itself(item, line[:LONGEST]) if line else UnsupportedEvent("it leaves the line empty")


def part(document: dict[str, Any], path: str) -> str:
    """The value of a placeholder, with the three characters escaped that Slack reads as markup."""
    found = (title(document) or kind(document)) if path == "title" else text(at(document, *path.split(".")))
    return found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def request(rows: Sequence[Payload], config: DestinationConfig, _: int) -> HttpRequest:
    """One message."""
    return post(config, "/" + config.secret().lstrip("/"), {"text": rows[0].value}, hears=1024)


def replies(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """The response text is the reason; an archived channel (410) is a permanent failure."""
    word = "" if isinstance(reply, TryAgain) and not reply.status else reply.body.decode("utf-8", "replace")[:100]
    if isinstance(reply, TryAgain) and reply.status == 410:
        return (Rejected(f"it answered 410: {word}", 410),) * len(rows)
    if isinstance(reply, Rejected) and word:
        return (Rejected(f"{reply.why}: {word}", reply.status),) * len(rows)
    return (reply,) * len(rows)


DESTINATION: Final = Destination(TYPE, row, request, replies=replies)
