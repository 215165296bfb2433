"""A server with the shop live."""

from collections.abc import AsyncIterator

import pytest

from tests.api.mparticle.sample_shop import open_shop
from tests.api.node_context import Server, start


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A node in this process, its stores in memory."""
    server = await start()
    await open_shop(server)
    yield server
    await server.node.close()
