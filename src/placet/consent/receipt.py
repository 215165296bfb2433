"""The proof that a choice was made."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from placet.consent.choices import Choices, Ruling
from placet.consent.interactions import Effect, Interaction
from placet.consent.profile import Standing
from placet.consent.purposes import Category, Status


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


class Entry(Struct, frozen=True, array_like=True):
    """One purpose and what happened to it."""

    purpose: str
    transaction: Transaction


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


def transaction(ruling: Ruling, category: Category, value: int, effect: Effect) -> Transaction:
    """What a press did to one category (cmp-api.md §17.2, last table; the first line that fits answers)."""
    status = ruling.statuses[category.id]
    if not category.consentable or status is Status.ALWAYS_ACTIVE:
        return Transaction.NO_CHOICE
    if status is Status.ALWAYS_INACTIVE or effect is Effect.KEEP:
        return Transaction.NOTGIVEN
    if effect in (Effect.DEFAULT, Effect.DECLINE) and not status.default:
        return Transaction.NOTGIVEN
    return Transaction.CONFIRMED if value else Transaction.OPT_OUT


def entries(ruling: Ruling, choices: Choices, interaction: Interaction) -> tuple[Entry, ...]:
    """One entry for each category that holds an answer of its own."""
    groups, effect, parents = choices.groups, interaction.effect, ruling.site.children
    return tuple(
        Entry(category.purpose_id, transaction(ruling, category, groups[category.id], effect))
        for category in ruling.site.categories
        if category.id not in parents
    )
