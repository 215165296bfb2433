"""A store as a server leaves it: migrated, and bound to the master secret of the settings."""

from placet.app.startup_checks import secret_of_store
from placet.config import load_config
from placet.stores.open import migrate, open_stores


async def used_store(url: str) -> None:
    """Make an embedded store that a server has used."""
    await migrate(url)
    stores = await open_stores(url)
    try:
        await secret_of_store(load_config(None), stores)
    finally:
        await stores.close()
