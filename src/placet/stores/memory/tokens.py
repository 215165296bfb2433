"""Tokens and suppressions in plain dicts."""

from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id
from placet.errors import Missing, Stale
from placet.privacy.regulation import Regulation, RegulationType
from placet.settings.api_tokens import ApiToken
from placet.stores.memory.outbox import EnsureOpen, MemoryOutbox
from placet.stores.ports.catalogue import AuditEntry
from placet.stores.ports.events import Batch, Outcome
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.suppressions import RedactedBatch


class AuditLog(Protocol):
    """The catalogue's history, as it is written here."""

    async def append_audit(self, organisation: str, entry: AuditEntry) -> None:
        """See `Catalogue.append_audit`."""
        ...

    def changed(self, organisation: str, entry: AuditEntry) -> None:
        """The same, seen by everybody who watches the revision."""
        ...


@dataclass
class MemoryTokens:
    """Tokens by id."""

    ensure_open: EnsureOpen
    catalogue: AuditLog
    rows: dict[str, ApiToken] = field(default_factory=dict)

    async def add(self, token: ApiToken) -> None:
        """See `Tokens.add`."""
        detail = f"{token.workspace} {token.name}: {' '.join(sorted(token.roles))}"
        entry = AuditEntry(token.created_at, token.created_by, "token", token.id, detail)
        await self.catalogue.append_audit(token.organisation, entry)
        self.rows[token.id] = token

    async def find(self, hash: bytes) -> ApiToken | None:
        """See `Tokens.find`."""
        self.ensure_open()
        return next((one for one in self.rows.values() if one.hash == hash), None)

    async def of(self, organisation: str) -> list[ApiToken]:
        """See `Tokens.of`."""
        self.ensure_open()
        own = [one for one in self.rows.values() if one.organisation == organisation]
        return sorted(own, key=lambda one: (one.created_at, one.id))

    async def revoke(self, organisation: str, id: str, by: str, now: int) -> None:
        """See `Tokens.revoke`."""
        self.ensure_open()
        one = self.rows.get(id)
        if one is None or one.organisation != organisation:
            raise Missing(f"no token {id}")
        if not one.revoked_at:
            await self.catalogue.append_audit(organisation, AuditEntry(now, by, "revoke token", id, one.name))
            self.rows[id] = replace(one, revoked_at=now)


class MemoryEventData(Protocol):
    """Events, as a deletion finds them here."""

    outbox: MemoryOutbox
    batches: dict[Id, Batch]
    names: dict[Id, Id]
    ended: list[Outcome]


@dataclass
class MemorySuppressions:
    """Who is suppressed where, and what was asked for."""

    ensure_open: EnsureOpen
    catalogue: AuditLog
    events: MemoryEventData
    rows: set[tuple[str, str, str]] = field(default_factory=set)
    asked: dict[Id, Regulation] = field(default_factory=dict)

    async def regulate(self, regulation: Regulation, messages: tuple[OutboxMessage, ...] = ()) -> Regulation:
        """See `Suppressions.regulate`."""
        self.ensure_open()
        kind, asked = regulation.kind, same(regulation)
        if found := [one for one in self.asked.values() if kind.deletes and not one.done and same(one) == asked]:
            return found[0]
        named = {(regulation.organisation, regulation.place, subject) for subject in regulation.subjects}
        self.rows = self.rows | named if kind.suppresses else self.rows
        self.rows = self.rows - named if kind is RegulationType.LIFT else self.rows
        self.asked[regulation.id] = regulation
        for message in messages:
            self.events.outbox.messages.setdefault(message.id, message)
        entry = AuditEntry(regulation.at, regulation.by, kind.value, regulation.place, f"{len(named)} users")
        self.catalogue.changed(regulation.organisation, entry)
        return regulation

    async def erase(self, batches: list[RedactedBatch], names: list[Id], message: Id, next: OutboxMessage) -> None:
        """See `Suppressions.erase`."""
        self.ensure_open()
        if message not in self.events.outbox.messages:
            return
        there = [one for one in batches if one.id in self.events.batches]
        if any(self.events.batches[one.id].body != one.before for one in there):
            raise Stale("a batch was changed since it was read")
        for one in there:
            self.events.batches[one.id] = replace(self.events.batches[one.id], body=one.after)
        for name in names:
            self.events.names.pop(name, None)
        self.events.ended = [outcome for outcome in self.events.ended if outcome.event not in names]
        await self.events.outbox.done([message])
        self.events.outbox.messages.setdefault(next.id, next)

    async def carried_out(self, id: Id, at: int, message: Id) -> None:
        """See `Suppressions.carried_out`."""
        there = message in self.events.outbox.messages
        await self.events.outbox.done([message])
        if there and id in self.asked:
            self.asked[id] = replace(self.asked[id], done=at)

    async def every(self) -> list[tuple[str, str, str]]:
        """See `Suppressions.every`."""
        self.ensure_open()
        return sorted(self.rows)

    async def of(self, organisation: str, workspace: str, limit: int, after: str = "") -> list[str]:
        """See `Suppressions.of`."""
        own = [subject for place, space, subject in await self.every() if (place, space) == (organisation, workspace)]
        return [subject for subject in own if subject > after][:limit]

    async def sources(self, organisation: str) -> list[str]:
        """See `Suppressions.sources`."""
        self.ensure_open()
        return sorted({one.source for one in self.events.batches.values() if one.organisation == organisation})

    async def regulations(
        self, organisation: str, workspace: str, limit: int, source: str = "", before: Id | None = None
    ) -> list[Regulation]:
        """See `Suppressions.regulations`."""
        self.ensure_open()
        place = (organisation, workspace, source)
        newest = [one for id, one in sorted(self.asked.items(), reverse=True) if before is None or id < before]
        return [one for one in newest if (one.organisation, one.workspace, one.source) == place][:limit]

    async def regulation(self, id: Id) -> Regulation:
        """See `Suppressions.regulation`."""
        self.ensure_open()
        if id not in self.asked:
            raise Missing(f"no regulation {id.hex()}")
        return self.asked[id]


def same(one: Regulation) -> tuple[object, ...]:
    """What makes two deletions the same."""
    return (one.organisation, one.place, one.kind, one.named, one.subjects)
