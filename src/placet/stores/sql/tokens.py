"""Tokens in SQL: one row each, found by the hash of what its bearer shows."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct

from placet.consent.access import Role, Token
from placet.stores.ports import Missing
from placet.stores.sql.catalogue import WRITE_DOWN
from placet.stores.sql.steps import Ask, Engine, Row, Steps

COLUMNS: Final = "id, organisation, workspace, name, roles, hash, created_at, created_by, expires_at, revoked_at"

ADD: Final = f"INSERT INTO tokens ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"

FIND: Final = f"SELECT {COLUMNS} FROM tokens WHERE hash = $1"

OF: Final = f"SELECT {COLUMNS} FROM tokens WHERE organisation = $1 ORDER BY created_at, id"

NAMED: Final = "SELECT name, revoked_at FROM tokens WHERE organisation = $1 AND id = $2"

REVOKE: Final = "UPDATE tokens SET revoked_at = $3 WHERE organisation = $1 AND id = $2 AND revoked_at = 0"


class AddToken(Struct, frozen=True, tag=True):
    """Keep a new token."""

    turn: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    token: Token

    def steps(self) -> Steps[None]:
        """With a line in the history."""
        one, roles = self.token, " ".join(sorted(self.token.roles))
        place = (one.id, one.organisation, one.workspace, one.name, roles, one.hash)
        yield Ask(ADD, (*place, one.created_at, one.created_by, one.expires_at, one.revoked_at))
        detail = f"{one.workspace} {one.name}: {roles}"
        yield Ask(WRITE_DOWN, (one.organisation, one.created_at, one.created_by, "token", one.id, detail))


class RevokeToken(Struct, frozen=True, tag=True):
    """Let a token open nothing any more."""

    turn: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    organisation: str
    id: str
    by: str
    now: int

    def steps(self) -> Steps[None]:
        """With a line in the history, unless it was revoked before."""
        rows = yield Ask(NAMED, (self.organisation, self.id))
        if not rows:
            raise Missing(f"no token {self.id}")
        if rows[0][1]:
            return
        yield Ask(REVOKE, (self.organisation, self.id, self.now))
        yield Ask(WRITE_DOWN, (self.organisation, self.now, self.by, "revoke token", self.id, rows[0][0]))


def token_from(row: Row) -> Token:
    """A token in a row of `COLUMNS`."""
    id, organisation, workspace, name, roles, *rest = row
    return Token(id, organisation, workspace, name, frozenset(map(Role, roles.split())), *rest)


def find(hash: bytes) -> Steps[Token | None]:
    """The token with this hash."""
    rows = yield Ask(FIND, (hash,))
    return token_from(rows[0]) if rows else None


def of(organisation: str) -> Steps[list[Token]]:
    """An organisation's tokens."""
    rows = yield Ask(OF, (organisation,))
    return [token_from(row) for row in rows]


@dataclass(frozen=True)
class SqlTokens:
    """The `Tokens` port over either engine."""

    engine: Engine

    async def add(self, token: Token) -> None:
        """See `Tokens.add`."""
        await self.engine.write(AddToken(token))

    async def find(self, hash: bytes) -> Token | None:
        """See `Tokens.find`."""
        return await self.engine.read(find(hash))

    async def of(self, organisation: str) -> list[Token]:
        """See `Tokens.of`."""
        return await self.engine.read(of(organisation))

    async def revoke(self, organisation: str, id: str, by: str, now: int) -> None:
        """See `Tokens.revoke`."""
        await self.engine.write(RevokeToken(organisation, id, by, now))
