"""Settings of sources, destinations and connections, with the purposes each connection requires."""

from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct

from placet.settings.forwarding_rules import DataSetting, KitSetting, RulesSetting, VendorConsentSetting


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


class ConsentBasis(StrEnum):
    """Which consent counts when the event and the profile both have some."""

    EVENT = "event"
    PROFILE = "profile"
    STRICTER = "stricter"
    """A refusal by either binds; where one is silent the other counts."""
    LATEST = "latest"
    """Purpose by purpose the newer answer; at the same moment the refusal."""


Option: TypeAlias = str | tuple[str, ...] | dict[str, str]
"""What one option of a destination is set to, as written: its type decides what the words mean."""


class NoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """A destination with nothing to set but its address and secrets."""


class DestinationType(Struct, frozen=True):
    """A sort of server that events may go to, and what must be known of one: the part of it that settings see.

    `options` is a frozen struct that forbids unknown fields, `meanings` says what each of them is, and `purposes` are
    those that name purposes, or map words of the vendor's to them. `url` is the vendor's own address, used where a
    setting names none; where it is empty one must be named. `secrets` says what secrets there may be, by name ("" is
    the setting's `secret`), and `needs` which of them it cannot do without.
    """

    name: str
    about: str
    options: type[Struct] = NoOptions
    meanings: dict[str, str] = {}
    url: str = ""
    secrets: dict[str, str] = {}
    needs: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


class InputSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that counts only with proof: its secret beside it, or a signature made with it (mParticle's inputs)."""

    key: str
    secret: str

    @property
    def id(self) -> str:
        """What it is called."""
        return self.key


class SourceSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where events enter. Its write keys are public: they allow sending, never reading.

    Its inputs are for servers and apps, which prove with a secret that they are the company's own.
    """

    id: str
    name: str
    site: str
    write_keys: tuple[str, ...] = ()
    inputs: tuple[InputSetting, ...] = ()
    onetrust_kit: bool = False
    vendor_consents: tuple[VendorConsentSetting, ...] = ()
    kits: tuple[KitSetting, ...] = ()
    enabled: bool = True


class DestinationSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A server that events may go to, of a type (`DestinationType`) that says what its options and secrets are."""

    id: str
    name: str
    url: str = ""
    type: str = "webhook"
    category: str = "Raw Data"
    secret: str = ""
    secrets: dict[str, str] = {}
    options: dict[str, Option] = {}
    loopback: bool = False
    enabled: bool = True


class ActionKind(StrEnum):
    """What a filter does with the events it matches (segment.md §6.5)."""

    DROP = "DROP"
    SAMPLE = "SAMPLE"
    DROP_PROPERTIES = "DROP_PROPERTIES"
    ALLOW_PROPERTIES = "ALLOW_PROPERTIES"


class ActionSetting(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing a filter does: keep a share (`percent`, 0 to 1, alike for alike values at `path`), or cut `fields`."""

    type: ActionKind
    percent: float = 0.0
    path: str = ""
    fields: dict[str, tuple[str, ...]] = {}


class FilterSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A filter on a connection, as tools write it; times are epoch ms, 0 where nobody told."""

    id: str
    title: str
    when: str
    actions: tuple[ActionSetting, ...]
    description: str = ""
    enabled: bool = True
    created_at: int = 0
    updated_at: int = 0


class ConnectionSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A source and a destination, with the gates between them: `purposes` that must be granted, and the rest.

    `share` is how many of a hundred people are sent.
    """

    id: str
    source: str
    destination: str
    purposes: tuple[str, ...] = ()
    need: Need = Need.ALL
    exempt: bool = False
    filter: str = ""
    filters: tuple[FilterSetting, ...] = ()
    rules: RulesSetting = RulesSetting()
    share: int = 100
    data: DataSetting = DataSetting()
    mode: Mode = Mode.CLOSED
    truth: ConsentBasis = ConsentBasis.STRICTER
    enabled: bool = True


class PageDestinationSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the visitor's own page sends to, by a script of its maker (Segment's device mode): the page is told when.

    The script defines the function `library`, which makes the plugin out of `options`.
    """

    id: str
    name: str
    source: str
    script: str
    library: str
    options: dict[str, Any] = {}
    category: str = "Raw Data"
    purposes: tuple[str, ...] = ()
    exempt: bool = False
    filter: str = ""
    enabled: bool = True
