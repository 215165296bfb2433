"""A source, a destination, and everything an operator set between them."""

from enum import StrEnum

from msgspec import Struct

from placet.events.data_filter import DataFilter
from placet.events.filters_actions import Fields, FilterRule
from placet.events.rules import ForwardingRules
from placet.events.state import Truth


class Mode(StrEnum):
    """How strict a connection is about what was never said."""

    CLOSED = "closed"
    """Ours, the default: no answer is no; a destination nobody mapped gets nothing."""
    SEGMENT = "segment"
    """Segment's truth table: an event without preferences passes, so does a destination without categories."""
    MPARTICLE = "mparticle"
    """mParticle's: forwarding rules alone decide, and silence passes where they say "do not forward"."""


class Need(StrEnum):
    """How many of a destination's purposes must be granted."""

    ALL = "all"
    ANY = "any"


class Redaction(Struct, frozen=True):
    """Fields that go along only where a purpose is granted."""

    purpose: str
    fields: Fields


class Connection(Struct, frozen=True):
    """The gates between a source and a destination, at one version.

    `names` are what an event's `integrations` may call the destination. `exempt` destinations (a storage of
    one's own) are not asked for consent. `share` is how many of all people are sent, from 0 to 1.
    """

    id: str
    version: int = 1
    names: tuple[str, ...] = ()
    enabled: bool = True
    mode: Mode = Mode.CLOSED
    truth: Truth = Truth.STRICTER
    purposes: tuple[str, ...] = ()
    need: Need = Need.ALL
    exempt: bool = False
    rules: ForwardingRules = ForwardingRules()
    share: float = 1.0
    filters: tuple[FilterRule, ...] = ()
    data: DataFilter = DataFilter()
    redactions: tuple[Redaction, ...] = ()

    @property
    def believes(self) -> Truth:
        """Which consent counts: the setting, or what the imitated vendor looks at."""
        return {Mode.SEGMENT: Truth.EVENT, Mode.MPARTICLE: Truth.LATEST}.get(self.mode, self.truth)
