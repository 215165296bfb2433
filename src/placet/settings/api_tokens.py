"""API tokens of a workspace, each with its roles."""

from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct

PREFIX: Final = "placet_"
"""How every token begins, so that scanners find one that was published by mistake."""

SECRET_BYTES: Final = 32


class Role(StrEnum):
    """What a token allows; each is given on its own."""

    READ = "read"
    """Seeing settings, verdicts and numbers, with what people said and who they are masked."""
    WRITE = "write"
    """Changing settings, and having deliveries tried again."""
    UNMASKED = "unmasked"
    """Seeing events as they came, personal data included."""


class ApiToken(Struct, frozen=True):
    """A key to one workspace. Only its hash is kept; times are epoch ms, 0 for never."""

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
    """Who is asking: a workspace's token, by its name, and what it allows."""

    organisation: str
    workspace: str
    name: str
    roles: frozenset[Role]

    def may(self, role: Role) -> bool:
        """Does the token allow this?"""
        return role in self.roles


def fresh_secret(jitter: Callable[[int], bytes]) -> str:
    """A new token's text, of so many random bytes that no hash of it can be guessed backwards."""
    return PREFIX + jitter(SECRET_BYTES).hex()


def hash_of(secret: str) -> bytes:
    """What is kept of a token. A plain hash will do: there is nothing to guess in 32 random bytes."""
    return sha256(secret.encode()).digest()
