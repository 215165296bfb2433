"""Opens every engine for the promise suite: memory, a SQLite file, a real PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from placet.stores.open import migrate, open_stores
from placet.stores.ports.stores import Stores
from tests.stores.servers import Postgres

ENGINES = ("memory", "sqlite", "postgres")
DURABLE = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for each test process, in a folder of its own.

    It does not wait for its disk: these tests kill clients, which is nothing to a server. The test that kills
    the server itself brings its own.
    """
    server = Postgres(survives_power_loss=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def new_url(engine: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty database of this engine."""
    if engine == "memory":
        return "memory:"
    if engine == "sqlite":
        return f"sqlite:///{folder}/placet.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create(f"t{uuid4().hex}")


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Every engine's address, one after the other."""
    return new_url(request.param, tmp_path, request)


@pytest.fixture(params=DURABLE)
def durable_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The addresses of the engines that outlive the process."""
    return new_url(request.param, tmp_path, request)


@pytest.fixture
async def stores(url: str) -> AsyncIterator[Stores]:
    """Stores ready for use."""
    await migrate(url)
    stores = await open_stores(url)
    yield stores
    await stores.close()
