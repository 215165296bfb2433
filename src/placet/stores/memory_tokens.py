"""Tokens and suppressions in plain dicts."""

from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import replace

from placet.consent.access import Token
from placet.stores.memory_notes import Door
from placet.stores.ports import AuditEntry, Key, Missing, Regulation, Ruling


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


@dataclass
class MemorySuppressions:
    """Who is suppressed where, and what was asked for."""

    door: Door
    catalogue: History
    rows: set[tuple[str, str, str]] = field(default_factory=set)
    asked: dict[Key, Regulation] = field(default_factory=dict)

    async def regulate(self, regulation: Regulation) -> None:
        """See `Suppressions.regulate`."""
        self.door()
        place = (regulation.organisation, regulation.workspace)
        named = {(*place, subject) for subject in regulation.subjects}
        self.rows = self.rows | named if regulation.kind is Ruling.SUPPRESS else self.rows - named
        self.asked[regulation.id] = regulation
        what = f"{len(named)} users"
        entry = AuditEntry(regulation.at, regulation.by, regulation.kind.value, regulation.workspace, what)
        self.catalogue.changed(regulation.organisation, entry)

    async def every(self) -> list[tuple[str, str, str]]:
        """See `Suppressions.every`."""
        self.door()
        return sorted(self.rows)

    async def of(self, organisation: str, workspace: str, most: int, after: str = "") -> list[str]:
        """See `Suppressions.of`."""
        own = [subject for place, space, subject in await self.every() if (place, space) == (organisation, workspace)]
        return [subject for subject in own if subject > after][:most]

    async def regulations(self, organisation: str, workspace: str, most: int) -> list[Regulation]:
        """See `Suppressions.regulations`."""
        self.door()
        newest = [one for _, one in sorted(self.asked.items(), reverse=True)]
        return [one for one in newest if (one.organisation, one.workspace) == (organisation, workspace)][:most]

    async def regulation(self, id: Key) -> Regulation:
        """See `Suppressions.regulation`."""
        self.door()
        if id not in self.asked:
            raise Missing(f"no regulation {id.hex()}")
        return self.asked[id]
