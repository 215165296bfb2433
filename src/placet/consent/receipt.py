"""Consent receipts: the proof that a choice was made."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from placet.consent.profile.profile import Item, PurposeStatus
from placet.consent.rules.effective_rule import MAX_FOLLOWED, Choices, EffectiveRule


class Transaction(StrEnum):
    """The transaction a receipt records for one purpose (cmp-api.md §17.1)."""

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


STATUS_AFTER: Final[dict[Transaction, PurposeStatus | None]] = {
    Transaction.CONFIRMED: PurposeStatus.ACTIVE,
    Transaction.PENDING: PurposeStatus.PENDING,
    Transaction.WITHDRAWN: PurposeStatus.WITHDRAWN,
    Transaction.OPT_OUT: PurposeStatus.OPT_OUT,
    Transaction.HARD_OPT_OUT: PurposeStatus.HARD_OPT_OUT,
    Transaction.EXPIRED: PurposeStatus.EXPIRED,
    Transaction.EXTEND: None,
    Transaction.NOTGIVEN: None,
    Transaction.NO_CHOICE: PurposeStatus.ALWAYS_ACTIVE,
    Transaction.CHANGE_PREFERENCES: None,
    Transaction.CANCEL: None,
    Transaction.IMPLICIT: PurposeStatus.ACTIVE,
}
"""The person's status after a transaction; None leaves it unchanged."""


TRANSACTION_OF: Final = {
    PurposeStatus.ACTIVE: Transaction.CONFIRMED,
    PurposeStatus.NOT_OPT_OUT: Transaction.CONFIRMED,
    PurposeStatus.ALWAYS_ACTIVE: Transaction.NO_CHOICE,
    PurposeStatus.PENDING: Transaction.PENDING,
    PurposeStatus.OPT_OUT: Transaction.OPT_OUT,
    PurposeStatus.WITHDRAWN: Transaction.WITHDRAWN,
    PurposeStatus.HARD_OPT_OUT: Transaction.HARD_OPT_OUT,
    PurposeStatus.EXPIRED: Transaction.EXPIRED,
    PurposeStatus.NO_CONSENT: Transaction.NOTGIVEN,
}
"""The transaction a receipt records for an answer with this status."""


class ReceiptEntry(Struct, frozen=True, array_like=True):
    """One purpose, what happened to it, and the version of it that was on the screen."""

    purpose: str
    transaction: Transaction
    version: int = 1


class ReceiptSignals(Struct, frozen=True, omit_defaults=True):
    """Consent strings and browser signals that were in force at a request, as they were sent."""

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
    purposes: tuple[ReceiptEntry, ...]
    choices: Choices
    group: str = ""
    identifier_type: str = ""
    country: str = ""
    region: str = ""
    signals: ReceiptSignals = ReceiptSignals()
    said_at: int | None = None
    data: dict[str, str] = {}
    test: bool = False


def entries(rule: EffectiveRule, items: dict[str, Item]) -> tuple[ReceiptEntry, ...]:
    """The transaction of every purpose of the site, from the answers of an interaction (cmp-api.md §17.2, last table).

    A purpose nobody can choose about is NO_CHOICE (always on) or NOTGIVEN (always off); one that was not answered
    is NOTGIVEN. Universal purposes are listed only when they were answered. Cached, as `profile_items.told_apart` is.
    """
    key = tuple([items[key].status if key in items else None for key in rule.receipted])
    found: tuple[ReceiptEntry, ...] | None = rule.entries.get(key)
    if found is None:
        if len(rule.entries) >= MAX_FOLLOWED:
            rule.entries.clear()
        found = rule.entries[key] = write_entries(rule, items)
    return found


def write_entries(rule: EffectiveRule, items: dict[str, Item]) -> tuple[ReceiptEntry, ...]:
    """The same without the cache."""
    categories = [ReceiptEntry(purpose, happened(items.get(key), fixed)) for purpose, key, fixed in rule.purposes]
    if rule.site.universal:
        categories += [
            ReceiptEntry(purpose.id, happened(items["u:" + purpose.id], None), purpose.version)
            for purpose in rule.site.universal
            if "u:" + purpose.id in items
        ]
    return tuple(categories)


def happened(item: Item | None, fixed: int | None) -> Transaction:
    """The transaction for one purpose: `item` is the interaction's answer, `fixed` the value the rule locks it to."""
    if fixed is not None:
        return Transaction.NO_CHOICE if fixed else Transaction.NOTGIVEN
    return TRANSACTION_OF[item.status] if item else Transaction.NOTGIVEN
