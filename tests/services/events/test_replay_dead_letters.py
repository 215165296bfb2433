"""What was given up is told with its reason, and tried again when somebody asks: judged anew, as everything is."""

from collections.abc import AsyncIterator

import pytest

from placet.errors import Missing
from placet.outputs.destination import Rejected
from placet.services.events.replay_dead_letters import dead_letters, replay_all, replay_one
from tests.api.node_context import Server, northwind, start
from tests.services.events.test_deliver_events import Receiver, send, withdraw, work

ORGANISATION = northwind().id.lower()
PLACE = f"{ORGANISATION} outfitter/shop-events shop-tally"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def refuse(server: Server, *ids: str) -> None:
    """Send events to a destination that takes none of them."""
    await send(server, *ids)
    await work(server, Receiver(*[Rejected("it answered 400")] * len(ids)))


async def test_a_dead_letter_says_which_why_and_when(server: Server) -> None:
    await refuse(server, "m1", "m2")
    first, second = await dead_letters(PLACE, server.node.context.stores)
    assert (first.connection, first.why, first.at, first.event) == (
        "shop-tally",
        "it answered 400",
        server.clock.at,
        "m1",
    )
    assert [one.id for one in await dead_letters(ORGANISATION, server.node.context.stores, after=first.id)] == [
        second.id
    ]
    assert await dead_letters("another", server.node.context.stores) == []


async def test_one_is_tried_again(server: Server) -> None:
    await refuse(server, "m1", "m2")
    _, second = await dead_letters(PLACE, server.node.context.stores)
    assert await replay_one(second.id, PLACE, server.node.context.stores, server.clock.at) == 1
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.ids == ["m2"]


@pytest.mark.parametrize("id, place", [("00" * 16, PLACE), ("ff" * 16, PLACE), ("", "another workspace/source hook")])
async def test_only_one_s_own_can_be_tried_again(server: Server, id: str, place: str) -> None:
    await refuse(server, "m1")
    (letter,) = await dead_letters(PLACE, server.node.context.stores)
    with pytest.raises(Missing):
        await replay_one(id or letter.id, place, server.node.context.stores, server.clock.at)


async def test_all_of_a_connection_are_tried_again_in_their_order(server: Server) -> None:
    ids = [f"m{n}" for n in range(20)]
    await refuse(server, *ids)
    assert await replay_all(PLACE, server.node.context.stores, server.clock.at) == 20
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.ids == ids
    assert await replay_all(PLACE, server.node.context.stores, server.clock.at) == 0


async def test_what_is_replayed_is_judged_anew(server: Server) -> None:
    await refuse(server, "m1")
    await withdraw(server, "ada")
    await replay_all(PLACE, server.node.context.stores, server.clock.at)
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.got == []
