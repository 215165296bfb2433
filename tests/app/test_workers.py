"""What a node's workers ask of the store when there is nothing to do."""

import asyncio

from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from placet.events.records.task import DELIVER, FAN_OUT
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import MASTER


async def test_one_worker_keeps_watch_for_all_and_none_claims_what_is_not_there(monkeypatch):
    stores = MemoryStores()
    outbox, looked, claimed = stores.outbox, [], []
    look, claim = outbox.peek, outbox.claim

    async def counted_look(kind, limit, now):
        looked.append(kind)
        return await look(kind, limit, now)

    async def counted_claim(kinds, limit, now, hold):
        claimed.extend(kinds)
        return await claim(kinds, limit, now, hold)

    monkeypatch.setattr(outbox, "peek", counted_look)
    monkeypatch.setattr(outbox, "claim", counted_claim)
    node = Node(Config(delivery_workers=16, delivery_rest_ms=10_000), stores, secrets_of(MASTER))
    await node.open()
    try:
        for _ in range(100):
            await asyncio.sleep(0)
        assert 1 <= looked.count(DELIVER) == looked.count(FAN_OUT) < 16
        assert not {FAN_OUT, DELIVER} & set(claimed)
    finally:
        await node.close()
