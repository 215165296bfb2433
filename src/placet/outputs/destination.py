"""A request to a destination, shaped and not sent: what every destination says of itself, and what may come back.

House rules: a shape is pure; what it needs is handed in, what should leave comes back as a value · a destination is
one file that ends in a `Destination`, found by its name (`registry`) · whoever sends knows no destination.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from placet.events.event import Identity
from placet.events.policy.purposes import spelled
from placet.outputs.reserved_names import Rules
from placet.settings.connections import DestinationSetting, DestinationType


class ConsentChanged(Exception):
    """What was shaped must not leave any more: somebody withdrew meanwhile. Nothing was sent."""


def never_revoked() -> None:
    """The last look of a request that is about nobody."""


class HttpRequest(Struct, frozen=True):
    """A request with `body` to `url`. `loopback` says that it may go to this machine, also without TLS.

    `reads_body` is how many bytes of the answer's body are wanted; a longer body is cut there, with 0 none is read.
    `token_request` is the request for a pass (OAuth 2.0, RFC 6749 §5.1) that this one must carry; passes are kept
    and shared
    by whoever sends, and Authorization is added by them. `revocation_check` is called right before the first byte
    leaves, and
    may raise TooLate.
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
    """Rows for tables of a PostgreSQL database at `dsn`: in each, values in the order of its columns (`warehouse`)."""

    dsn: str
    schema: str
    tables: dict[str, tuple[tuple[Any, ...], ...]]


class TableDelete(Struct, frozen=True):
    """Everything about these users and devices is to leave the tables of a warehouse in PostgreSQL."""

    dsn: str
    schema: str
    users: tuple[str, ...]
    devices: tuple[str, ...]


class FileWrite(Struct, frozen=True):
    """A file to be written below the server's warehouse folder; `path` is relative and has no dots to climb by."""

    path: str
    body: bytes


Outgoing: TypeAlias = HttpRequest | TableRows | TableDelete | FileWrite
"""Whatever leaves."""


class Sent(Struct, frozen=True):
    """The destination has it. `body` is what it said, as far as that was wanted."""

    status: int
    body: bytes = b""


class TryAgain(Struct, frozen=True):
    """Not now: why, and after how many seconds the destination wants to be asked again (None: it did not say).

    `status` is 0 where there was no answer at all.
    """

    why: str
    after: float | None = None
    status: int = 0
    body: bytes = b""


class Rejected(Struct, frozen=True):
    """The destination will never take this: why."""

    why: str
    status: int = 0
    body: bytes = b""


Reply: TypeAlias = Sent | TryAgain | Rejected
"""What a destination said, by what we do next."""


class OutgoingEvent(Struct, frozen=True):
    """One event on its way out, already cut to what may leave.

    `id` is the same each time this delivery is tried. `at` is when it happened, epoch ms. `granted` are the purposes
    granted at this moment, by the consent that the connection believes; all others count as refused.
    """

    id: str
    document: dict[str, Any]
    at: int
    granted: frozenset[str] = frozenset()

    def grants(self, purpose: str) -> bool:
        """Is this purpose, however it is spelled, granted?"""
        return spelled(purpose) in self.granted


class DestinationConfig(Struct, frozen=True):
    """Where to, as somebody set it: `options` are of the shape's own type, `secrets` are in the clear.

    The secret "" is the destination's `secret`, the others are its `secrets` by name. `url` is where it listens: as
    somebody set it, else the vendor's own.
    """

    to: DestinationSetting
    options: Any = None
    secrets: dict[str, bytes] = {}
    url: str = ""

    def secret(self, name: str = "") -> str:
        """A secret as text, empty where it was not set."""
        return self.secrets.get(name, b"").decode("utf-8", "replace")


class Payload(Struct, frozen=True):
    """One event in a destination's words. Only rows of one `batch_key` may share a request."""

    value: Any
    batch_key: tuple[str, ...] = ()


class UnsupportedEvent(Struct, frozen=True):
    """This destination has no place for such an event: why. It is held, with that reason."""

    why: str


class ErasureRequest(Struct, frozen=True):
    """Somebody is to be forgotten: the names they go by (`user_id`, `anonymous_id`, `email`, …), asked for at `now`.

    `id` names the asking, the same each time it is tried; `now` is epoch ms. `purposes` are those they withdrew, or
    those their data was held for where they are to be deleted altogether (`deleted`).
    """

    names: tuple[Identity, ...]
    id: str
    now: int
    purposes: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def users(self) -> tuple[str, ...]:
        """Their ids as somebody known: what `userId` said in events about them."""
        return self.of("user_id", "customer_id")

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of their devices: what `anonymousId` said, in any dialect."""
        return self.of("anonymous_id", "device_application_stamp", "mpid")

    def of(self, *kinds: str) -> tuple[str, ...]:
        """Their names of these kinds, in the order of the kinds."""
        return tuple(name.value for kind in kinds for name in self.names if name.kind == kind)


def same_reply(reply: Reply, rows: Sequence[Payload]) -> tuple[Reply, ...]:
    """The answer to a request is the answer to each of its rows."""
    return (reply,) * len(rows)


def reply_per_row(reply: Reply) -> Reply:
    """The answer means what its status says."""
    return reply


class Destination(Struct, frozen=True):
    """A destination: how events become requests to it, what its answers mean, what can be set.

    `row` puts one event into the destination's words, `request` (given rows of one lane, the way and the time in epoch
    ms) makes a request of up to `most` rows, whose values take about `bytes` as JSON at most (0: no matter); `replies`
    tells from the answer what became of each row. Where `alone`, rows of a request that was refused as a whole go once
    more, each by itself, so that a bad one spoils itself alone. One that is not `in_order` does not mind which of a
    person's events comes first; one that `gathers` is sent to every so many seconds only, then with all there is.

    `forget` asks the destination to forget somebody: no requests where it knows them by none of their names or was not
    told the secret that this takes; None where it cannot at all. `forgotten` tells what an answer to that means, and
    `forgets` says in words what it does there. `rules` are its reserved names.
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
