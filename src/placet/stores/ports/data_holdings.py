"""Which destination holds data about whom, and what it was told to forget (the promises of `ports` hold here too)."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from placet.consent.profile.stored_profile import Id
from placet.events.event import Identity
from placet.privacy.withdrawal_state import WithdrawalState
from placet.stores.ports.outbox import OutboxMessage


class Holding(Struct, frozen=True):
    """A destination got somebody's data over a connection, for these purposes, by these names, last on the day of `at`.

    `person` is a pseudonym they may withdraw under; `queue` the queue their deliveries over this connection wait in;
    `person_id` who they are by their names (empty for nobody). A row is written before the first event leaves, so that
    nothing is ever held without one.
    """

    organisation: str
    source: str
    connection: str
    person: Id
    queue: Id
    purposes: tuple[str, ...]
    names: tuple[Identity, ...]
    at: int
    person_id: bytes = b""


class Withdrawal(Struct, frozen=True):
    """What one destination must forget: a holding whose purposes were withdrawn, and how far that has come.

    `purposes` are those that were withdrawn at `at`; `changed` is when the state last changed. `regulation` names the
    deletion it comes from, where it was not the person who took their consent back.
    """

    id: Id
    organisation: str
    source: str
    connection: str
    person: Id
    queue: Id
    purposes: tuple[str, ...]
    names: tuple[Identity, ...]
    at: int
    state: WithdrawalState = WithdrawalState.PENDING
    changed: int = 0
    attempts: int = 0
    why: str = ""
    regulation: bytes = b""


class Holdings(Protocol):
    """Found by person; turned into withdrawals; those are changed until they have come to an end."""

    async def add(self, holdings: list[Holding]) -> None:
        """Write down who holds what; again, with a later time and other names, changes only those."""
        ...

    async def held(self, holdings: list[Holding]) -> list[int]:
        """When each of these was last written down (its `at`); 0 for one that is not."""
        ...

    async def of_people(self, persons: list[Id]) -> list[Holding]:
        """Everything that is held about these people."""
        ...

    async def pass_over(self, kind: str, limit: int, now: int) -> tuple[int, int]:
        """Of a kind's first due notes, at most so many, forget those about people of whom nothing is held.

        How many went, and how many are left for somebody to deal with.
        """
        ...

    async def open(
        self,
        messages: list[Id],
        given_up: list[Holding],
        withdrawals: list[Withdrawal],
        tasks: list[OutboxMessage],
        owners: Sequence[tuple[Id, Id]] = (),
    ) -> None:
        """Turn holdings into withdrawals: in one transaction their rows go, these and their tasks come, notes go.

        `owners` are pairs of somebody (an id, or the pseudonym of a user id) and a withdrawal that is about them.
        Where notes are named and every one of them is gone, somebody else did this, and nothing happens.
        """
        ...

    async def settle(
        self, messages: list[Id], id: Id, state: WithdrawalState, now: int, tries: int, why: str = ""
    ) -> None:
        """Write down how far a withdrawal has come, and forget notes, together. An unknown id is ignored.

        The names of one that comes from a deletion are forgotten when it was acknowledged: nobody needs them any more.
        """
        ...

    async def withdrawal(self, id: Id) -> Withdrawal:
        """The withdrawal with this id. Raises Missing."""
        ...

    async def withdrawals(
        self, organisation: str, state: WithdrawalState | None = None, limit: int = 100, before: Id | None = None
    ) -> list[Withdrawal]:
        """An organisation's withdrawals, newest first; `before` (exclusive) turns the page."""
        ...

    async def of_regulation(self, id: Id) -> list[Withdrawal]:
        """What destinations were told because of a deletion, oldest first."""
        ...

    async def unanswered(self, owners: list[Id]) -> list[tuple[Id, Withdrawal]]:
        """Withdrawals that are not acknowledged, each with the owner it was found by, oldest first for each."""
        ...

    async def counts(self) -> dict[WithdrawalState, int]:
        """How many withdrawals of each state there are, acknowledged ones left out: nobody waits for them."""
        ...

    async def drop(self, before: int, limit: int) -> int:
        """Forget up to `limit` withdrawals that came to an end (acknowledged, unsupported) before this time."""
        ...
