"""Inputs and results of a consent decision."""

from msgspec import Struct

from placet.consent.choices.apply_interaction import NOTHING, AgeGate, StatedChoices
from placet.consent.profile.login_merge import MergeCase
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Profile
from placet.consent.receipt import Receipt, ReceiptSignals
from placet.consent.rules.banner import Ask
from placet.consent.rules.effective_rule import Choices, EffectiveRule
from placet.consent.strings.strings import NO_STRINGS, OutgoingStrings
from placet.formats.onetrust.consent_string import DeviceState
from placet.settings.interactions import Interaction
from placet.settings.regions import Place
from placet.settings.site import Publication


class RequestContext(Struct, frozen=True):
    """Input of every decision: person, place, device state, and the server's clock (epoch ms).

    `fetches` says that the person's profile takes part; true only for a proven person on a site with a
    consent group.
    """

    publication: Publication
    ruling: EffectiveRule
    person: Person
    remembered: DeviceState
    place: Place
    now: int
    language: str = ""
    signals: ReceiptSignals = ReceiptSignals()
    fetches: bool = False
    cdn: str = ""
    opt_outs: dict[str, int] = {}
    """Categories that an opt-out signal switches off, or that were opted out of everywhere: since when (epoch ms)."""

    @property
    def takes_part(self) -> bool:
        """True when the person's profile is read, and written where the rule keeps records."""
        return self.fetches and self.person.known and self.publication.site.group is not None


class InteractionInput(Struct, frozen=True):
    """Input of a save: the interaction, the choices in its body, and the company's notes to store with it."""

    interaction: Interaction
    choices: StatedChoices = NOTHING
    age: AgeGate | None = None
    explicit_only: bool = False
    user_agent: str = ""
    data: dict[str, str] = {}


class ConsentStatus(Struct, frozen=True):
    """A person's consent at a request: answers, whether to ask them, and the state their device must store.

    `consented_at` is the time of their last choice (epoch ms), None when they never made one.
    """

    choices: Choices
    ask: Ask
    device_state: DeviceState
    consented_at: int | None
    strings: OutgoingStrings = NO_STRINGS


class Decision(Struct, frozen=True):
    """Result of a save. `profile` is None when none is to be stored, `receipt` None when none is to be written."""

    status: ConsentStatus
    profile: Profile | None
    receipt: Receipt | None
    merge_case: MergeCase | None = None
