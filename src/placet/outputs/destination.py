"""The contract of a destination: the requests it builds, the replies it can get, and its settings.

Rules: a destination is pure; inputs are arguments and requests are return values · a destination is one file that
defines a `Destination`, found by name (`registry`) · the transport knows no destination.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from placet.events.event import Identity
from placet.events.policy.purposes import spelled
from placet.outputs.reserved_names import Rules
from placet.settings.connections import DestinationSetting, DestinationType


class ConsentChanged(Exception):
    """Consent was withdrawn after the request was built. Nothing was sent."""


def never_revoked() -> None:
    """The `revocation_check` of a request that concerns no person."""


class HttpRequest(Struct, frozen=True):
    """A request with `body` to `url`. `loopback` permits a loopback address, also without TLS.

    `reads_body` is how many bytes of the response body are read; a longer body is cut there, 0 reads none.
    `token_request` is the request for an access token (OAuth 2.0, RFC 6749 §5.1) that this request must carry; the
    transport caches and shares tokens and adds the Authorization header. `revocation_check` is called right before the
    first byte is sent and may raise ConsentChanged.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    loopback: bool = False
    method: str = "POST"
    reads_body: int = 0
    token_request: "HttpRequest | None" = None
    revocation_check: Callable[[], None] = never_revoked


class TableRows(Struct, frozen=True):
    """Rows for tables of a PostgreSQL database at `dsn`; values are in the order of the table's columns
    (`warehouse`)."""

    dsn: str
    schema: str
    tables: dict[str, tuple[tuple[Any, ...], ...]]


class TableDelete(Struct, frozen=True):
    """Deletes all rows about these users and devices from the tables of a PostgreSQL warehouse."""

    dsn: str
    schema: str
    users: tuple[str, ...]
    devices: tuple[str, ...]


class FileWrite(Struct, frozen=True):
    """A file to write below the server's warehouse folder; `path` is relative and must not contain `..`."""

    path: str
    body: bytes


Outgoing: TypeAlias = HttpRequest | TableRows | TableDelete | FileWrite
"""Anything a transport can deliver."""


class Sent(Struct, frozen=True):
    """The destination accepted it. `body` is the response body, up to the length asked for."""

    status: int
    body: bytes = b""


class TryAgain(Struct, frozen=True):
    """A temporary failure: the reason, and the retry delay in seconds that the destination asked for (None: none).

    `status` is 0 where there was no response.
    """

    why: str
    after: float | None = None
    status: int = 0
    body: bytes = b""


class Rejected(Struct, frozen=True):
    """A permanent failure: the reason."""

    why: str
    status: int = 0
    body: bytes = b""


Reply: TypeAlias = Sent | TryAgain | Rejected
"""The result of a delivery attempt, by how delivery continues."""


class OutgoingEvent(Struct, frozen=True):
    """One event to deliver, already reduced to the fields that may be delivered.

    `id` is the same each time this delivery is tried. `at` is when the event happened, epoch ms. `granted` are the
    purposes granted now, by the consent basis of the connection; all others count as refused.
    """

    id: str
    document: dict[str, Any]
    at: int
    granted: frozenset[str] = frozenset()

    def grants(self, purpose: str) -> bool:
        """Is this purpose granted? Case and spelling variants count as equal."""
        return spelled(purpose) in self.granted


class DestinationConfig(Struct, frozen=True):
    """The settings of one destination: `options` are of the destination's own type, `secrets` are decrypted.

    The secret "" is the destination's `secret`, the others are its `secrets` by name. `url` is the configured endpoint,
    else the vendor's default.
    """

    to: DestinationSetting
    options: Any = None
    secrets: dict[str, bytes] = {}
    url: str = ""

    def secret(self, name: str = "") -> str:
        """A secret as text, empty where it is not set."""
        return self.secrets.get(name, b"").decode("utf-8", "replace")


class Payload(Struct, frozen=True):
    """One event in a destination's format. Only payloads with the same `batch_key` may share a request."""

    value: Any
    batch_key: tuple[str, ...] = ()


class UnsupportedEvent(Struct, frozen=True):
    """This destination does not support such an event; it is held with this reason."""

    why: str


class ErasureRequest(Struct, frozen=True):
    """A request to erase a person's data by their identifiers (`user_id`, `anonymous_id`, `email`, …).

    `id` identifies the request and is the same on every try; `now` is when it was made, epoch ms. `purposes` are those
    withdrawn or, where all data is to be deleted (`deleted`), those the data was held for.
    """

    names: tuple[Identity, ...]
    id: str
    now: int
    purposes: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def users(self) -> tuple[str, ...]:
        """The person's user ids: the values of `userId` in their events."""
        return self.of("user_id", "customer_id")

    @property
    def devices(self) -> tuple[str, ...]:
        """The person's device ids: the values of `anonymousId` in their events, in any dialect."""
        return self.of("anonymous_id", "device_application_stamp", "mpid")

    def of(self, *kinds: str) -> tuple[str, ...]:
        """The identifiers of these kinds, in the order of the kinds."""
        return tuple(name.value for kind in kinds for name in self.names if name.kind == kind)


def same_reply(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """Each row gets the reply to the request."""
    return (reply,) * len(rows)


def reply_per_row(reply: Reply) -> Reply:
    """The reply unchanged: its status already has the right meaning."""
    return reply


class Destination(Struct, frozen=True):
    """A destination: how events become requests, what its replies mean, what can be set.

    `row` converts one event to the destination's format. `request` (given payloads of one batch key, the configuration
    and the time in epoch ms) builds a request of up to `most` payloads, whose values take about `bytes` as JSON at most
    (0: no limit). `replies` returns one reply per payload. Where `alone`, the payloads of a request rejected as a whole
    are retried one by one, so that only the bad one fails. Where not `in_order`, a person's events may be delivered in
    any order; where `gathers` is set, deliveries are collected and sent once every so many seconds.

    `forget` builds the requests that erase a person: none where the destination knows none of the identifiers or the
    required secret is not set; `forget` is None where the destination cannot erase. `forgotten` interprets the reply to
    an erasure request, and `forgets` describes its effect for operators. `rules` are reserved names and limits.
    """

    type: DestinationType
    row: Callable[[OutgoingEvent, DestinationConfig], Payload | UnsupportedEvent]
    request: Callable[[Sequence[Payload], DestinationConfig, int], Outgoing]
    most: int = 1
    bytes: int = 0
    replies: Callable[[Reply, Sequence[Payload]], tuple[Reply, ...]] = same_reply
    alone: bool = False
    in_order: bool = True
    gathers: int = 0
    forget: Callable[[ErasureRequest, DestinationConfig], tuple[Outgoing, ...]] | None = None
    forgotten: Callable[[Reply], Reply] = reply_per_row
    forgets: str = ""
    rules: Rules = Rules()
