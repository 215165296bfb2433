"""What was asked about people, and whose events are not taken in (the promises of `ports` hold here too)."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from placet.stores.notes import Key, Note


class Ruling(StrEnum):
    """What is asked for about somebody (segment.md §7.2)."""

    SUPPRESS = "SUPPRESS_ONLY"
    LIFT = "UNSUPPRESS"
    SUPPRESS_AND_DELETE = "SUPPRESS_WITH_DELETE"
    SUPPRESS_AND_DELETE_HERE = "SUPPRESS_WITH_DELETE_INTERNAL"
    DELETE = "DELETE_ONLY"
    DELETE_HERE = "DELETE_INTERNAL"
    DELETE_ARCHIVE = "DELETE_ARCHIVE_ONLY"

    @property
    def suppresses(self) -> bool:
        """Are their events no longer taken in from now on?"""
        return self.name.startswith("SUPPRESS")

    @property
    def deletes(self) -> bool:
        """Does what is stored go?"""
        return "DELETE" in self.name

    @property
    def tells(self) -> bool:
        """Are destinations told to delete, too?"""
        return self in (Ruling.SUPPRESS_AND_DELETE, Ruling.DELETE)


class Regulation(Struct, frozen=True):
    """What was asked for about some people of a workspace, or of one `source` of it, by whom, at `at`.

    `subjects` are their names of the kind `named`. A suppression holds when it was written down; a deletion is
    carried out by a worker: `done` is when that came to its end here, 0 until then. Destinations that were told are
    withdrawals with a state of their own (`Holdings.of_regulation`).
    """

    id: Key
    organisation: str
    workspace: str
    kind: Ruling
    subjects: tuple[str, ...]
    at: int
    by: str
    source: str = ""
    named: str = "user_id"
    done: int = 0

    @property
    def of_users(self) -> bool:
        """Is it about people, by their user ids, and not about devices?"""
        return self.named == "user_id"

    @property
    def place(self) -> str:
        """Where a suppression holds: a workspace, or a source of it."""
        return f"{self.workspace}/{self.source}" if self.source else self.workspace


class Blanked(Struct, frozen=True):
    """A batch of events as it was seen, and what is left of it."""

    id: Key
    seen: bytes
    now: bytes


class Suppressions(Protocol):
    """Regulations, and those who are suppressed by them; each is written into the organisation's history."""

    async def regulate(self, regulation: Regulation, notes: tuple[Note, ...] = ()) -> Regulation:
        """Suppress these people, or lift that, and write down what else was asked for, with notes for who does it.

        Every node knows of suppressions at its next look at the settings. Where the same deletion is under way
        already, nothing is written, and that one is returned.
        """
        ...

    async def erase(self, batches: list[Blanked], names: list[Key], note: Key, next: Note) -> None:
        """One step of a deletion: these batches are replaced, these names of events and their outcomes forgotten.

        With it `note` goes and `next` comes, in one transaction. Where the note is gone already, somebody else has
        taken this step, and nothing happens. Raises Stale when a batch is not as it was seen; one that is no longer
        kept is passed over.
        """
        ...

    async def carried_out(self, id: Key, at: int, note: Key) -> None:
        """A deletion has come to its end here: that is written down, and the note goes.

        Where the note is gone already, somebody else has written that down, and nothing happens.
        """
        ...

    async def every(self) -> list[tuple[str, str, str]]:
        """Organisation, place (a workspace, or `workspace/source`) and user id of everybody who is suppressed."""
        ...

    async def of(self, organisation: str, workspace: str, most: int, after: str = "") -> list[str]:
        """The suppressed users of a workspace, in the order of their ids; `after` (exclusive) turns the page."""
        ...

    async def sources(self, organisation: str) -> list[str]:
        """Every source of an organisation that events are kept of (`workspace/source`), also of former ones."""
        ...

    async def regulations(
        self, organisation: str, workspace: str, most: int, source: str = "", before: Key | None = None
    ) -> list[Regulation]:
        """What was asked for in a workspace as a whole, or for one source of it, newest first.

        `before` (exclusive) turns the page.
        """
        ...

    async def regulation(self, id: Key) -> Regulation:
        """One of them. Raises Missing."""
        ...
