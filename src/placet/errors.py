"""What a floor below the faces may refuse with: five errors, sorted by what the caller should do next.

A text that cannot be read is `formats.errors.Malformed`. A refusal that is an ordinary answer (a held event, a
token that proves nothing) is a returned value and none of these.
"""


class Invalid(Exception):
    """We can read this but not act on it: what is wrong, in words for whoever sent it. Change it, then try again."""


class Contradiction(Invalid):
    """The call names one person and the device remembers another, and no renaming was asked for."""


class Reused(Invalid):
    """A request's own name (`Idempotency-Key`) was used before, for another person or with another body."""


class NotOffered(Invalid):
    """What was pressed is nothing that this site offers where the person is."""


class Denied(Exception):
    """We do not know you, or you may not: prove who you are, then try again."""


class Missing(Exception):
    """There is no such thing."""


class Stale(Exception):
    """Someone was faster: what you decided on is no longer so. Load and decide again."""


class Busy(Exception):
    """This cannot be taken now, and nothing was written: come back later."""
