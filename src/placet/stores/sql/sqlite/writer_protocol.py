"""What travels between the server and the process that writes the SQLite file.

A frame is its length in four bytes, biggest first, and that much msgpack. The server sends frames of many
changes; the writer answers each frame with one of as many answers, in order. The writer speaks first: one
answer, which says whether it could open the file.
"""

from typing import Any, ClassVar, Final, Literal, TypeAlias

from msgspec import Raw, Struct, msgpack

from placet.errors import Busy, Missing, Stale
from placet.stores.sql.catalogue import AppendAudit, Apply, Point, Publish
from placet.stores.sql.dead_letters import AddDeadLetter, DropDeadLetters, RequeueDeadLetters
from placet.stores.sql.events import DropBatches, Finish, StoreBatch
from placet.stores.sql.fingerprint import BindSecret
from placet.stores.sql.holdings import AddHoldings, DropWithdrawals, Open, SettleWithdrawal, SkipHoldings
from placet.stores.sql.identities import WriteIdentityChanges
from placet.stores.sql.outbox import Claim, Defer, Done, FanOut, Release, Retry
from placet.stores.sql.statements import Query, Statements
from placet.stores.sql.suppressions import CarriedOut, Erase, Regulate
from placet.stores.sql.tokens import AddToken, RevokeToken
from placet.stores.sql.write_decision import WriteDecisionChange

LENGTH: Final = 4


class Probe(Struct, frozen=True, tag=True):
    """Write a row, only to see whether that works."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    def statements(self) -> Statements[None]:
        """One statement."""
        yield Query("UPDATE probe SET number = number + 1")


Change: TypeAlias = (
    WriteDecisionChange
    | Claim
    | Done
    | Retry
    | Release
    | Defer
    | FanOut
    | AddDeadLetter
    | RequeueDeadLetters
    | DropDeadLetters
    | Apply
    | Publish
    | Point
    | StoreBatch
    | Finish
    | DropBatches
    | WriteIdentityChanges
    | AddHoldings
    | Open
    | SkipHoldings
    | SettleWithdrawal
    | DropWithdrawals
    | AppendAudit
    | Regulate
    | Erase
    | CarriedOut
    | AddToken
    | RevokeToken
    | BindSecret
    | Probe
)


class Succeeded(Struct, frozen=True, tag=True, array_like=True):
    """It is on disk; `value` is what the change answers."""

    value: Raw


class Failed(Struct, frozen=True, tag=True, array_like=True):
    """It was refused or could not be done; nothing of it was written."""

    kind: Literal["stale", "missing", "busy", "bug"]
    why: str


Reply: TypeAlias = Succeeded | Failed

REFUSALS: Final[dict[str, type[Exception]]] = {
    "stale": Stale,
    "missing": Missing,
    "busy": Busy,
    "bug": RuntimeError,
}

encode: Final = msgpack.Encoder().encode
changes_from: Final = msgpack.Decoder(list[Change]).decode
answers_from: Final = msgpack.Decoder(list[Reply]).decode


def framed(values: list[Any]) -> bytes:
    """Changes or answers as one frame; `Raw` values are taken as they are."""
    body = encode(values)
    return len(body).to_bytes(LENGTH) + body
