"""Every port in plain dicts: for tests, and for trying things out. Nothing survives the process."""

from collections import defaultdict
from dataclasses import dataclass, field

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Busy, Missing, Stale
from placet.events.identity.records import NO_IDENTITY_CHANGES, IdentityChanges
from placet.settings.organisation import Organisation
from placet.settings.site import Publication, Stage
from placet.stores.memory.outbox import MemoryHoldings, MemoryOutbox
from placet.stores.memory.people import EnsureOpen, MemoryIdentities, MemoryProfiles
from placet.stores.memory.tokens import MemorySuppressions, MemoryTokens
from placet.stores.ports.catalogue import AuditEntry, CatalogueSnapshot, Draft
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.events import Batch, Outcome
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow


@dataclass
class MemoryLedger:
    """Receipts, in the order they were kept."""

    ensure_open: EnsureOpen
    rows: dict[Id, ReceiptRow] = field(default_factory=dict)

    async def receipt(self, id: Id) -> ReceiptRow:
        """See `Ledger.receipt`."""
        self.ensure_open()
        if id not in self.rows:
            raise Missing(f"no receipt {id.hex()}")
        return self.rows[id]

    async def of_person(
        self, organisation: str, person: Id, limit: int = 100, before: Id | None = None
    ) -> list[ReceiptRow]:
        """See `Ledger.of_person`."""
        self.ensure_open()
        rows = [row for row in self.rows.values() if row.organisation == organisation and row.person == person]
        page = [row for row in rows if before is None or row.id < before]
        return sorted(page, key=lambda row: row.id, reverse=True)[:limit]

    async def count(self, organisation: str) -> int:
        """See `Ledger.count`."""
        self.ensure_open()
        return sum(row.organisation == organisation for row in self.rows.values())


@dataclass
class MemoryEvents:
    """Batches, which batch each event is in, gates, and outcomes."""

    outbox: MemoryOutbox
    identities: MemoryIdentities
    batches: dict[Id, Batch] = field(default_factory=dict)
    names: dict[Id, Id] = field(default_factory=dict)
    policies: dict[Id, bytes] = field(default_factory=dict)
    ended: list[Outcome] = field(default_factory=list)

    async def store_batch(
        self,
        batch: Batch,
        gates: bytes,
        names: tuple[Id, ...],
        messages: tuple[OutboxMessage, ...],
        identity_changes: IdentityChanges = NO_IDENTITY_CHANGES,
        claims: tuple[VersionedProfile, ...] = (),
    ) -> None:
        """See `Events.keep`."""
        self.outbox.ensure_open()
        if not self.names.keys().isdisjoint(names):
            raise Stale("an event of this batch was taken in meanwhile")
        self.identities.check(identity_changes)
        for known in claims:
            self.identities.profiles.check(known)
        self.identities.write(identity_changes)
        for known in claims:
            self.identities.profiles.put(known)
        self.batches[batch.id] = batch
        self.policies.setdefault(batch.policy_id, gates)
        self.names.update(dict.fromkeys(names, batch.id))
        for message in messages:
            self.outbox.messages.setdefault(message.id, message)

    async def known_keys(self, names: list[Id]) -> frozenset[Id]:
        """See `Events.known`."""
        self.outbox.ensure_open()
        return frozenset(self.names.keys() & frozenset(names))

    async def batch(self, id: Id) -> Batch:
        """See `Events.batch`."""
        self.outbox.ensure_open()
        if id not in self.batches:
            raise Missing(f"no batch {id.hex()}")
        return self.batches[id]

    async def batch_of(self, event: Id) -> Batch:
        """See `Events.batch_of`."""
        self.outbox.ensure_open()
        if event not in self.names:
            raise Missing(f"no event {event.hex()}")
        return self.batches[self.names[event]]

    async def stored_policy(self, id: Id) -> bytes:
        """See `Events.gates`."""
        self.outbox.ensure_open()
        if id not in self.policies:
            raise Missing(f"no gates {id.hex()}")
        return self.policies[id]

    async def finish(self, messages: list[Id], outcomes: list[Outcome]) -> None:
        """See `Events.finish`."""
        await self.outbox.done(messages)
        self.ended.extend(outcomes)

    async def outcomes(self, event: Id) -> list[Outcome]:
        """See `Events.outcomes`."""
        self.outbox.ensure_open()
        return [outcome for outcome in self.ended if outcome.event == event]

    async def latest(self, organisation: str, source: str, limit: int, before: Id | None = None) -> list[Batch]:
        """See `Events.latest`."""
        self.outbox.ensure_open()
        own = [batch for batch in self.batches.values() if (batch.organisation, batch.source) == (organisation, source)]
        ids = [batch.id for batch in own]
        return own[: ids.index(before) if before in ids else len(own)][::-1][:limit]

    async def oldest(self, before: int, limit: int) -> list[Batch]:
        """See `Events.oldest`."""
        self.outbox.ensure_open()
        return [batch for _, batch in zip(range(limit), self.batches.values(), strict=False) if batch.at < before]

    async def drop(self, batches: list[Id], names: list[Id]) -> None:
        """See `Events.drop`."""
        self.outbox.ensure_open()
        gone = frozenset(names)
        for batch in batches:
            self.batches.pop(batch, None)
        for name in names:
            self.names.pop(name, None)
        self.ended = [outcome for outcome in self.ended if outcome.event not in gone]


Spot = tuple[str, str, Stage]
"""Where a publication is current: organisation, app id, stage."""


def spot_of(publication: Publication) -> Spot:
    """Which publications this one comes after."""
    return (publication.site.organisation, publication.site.app_id, publication.stage)


@dataclass
class MemoryCatalogue:
    """Drafts by organisation; publications by place, oldest first; what is current; who did what."""

    ensure_open: EnsureOpen
    number: int = 0
    drafts: dict[str, Draft] = field(default_factory=dict)
    published: dict[Spot, list[Publication]] = field(default_factory=lambda: defaultdict(list))
    current: dict[Spot, int] = field(default_factory=dict)
    entries: dict[str, list[AuditEntry]] = field(default_factory=lambda: defaultdict(list))

    async def draft(self, organisation: str) -> Draft | None:
        """See `Catalogue.draft`."""
        self.ensure_open()
        return self.drafts.get(organisation)

    async def apply(self, organisation: Organisation, seen: int, by: str, now: int, detail: str = "") -> Draft:
        """See `Catalogue.apply`."""
        self.ensure_open()
        name = organisation.id.lower()
        known = self.drafts.get(name)
        if (known.version if known else 0) != seen:
            raise Stale(f"the settings of {name} are no longer at version {seen}")
        self.drafts[name] = Draft(organisation, seen + 1, now, by)
        self.changed(name, AuditEntry(now, by, "apply", name, detail))
        return self.drafts[name]

    def changed(self, organisation: str, entry: AuditEntry) -> None:
        """Add to an organisation's history; whoever watches the revision sees that something changed."""
        self.entries[organisation].append(entry)
        self.number += 1

    async def append_audit(self, organisation: str, entry: AuditEntry) -> None:
        """See `Catalogue.append_audit`."""
        self.ensure_open()
        self.entries[organisation].append(entry)

    async def publish(self, publications: list[Publication]) -> None:
        """See `Catalogue.publish`."""
        self.ensure_open()
        counted: dict[Spot, int] = {}
        for publication in publications:
            spot = spot_of(publication)
            counted[spot] = counted.get(spot, len(self.published[spot])) + 1
            if publication.number != counted[spot]:
                raise Stale(f"{publication.app_id} has {counted[spot] - 1} publications by now")
        for publication in publications:
            spot = spot_of(publication)
            self.published[spot].append(publication)
            self.current[spot] = publication.number
            entry = AuditEntry(
                publication.published_at, publication.published_by, "publish", publication.app_id, publication.version
            )
            self.changed(publication.site.organisation, entry)

    async def point(self, organisation: str, site: str, stage: Stage, number: int, by: str, now: int) -> None:
        """See `Catalogue.point`."""
        self.ensure_open()
        spot = (organisation, site, stage)
        if not 1 <= number <= len(self.published[spot]):
            raise Missing(f"{site} has no {stage} publication {number}")
        self.current[spot] = number
        self.changed(organisation, AuditEntry(now, by, "point", self.published[spot][0].app_id, str(number)))

    async def history(self, organisation: str, site: str, stage: Stage) -> list[Publication]:
        """See `Catalogue.history`."""
        self.ensure_open()
        return self.published[organisation, site, stage][::-1]

    async def revision(self) -> int:
        """See `Catalogue.revision`."""
        self.ensure_open()
        return self.number

    async def snapshot(self) -> CatalogueSnapshot:
        """See `Catalogue.snapshot`."""
        self.ensure_open()
        current = tuple(self.published[spot][number - 1] for spot, number in sorted(self.current.items()))
        return CatalogueSnapshot(self.number, current, tuple(draft for _, draft in sorted(self.drafts.items())))

    async def audit(self, organisation: str, limit: int = 100) -> list[AuditEntry]:
        """See `Catalogue.audit`."""
        self.ensure_open()
        return self.entries[organisation][::-1][:limit]


class MemoryStores:
    """All nine ports in one process's memory."""

    def __init__(self) -> None:
        self.closed = False
        self.bound = ""
        self.requests: dict[Id, tuple[int, Id]] = {}
        self.ledger = MemoryLedger(self.ensure_open)
        self.profiles = MemoryProfiles(self.ensure_open)
        self.catalogue = MemoryCatalogue(self.ensure_open)
        self.outbox = MemoryOutbox(self.ensure_open)
        self.identities = MemoryIdentities(self.profiles)
        self.events = MemoryEvents(self.outbox, self.identities)
        self.holdings = MemoryHoldings(self.outbox)
        self.tokens = MemoryTokens(self.ensure_open, self.catalogue)
        self.suppressions = MemorySuppressions(self.ensure_open, self.catalogue, self.events)

    def ensure_open(self) -> None:
        """Raise Busy once closed."""
        if self.closed:
            raise Busy("the stores are closed")

    async def write(self, keep: WriteDecision) -> WriteResult:
        """See `Stores.keep`."""
        self.ensure_open()
        if first := self.first_of(keep):
            return WriteResult(first)
        if keep.profile:
            self.profiles.check(keep.profile)
            self.profiles.put(keep.profile)
        if keep.receipt:
            self.ledger.rows[keep.receipt.id] = keep.receipt
        if keep.receipt and keep.idempotency_key:
            self.requests[keep.idempotency_key] = (keep.at + keep.idempotency_ms, keep.receipt.id)
        for message in keep.messages:
            self.outbox.messages.setdefault(message.id, message)
        return WriteResult()

    def first_of(self, keep: WriteDecision) -> ReceiptRow | None:
        """The receipt that an earlier telling of the same request left, if there was one."""
        if keep.idempotency_key in self.requests:
            until, first = self.requests[keep.idempotency_key]
            if until > keep.at:
                return self.ledger.rows[first]
        return self.ledger.rows.get(keep.receipt.id) if keep.receipt else None

    async def fingerprint(self) -> str:
        """See `Stores.fingerprint`."""
        self.ensure_open()
        return self.bound

    async def bind_secret(self, fingerprint: str) -> str:
        """See `Stores.bind_secret`."""
        self.ensure_open()
        self.bound = self.bound or fingerprint
        return self.bound

    async def ready(self) -> None:
        """See `Stores.ready`."""
        self.ensure_open()

    async def close(self) -> None:
        """See `Stores.close`."""
        self.closed = True
