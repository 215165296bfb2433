"""Forwarding rules and data points of a connection, as a team writes them (mparticle.md §6.2, §6.4)."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

EVENT_TYPES: Final = tuple(
    "unknown navigation location search transaction user_content user_preference social other media".split()
)
"""Types of custom events, in the order in which mParticle's clients number them, from 0 (mparticle.md §2.8)."""

IDENTITY_KINDS: Final = (
    *"other customer_id facebook twitter google microsoft yahoo email alias facebook_custom_audience_id".split(),
    *(f"other_id_{number}" for number in range(2, 11)),
    *("mobile_number", "phone_number_2", "phone_number_3"),
)
"""The names of people, likewise."""


class Forward(StrEnum):
    """The radio button above a rule's rows."""

    ONLY = "only"
    """What matches goes out, all else is held."""
    EXCEPT = "except"
    """What matches is held, all else goes out."""


class ConsentRowSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person said of a purpose. `sale` is refused by whoever opted out of it (CCPA)."""

    purpose: str
    given: bool = True


class ConsentRuleSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule on consent: one of its rows must match, several are joined by "or"."""

    forward: Forward
    when: tuple[ConsentRowSetting, ...]


class AttributeRuleSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule on one attribute: it is there, with exactly this value."""

    forward: Forward
    name: str
    value: str


class RulesSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a connection, each of which an event must pass; `known_only`: people who are logged in."""

    consent: ConsentRuleSetting | None = None
    person: AttributeRuleSetting | None = None
    event: AttributeRuleSetting | None = None
    known_only: bool = False


class DataSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Data points switched off and on, each as a path from the general to the special.

    `event, type, name, attribute` · `screen, name, attribute` · `user, attribute` · `identity, kind`
    """

    off: tuple[tuple[str, ...], ...] = ()
    on: tuple[tuple[str, ...], ...] = ()
    new: bool = True


class KitSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A destination that mParticle's web client sends to by itself, with a kit of the page.

    Its rules travel along, and so do data points that are off, as far as the client has words for them.
    """

    name: str
    module: int
    settings: dict[str, str] = {}
    rules: RulesSetting = RulesSetting()
    data: DataSetting = DataSetting()

    @property
    def id(self) -> str:
        """What it is called."""
        return self.name


class VendorListKind(StrEnum):
    """Whose list of vendors an id is from."""

    IAB = "iab"
    GOOGLE = "google"
    GENERAL = "general"


class VendorConsentSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """What a page's visitor said of one vendor speaks for a purpose, in place of the purpose's categories."""

    list: VendorListKind
    vendor: str
    purpose: str
