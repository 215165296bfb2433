"""What becomes of a note whose work failed: it is tried again later, or laid aside as a dead letter with the reason.

Without this, one note that nobody can read would be handed out for ever, and hold up all that come behind it.
"""

import logging
from typing import Final

from placet.stores.ports.outbox import Outbox, OutboxMessage

LOG: Final = logging.getLogger("placet.outbox")

MAX_TRIES: Final = 10
FIRST_PAUSE: Final = 1_000
LONGEST_PAUSE: Final = 900_000
"""Milliseconds until the second try, and between two tries at most: a note is tried for about half an hour."""

UNREADABLE: Final = (ValueError, LookupError, TypeError, RecursionError)
"""What reading raises where something is kept that does not say what it should: another try would find the same."""


async def set_back(message: OutboxMessage, error: Exception, outbox: Outbox, now: int, place: str = "") -> bool:
    """Lay a failed note aside (True), or have it tried again (False). `place`: where a dead letter is found."""
    unreadable = isinstance(error, UNREADABLE)
    why = reason_of(error, unreadable=unreadable)
    LOG.error("a note of the kind %s failed", message.kind, exc_info=error, extra={"facts": {"note": message.id.hex()}})
    if unreadable or message.attempts + 1 >= MAX_TRIES:
        await outbox.dead_letter(message.id, why, place, now)
        return True
    await outbox.retry(message.id, now + min(FIRST_PAUSE << message.attempts, LONGEST_PAUSE), why)
    return False


def reason_of(error: Exception, *, unreadable: bool) -> str:
    """Why, for whoever reads dead letters."""
    what = "what is kept for it cannot be read" if unreadable else "it failed"
    return f"{what} ({type(error).__name__}: {error})"[:500]
