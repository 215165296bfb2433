"""One thing that happened, in nobody's dialect."""

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct


class Identity(Struct, frozen=True, order=True, cache_hash=True):
    """A name somebody goes by: its kind (`customer_id`, `email`, `anonymous_id`, …) and its value."""

    kind: str
    value: str


KIND_ALIASES: Final = {
    "customer_id": "user_id",
    "customerid": "user_id",
    "android_advertising_id": "android.idfa",
    "ios_advertising_id": "ios.idfa",
    "roku_advertising_id": "roku_aid",
    "microsoft_advertising_id": "microsoft_aid",
    "fire_advertising_id": "fire_aid",
    "facebookcustomaudienceid": "facebook_custom_audience_id",
    "android_uuid": "android.id",
    "android_aaid": "android.idfa",
    "ios_idfv": "ios.id",
    "ios_idfa": "ios.idfa",
} | {f"other{n}": f"other_id_{n}" for n in range(2, 11)}
"""Kinds that two dialects spell differently, and our word for them: a name is the same in whichever it is said."""


def ours(name: Identity) -> Identity:
    """A name in our own word for its kind."""
    return Identity(KIND_ALIASES[name.kind], name.value) if name.kind in KIND_ALIASES else name


class EventKind(StrEnum):
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
    kind: EventKind
    received: int
    at: int
    fields: dict[str, Any]
    name: str = ""
    genre: str = ""
    said_at: int | None = None
    identities: tuple[Identity, ...] = ()
    previous: tuple[Identity, ...] = ()
