"""A server with the example live, and its outfitter's write key."""

from collections.abc import AsyncIterator

import pytest

from tests.api.node_context import Server, start


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A node in this process, its stores in memory."""
    server = await start()
    yield server
    await server.node.close()
