"""Every port in plain dicts: for tests, and for trying things out. Nothing survives the process."""

from collections import defaultdict
from dataclasses import dataclass, field

from placet.consent.organisation import Organisation
from placet.consent.site import Publication, Stage
from placet.stores.identities import UNCHANGED, Ties
from placet.stores.memory_notes import MemoryHoldings, MemoryOutbox
from placet.stores.memory_people import Door, MemoryIdentities, MemoryPeople
from placet.stores.memory_tokens import MemorySuppressions, MemoryTokens
from placet.stores.ports import (
    AuditEntry,
    Batch,
    Busy,
    Draft,
    Keep,
    Kept,
    Key,
    Known,
    Missing,
    Note,
    Outcome,
    ReceiptRow,
    Shelf,
    Stale,
)


@dataclass
class MemoryLedger:
    """Receipts, in the order they were kept."""

    door: Door
    rows: dict[Key, ReceiptRow] = field(default_factory=dict)

    async def receipt(self, id: Key) -> ReceiptRow:
        """See `Ledger.receipt`."""
        self.door()
        if id not in self.rows:
            raise Missing(f"no receipt {id.hex()}")
        return self.rows[id]

    async def of_person(
        self, organisation: str, person: Key, limit: int = 100, before: Key | None = None
    ) -> list[ReceiptRow]:
        """See `Ledger.of_person`."""
        self.door()
        rows = [row for row in self.rows.values() if row.organisation == organisation and row.person == person]
        page = [row for row in rows if before is None or row.id < before]
        return sorted(page, key=lambda row: row.id, reverse=True)[:limit]

    async def count(self, organisation: str) -> int:
        """See `Ledger.count`."""
        self.door()
        return sum(row.organisation == organisation for row in self.rows.values())


@dataclass
class MemoryEvents:
    """Batches, which batch each event is in, gates, and outcomes."""

    outbox: MemoryOutbox
    identities: MemoryIdentities
    batches: dict[Key, Batch] = field(default_factory=dict)
    names: dict[Key, Key] = field(default_factory=dict)
    judged_by: dict[Key, bytes] = field(default_factory=dict)
    ended: list[Outcome] = field(default_factory=list)

    async def keep(
        self,
        batch: Batch,
        gates: bytes,
        names: tuple[Key, ...],
        notes: tuple[Note, ...],
        ties: Ties = UNCHANGED,
        claims: tuple[Known, ...] = (),
    ) -> None:
        """See `Events.keep`."""
        self.outbox.door()
        if not self.names.keys().isdisjoint(names):
            raise Stale("an event of this batch was taken in meanwhile")
        self.identities.check(ties)
        for known in claims:
            self.identities.people.check(known)
        self.identities.write(ties)
        for known in claims:
            self.identities.people.put(known)
        self.batches[batch.id] = batch
        self.judged_by.setdefault(batch.gates, gates)
        self.names.update(dict.fromkeys(names, batch.id))
        for note in notes:
            self.outbox.notes.setdefault(note.id, note)

    async def known(self, names: list[Key]) -> frozenset[Key]:
        """See `Events.known`."""
        self.outbox.door()
        return frozenset(self.names.keys() & frozenset(names))

    async def batch(self, id: Key) -> Batch:
        """See `Events.batch`."""
        self.outbox.door()
        if id not in self.batches:
            raise Missing(f"no batch {id.hex()}")
        return self.batches[id]

    async def batch_of(self, event: Key) -> Batch:
        """See `Events.batch_of`."""
        self.outbox.door()
        if event not in self.names:
            raise Missing(f"no event {event.hex()}")
        return self.batches[self.names[event]]

    async def gates(self, id: Key) -> bytes:
        """See `Events.gates`."""
        self.outbox.door()
        if id not in self.judged_by:
            raise Missing(f"no gates {id.hex()}")
        return self.judged_by[id]

    async def finish(self, notes: list[Key], outcomes: list[Outcome]) -> None:
        """See `Events.finish`."""
        await self.outbox.done(notes)
        self.ended.extend(outcomes)

    async def outcomes(self, event: Key) -> list[Outcome]:
        """See `Events.outcomes`."""
        self.outbox.door()
        return [outcome for outcome in self.ended if outcome.event == event]

    async def latest(self, organisation: str, source: str, most: int, before: Key | None = None) -> list[Batch]:
        """See `Events.latest`."""
        self.outbox.door()
        own = [batch for batch in self.batches.values() if (batch.organisation, batch.source) == (organisation, source)]
        ids = [batch.id for batch in own]
        return own[: ids.index(before) if before in ids else len(own)][::-1][:most]

    async def oldest(self, before: int, most: int) -> list[Batch]:
        """See `Events.oldest`."""
        self.outbox.door()
        return [batch for _, batch in zip(range(most), self.batches.values(), strict=False) if batch.at < before]

    async def drop(self, batches: list[Key], names: list[Key]) -> None:
        """See `Events.drop`."""
        self.outbox.door()
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

    door: Door
    number: int = 0
    drafts: dict[str, Draft] = field(default_factory=dict)
    published: dict[Spot, list[Publication]] = field(default_factory=lambda: defaultdict(list))
    current: dict[Spot, int] = field(default_factory=dict)
    entries: dict[str, list[AuditEntry]] = field(default_factory=lambda: defaultdict(list))

    async def draft(self, organisation: str) -> Draft | None:
        """See `Catalogue.draft`."""
        self.door()
        return self.drafts.get(organisation)

    async def apply(self, organisation: Organisation, seen: int, by: str, now: int, detail: str = "") -> Draft:
        """See `Catalogue.apply`."""
        self.door()
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

    async def write_down(self, organisation: str, entry: AuditEntry) -> None:
        """See `Catalogue.write_down`."""
        self.door()
        self.entries[organisation].append(entry)

    async def publish(self, publications: list[Publication]) -> None:
        """See `Catalogue.publish`."""
        self.door()
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
        self.door()
        spot = (organisation, site, stage)
        if not 1 <= number <= len(self.published[spot]):
            raise Missing(f"{site} has no {stage} publication {number}")
        self.current[spot] = number
        self.changed(organisation, AuditEntry(now, by, "point", self.published[spot][0].app_id, str(number)))

    async def history(self, organisation: str, site: str, stage: Stage) -> list[Publication]:
        """See `Catalogue.history`."""
        self.door()
        return self.published[organisation, site, stage][::-1]

    async def revision(self) -> int:
        """See `Catalogue.revision`."""
        self.door()
        return self.number

    async def shelf(self) -> Shelf:
        """See `Catalogue.shelf`."""
        self.door()
        current = tuple(self.published[spot][number - 1] for spot, number in sorted(self.current.items()))
        return Shelf(self.number, current, tuple(draft for _, draft in sorted(self.drafts.items())))

    async def audit(self, organisation: str, limit: int = 100) -> list[AuditEntry]:
        """See `Catalogue.audit`."""
        self.door()
        return self.entries[organisation][::-1][:limit]


class MemoryStores:
    """All nine ports in one process's memory."""

    def __init__(self) -> None:
        self.closed = False
        self.bound = ""
        self.requests: dict[Key, tuple[int, Key]] = {}
        self.ledger = MemoryLedger(self.door)
        self.people = MemoryPeople(self.door)
        self.catalogue = MemoryCatalogue(self.door)
        self.outbox = MemoryOutbox(self.door)
        self.identities = MemoryIdentities(self.people)
        self.events = MemoryEvents(self.outbox, self.identities)
        self.holdings = MemoryHoldings(self.outbox)
        self.tokens = MemoryTokens(self.door, self.catalogue)
        self.suppressions = MemorySuppressions(self.door, self.catalogue, self.events)

    def door(self) -> None:
        """Raise Busy once closed."""
        if self.closed:
            raise Busy("the stores are closed")

    async def keep(self, keep: Keep) -> Kept:
        """See `Stores.keep`."""
        self.door()
        if first := self.first_of(keep):
            return Kept(first)
        if keep.known:
            self.people.check(keep.known)
            self.people.put(keep.known)
        if keep.receipt:
            self.ledger.rows[keep.receipt.id] = keep.receipt
        if keep.receipt and keep.once:
            self.requests[keep.once] = (keep.at + keep.once_for, keep.receipt.id)
        for note in keep.notes:
            self.outbox.notes.setdefault(note.id, note)
        return Kept()

    def first_of(self, keep: Keep) -> ReceiptRow | None:
        """The receipt that an earlier telling of the same request left, if there was one."""
        if keep.once in self.requests:
            until, first = self.requests[keep.once]
            if until > keep.at:
                return self.ledger.rows[first]
        return self.ledger.rows.get(keep.receipt.id) if keep.receipt else None

    async def fingerprint(self) -> str:
        """See `Stores.fingerprint`."""
        self.door()
        return self.bound

    async def bind_secret(self, fingerprint: str) -> str:
        """See `Stores.bind_secret`."""
        self.door()
        self.bound = self.bound or fingerprint
        return self.bound

    async def ready(self) -> None:
        """See `Stores.ready`."""
        self.door()

    async def close(self) -> None:
        """See `Stores.close`."""
        self.closed = True
