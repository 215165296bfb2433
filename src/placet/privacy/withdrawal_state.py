"""How far a withdrawal has come at its destination."""

from enum import StrEnum


class WithdrawalState(StrEnum):
    """How far a withdrawal has come."""

    PENDING = "pending"
    """Waits for its turn, or for another try."""
    SENT = "sent"
    """The destination took the request, and has not said that it is carried out."""
    ACKNOWLEDGED = "acknowledged"
    UNSUPPORTED = "unsupported"
    """The destination knows no way to forget anybody, or knows nobody by any of these names."""
    FAILED = "failed"
    """Given up with a reason; its dead letter can be replayed."""
