"""The state of a withdrawal at its destination."""

from enum import StrEnum


class WithdrawalState(StrEnum):
    """The delivery state of a withdrawal."""

    PENDING = "pending"
    """Waiting for the first attempt or a retry."""
    SENT = "sent"
    """The destination accepted the request and has not confirmed completion."""
    ACKNOWLEDGED = "acknowledged"
    UNSUPPORTED = "unsupported"
    """The destination does not support deletion, or takes none of these identifiers."""
    FAILED = "failed"
    """Given up with a reason; its dead letter can be replayed."""
