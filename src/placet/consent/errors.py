"""The refusals that may cross floors, sorted by what the caller does next."""

from enum import Enum, auto


class Problem(Enum):
    """What is wrong with a call; each dialect has its own word for it."""

    HEADER_MISSING = auto()
    LOCATION = auto()
    PLACE = auto()
    DEVICE_TYPE = auto()
    FETCH_TYPE = auto()
    MEMORY = auto()
    IDENTIFIER = auto()
    INTERACTION = auto()
    CONTENT_TYPE = auto()
    BODY = auto()
    EMPTY = auto()
    AGE_RANGE = auto()
    GOOGLE_ADS = auto()
    TOKEN = auto()


class Refusal(Exception):
    """Somebody's call is turned down, with a sentence they can act on."""


class Invalid(Refusal):
    """We cannot read this: what is wrong, where, and what to do."""

    def __init__(self, problem: Problem, message: str = "") -> None:
        super().__init__(message or problem.name)
        self.problem = problem
        self.message = message


class Denied(Refusal):
    """We do not know you, or you may not."""
