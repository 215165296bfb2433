"""A server with the example live, and tokens to its workspaces."""

from collections.abc import AsyncIterator

import pytest

from placet.services.settings.api_tokens import NewToken, make_token
from placet.settings.api_tokens import Role
from tests.api.node_context import Server, northwind, start

ORGANISATION = northwind().id.lower()


class Admin:
    """A server, and whoever administrates it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stores = server.node.context.stores
        self.made = 0

    async def token(self, *roles: str, workspace: str = "outfitter", days: int = 0) -> str:
        """A token's text."""
        self.made += 1
        wanted = NewToken(ORGANISATION, workspace, f"tool {self.made}", frozenset(map(Role, roles)), days)
        seed = self.made.to_bytes(2)
        made = await make_token(wanted, self.stores, "tests", lambda n: (seed * n)[:n], self.server.clock.at)
        return made.secret

    async def headers(self, *roles: str, workspace: str = "outfitter") -> dict[str, str]:
        """What a bearer of a new token sends."""
        return {"Authorization": f"Bearer {await self.token(*roles, workspace=workspace)}"}


@pytest.fixture
async def admin() -> AsyncIterator[Admin]:
    """A node in this process, its stores in memory."""
    server = await start()
    yield Admin(server)
    await server.node.close()
