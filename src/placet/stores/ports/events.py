"""The event store port: batches, their keys and delivery outcomes."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.events.identity.records import NO_IDENTITY_CHANGES, IdentityChanges
from placet.stores.ports.outbox import OutboxMessage


class Batch(Struct, frozen=True):
    """A batch of events as it was taken in from a source, at `at`.

    `body` holds events and verdicts (see `events.frame`), `gates` names the gates that gave the verdicts.
    """

    id: Id
    organisation: str
    source: str
    at: int
    policy_id: Id
    body: bytes


class DeliveryOutcome(StrEnum):
    """How a delivery ended."""

    SENT = "sent"
    HELD = "held"
    GIVEN_UP = "given up"


class Outcome(Struct, frozen=True):
    """What became of an event's delivery over a connection, why, and how often it had been tried before."""

    event: Id
    connection: str
    at: int
    outcome: DeliveryOutcome
    why: str = ""
    attempts: int = 0


class Events(Protocol):
    """Batches of events, each event kept once by its name: a key made of its source and its own id."""

    async def store_batch(
        self, batch: Batch, gates: bytes, names: tuple[Id, ...], messages: tuple[OutboxMessage, ...],
        identity_changes: IdentityChanges = NO_IDENTITY_CHANGES, claims: tuple[VersionedProfile, ...] = (),
    ) -> None:  # fmt: skip
        """Add a batch, its events' names, what its gates were, and notes: in one transaction, on disk when it returns.

        With it goes what it changed about people (`ties`) and profiles (`claims`, each once, as it was seen).
        Raises Stale when a name is taken or something is not as it was seen (nothing was written), or Busy.
        """
        ...

    async def known_keys(self, names: list[Id]) -> frozenset[Id]:
        """Those of the names that are taken."""
        ...

    async def batch(self, id: Id) -> Batch:
        """The batch with this id. Raises Missing."""
        ...

    async def batch_of(self, event: Id) -> Batch:
        """The batch an event came in. Raises Missing."""
        ...

    async def stored_policy(self, id: Id) -> bytes:
        """The gates of this name, as they were kept with the first batch that named them. Raises Missing."""
        ...

    async def finish(self, messages: list[Id], outcomes: list[Outcome]) -> None:
        """These notes are done, and this is what became of them: in one transaction."""
        ...

    async def outcomes(self, event: Id) -> list[Outcome]:
        """What became of an event's deliveries, oldest first."""
        ...

    async def latest(self, organisation: str, source: str, limit: int, before: Id | None = None) -> list[Batch]:
        """A source's newest batches, newest first; `before` (a batch's id, exclusive) turns the page."""
        ...

    async def oldest(self, before: int, limit: int) -> list[Batch]:
        """The oldest batches of all sources that came in before this time, oldest first."""
        ...

    async def drop(self, batches: list[Id], names: list[Id]) -> None:
        """Forget batches, these names of events, and what became of those: in one transaction.

        Whoever drops a batch names all its events: a name that stays would refuse its message for ever.
        """
        ...
