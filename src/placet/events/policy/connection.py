"""A source, a destination, and everything an operator set between them."""

from msgspec import Struct

from placet.events.filters.actions import Fields, FilterRule
from placet.events.policy.data_filter import DataFilter
from placet.events.policy.forwarding_rules import ForwardingRules
from placet.settings.connections import ConsentBasis, Mode, Need


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
    truth: ConsentBasis = ConsentBasis.STRICTER
    purposes: tuple[str, ...] = ()
    need: Need = Need.ALL
    exempt: bool = False
    rules: ForwardingRules = ForwardingRules()
    share: float = 1.0
    filters: tuple[FilterRule, ...] = ()
    data: DataFilter = DataFilter()
    redactions: tuple[Redaction, ...] = ()

    @property
    def resolve_consent(self) -> ConsentBasis:
        """Which consent counts: the setting, or what the imitated vendor looks at."""
        return {Mode.SEGMENT: ConsentBasis.EVENT, Mode.MPARTICLE: ConsentBasis.LATEST}.get(self.mode, self.truth)
