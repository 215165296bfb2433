"""The proof that a choice was made."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from placet.consent.choices import MOST_FOLLOWED, Choices, Ruling
from placet.consent.profile import Item, Standing


class Transaction(StrEnum):
    """What a receipt says happened to one purpose (cmp-api.md §17.1)."""

    CONFIRMED = "CONFIRMED"
    PENDING = "PENDING"
    WITHDRAWN = "WITHDRAWN"
    OPT_OUT = "OPT_OUT"
    HARD_OPT_OUT = "HARD_OPT_OUT"
    EXPIRED = "EXPIRED"
    EXTEND = "EXTEND"
    NOTGIVEN = "NOTGIVEN"
    NO_CHOICE = "NO_CHOICE"
    CHANGE_PREFERENCES = "CHANGE_PREFERENCES"
    CANCEL = "CANCEL"
    IMPLICIT = "IMPLICIT"


STANDING_AFTER: Final[dict[Transaction, Standing | None]] = {
    Transaction.CONFIRMED: Standing.ACTIVE,
    Transaction.PENDING: Standing.PENDING,
    Transaction.WITHDRAWN: Standing.WITHDRAWN,
    Transaction.OPT_OUT: Standing.OPT_OUT,
    Transaction.HARD_OPT_OUT: Standing.HARD_OPT_OUT,
    Transaction.EXPIRED: Standing.EXPIRED,
    Transaction.EXTEND: None,
    Transaction.NOTGIVEN: None,
    Transaction.NO_CHOICE: Standing.ALWAYS_ACTIVE,
    Transaction.CHANGE_PREFERENCES: None,
    Transaction.CANCEL: None,
    Transaction.IMPLICIT: Standing.ACTIVE,
}
"""Where a transaction leaves the person; None leaves them where they stood."""


TRANSACTION_OF: Final = {
    Standing.ACTIVE: Transaction.CONFIRMED,
    Standing.NOT_OPT_OUT: Transaction.CONFIRMED,
    Standing.ALWAYS_ACTIVE: Transaction.NO_CHOICE,
    Standing.PENDING: Transaction.PENDING,
    Standing.OPT_OUT: Transaction.OPT_OUT,
    Standing.WITHDRAWN: Transaction.WITHDRAWN,
    Standing.HARD_OPT_OUT: Transaction.HARD_OPT_OUT,
    Standing.EXPIRED: Transaction.EXPIRED,
    Standing.NO_CONSENT: Transaction.NOTGIVEN,
}
"""What a receipt says of an answer that stands like this."""


class Entry(Struct, frozen=True, array_like=True):
    """One purpose, what happened to it, and the version of it that was on the screen."""

    purpose: str
    transaction: Transaction
    version: int = 1


class Signals(Struct, frozen=True, omit_defaults=True):
    """Consent strings and browser signals that were in force at a call, as they were sent."""

    tc: str = ""
    ac: str = ""
    gpp: str = ""
    usp: str = ""
    gpc: bool = False


class Receipt(Struct, frozen=True, omit_defaults=True):
    """One choice: who, where, when, by which button, over which published text, and what followed.

    `id` is a UUID, `at` our own clock in epoch ms and `said_at` the device's, when it claimed another time.
    `person` is a pseudonym in hex, `name` the identifier masked (or whole, where the site keeps identifiers).
    `publication`, `content` (SHA-256), `rule`, `notice` and `language` say exactly what was on the screen.
    """

    id: str
    at: int
    organisation: str
    site: str
    app_id: str
    publication: int
    content: str
    rule: str
    notice: str
    language: str
    interaction: str
    person: str
    name: str
    anonymous: bool
    purposes: tuple[Entry, ...]
    choices: Choices
    group: str = ""
    identifier_type: str = ""
    country: str = ""
    region: str = ""
    signals: Signals = Signals()
    said_at: int | None = None
    data: dict[str, str] = {}
    test: bool = False


def entries(ruling: Ruling, items: dict[str, Item]) -> tuple[Entry, ...]:
    """What happened to every purpose of the site, read from the answers a press gave (cmp-api.md §17.2, last table).

    A purpose nobody can choose about is NO_CHOICE (always on) or NOTGIVEN (always off); one that was not answered
    is NOTGIVEN. Universal purposes are listed only when they were answered. Remembered, as `items.told_apart` is.
    """
    key = tuple([items[key].standing if key in items else None for key in ruling.receipted])
    found: tuple[Entry, ...] | None = ruling.entries.get(key)
    if found is None:
        if len(ruling.entries) >= MOST_FOLLOWED:
            ruling.entries.clear()
        found = ruling.entries[key] = write_entries(ruling, items)
    return found


def write_entries(ruling: Ruling, items: dict[str, Item]) -> tuple[Entry, ...]:
    """The same, written anew."""
    categories = [Entry(purpose, happened(items.get(key), fixed)) for purpose, key, fixed in ruling.purposes]
    if ruling.site.universal:
        categories += [
            Entry(purpose.id, happened(items["u:" + purpose.id], None), purpose.version)
            for purpose in ruling.site.universal
            if "u:" + purpose.id in items
        ]
    return tuple(categories)


def happened(item: Item | None, fixed: int | None) -> Transaction:
    """What a press did to one purpose: `item` the answer it gave, `fixed` the value the rule locks it to."""
    if fixed is not None:
        return Transaction.NO_CHOICE if fixed else Transaction.NOTGIVEN
    return TRANSACTION_OF[item.standing] if item else Transaction.NOTGIVEN
