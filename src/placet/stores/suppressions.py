"""People whose events are not taken in, and who asked for that (the promises of `ports` hold here too)."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from placet.stores.notes import Key


class Ruling(StrEnum):
    """What is asked for about somebody (segment.md §7.2)."""

    SUPPRESS = "SUPPRESS_ONLY"
    LIFT = "UNSUPPRESS"


class Regulation(Struct, frozen=True):
    """What was asked for about some users of a workspace, by whom, at `at`; carried out when it was written down."""

    id: Key
    organisation: str
    workspace: str
    kind: Ruling
    subjects: tuple[str, ...]
    at: int
    by: str


class Suppressions(Protocol):
    """Users of workspaces, by their user ids; every change is written into the organisation's history."""

    async def regulate(self, regulation: Regulation) -> None:
        """Suppress these users, or lift that; every node knows it at its next look at the settings."""
        ...

    async def every(self) -> list[tuple[str, str, str]]:
        """Organisation, workspace and user id of everybody who is suppressed."""
        ...

    async def of(self, organisation: str, workspace: str, most: int, after: str = "") -> list[str]:
        """The suppressed users of a workspace, in the order of their ids; `after` (exclusive) turns the page."""
        ...

    async def regulations(self, organisation: str, workspace: str, most: int) -> list[Regulation]:
        """What was asked for in a workspace, newest first."""
        ...

    async def regulation(self, id: Key) -> Regulation:
        """One of them. Raises Missing."""
        ...
