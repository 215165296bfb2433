"""The 28 interaction types, and how each changes a person's answers."""

from enum import Enum, Flag, auto
from functools import cached_property
from typing import Final

from msgspec import Struct


class Effect(Enum):
    """The effect of an interaction on the answers in its scope."""

    GRANT = auto()
    """Everything that can be on is on."""
    REFUSE = auto()
    """Everything that can be off is off; legitimate interest as the rule's `reject_all` says."""
    DEFAULT = auto()
    """The rule's defaults become the recorded answer; what was refused before stays refused."""
    DECLINE = auto()
    """Nothing is granted: consents off; legitimate interest is unchanged, because there was no objection."""
    STATE = auto()
    """What the body states, over what holds now."""
    KEEP = auto()
    """Nothing changes and nothing was chosen."""
    TRACKING_ON = auto()
    """The platform's own prompt was accepted: the categories linked to it go on."""
    TRACKING_OFF = auto()
    """It was refused: they go off."""
    AGE = auto()
    """An age range was given and is remembered: from now on categories outside it are forced off."""
    SYNC = auto()
    """Device and profile are brought together."""
    OPT_OUT = auto()
    """What was named goes off; nothing else changes."""


ANSWERS_THE_BANNER: Final = frozenset({Effect.GRANT, Effect.REFUSE, Effect.DEFAULT, Effect.DECLINE, Effect.STATE})


class Scope(Flag):
    """The answers an interaction may change."""

    NOTHING = 0
    GROUPS = auto()
    SDKS = auto()
    VENDORS = auto()
    UNIVERSAL = auto()
    ALL = GROUPS | SDKS | VENDORS


PARTS: Final = {
    "groups": Scope.GROUPS,
    "legitimate": Scope.GROUPS,
    "sdks": Scope.SDKS,
    "vendors": Scope.VENDORS,
    "universal": Scope.UNIVERSAL,
    "options": Scope.UNIVERSAL,
}
"""Each dimension of `Choices`, and the part of an interaction's scope it belongs to."""


class Interaction(Struct, frozen=True, dict=True):
    """One of the 28 interaction types (cmp-api.md §10.3).

    `record` is the name that records, consent strings and receipts carry. `counts` says that it is a
    choice and is stored.
    """

    name: str
    record: str
    effect: Effect
    scope: Scope = Scope.ALL
    counts: bool = True

    @cached_property
    def renews(self) -> bool:
        """True when it answers the banner: it moves the date of the last choice, and with it the reasons to ask again.

        An age, a platform's prompt or a newsletter does not answer the categories the banner asks for.
        """
        return self.counts and self.effect in ANSWERS_THE_BANNER and self.scope is not Scope.UNIVERSAL

    @cached_property
    def silent(self) -> bool:
        """True when the person leaves the banner without answering it."""
        return self.effect in (Effect.DEFAULT, Effect.DECLINE)

    @cached_property
    def answers_whole(self) -> frozenset[str]:
        """The dimensions of `Choices` it answers as a whole; universal purposes are always answered one by one."""
        if self.effect not in (Effect.GRANT, Effect.REFUSE, Effect.STATE):
            return frozenset()
        return frozenset(name for name, part in PARTS.items() if part in self.scope and part is not Scope.UNIVERSAL)

    @cached_property
    def overwrites(self) -> frozenset[str]:
        """The dimensions of `Choices` whose previous answers are all replaced."""
        if self.effect not in (Effect.GRANT, Effect.REFUSE):
            return frozenset()
        return self.answers_whole - {"legitimate"}


_ROWS: Final = (
    Interaction("BANNER_ALLOW_ALL", "Banner - Allow All", Effect.GRANT),
    Interaction("BANNER_REJECT_ALL", "Banner - Reject All", Effect.REFUSE),
    Interaction("BANNER_CLOSE", "Banner - Close", Effect.DEFAULT),
    Interaction("BANNER_CONTINUE_WITHOUT_ACCEPTING", "Banner - Continue without Accepting", Effect.DECLINE),
    Interaction("PREFERENCE_CENTER_ALLOW_ALL", "Preference Center - Allow All", Effect.GRANT),
    Interaction("PREFERENCE_CENTER_REJECT_ALL", "Preference Center - Reject All", Effect.REFUSE),
    Interaction("PREFERENCE_CENTER_CONFIRM", "Preference Center - Confirm", Effect.STATE, Scope.ALL | Scope.UNIVERSAL),
    Interaction("PREFERENCE_CENTER_CLOSE", "Preference Center - Close", Effect.KEEP, counts=False),
    Interaction(
        "PREFERENCE_CENTER_CONTINUE_WITHOUT_ACCEPTING",
        "Preference Center - Continue without Accepting",
        Effect.DECLINE,
    ),
    Interaction("UC_PREFERENCE_CENTER_CONFIRM", "UC Preference Center - Confirm", Effect.STATE, Scope.UNIVERSAL),
    Interaction("VENDOR_LIST_ALLOW_ALL", "Vendor List - Allow All", Effect.GRANT, Scope.VENDORS),
    Interaction("VENDOR_LIST_REJECT_ALL", "Vendor List - Reject All", Effect.REFUSE, Scope.VENDORS),
    Interaction("VENDOR_LIST_CONFIRM", "Vendor List - Confirm", Effect.STATE),
    Interaction(
        "VENDOR_LIST_CONTINUE_WITHOUT_ACCEPTING",
        "Vendor List - Continue without Accepting",
        Effect.KEEP,
        counts=False,
    ),
    Interaction("VENDOR_LIST_CLOSE", "Vendor List - Close", Effect.KEEP, counts=False),
    Interaction("SDK_LIST_ALLOW_ALL", "SDK List - Allow All", Effect.GRANT, Scope.SDKS),
    Interaction("SDK_LIST_REJECT_ALL", "SDK List - Reject All", Effect.REFUSE, Scope.SDKS),
    Interaction("SDK_LIST_CONFIRM", "SDK List - Confirm", Effect.STATE),
    Interaction(
        "SDK_LIST_CONTINUE_WITHOUT_ACCEPTING", "SDK List - Continue without Accepting", Effect.KEEP, counts=False
    ),
    Interaction("SDK_LIST_CLOSE", "SDK List - Close", Effect.KEEP, counts=False),
    Interaction("ATT_CONFIRM", "ATT - Confirm", Effect.TRACKING_ON),
    Interaction("ATT_OPTOUT", "ATT - Opt Out", Effect.TRACKING_OFF),
    Interaction("ATT_NOTGIVEN", "ATT - Not Given", Effect.KEEP, counts=False),
    Interaction("AGEGATE_RANGE", "Age Gate - Range", Effect.AGE),
    Interaction("GOOGLE_ADS_CONFIRM", "Google Ads - Confirm", Effect.TRACKING_ON),
    Interaction("GOOGLE_ADS_OPTOUT", "Google Ads - Opt Out", Effect.TRACKING_OFF),
    Interaction("TRUST_CENTER_PREFERENCE_CONSENT", "Trust Center - Preference Consent", Effect.STATE, Scope.UNIVERSAL),
    Interaction("SYNC_PROFILE", "Sync Profile", Effect.SYNC, counts=False),
)

INTERACTIONS: Final = {row.name: row for row in _ROWS}
"""Every interaction type by its name on the wire."""

GLOBAL_OPT_OUT: Final = Interaction("GLOBAL_OPT_OUT", "GLOBAL_OPT_OUT", Effect.OPT_OUT)
"""The interaction of the global opt-out form. It has a separate route, so a save cannot name it."""
