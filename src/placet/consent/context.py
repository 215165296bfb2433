"""What a call brings to a decision, and what the decision comes to."""

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
    """What every call brings: who speaks from where, what the device remembers, and our own clock (epoch ms).

    `fetches` says that the person's profile takes part; it does only for a proven person on a site with a
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
    """What a save brings: the button, what its body states, and what the company wants noted beside it."""

    interaction: Interaction
    choices: StatedChoices = NOTHING
    age: AgeGate | None = None
    explicit_only: bool = False
    user_agent: str = ""
    data: dict[str, str] = {}


class ConsentStatus(Struct, frozen=True):
    """Where a person stands at a call: answers, whether to ask them, and what their device must remember.

    `consented_at` is the time of their last choice (epoch ms), None when they never made one.
    """

    choices: Choices
    ask: Ask
    device_state: DeviceState
    consented_at: int | None
    strings: OutgoingStrings = NO_STRINGS


class Decision(Struct, frozen=True):
    """What a save comes to. `profile` is None when none is to be kept, `receipt` None when none is to be written."""

    status: ConsentStatus
    profile: Profile | None
    receipt: Receipt | None
    merge_case: MergeCase | None = None
