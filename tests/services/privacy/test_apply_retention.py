"""What was kept long enough is forgotten, oldest first and a little at a time; the rest stays."""

from collections.abc import AsyncIterator

import pytest

from placet.errors import Missing
from placet.outputs.destination import Rejected
from placet.services.events.fan_out_batch import fan_out_batch
from placet.services.events.replay_dead_letters import dead_letters
from placet.services.privacy.apply_retention import BATCHES, DAY, Retention, apply_retention
from tests.api.node_context import Server, start
from tests.services.events.test_deliver_events import Receiver, outcomes, send, work

KEEPING = Retention(events=30)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def test_nothing_goes_before_its_time_or_where_everything_is_kept(server: Server) -> None:
    await send(server, "m1")
    stores = server.node.context.stores
    assert await apply_retention(stores, KEEPING, server.clock.at + 30 * DAY) == 0
    assert await apply_retention(stores, Retention(), server.clock.at + 3000 * DAY) == 0


async def test_old_events_go_with_what_became_of_them_and_may_be_sent_again(server: Server) -> None:
    await send(server, "m1")
    await work(server, Receiver())
    server.clock.wait(31 * DAY)
    await send(server, "m2")
    assert await apply_retention(server.node.context.stores, KEEPING, server.clock.at) == 1
    assert await outcomes(server, "m1") == []
    await send(server, "m1")
    assert server.node.metrics.events["repeated"] == 0
    await send(server, "m2")
    assert server.node.metrics.events["repeated"] == 1


async def test_only_a_little_goes_at_once(server: Server) -> None:
    for n in range(BATCHES + 3):
        await send(server, f"m{n}")
    later = server.clock.at + 31 * DAY
    gone = [await apply_retention(server.node.context.stores, KEEPING, later) for _ in range(3)]
    assert gone == [BATCHES, 3, 0]


async def test_dead_letters_go_with_their_events(server: Server) -> None:
    await send(server, "m1")
    await work(server, Receiver(Rejected("it answered 400")))
    stores = server.node.context.stores
    await apply_retention(stores, KEEPING, server.clock.at + 31 * DAY)
    assert await dead_letters("", stores) == []


async def test_a_delivery_whose_event_is_gone_just_ends(server: Server) -> None:
    await send(server, "m1")
    assert await fan_out_batch(server.node.context, server.clock) == 1
    await apply_retention(server.node.context.stores, KEEPING, server.clock.at + 31 * DAY)
    receiver = Receiver()
    assert await work(server, receiver) == 1
    assert receiver.got == []
    assert await server.node.context.stores.outbox.waiting() == 0


async def test_a_batch_nobody_can_read_any_more_goes_too(server: Server) -> None:
    await send(server, "m1")
    events = server.node.context.stores.events
    (batch,) = await events.oldest(server.clock.at + 1, 1)
    events.batches[batch.id] = type(batch)(
        batch.id, batch.organisation, batch.source, batch.at, batch.policy_id, b"not a frame"
    )
    assert await apply_retention(server.node.context.stores, KEEPING, server.clock.at + 31 * DAY) == 1
    with pytest.raises(Missing):
        await events.batch(batch.id)
