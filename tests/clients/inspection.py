"""A look into the store of a server that is stopped."""

import asyncio
from collections.abc import Callable

from placet.events.records.batch_codec import name_of
from placet.stores.open import open_stores
from tests.clients.deployment import Deployment
from tests.verdict_rows import given_in, refusals

ORGANISATION = "11111111-1111-4111-8111-111111111111"
SOURCE = "shop/web-events"


def in_store(deployment: Deployment, look: Callable[..., object]) -> object:
    """What a look into the store tells, while the server is stopped."""

    async def use_case() -> object:
        stores = await open_stores(deployment.store)
        try:
            return await look(stores)
        finally:
            await stores.close()

    return asyncio.run(use_case())


async def visibly_held(stores, ids: list[str]) -> int:
    """How many of these events are kept with a refusal for the advertising destination."""
    count = 0
    for id in ids:
        found = await given_in(await stores.events.batch_of(name_of(ORGANISATION, SOURCE, id)), stores)
        count += any(one.event.id == id and one.connection.id == "to-ads" for one, _ in refusals(found))
    return count
