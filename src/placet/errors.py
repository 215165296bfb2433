"""The five errors that layers below `api` raise, distinguished by what the caller should do next.

A text that cannot be read is `formats.errors.Malformed`. A refusal that is an ordinary answer (a held event, a
token that proves nothing) is a returned value and none of these.
"""


class Invalid(Exception):
    """The input can be read but is not valid; the message tells the sender what is wrong. Change it, then try again."""


class Contradiction(Invalid):
    """The request names one person and the device state another, and no renaming was requested."""


class Reused(Invalid):
    """An `Idempotency-Key` was used before, for another person or with another body."""


class NotOffered(Invalid):
    """The site does not offer this interaction where the person is."""


class Denied(Exception):
    """The caller is not authenticated or not allowed. Authenticate, then try again."""


class Missing(Exception):
    """The requested object does not exist."""


class Stale(Exception):
    """The stored state changed after it was loaded. Load and decide again."""


class Busy(Exception):
    """The request cannot be accepted now, and nothing was written. Try again later."""
