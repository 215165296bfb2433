"""One event and whom it is about, laid out once for all destinations that judge it."""

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from placet.events.event import Event
from placet.events.fields import EventFields
from placet.events.policy.consent_state import NO_SIGNALS, RESOLVERS, EventConsent, read_state
from placet.events.policy.integrations import choices
from placet.events.policy.purposes import SALE, PurposeMapping


class PrivacyRequestKind(StrEnum):
    """A privacy request that is not finished yet."""

    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    OPT_OUT = "opt-out"


class Subject(Struct, frozen=True, omit_defaults=True):
    """Whom an event is about, as known at the moment of judging.

    `person` is empty when nobody was found. `known` means that they said who they are, `profile` what they
    agreed to (see `state.of_profile`), `attributes` what is known about them, `suppressed` that they are on
    the suppression list. `version` says which version of the person this was (0: somebody new).
    """

    person: str = ""
    known: bool = False
    profile: EventConsent = NO_SIGNALS
    attributes: dict[str, Any] = {}
    suppressed: bool = False
    requests: frozenset[PrivacyRequestKind] = frozenset()
    version: int = 0


ANONYMOUS: Final = Subject()


class EvaluationContext:
    """What the steps of judging look at.

    `yes` and `no` are purposes as bits, in the place of each truth (`state.PLACE`). `integrations` is None when
    the event says nothing about destinations.
    """

    __slots__ = ("event", "facts", "integrations", "no", "state", "subject", "yes")

    def __init__(self, event: Event, subject: Subject, mapping: PurposeMapping, places: tuple[int, ...]) -> None:
        """Read the consent once. Raises as `EventFields` does when the event cannot be read."""
        self.event, self.subject = event, subject
        self.facts = EventFields(event.fields)
        self.state = read_state(self.facts, event.at, mapping, event.received)
        self.integrations: Any = choices(self.facts)
        self.yes, self.no = [0] * len(RESOLVERS), [0] * len(RESOLVERS)
        sale = mapping.bits[SALE]
        for place in places:
            yes, no = RESOLVERS[place](self.state, subject.profile)
            self.yes[place], self.no[place] = yes | (sale & ~no), no
