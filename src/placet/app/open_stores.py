"""Opens the stores of a node as its configuration says."""

from placet.app.startup_checks import store_url
from placet.config import Config, NoStore
from placet.errors import Busy
from placet.stores.open import migrate, open_stores
from placet.stores.ports.stores import Stores
from placet.stores.sql.migrate import SchemaMismatch


async def store_ready(stores: Stores) -> str:
    """Why the store is not ready, or nothing."""
    try:
        await stores.ready()
    except Busy as why:
        return str(why) or "busy"
    return ""


async def open_store(config: Config) -> Stores:
    """The stores as configured. The embedded one is brought up to date first: nobody else could be using it yet.

    Raises BadSettings.
    """
    url = store_url(config)
    try:
        if config.embedded:
            await migrate(url)
        return await open_stores(url)
    except SchemaMismatch as why:
        raise NoStore(str(why)) from why
    except Busy as why:
        raise NoStore(f"The store cannot be opened: {why}. Check PLACET_STORE_URL and that it is running.") from why
