"""What travels between the server and the process that writes the SQLite file.

A frame is its length in four bytes, biggest first, and that much msgpack. The server sends frames of many
changes; the writer answers each frame with one of as many answers, in order. The writer speaks first: one
answer, which says whether it could open the file.
"""

from typing import Any, ClassVar, Final, Literal, TypeAlias

from msgspec import Raw, Struct, msgpack

from placet.stores.ports import Busy, Missing, Stale
from placet.stores.sql.aside import BringBack, DropAside, LayAside
from placet.stores.sql.catalogue import Apply, Point, Publish, WriteDown
from placet.stores.sql.events import Drop, Finish, KeepBatch
from placet.stores.sql.fingerprint import BindSecret
from placet.stores.sql.holdings import DropWithdrawals, Hold, Open, PassOver, Settle
from placet.stores.sql.identities import WriteTies
from placet.stores.sql.keep import WriteKeep
from placet.stores.sql.outbox import Again, Claim, Done, GiveBack, PutOff, Unfold
from placet.stores.sql.steps import Ask, Steps
from placet.stores.sql.suppressions import CarriedOut, Erase, Regulate
from placet.stores.sql.tokens import AddToken, RevokeToken

LENGTH: Final = 4


class Probe(Struct, frozen=True, tag=True):
    """Write a row, only to see whether that works."""

    turn: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    def steps(self) -> Steps[None]:
        """One statement."""
        yield Ask("UPDATE probe SET number = number + 1")


Change: TypeAlias = (
    WriteKeep
    | Claim
    | Done
    | Again
    | GiveBack
    | PutOff
    | Unfold
    | LayAside
    | BringBack
    | DropAside
    | Apply
    | Publish
    | Point
    | KeepBatch
    | Finish
    | Drop
    | WriteTies
    | Hold
    | Open
    | PassOver
    | Settle
    | DropWithdrawals
    | WriteDown
    | Regulate
    | Erase
    | CarriedOut
    | AddToken
    | RevokeToken
    | BindSecret
    | Probe
)


class Yes(Struct, frozen=True, tag=True, array_like=True):
    """It is on disk; `value` is what the change answers."""

    value: Raw


class No(Struct, frozen=True, tag=True, array_like=True):
    """It was refused or could not be done; nothing of it was written."""

    kind: Literal["stale", "missing", "busy", "bug"]
    why: str


Answer: TypeAlias = Yes | No

REFUSALS: Final[dict[str, type[Exception]]] = {
    "stale": Stale,
    "missing": Missing,
    "busy": Busy,
    "bug": RuntimeError,
}

encode: Final = msgpack.Encoder().encode
changes_from: Final = msgpack.Decoder(list[Change]).decode
answers_from: Final = msgpack.Decoder(list[Answer]).decode


def framed(values: list[Any]) -> bytes:
    """Changes or answers as one frame; `Raw` values are taken as they are."""
    body = encode(values)
    return len(body).to_bytes(LENGTH) + body
