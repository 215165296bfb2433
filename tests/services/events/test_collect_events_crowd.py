"""Many batches about the same new people at once: nobody is told to come back later, and nobody is made twice."""

import asyncio
from pathlib import Path

from placet.events.records.batch_codec import read_stored_batch
from placet.stores.open import migrate, open_stores
from tests.api.node_context import northwind, start

KEY = "outfitter-web-write-key"
CROWD = 24


def a_batch(number: int) -> dict[str, object]:
    """A message of somebody new for each of the other batches, who is in that one as well."""
    pairs = (sorted((number, other)) for other in range(CROWD) if other != number)
    people = [f"u-{one}-{other}" for one, other in pairs]
    messages = [{"type": "track", "event": "Viewed", "userId": one, "messageId": f"{number} {one}"} for one in people]
    return {"writeKey": KEY, "batch": messages}


async def test_a_crowd_that_brings_the_same_new_people_gets_through(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/crowd.db"
    await migrate(url)
    server = await start(stores=await open_stores(url))
    answers = await asyncio.gather(*(server.ask("POST", "/v1/batch", {}, a_batch(n)) for n in range(CROWD)))
    assert [one.status for one in answers] == [200] * CROWD

    kept = await server.node.context.stores.events.latest(northwind().id.lower(), "outfitter/shop-events", 99)
    batches = [read_stored_batch(batch.body) for batch in kept]
    assert sum(len(stored_batch.events) for stored_batch in batches) == CROWD * (CROWD - 1)
    assert (
        len({subject.person for stored_batch in batches for subject in stored_batch.subjects})
        == CROWD * (CROWD - 1) // 2
    )
    await server.node.close()
