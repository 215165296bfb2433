"""Tokens in a plain dict."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from placet.consent.access import Token
from placet.stores.memory_notes import Door
from placet.stores.ports import AuditEntry, Catalogue, Missing


@dataclass
class MemoryTokens:
    """Tokens by id."""

    door: Door
    catalogue: Catalogue
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
