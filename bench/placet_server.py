"""The program itself, with the bench's shop published, pinned to one core.

    python -m bench.placet_server PORT CORE STORE_URL

Rates are counted as always, only with a limit that is out of reach.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bench.shop import publish_shop
from placet.app.node import open_app
from placet.app.open_stores import open_store
from placet.config import Config
from placet.server.run import Served, serve
from placet.stores.open import migrate
from placet.stores.ports.stores import Stores
from tests.api.node_context import MASTER


def run(port: str, core: str, url: str, put: Callable[[Stores], Awaitable[object]], **settings: Any) -> int:
    """Serve what `put` puts into empty stores, on one core, until told to stop."""
    os.sched_setaffinity(0, {int(core)})
    limits = {"rate_per_minute": 10**9, "rate_burst": 10**9}
    config = Config(store_url=url, master_secret=MASTER.decode(), port=int(port), **limits, **settings)

    async def opening() -> Served:
        await migrate(url)
        stores = await open_store(config)
        await put(stores)
        await stores.close()
        return await open_app(config)

    return serve(opening, config)


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:], put=publish_shop))
