"""A PostgreSQL that stops answering in the middle: whoever waits for it is refused in time and can try again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from placet.api.http.health import Readiness
from placet.app.open_stores import store_ready
from placet.errors import Busy
from placet.stores.open import migrate, open_stores
from placet.stores.sql.postgres import dialect as postgres
from placet.stores.sql.postgres import stores as postgres_stores
from tests.stores.rows import GROUP, a_keep, key
from tests.stores.servers import Postgres


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """Stop every process of the server, as a hung machine would, and let them go on afterwards."""
    assert server.process
    postmaster = psutil.Process(server.process.pid)
    postmaster.suspend()
    # Each backend is a session of its own, so a signal to the process group would not reach it.
    stopped = [postmaster, *postmaster.children(recursive=True)]
    for process in stopped[1:]:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            process.resume()


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    server = Postgres(survives_power_loss=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def test_a_frozen_database_refuses_everybody_who_waits(own_server, monkeypatch):
    """The calls end by the time limit itself: a limit of 0.3 s here, and nothing else would ever end them."""
    monkeypatch.setattr(postgres_stores, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(postgres, "BUSY_TIMEOUT", 3600)
    monkeypatch.setattr(postgres_stores, "STATEMENT_SECONDS", 3600)
    url = own_server.create("frozen")
    await migrate(url)
    stores = await open_stores(url)
    readiness = Readiness({"store": lambda: store_ready(stores)}, seconds=0.1)
    readiness.opened()
    with frozen(own_server):
        waiting = [stores.write(a_keep(key(f"p{number}"))) for number in range(5)]
        waiting += [stores.profiles.find(GROUP, key("p1")), stores.events.known_keys([key("e1")]), stores.ready()]
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in results if not isinstance(each, Busy)] == []
        await readiness.check()
        assert set(readiness.reasons()) == {"store"}
    for _ in range(600):
        await readiness.check()
        if not readiness.reasons():
            break
        await asyncio.sleep(0.1)
    assert readiness.reasons() == {}
    assert await stores.write(a_keep(key("p9")))
    await stores.close()
