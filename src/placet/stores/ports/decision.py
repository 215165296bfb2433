"""What one decision writes in one transaction, and the result of the write."""

from typing import Final

from msgspec import Struct

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow

MAX_TIME: Final = 2**63 - 1
"""The last millisecond every engine can write down."""


class WriteDecision(Struct, frozen=True):
    """What one decision wants written, all of it or nothing.

    `known.version` is the version that was loaded; it is kept as `version + 1`. `idempotency_key` names the
    request, and
    needs a receipt: a second `WriteDecision` with the same name within `idempotency_ms` milliseconds of the first
    (by their
    `at`) writes nothing and is answered with what the first one kept. So is, at any time, a `WriteDecision` whose
    receipt's id is already in the ledger: this is how to ask again after `Busy`.
    """

    receipt: ReceiptRow | None = None
    profile: VersionedProfile | None = None
    messages: tuple[OutboxMessage, ...] = ()
    idempotency_key: Id | None = None
    idempotency_ms: int = 600_000
    at: int = 0

    def __post_init__(self) -> None:
        """Refuse what no engine could write, here, where the traceback still shows whose bug it is."""
        if flaw := invalid_reason(self):
            raise ValueError(f"this cannot be kept: {flaw}")


class WriteResult(Struct, frozen=True):
    """What became of a `WriteDecision`: `repeat` is None when it was written now, else the first one's receipt row."""

    repeat: ReceiptRow | None = None


def invalid_reason(keep: WriteDecision) -> str:
    """Why no engine could write this, or the empty string."""
    receipt, known, once = keep.receipt, keep.profile, keep.idempotency_key
    if once is not None and receipt is None:
        return "`once` without a receipt to answer the second request with"
    flaws = [invalid_value((message.id, message.subject_id), (message.due,), message.kind) for message in keep.messages]
    flaws.append(invalid_value((once,) if once is not None else (), (keep.at, keep.at + keep.idempotency_ms), ""))
    if receipt is not None:
        flaws.append(invalid_value((receipt.id, receipt.person), (receipt.at,), receipt.organisation + receipt.site))
    if known is not None:
        flaws.append(invalid_value((known.group, known.person), (known.version,), ""))
    return next(filter(None, flaws), "")


def invalid_value(keys: tuple[Id, ...], times: tuple[int, ...], names: str) -> str:
    """Why no engine could write rows with these in them, or the empty string."""
    for key in keys:
        if len(key) != 16:
            return "an id is not 16 bytes long"
    for time in times:
        if not 0 <= time < MAX_TIME:
            return "a time or version is negative or beyond 63 bits"
    return "a name contains a zero character" if "\0" in names else ""
