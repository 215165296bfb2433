"""One thing that happened, in nobody's dialect."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from placet.events.identity import Identity


class Kind(StrEnum):
    """What sort of thing happened. What a dialect calls by another name comes as one of these, with a `genre`."""

    TRACK = "track"
    IDENTIFY = "identify"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"


class Event(Struct, frozen=True):
    """One thing that happened, to whom, when, and whatever was said about it.

    `id` is unique per `source`. `at` is when it happened by our clock, `said_at` by the device's (None: it did
    not say), `received` when it came in; all epoch ms. `genre` is a dialect's finer sort, such as
    `commerce_event`. `fields` holds the event's parts under the names filters use (`context`, `properties`,
    `traits`, `integrations`, `userId`, …): plain values, or `msgspec.Raw` as it came (see `facts.Facts`).
    """

    id: str
    source: str
    kind: Kind
    received: int
    at: int
    fields: dict[str, Any]
    name: str = ""
    genre: str = ""
    said_at: int | None = None
    identities: tuple[Identity, ...] = ()
    previous: tuple[Identity, ...] = ()
