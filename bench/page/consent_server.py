"""The program itself, with the browser tests' shop published for pages of one origin.

python -m bench.page.consent_server PORT STORE_URL ORIGIN
"""

import sys

from placet.app.node import open_app
from placet.app.open_stores import open_store
from placet.config import Config
from placet.server.run import Served, serve
from placet.services.settings.publish_settings import PublishResult, apply, publish
from placet.services.settings.published_sites import Author
from placet.settings.site import Stage
from placet.stores.open import migrate
from tests.api.node_context import MASTER, secrets_for
from tests.browser.sample_shop import a_shop


def main(port: str, url: str, origin: str) -> int:
    """Serve until told to stop."""
    config = Config(store_url=url, master_secret=MASTER.decode(), port=int(port), rate_per_minute=0)

    async def opening() -> Served:
        await migrate(url)
        stores, organisation, author = await open_store(config), a_shop((origin,)), Author("bench", 0)
        await apply(organisation, stores.catalogue, secrets_for(), author)
        published = await publish(organisation.id, Stage.PRODUCTION, stores.catalogue, author)
        assert isinstance(published, PublishResult), published
        await stores.close()
        return await open_app(config)

    return serve(opening, config)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
