"""API tokens of a workspace, each with its roles."""

from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct

PREFIX: Final = "placet_"
"""Prefix of every token, so that secret scanners find one that was published by mistake."""

SECRET_BYTES: Final = 32


class Role(StrEnum):
    """What a token allows; each is given on its own."""

    READ = "read"
    """Read settings, verdicts and metrics, with people's answers and identifiers masked."""
    WRITE = "write"
    """Change settings and retry deliveries."""
    UNMASKED = "unmasked"
    """Read events unmasked, personal data included."""


class ApiToken(Struct, frozen=True):
    """An API token of one workspace. Only its hash is stored; times are epoch ms, 0 for never."""

    id: str
    organisation: str
    workspace: str
    name: str
    roles: frozenset[Role]
    hash: bytes
    created_at: int
    created_by: str
    expires_at: int = 0
    revoked_at: int = 0

    def opens(self, now: int) -> bool:
        """Is the token valid at this time?"""
        return not self.revoked_at and (not self.expires_at or now < self.expires_at)


class Bearer(Struct, frozen=True):
    """The authenticated caller: the workspace, the token's name, and its roles."""

    organisation: str
    workspace: str
    name: str
    roles: frozenset[Role]

    def may(self, role: Role) -> bool:
        """Does the token allow this?"""
        return role in self.roles


def fresh_secret(jitter: Callable[[int], bytes]) -> str:
    """The text of a new token, with enough random bytes that its hash cannot be reversed by guessing."""
    return PREFIX + jitter(SECRET_BYTES).hex()


def hash_of(secret: str) -> bytes:
    """The stored hash of a token. A plain hash suffices, because 32 random bytes cannot be guessed."""
    return sha256(secret.encode()).digest()
