"""What a node's workers ask of the store when there is nothing to do."""

import asyncio

from placet.app import Node, secrets_of
from placet.config import Config
from placet.events.task import DELIVER, UNFOLD
from placet.stores.memory import MemoryStores
from tests.faces.house import MASTER


async def test_one_worker_keeps_watch_for_all_and_none_claims_what_is_not_there(monkeypatch):
    stores = MemoryStores()
    outbox, looked, claimed = stores.outbox, [], []
    look, claim = outbox.look, outbox.claim

    async def counted_look(kind, most, now):
        looked.append(kind)
        return await look(kind, most, now)

    async def counted_claim(kinds, most, now, hold):
        claimed.extend(kinds)
        return await claim(kinds, most, now, hold)

    monkeypatch.setattr(outbox, "look", counted_look)
    monkeypatch.setattr(outbox, "claim", counted_claim)
    node = Node(Config(delivery_workers=16, delivery_rest_ms=10_000), stores, secrets_of(MASTER))
    await node.open()
    try:
        for _ in range(100):
            await asyncio.sleep(0)
        assert 1 <= looked.count(DELIVER) == looked.count(UNFOLD) < 16
        assert not {UNFOLD, DELIVER} & set(claimed)
    finally:
        await node.close()
