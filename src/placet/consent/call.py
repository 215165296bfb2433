"""What a call brings to a decision, and what the decision comes to."""

from msgspec import Struct

from placet.consent.banner import Ask
from placet.consent.choices import Choices, Ruling
from placet.consent.interactions import Interaction
from placet.consent.journeys import Journey
from placet.consent.person import Person
from placet.consent.press import NOTHING, AgeGate, Stated
from placet.consent.profile import Profile
from placet.consent.receipt import Receipt, Signals
from placet.consent.regions import Place
from placet.consent.site import Publication
from placet.consent.strings import NO_STRINGS, Strings
from placet.formats.sealed import Remembered


class Call(Struct, frozen=True):
    """What every call brings: who speaks from where, what the device remembers, and our own clock (epoch ms).

    `fetches` says that the person's profile takes part; it does only for a proven person on a site with a
    consent group.
    """

    publication: Publication
    ruling: Ruling
    person: Person
    remembered: Remembered
    place: Place
    now: int
    language: str = ""
    signals: Signals = Signals()
    fetches: bool = False
    cdn: str = ""
    opt_outs: dict[str, int] = {}
    """Categories that an opt-out signal switches off, or that were opted out of everywhere: since when (epoch ms)."""

    @property
    def takes_part(self) -> bool:
        """True when the person's profile is read, and written where the rule keeps records."""
        return self.fetches and self.person.known and self.publication.site.group is not None


class Press(Struct, frozen=True):
    """What a save brings: the button, what its body states, and what the company wants noted beside it."""

    interaction: Interaction
    stated: Stated = NOTHING
    age: AgeGate | None = None
    explicit_only: bool = False
    user_agent: str = ""
    data: dict[str, str] = {}


class Standpoint(Struct, frozen=True):
    """Where a person stands at a call: answers, whether to ask them, and what their device must remember.

    `consented_at` is the time of their last choice (epoch ms), None when they never made one.
    """

    choices: Choices
    ask: Ask
    memory: Remembered
    consented_at: int | None
    strings: Strings = NO_STRINGS


class Settled(Struct, frozen=True):
    """What a save comes to. `profile` is None when none is to be kept, `receipt` None when none is to be written."""

    standpoint: Standpoint
    profile: Profile | None
    receipt: Receipt | None
    journey: Journey | None = None
