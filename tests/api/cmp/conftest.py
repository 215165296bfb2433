"""A server with the example organisation, new for every test."""

from collections.abc import AsyncIterator

import pytest

from tests.api.node_context import Server, start


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Northwind, published for test and production; its clock stands still."""
    server = await start()
    yield server
    await server.node.close()
