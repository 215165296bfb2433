"""Tokens and suppressions in plain dicts."""

from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import replace

from placet.consent.access import Token
from placet.stores.memory_notes import Door, MemoryOutbox
from placet.stores.ports import (
    AuditEntry,
    Batch,
    Blanked,
    Key,
    Missing,
    Note,
    Outcome,
    Regulation,
    Ruling,
    Stale,
)


class History(Protocol):
    """The catalogue's history, as it is written here."""

    async def write_down(self, organisation: str, entry: AuditEntry) -> None:
        """See `Catalogue.write_down`."""
        ...

    def changed(self, organisation: str, entry: AuditEntry) -> None:
        """The same, seen by everybody who watches the revision."""
        ...


@dataclass
class MemoryTokens:
    """Tokens by id."""

    door: Door
    catalogue: History
    rows: dict[str, Token] = field(default_factory=dict)

    async def add(self, token: Token) -> None:
        """See `Tokens.add`."""
        detail = f"{token.workspace} {token.name}: {' '.join(sorted(token.roles))}"
        entry = AuditEntry(token.created_at, token.created_by, "token", token.id, detail)
        await self.catalogue.write_down(token.organisation, entry)
        self.rows[token.id] = token

    async def find(self, hash: bytes) -> Token | None:
        """See `Tokens.find`."""
        self.door()
        return next((one for one in self.rows.values() if one.hash == hash), None)

    async def of(self, organisation: str) -> list[Token]:
        """See `Tokens.of`."""
        self.door()
        own = [one for one in self.rows.values() if one.organisation == organisation]
        return sorted(own, key=lambda one: (one.created_at, one.id))

    async def revoke(self, organisation: str, id: str, by: str, now: int) -> None:
        """See `Tokens.revoke`."""
        self.door()
        one = self.rows.get(id)
        if one is None or one.organisation != organisation:
            raise Missing(f"no token {id}")
        if not one.revoked_at:
            await self.catalogue.write_down(organisation, AuditEntry(now, by, "revoke token", id, one.name))
            self.rows[id] = replace(one, revoked_at=now)


class Kept(Protocol):
    """Events, as a deletion finds them here."""

    outbox: MemoryOutbox
    batches: dict[Key, Batch]
    names: dict[Key, Key]
    ended: list[Outcome]


@dataclass
class MemorySuppressions:
    """Who is suppressed where, and what was asked for."""

    door: Door
    catalogue: History
    events: Kept
    rows: set[tuple[str, str, str]] = field(default_factory=set)
    asked: dict[Key, Regulation] = field(default_factory=dict)

    async def regulate(self, regulation: Regulation, notes: tuple[Note, ...] = ()) -> Regulation:
        """See `Suppressions.regulate`."""
        self.door()
        kind, asked = regulation.kind, same(regulation)
        if found := [one for one in self.asked.values() if kind.deletes and not one.done and same(one) == asked]:
            return found[0]
        named = {(regulation.organisation, regulation.place, subject) for subject in regulation.subjects}
        self.rows = self.rows | named if kind.suppresses else self.rows
        self.rows = self.rows - named if kind is Ruling.LIFT else self.rows
        self.asked[regulation.id] = regulation
        for note in notes:
            self.events.outbox.notes.setdefault(note.id, note)
        entry = AuditEntry(regulation.at, regulation.by, kind.value, regulation.place, f"{len(named)} users")
        self.catalogue.changed(regulation.organisation, entry)
        return regulation

    async def erase(self, batches: list[Blanked], names: list[Key], note: Key, next: Note) -> None:
        """See `Suppressions.erase`."""
        self.door()
        if note not in self.events.outbox.notes:
            return
        there = [one for one in batches if one.id in self.events.batches]
        if any(self.events.batches[one.id].body != one.seen for one in there):
            raise Stale("a batch was changed since it was read")
        for one in there:
            self.events.batches[one.id] = replace(self.events.batches[one.id], body=one.now)
        for name in names:
            self.events.names.pop(name, None)
        self.events.ended = [outcome for outcome in self.events.ended if outcome.event not in names]
        await self.events.outbox.done([note])
        self.events.outbox.notes.setdefault(next.id, next)

    async def carried_out(self, id: Key, at: int, note: Key) -> None:
        """See `Suppressions.carried_out`."""
        there = note in self.events.outbox.notes
        await self.events.outbox.done([note])
        if there and id in self.asked:
            self.asked[id] = replace(self.asked[id], done=at)

    async def every(self) -> list[tuple[str, str, str]]:
        """See `Suppressions.every`."""
        self.door()
        return sorted(self.rows)

    async def of(self, organisation: str, workspace: str, most: int, after: str = "") -> list[str]:
        """See `Suppressions.of`."""
        own = [subject for place, space, subject in await self.every() if (place, space) == (organisation, workspace)]
        return [subject for subject in own if subject > after][:most]

    async def sources(self, organisation: str) -> list[str]:
        """See `Suppressions.sources`."""
        self.door()
        return sorted({one.source for one in self.events.batches.values() if one.organisation == organisation})

    async def regulations(
        self, organisation: str, workspace: str, most: int, source: str = "", before: Key | None = None
    ) -> list[Regulation]:
        """See `Suppressions.regulations`."""
        self.door()
        place = (organisation, workspace, source)
        newest = [one for id, one in sorted(self.asked.items(), reverse=True) if before is None or id < before]
        return [one for one in newest if (one.organisation, one.workspace, one.source) == place][:most]

    async def regulation(self, id: Key) -> Regulation:
        """See `Suppressions.regulation`."""
        self.door()
        if id not in self.asked:
            raise Missing(f"no regulation {id.hex()}")
        return self.asked[id]


def same(one: Regulation) -> tuple[object, ...]:
    """What makes two deletions the same."""
    return (one.organisation, one.place, one.kind, one.named, one.subjects)
