"""Regulations: suppression and deletion of people's data, and where they apply."""

from enum import StrEnum

from msgspec import Struct

from placet.consent.profile.stored_profile import Id


class RegulationType(StrEnum):
    """The type of a regulation (segment.md §7.2)."""

    SUPPRESS = "SUPPRESS_ONLY"
    LIFT = "UNSUPPRESS"
    SUPPRESS_AND_DELETE = "SUPPRESS_WITH_DELETE"
    SUPPRESS_AND_DELETE_HERE = "SUPPRESS_WITH_DELETE_INTERNAL"
    DELETE = "DELETE_ONLY"
    DELETE_HERE = "DELETE_INTERNAL"
    DELETE_ARCHIVE = "DELETE_ARCHIVE_ONLY"

    @property
    def suppresses(self) -> bool:
        """Are their events rejected from now on?"""
        return self.name.startswith("SUPPRESS")

    @property
    def deletes(self) -> bool:
        """Is their stored data deleted?"""
        return "DELETE" in self.name

    @property
    def notifies_destinations(self) -> bool:
        """Are destinations asked to delete, too?"""
        return self in (RegulationType.SUPPRESS_AND_DELETE, RegulationType.DELETE)


class Regulation(Struct, frozen=True):
    """A regulation for people of a workspace, or of one of its sources (`source`), by whom, requested at `at`.

    `subjects` are their names of the kind `named`. A suppression holds when it was written down; a deletion is
    carried out by a worker: `done` is when it was completed here, 0 until then. Requests to destinations are
    withdrawals with a state of their own (`Holdings.of_regulation`).
    """

    id: Id
    organisation: str
    workspace: str
    kind: RegulationType
    subjects: tuple[str, ...]
    at: int
    by: str
    source: str = ""
    named: str = "user_id"
    done: int = 0

    @property
    def of_users(self) -> bool:
        """Does it apply to people, by their user ids, and not to devices?"""
        return self.named == "user_id"

    @property
    def place(self) -> str:
        """Where a suppression applies: a workspace, or a source of it."""
        return f"{self.workspace}/{self.source}" if self.source else self.workspace
