"""Opens stores by their address: `memory:`, `sqlite:///placet.db`, `postgresql://…`."""

from pathlib import Path
from typing import Final

from placet.stores.memory.stores import MemoryStores
from placet.stores.ports.stores import Stores
from placet.stores.sql.migrate import Progress, SchemaMismatch
from placet.stores.sql.postgres import dialect as postgres
from placet.stores.sql.postgres.stores import open_postgres
from placet.stores.sql.sqlite import dialect as sqlite
from placet.stores.sql.sqlite.stores import SqliteStores

__all__ = ["Progress", "SchemaMismatch", "migrate", "open_stores"]

SQLITE: Final = "sqlite:///"
"""A path follows: relative to the working directory, or absolute when it starts with a fourth slash."""

POSTGRES: Final = ("postgresql://", "postgres://")

UNKNOWN: Final = "no store is called {!r}: use memory:, sqlite:///path or postgresql://…"


def file_of(url: str) -> Path:
    """The file a `sqlite:///` address names."""
    return Path(url.removeprefix(SQLITE)).absolute()


async def open_stores(url: str) -> Stores:
    """The stores at this address, ready for use in the running event loop; call `close` in the same loop.

    Raises SchemaMismatch (the message names the cure), Busy (not reachable now), and ValueError for an address
    that names no engine.
    """
    if url == "memory:":
        return MemoryStores()
    if url.startswith(SQLITE):
        with sqlite.only_busy(file_of(url)):
            sqlite.check_schema(file_of(url))
            return SqliteStores(file_of(url))
    if url.startswith(POSTGRES):
        return await open_postgres(url)
    raise ValueError(UNKNOWN.format(url))


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


async def migrate(url: str, progress: Progress = silent) -> None:
    """Bring the database at this address to the form this program knows. Raises as `open_stores` does.

    Safe to run from several machines at once, and while servers of the same version are running.
    """
    if url.startswith(SQLITE):
        with sqlite.only_busy(file_of(url)):
            return sqlite.migrate(file_of(url), progress)
    if url.startswith(POSTGRES):
        return await postgres.migrate(url, progress)
    if url != "memory:":
        raise ValueError(UNKNOWN.format(url))
    return None
