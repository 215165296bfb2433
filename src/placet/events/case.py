"""One event and whom it is about, laid out once for all destinations that judge it."""

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from placet.events.event import Event
from placet.events.facts import Facts
from placet.events.integrations import choices
from placet.events.purposes import SALE, Mapping
from placet.events.state import BELIEVE, SILENT, State, read_state


class Request(StrEnum):
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
    profile: State = SILENT
    attributes: dict[str, Any] = {}
    suppressed: bool = False
    requests: frozenset[Request] = frozenset()
    version: int = 0


NOBODY: Final = Subject()


class Case:
    """What the steps of judging look at.

    `yes` and `no` are purposes as bits, in the place of each truth (`state.PLACE`). `integrations` is None when
    the event says nothing about destinations.
    """

    __slots__ = ("event", "facts", "integrations", "no", "state", "subject", "yes")

    def __init__(self, event: Event, subject: Subject, mapping: Mapping, places: tuple[int, ...]) -> None:
        """Read the consent once. Raises as `Facts` does when the event cannot be read."""
        self.event, self.subject = event, subject
        self.facts = Facts(event.fields)
        self.state = read_state(self.facts, event.at, mapping, event.received)
        self.integrations: Any = choices(self.facts)
        self.yes, self.no = [0] * len(BELIEVE), [0] * len(BELIEVE)
        sale = mapping.bits[SALE]
        for place in places:
            yes, no = BELIEVE[place](self.state, subject.profile)
            self.yes[place], self.no[place] = yes | (sale & ~no), no
