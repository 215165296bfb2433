"""A batch that came in becomes a note for every delivery: once, in order, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec import json

from placet.events.records.task import DELIVER, FAN_OUT, DeliveryTask
from placet.services.events.deliver_events import deliver
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.fan_out_batch import AT_ONCE, HOLD, fan_out_batch
from placet.services.privacy.apply_retention import DAY, Retention, apply_retention
from placet.stores.ports.outbox import OutboxMessage
from tests.api.node_context import Server, start
from tests.services.events.test_deliver_events import Receiver, send


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def unfolded(server: Server) -> int:
    return await fan_out_batch(server.node.context, server.clock)


async def waiting(server: Server, kind: str) -> list[OutboxMessage]:
    return await server.node.context.stores.outbox.peek(kind, 1000, server.clock.at)


async def test_whoever_sends_waits_for_one_note_only(server: Server) -> None:
    await send(server, "m1", "m2", "m3")
    assert (len(await waiting(server, FAN_OUT)), await waiting(server, DELIVER)) == (1, [])
    assert await unfolded(server) == 1
    assert (await waiting(server, FAN_OUT), len(await waiting(server, DELIVER))) == ([], 3)
    assert await unfolded(server) == 0


async def test_where_nothing_may_leave_there_is_nothing_to_unfold(server: Server) -> None:
    await send(server, "m1", granted=())
    assert await server.node.context.stores.outbox.waiting() == 0


async def test_events_of_several_batches_keep_their_order(server: Server) -> None:
    for first in range(0, 40, 2):
        await send(server, f"m{first}", f"m{first + 1}", user="ada" if first % 4 else "bert")
    while await unfolded(server):
        pass
    receiver = Receiver()
    while await deliver(server.node.context, DeliverySettings(receiver), server.clock):
        pass
    numbers = [int(id[1:]) for id in receiver.ids]
    assert sorted(numbers) == list(range(40))
    for person in (0, 1):
        own = [number for number in numbers if number % 4 // 2 == person]
        assert own == sorted(own)


async def test_two_workers_unfold_a_batch_once(server: Server) -> None:
    for n in range(AT_ONCE + 3):
        await send(server, f"m{n}")
    await asyncio.gather(*(unfolded(server) for _ in range(4)))
    await unfolded(server)
    assert len(await waiting(server, DELIVER)) == AT_ONCE + 3


async def test_what_a_dead_worker_held_is_unfolded_by_another(server: Server) -> None:
    await send(server, "m1")
    await server.node.context.stores.outbox.claim((FAN_OUT,), 1, server.clock.at, HOLD)
    assert await unfolded(server) == 0
    server.clock.at += HOLD
    assert await unfolded(server) == 1
    assert len(await waiting(server, DELIVER)) == 1


async def test_a_batch_that_is_kept_no_longer_is_passed_over(server: Server) -> None:
    await send(server, "m1")
    await apply_retention(server.node.context.stores, Retention(events=30), server.clock.at + 31 * DAY)
    assert await unfolded(server) == 1
    assert await server.node.context.stores.outbox.waiting() == 0


async def test_a_delivery_is_named_by_batch_place_and_connection(server: Server) -> None:
    await send(server, "m1", "m2")
    await unfolded(server)
    tasks = [json.decode(message.body, type=DeliveryTask) for message in await waiting(server, DELIVER)]
    (batch,) = await server.node.context.stores.events.oldest(server.clock.at + 1, 2)
    assert [(task.batch, task.place) for task in tasks] == [(batch.id.hex(), 0), (batch.id.hex(), 1)]
    assert all(task.source == "outfitter/shop-events" and task.connection for task in tasks)
