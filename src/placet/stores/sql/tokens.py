"""Tokens in SQL: one row each, found by the hash of what its bearer shows."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.errors import Missing
from placet.settings.api_tokens import ApiToken, Role
from placet.stores.sql.catalogue import APPEND_AUDIT
from placet.stores.sql.statements import Engine, Query, Row, Statements

COLUMNS: Final = "id, organisation, workspace, name, roles, hash, created_at, created_by, expires_at, revoked_at"

ADD: Final = f"INSERT INTO tokens ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"

FIND: Final = f"SELECT {COLUMNS} FROM tokens WHERE hash = $1"

OF: Final = f"SELECT {COLUMNS} FROM tokens WHERE organisation = $1 ORDER BY created_at, id"

NAMED: Final = "SELECT name, revoked_at FROM tokens WHERE organisation = $1 AND id = $2"

REVOKE: Final = "UPDATE tokens SET revoked_at = $3 WHERE organisation = $1 AND id = $2 AND revoked_at = 0"


class AddToken(Struct, frozen=True, tag=True):
    """Keep a new token."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    token: ApiToken

    def statements(self) -> Statements[None]:
        """With a line in the history."""
        one, roles = self.token, " ".join(sorted(self.token.roles))
        place = (one.id, one.organisation, one.workspace, one.name, roles, one.hash)
        yield Query(ADD, (*place, one.created_at, one.created_by, one.expires_at, one.revoked_at))
        detail = f"{one.workspace} {one.name}: {roles}"
        yield Query(APPEND_AUDIT, (one.organisation, one.created_at, one.created_by, "token", one.id, detail))


class RevokeToken(Struct, frozen=True, tag=True):
    """Let a token open nothing any more."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    organisation: str
    id: str
    by: str
    now: int

    def statements(self) -> Statements[None]:
        """With a line in the history, unless it was revoked before."""
        rows = yield Query(NAMED, (self.organisation, self.id))
        if not rows:
            raise Missing(f"no token {self.id}")
        if rows[0][1]:
            return
        yield Query(REVOKE, (self.organisation, self.id, self.now))
        yield Query(APPEND_AUDIT, (self.organisation, self.now, self.by, "revoke token", self.id, rows[0][0]))


def token_from(row: Row) -> ApiToken:
    """A token in a row of `COLUMNS`."""
    id, organisation, workspace, name, roles, *rest = row
    return ApiToken(id, organisation, workspace, name, frozenset(map(Role, roles.split())), *rest)


def find(hash: bytes) -> Statements[ApiToken | None]:
    """The token with this hash."""
    rows = yield Query(FIND, (hash,))
    return token_from(rows[0]) if rows else None


def of(organisation: str) -> Statements[list[ApiToken]]:
    """An organisation's tokens."""
    rows = yield Query(OF, (organisation,))
    return [token_from(row) for row in rows]


@dataclass(frozen=True)
class SqlTokens:
    """The `Tokens` port over either engine."""

    engine: Engine

    async def add(self, token: ApiToken) -> None:
        """See `Tokens.add`."""
        await self.engine.write(AddToken(token))

    async def find(self, hash: bytes) -> ApiToken | None:
        """See `Tokens.find`."""
        return await self.engine.read(find(hash))

    async def of(self, organisation: str) -> list[ApiToken]:
        """See `Tokens.of`."""
        return await self.engine.read(of(organisation))

    async def revoke(self, organisation: str, id: str, by: str, now: int) -> None:
        """See `Tokens.revoke`."""
        await self.engine.write(RevokeToken(organisation, id, by, now))
