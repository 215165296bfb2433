"""Where events enter, where they may go, and what must be agreed to on the way, as a team writes it."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


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


class Truth(StrEnum):
    """Which consent counts when the event and the profile both have some."""

    EVENT = "event"
    PROFILE = "profile"
    STRICTER = "stricter"
    """A refusal by either binds; where one is silent the other counts."""
    LATEST = "latest"
    """Purpose by purpose the newer answer; at the same moment the refusal."""


class DestinationKind(StrEnum):
    """What sort of server a destination is, hence how a request to it is shaped."""

    WEBHOOK = "webhook"


class SourceSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where events enter. Its write keys are public: they allow sending, never reading."""

    id: str
    name: str
    write_keys: tuple[str, ...]
    site: str
    enabled: bool = True


class DestinationSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A server that events may go to; `secret` signs what is sent, so that it can tell us from others."""

    id: str
    name: str
    url: str
    type: DestinationKind = DestinationKind.WEBHOOK
    category: str = "Raw Data"
    secret: str = ""
    loopback: bool = False
    enabled: bool = True


class ConnectionSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """A source and a destination, with the gates between them: `purposes` that must be granted, and a filter."""

    id: str
    source: str
    destination: str
    purposes: tuple[str, ...] = ()
    need: Need = Need.ALL
    exempt: bool = False
    filter: str = ""
    mode: Mode = Mode.CLOSED
    truth: Truth = Truth.STRICTER
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
