"""A person's profile, its items, and the merge of two profiles."""

from enum import IntEnum, StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace


class PurposeStatus(StrEnum):
    """A person's status for one purpose (cmp-api.md §15.3)."""

    NO_CONSENT = "NO_CONSENT"
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    ALWAYS_ACTIVE = "ALWAYS_ACTIVE"
    NOT_OPT_OUT = "NOT_OPT_OUT"
    EXPIRED = "EXPIRED"
    OPT_OUT = "OPT_OUT"
    WITHDRAWN = "WITHDRAWN"
    HARD_OPT_OUT = "HARD_OPT_OUT"

    __hash__ = str.__hash__  # an enum's own is written in Python, and standings are looked up by the dozen


STRICTNESS: Final = {
    PurposeStatus.NO_CONSENT: 0,
    PurposeStatus.NOT_OPT_OUT: 1,
    PurposeStatus.ALWAYS_ACTIVE: 2,
    PurposeStatus.ACTIVE: 3,
    PurposeStatus.PENDING: 4,
    PurposeStatus.EXPIRED: 5,
    PurposeStatus.OPT_OUT: 6,
    PurposeStatus.WITHDRAWN: 7,
    PurposeStatus.HARD_OPT_OUT: 8,
}
"""Which of two answers given at the same moment binds: the higher one. No answer binds least."""

ACTIVE, ALWAYS_ACTIVE, NOT_OPT_OUT = PurposeStatus.ACTIVE, PurposeStatus.ALWAYS_ACTIVE, PurposeStatus.NOT_OPT_OUT


class Rank(IntEnum):
    """How an answer came about; a higher rank always outweighs a lower one, whatever the time."""

    DEFAULT = 0
    """Nobody answered: the rule's default."""
    CHOICE = 1
    """The person made a choice, or their browser sent an opt-out signal (GPC and others)."""
    LOCKED = 2
    """A hard opt-out, which only the company's staff may lift."""


class Item(Struct, frozen=True, array_like=True):
    """One answer: its status, the time of the choice (epoch ms), and its rank.

    `detail` holds what the status cannot express: chosen options, or a consent string.
    """

    status: PurposeStatus
    at: int
    rank: Rank = Rank.CHOICE
    detail: tuple[str, ...] = ()
    version: int = 1
    expires: int = 0

    @property
    def granted(self) -> bool:
        """True when this answer lets data be used."""
        status = self.status  # compared by identity, for an enum's hash is slow and this is asked of every answer
        return status is ACTIVE or status is ALWAYS_ACTIVE or status is NOT_OPT_OUT


def weight(item: Item) -> tuple[int, int, int, int, tuple[str, ...], int, int]:
    """The total order of answers: the rank, then the later, then the stricter.

    What follows strictness only makes the order total, so that `later` cannot depend on who is asked first.
    """
    strict = STRICTNESS[item.status]
    return (item.rank, item.at, strict, -len(item.detail), item.detail, item.version, -item.expires)


def later(one: Item, other: Item) -> Item:
    """The answer that binds: idempotent, commutative and associative, being a maximum."""
    if one.rank is other.rank and one.at != other.at:
        return one if one.at > other.at else other
    return one if weight(one) >= weight(other) else other


class Profile(Struct, frozen=True):
    """What a person agreed to inside one consent group, item by item (keys: see `choices.item_keys`).

    The rest describes the newest deliberate choice: its time (epoch ms, 0 = none), where it was made, its receipt.
    """

    items: dict[str, Item] = {}
    last_interaction: int = 0
    country: str = ""
    region: str = ""
    receipt: str = ""


def merge(one: Profile, other: Profile) -> Profile:
    """One profile from two: for each item, the answer that binds.

    Laws (held by properties in tests/consent/profile/test_profile.py): merge(a, a) = a · merge(a, b) = merge(b, a) ·
    merge(a, merge(b, c)) = merge(merge(a, b), c).
    """
    items = dict(one.items)
    for key, item in other.items.items():
        held = items.get(key)
        if held is None or (held.rank is item.rank and held.at < item.at):
            items[key] = item
        else:
            items[key] = later(held, item)
    return replace(max(one, other, key=newest), items=items)


def newest(profile: Profile) -> tuple[int, str, str, str]:
    """The total order of two profiles' newest choices: by time, then any fixed order."""
    return (profile.last_interaction, profile.receipt, profile.country, profile.region)
