"""Rows to keep: short ways to say what a test is about and nothing else."""

from itertools import count

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.settings.organisation import Organisation
from placet.settings.purposes import Category
from placet.settings.site import Channel, Publication, Site, Stage, content_hash
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow

NOW = 1_800_000_000_000
DAY = 86_400_000
ORGANISATION = "5e0ffe39-6a8e-4d3c-a2a5-000000000001"
APP = "5e0ffe39-6a8e-4d3c-a2a5-0000000000aa"

numbers = count(1)


def key(text: str) -> Id:
    """Sixteen bytes that read like a word."""
    return text.encode().ljust(16, b".")


GROUP = key("group")
ANNA = key("anna")
BERT = key("bert")


def uuid7(at: int = NOW) -> Id:
    """A time-ordered id; later calls get greater ones within a millisecond."""
    return at.to_bytes(6) + b"\x70\x00" + next(numbers).to_bytes(8)


def a_receipt(person: Id = ANNA, at: int = NOW, organisation: str = ORGANISATION, **more: object) -> ReceiptRow:
    """A receipt of one choice."""
    return ReceiptRow(uuid7(at), organisation, APP, person, at, b'{"a":1}', b"as sent \x00\xff", **more)  # type: ignore[arg-type]


def a_profile(standing: PurposeStatus = PurposeStatus.ACTIVE) -> Profile:
    """A profile with one answer."""
    return Profile({"p:ads": Item(standing, NOW)}, NOW, "de", "be", "r1")


def a_known(person: Id = ANNA, version: int = 0, standing: PurposeStatus = PurposeStatus.ACTIVE) -> VersionedProfile:
    """A profile as it was loaded and changed."""
    return VersionedProfile(GROUP, person, a_profile(standing), version)


def a_note(about: Id = ANNA, kind: str = "person.changed", due: int = 0) -> OutboxMessage:
    """A note for another story."""
    return OutboxMessage(uuid7(), kind, about, b'{"n":1}', due)


def a_keep(person: Id = ANNA, version: int = 0, idempotency_key: Id | None = None, at: int = NOW) -> WriteDecision:
    """What a save writes: receipt, profile and note."""
    return WriteDecision(a_receipt(person, at), a_known(person, version), (a_note(person),), idempotency_key, at=at)


def an_organisation(name: str = "Acme") -> Organisation:
    """Settings, hardly any."""
    return Organisation(ORGANISATION, name)


def a_publication(number: int = 1, app_id: str = APP, stage: Stage = Stage.PRODUCTION) -> Publication:
    """A site, sealed."""
    categories = (Category("C0001", {"en": "Needed"}, "p1"),)
    site = Site("web", app_id, ORGANISATION, "brand", "Web", Channel.WEB, ("en",), categories, (), {})
    return Publication(site, stage, number, f"202611.{number}.0", NOW, "cli", content_hash(site))
