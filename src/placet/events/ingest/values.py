"""Values that ingesting takes and returns."""

import collections.abc
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from placet.consent.profile.profile import Profile
from placet.events.event import Event, Identity
from placet.events.identity.consent_by_identifier import SOMEBODY, IdentifierConsent, Speaker
from placet.events.identity.graph import IdentityPerson, Intent
from placet.events.ingest.validate import DropCode
from placet.events.policy.connection import Connection
from placet.events.policy.evaluation_context import PrivacyRequestKind, Subject
from placet.events.policy.verdict_table import Verdicts

Names: TypeAlias = tuple[Identity, ...]
IdentifierConsents: TypeAlias = collections.abc.Mapping[Identity, IdentifierConsent]
NO_IDENTIFIER_CONSENTS: Final[IdentifierConsents] = {}

CONSENT_EVENTS: Final = ("consent_state", "is_opted_out")
"""Parts of an event that tell of a choice."""


class ConsentWritePolicy(StrEnum):
    """Which consent in events is written to people's profiles."""

    NOTHING = "nothing"
    """None: the source may not change consent (mparticle.md §1.6, partner feeds)."""
    CHOICES = "choices"
    """Consent states, whose records have their own time, and the event that tells of a choice."""
    STAMPS = "stamps"
    """Whatever any event carries, where it differs from the profile (segment.md §4.8). A page that was opened
    before somebody withdrew goes on stamping its events, and so undoes the withdrawal; hence not the default."""


class KnownPerson(Struct, frozen=True):
    """Somebody as the store knows them, at this version.

    `shared` are names that somebody else went by first: what is remembered under them counts only for events that
    carry them.
    """

    person: IdentityPerson
    shared: frozenset[Identity] = frozenset()
    version: int = 0
    attributes: dict[str, object] = {}
    suppressed: bool = False
    requests: frozenset[PrivacyRequestKind] = frozenset()


class ConsentUpdate(Struct, frozen=True, tag=True):
    """Add this consent, which an event about a person carried, to what was claimed under these names, by whom."""

    person: str
    consent: Profile
    names: tuple[Identity, ...] = ()
    by: Speaker = SOMEBODY


class Dropped(Struct, frozen=True):
    """An event that was not taken in."""

    event: str
    code: DropCode


class IngestResult(Struct, frozen=True):
    """A batch, settled. `kept` pairs the events that are stored with their people, in their order.

    `verdicts` are about those events, by the gates of these `connections`, in their order. `subjects` says of each of
    them what was known about those people when the event was judged.
    """

    kept: tuple[tuple[Event, str], ...]
    connections: tuple[Connection, ...]
    verdicts: Verdicts
    intents: tuple[Intent | ConsentUpdate, ...]
    dropped: tuple[Dropped, ...]
    repeated: tuple[str, ...]
    suppressed: int
    code: DropCode | None
    subjects: tuple[Subject, ...] = ()
