"""Tokens to workspaces (the promises of `ports` hold here too)."""

from typing import Protocol

from placet.settings.api_tokens import ApiToken


class Tokens(Protocol):
    """Added, found by hash, revoked; each change is written into the organisation's history along with it."""

    async def add(self, token: ApiToken) -> None:
        """Keep a new one."""
        ...

    async def find(self, hash: bytes) -> ApiToken | None:
        """The one with this hash, whether it still opens anything or not."""
        ...

    async def of(self, organisation: str) -> list[ApiToken]:
        """An organisation's tokens, oldest first."""
        ...

    async def revoke(self, organisation: str, id: str, by: str, now: int) -> None:
        """From now on it opens nothing; one revoked earlier stays as it is. Raises Missing."""
        ...
