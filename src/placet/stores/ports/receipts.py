"""The receipt ledger port."""

from typing import Protocol

from msgspec import Struct

from placet.consent.profile.stored_profile import Id


class ReceiptRow(Struct, frozen=True):
    """A receipt as the ledger keeps it.

    `id` is a UUIDv7 of the moment we received it; a person's receipts stand in the order of their ids.
    `person` is the pseudonym of who chose; `at` when we received it; `body` the receipt itself (JSON);
    `evidence` the request body as the device sent it, byte for byte. `test` receipts come from test publications.
    """

    id: Id
    organisation: str
    site: str
    person: Id
    at: int
    body: bytes
    evidence: bytes = b""
    test: bool = False


class Ledger(Protocol):
    """Receipts: added by `Stores.keep`, never changed, found again by id or person."""

    async def receipt(self, id: Id) -> ReceiptRow:
        """The receipt with this id. Raises Missing."""
        ...

    async def of_person(
        self, organisation: str, person: Id, limit: int = 100, before: Id | None = None
    ) -> list[ReceiptRow]:
        """A person's receipts in one organisation, newest first; `before` (a receipt's id, exclusive) turns the page.

        An id and not a time, since the receipts of one bulk request share their time.
        """
        ...

    async def count(self, organisation: str) -> int:
        """How many receipts an organisation has."""
        ...
