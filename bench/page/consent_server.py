"""The program itself, with the browser tests' shop published for pages of one origin.

python -m bench.page.consent_server PORT STORE_URL ORIGIN
"""

import sys

from placet.app import open_app, open_store
from placet.config import Config
from placet.consent.site import Stage
from placet.services.edit_catalogue import Author, Published, apply, publish
from placet.serving import Served, serve
from placet.stores.open import migrate
from tests.browser.a_shop import a_shop
from tests.faces.house import MASTER, secrets_for


def main(port: str, url: str, origin: str) -> int:
    """Serve until told to stop."""
    config = Config(store_url=url, master_secret=MASTER.decode(), port=int(port), rate_per_minute=0)

    async def opening() -> Served:
        await migrate(url)
        stores, organisation, author = await open_store(config), a_shop((origin,)), Author("bench", 0)
        await apply(organisation, stores.catalogue, secrets_for(), author)
        published = await publish(organisation.id, Stage.PRODUCTION, stores.catalogue, author)
        assert isinstance(published, Published), published
        await stores.close()
        return await open_app(config)

    return serve(opening, config)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
