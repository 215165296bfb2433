"""A workspace's purposes, and who speaks for them: categories, consent states, profile items."""

from functools import cached_property
from typing import Final

from msgspec import Struct

SALE: Final = "sale"
"""The one purpose of CCPA: granted unless the person opted out of the sale of their data. Silence is no opt-out."""


class PurposeMapping(Struct, frozen=True, dict=True):
    """Which words of others mean which of our purposes.

    `categories` maps cookie groups and category ids (`C0002`) to purposes, `items` keys of a profile. Purposes
    that only a consent state names stand in `declared`. Purposes are compared as `spelled` writes them.
    `version` travels with every verdict.
    """

    categories: dict[str, str] = {}
    items: dict[str, str] = {}
    declared: tuple[str, ...] = ()
    version: int = 1

    @cached_property
    def bits(self) -> dict[str, int]:
        """Each purpose's own bit."""
        said = (*self.categories.values(), *self.items.values(), *self.declared, SALE)
        return {name: 1 << place for place, name in enumerate(sorted(set(map(spelled, said))))}

    @cached_property
    def category_bits(self) -> dict[str, int]:
        """Each category to the bit of its purpose."""
        return {category: self.bits[spelled(purpose)] for category, purpose in self.categories.items()}

    @cached_property
    def item_bits(self) -> dict[str, int]:
        """Each profile item to the bit of its purpose."""
        return {item: self.bits[spelled(purpose)] for item, purpose in self.items.items()}

    @cached_property
    def declared_mask(self) -> int:
        """What a consent state can speak about, but for the sale of data."""
        return sum(self.bits.values()) & ~self.bits[SALE]

    def mask(self, purposes: tuple[str, ...]) -> int:
        """The bits of several purposes. Raises KeyError for one the workspace does not have."""
        return sum(self.bits[purpose] for purpose in frozenset(map(spelled, purposes)))

    def names(self, mask: int) -> tuple[str, ...]:
        """The purposes whose bits are set, in order."""
        return tuple(name for name, bit in self.bits.items() if bit & mask)


def spelled(purpose: str) -> str:
    """A purpose of a consent state as it is compared: lower case, no space around it (mparticle.md §1.6)."""
    return purpose.strip().lower()
