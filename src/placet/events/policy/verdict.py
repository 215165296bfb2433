"""May this event go to this destination? Three answers, each with its reason."""

from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from placet.events.filters.actions import Edit


class PolicyStep(StrEnum):
    """The step of judging that gave the answer, in the order in which they are taken (see `judge`)."""

    READING = "reading"
    SWITCH = "switch"
    SUPPRESSION = "suppression"
    PRIVACY_REQUEST = "privacy request"
    CONSENT = "consent"
    RULES = "forwarding rules"
    FILTERS = "filters"
    DATA = "data filter"
    INTEGRATIONS = "integrations"
    PLUGINS = "plugins"
    """A plugin held it back when it was to leave."""
    DESTINATION = "destination"
    """It may go, but the destination has no place for such an event."""


class Allowed(Struct, frozen=True, tag=True):
    """Yes; `edits` are to be made before it leaves (see `filters_actions.edit`)."""

    edits: tuple[Edit, ...] = ()


class Held(Struct, frozen=True, tag=True):
    """No. `reason` is for people, `path` names the setting that decided, such as `connections/ga4/filters/f1`."""

    step: PolicyStep
    reason: str
    path: str


class Unmapped(Struct, frozen=True, tag=True):
    """Nobody said which purposes this destination serves, so nothing goes there until somebody does."""

    reason: str
    path: str


Verdict: TypeAlias = Allowed | Held | Unmapped

ALLOWED: Final = Allowed()
