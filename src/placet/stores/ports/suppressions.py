"""What was asked about people, and whose events are not taken in (the promises of `ports` hold here too)."""

from typing import Protocol

from msgspec import Struct

from placet.consent.profile.stored_profile import Id
from placet.privacy.regulation import Regulation
from placet.stores.ports.outbox import OutboxMessage


class RedactedBatch(Struct, frozen=True):
    """A batch of events as it was seen, and what is left of it."""

    id: Id
    before: bytes
    after: bytes


class Suppressions(Protocol):
    """Regulations, and those who are suppressed by them; each is written into the organisation's history."""

    async def regulate(self, regulation: Regulation, messages: tuple[OutboxMessage, ...] = ()) -> Regulation:
        """Suppress these people, or lift that, and write down what else was asked for, with notes for who does it.

        Every node knows of suppressions at its next look at the settings. Where the same deletion is under way
        already, nothing is written, and that one is returned.
        """
        ...

    async def erase(self, batches: list[RedactedBatch], names: list[Id], message: Id, next: OutboxMessage) -> None:
        """One step of a deletion: these batches are replaced, these names of events and their outcomes forgotten.

        With it `message` goes and `next` comes, in one transaction. Where the note is gone already, somebody else has
        taken this step, and nothing happens. Raises Stale when a batch is not as it was seen; one that is no longer
        kept is passed over.
        """
        ...

    async def carried_out(self, id: Id, at: int, message: Id) -> None:
        """A deletion has come to its end here: that is written down, and the note goes.

        Where the note is gone already, somebody else has written that down, and nothing happens.
        """
        ...

    async def every(self) -> list[tuple[str, str, str]]:
        """Organisation, place (a workspace, or `workspace/source`) and user id of everybody who is suppressed."""
        ...

    async def of(self, organisation: str, workspace: str, limit: int, after: str = "") -> list[str]:
        """The suppressed users of a workspace, in the order of their ids; `after` (exclusive) turns the page."""
        ...

    async def sources(self, organisation: str) -> list[str]:
        """Every source of an organisation that events are kept of (`workspace/source`), also of former ones."""
        ...

    async def regulations(
        self, organisation: str, workspace: str, limit: int, source: str = "", before: Id | None = None
    ) -> list[Regulation]:
        """What was asked for in a workspace as a whole, or for one source of it, newest first.

        `before` (exclusive) turns the page.
        """
        ...

    async def regulation(self, id: Id) -> Regulation:
        """One of them. Raises Missing."""
        ...
