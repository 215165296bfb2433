"""What every story may use: the stores, the published settings in memory, and the keys to names and ids."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct, field, json
from msgspec.structs import replace

from placet.consent.context import RequestContext
from placet.consent.profile.person import Person, pseudonym
from placet.consent.profile.profile import Profile
from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.consent.receipt import Receipt
from placet.events.event import Identity
from placet.events.identity.graph import Intent, LinkIdentifiers
from placet.events.identity.records import HashedIdentifier, IdentityChanges
from placet.events.ingest.known_people import USER, KnownPeople, consent_pseudonym, hashed_identifier, mpid_of
from placet.events.policy.compile_source import Source
from placet.events.records.task import CONSENT
from placet.formats.crypto.jwt_verify import TokenVerified
from placet.runtime.live_feed import LiveFeed
from placet.runtime.optimistic_retry import ConflictGate
from placet.runtime.profile_cache import ProfileCache, group_key
from placet.runtime.published_settings import PublishedSettings
from placet.runtime.recent_changes import RecentChanges
from placet.settings.site import Publication, Stage
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.ports.stores import Stores

EMPTY_PROFILE: Final = Profile()
NOTHING_WRITTEN: Final = WriteResult()
DAY: Final = 86_400_000


MANY_INTENTS: Final = 100
"""From so many changes of people on, they are worked out in a thread, so that other requests get their turn."""


class NodeContext(Struct, frozen=True):
    """The stores, the bookshelf, the pepper of pseudonyms, where new ids come from, whom it dealt with lately, and who
    watches.
    """

    stores: Stores
    published_settings: PublishedSettings
    pepper: bytes
    new_id: Callable[[int], Id]
    profile_cache: ProfileCache = field(default_factory=ProfileCache)
    live_feed: LiveFeed = field(default_factory=LiveFeed)
    recent_changes: RecentChanges = field(default_factory=RecentChanges)
    conflict_gates: defaultdict[tuple[str, str], ConflictGate] = field(
        default_factory=lambda: defaultdict(ConflictGate)
    )

    def proves(self, organisation: str, token: str, identifier: str, now: int) -> bool:
        """Does the token prove, to this organisation, that its bearer is `identifier`?"""
        keyring = self.published_settings.keyring(organisation)
        return keyring is not None and isinstance(keyring.verify(token, identifier, now), TokenVerified)

    def pseudonym_of(self, publication: Publication, person: Person) -> Id:
        """The pseudonym a person is kept under when they speak to this publication."""
        test = publication.stage is Stage.TEST
        return pseudonym(self.pepper, publication.site.organisation, person, test=test)

    async def load_known_people(
        self, source: Source, names: Iterable[Identity], people: Sequence[Id] = (), now: int = 0
    ) -> KnownPeople:
        """Everybody whom events from this source may be about by these names or ids, as last kept. Raises Busy.

        Whoever is about to give somebody names says when that is (`now`).
        """
        place = (self.pepper, source.organisation, source.workspace)
        asked = {name: hashed_identifier(*place, name) for name in names}
        lookup = await self.stores.identities.lookup(tuple(asked.values()), source.group, people)
        return KnownPeople(source.group, asked, lookup, source.rules, now // DAY)

    async def consent_of(self, source: Source, names: Iterable[Identity], person: str) -> Profile:
        """What somebody (an id in hex, "" for nobody) agreed to, under their names of now and these. Raises Busy."""
        known_people = await self.load_known_people(source, names, [bytes.fromhex(person)] if person else [])
        return known_people.consent_of(person)

    def hashed_identifiers(
        self, organisation: str, workspace: str, names: Iterable[Identity]
    ) -> list[HashedIdentifier]:
        """Names as they are kept."""
        return [hashed_identifier(self.pepper, organisation, workspace, name) for name in names]

    def pseudonyms(self, organisation: str, workspace: str, names: Iterable[Identity]) -> list[Id]:
        """Under which pseudonyms whoever goes by these names may withdraw: with proof, where that can be had."""
        return [consent_pseudonym(name) for name in self.hashed_identifiers(organisation, workspace, names)]

    def withdrawal_pseudonyms(self, source: Source, names: Iterable[Identity]) -> list[Id]:
        """Under which pseudonyms somebody who goes by these names may withdraw: with proof, where that can be had."""
        return self.pseudonyms(source.organisation, source.workspace, names)

    def holding_owners(
        self, organisation: str, workspace: str, names: Iterable[Identity], person_record: Id = b""
    ) -> list[Id]:
        """Whose a withdrawal by these names is: somebody's (an id, empty for nobody), and their user ids' pseudonyms.

        Not their devices': others may have used those, too.
        """
        users = [name for name in names if name.kind == USER]
        return [*([person_record] if person_record else []), *self.pseudonyms(organisation, workspace, users)]

    async def pseudonyms_of_people(self, people: Sequence[Id]) -> list[Id]:
        """Under which pseudonyms these people may withdraw, by all the names they go by now. Raises Busy."""
        lookup = await self.stores.identities.lookup((), None, people)
        return [
            consent_pseudonym(name) for one in lookup.people for name in one.names if not name.shared and not name.bound
        ]

    def ensure_mpid(
        self, known_people: KnownPeople, source: Source, person: str
    ) -> tuple[Identity, tuple[Intent, ...]]:
        """The MPID of somebody (an id in hex), and what must be written so that they are found by it."""
        mpid = mpid_of(self.pepper, bytes.fromhex(person))
        name = hashed_identifier(self.pepper, source.organisation, source.workspace, mpid)
        if known_people.has(person, name):
            return mpid, ()
        known_people.add(mpid, name)
        return mpid, (LinkIdentifiers(person, frozenset({mpid})),)

    async def identity_changes(self, known_people: KnownPeople, intents: Sequence[Intent]) -> IdentityChanges:
        """What these intents change about people and names, as a store takes it. Raises Busy."""
        if unseen := known_people.not_loaded(intents):
            known_people.refresh(await self.stores.identities.lookup(unseen, None))
        if len(intents) > MANY_INTENTS:
            return await asyncio.to_thread(known_people.identity_changes, intents)
        return known_people.identity_changes(intents)

    def decision_with_message(
        self,
        receipt: Receipt,
        changed: VersionedProfile | None,
        evidence: bytes,
        once: Id | None = None,
        once_for: int = 600_000,
    ) -> WriteDecision:
        """A receipt, the profile that changed with it, and the note that tells the other stories: one thing to keep."""
        person = bytes.fromhex(receipt.person)
        row = ReceiptRow(
            id=bytes.fromhex(receipt.id),
            organisation=receipt.organisation,
            site=receipt.site,
            person=person,
            at=receipt.at,
            body=json.encode(receipt),
            evidence=evidence,
            test=receipt.test,
        )
        facts = json.encode({"receipt": receipt.id})
        message = OutboxMessage(self.new_id(receipt.at), CONSENT, person, facts, receipt.at)
        return WriteDecision(row, changed, (message,), once, once_for, receipt.at)

    async def write(self, keep: WriteDecision) -> WriteResult:
        """Write a decision down, as `Stores.write` promises; one that changes nothing asks no store."""
        if keep.receipt is None and keep.profile is None and not keep.messages:
            return NOTHING_WRITTEN
        known = keep.profile
        if known is None:
            return await self.stores.write(keep)
        self.profile_cache.discard(known)
        try:
            kept = await self.stores.write(keep)
        finally:
            self.recent_changes.record(known.person)
        if kept.repeat is None:
            self.profile_cache.put(replace(known, version=known.version + 1))
        return kept

    def cached_profile(self, call: RequestContext, person: Id) -> VersionedProfile | None:
        """The profile that takes part in a call as this node last kept it; see `ProfileCache` for what it is good for.

        `person` is the pseudonym of whoever calls.
        """
        group = call.publication.site.group
        if group is None or not call.fetches:
            return None
        return self.profile_cache.get(group_key(group.id), person)

    async def load_profile(self, call: RequestContext) -> VersionedProfile | None:
        """The profile that takes part in a call: the kept one, a new empty place for it, or none."""
        group = call.publication.site.group
        if group is None or not call.fetches:
            return None
        return await self.profile(call.publication, call.person)

    async def profile(self, publication: Publication, person: Person) -> VersionedProfile:
        """A person's profile in a site's consent group; version 0, with nothing agreed, when there is none.

        The site must be in a group.
        """
        group = publication.site.group
        assert group is not None
        shared, name = group_key(group.id), self.pseudonym_of(publication, person)
        return await self.stores.profiles.find(shared, name) or VersionedProfile(shared, name, EMPTY_PROFILE)
