"""Forwarding rules and data points of a connection, as a team writes them (mparticle.md §6.2, §6.4)."""

from enum import StrEnum

from msgspec import Struct


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


class KitSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A destination that mParticle's web client sends to by itself, with a kit of the page; the rules travel along."""

    name: str
    module: int
    settings: dict[str, str] = {}
    rules: RulesSetting = RulesSetting()

    @property
    def id(self) -> str:
        """What it is called."""
        return self.name


class DataSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Data points switched off and on, each as a path from the general to the special.

    `event, type, name, attribute` · `screen, name, attribute` · `user, attribute` · `identity, kind`
    """

    off: tuple[tuple[str, ...], ...] = ()
    on: tuple[tuple[str, ...], ...] = ()
    new: bool = True
