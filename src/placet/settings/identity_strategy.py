"""Identity resolution settings of a workspace."""

from enum import StrEnum

from msgspec import Struct


class Strategy(StrEnum):
    """What happens when somebody unknown says who they are (mparticle.md §5.2, segment.md §7.3)."""

    CONVERSION = "conversion"
    """The anonymous person becomes the known one. Logging out starts a new anonymous person."""
    LINK = "link"
    """A new person starts with each new login. Logging out always starts a new anonymous person."""
    ISOLATION = "isolation"
    """A new person starts with each new login. Logging out returns to the anonymous person of before."""
    BEST_MATCH = "best match"
    """There is no login; the identity that ranks highest decides."""
    MERGE = "merge"
    """Whoever shares an identity is one person; people who turn out to be the same are joined."""


class Window(StrEnum):
    """How long a name counts against a limit (segment.md §7.3)."""

    EVER = "ever"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ANNUALLY = "annually"


class IdentitySetting(Struct, frozen=True, forbid_unknown_fields=True):
    """How people are told apart; lists that are left out are the strategy's own (docs/explanation/identity.md)."""

    strategy: Strategy = Strategy.MERGE
    priority: tuple[str, ...] | None = None
    login: tuple[str, ...] | None = None
    unique: tuple[str, ...] | None = None
    immutable: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    most: int = 5
    windows: dict[str, Window] = {}
    ignored: tuple[str, ...] = ("group_id",)
    blocked: tuple[str, ...] = ("-1", "null", "anonymous")
