"""Walk 5: of thousands of events under way not one leaves after the withdrawal of its person was acknowledged.

`bench/time_to_stop.py` does it with 100,000, a real store and real sockets.
"""

import asyncio
from random import Random
from typing import Any

import msgspec

from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.destination import HttpRequest, Reply, Sent, TryAgain
from placet.services.events.delivery_attempt import DeliverySettings
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import MASTER, Clock, Server, northwind, say_proven, stores_with_example
from tests.delivery import deliver
from tests.services.events.test_deliver_events import KEY, MEASUREMENT

PEOPLE, EACH, WAVES = 50, 20, 5
"""People of a wave, events of each, waves: five thousand events in all."""

WORKERS = 4


class Unhurried:
    """A port whose answers take a moment to arrive, as those of every real store do: others act in between."""

    def __init__(self, port: Any, jitter: Random) -> None:
        self.port, self.dice = port, jitter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.port, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def later(*values: Any) -> Any:
            answer = await found(*values)
            for _ in range(self.dice.randrange(3)):
                await asyncio.sleep(0)
            return answer

        return later


class Receiver:
    """A destination that takes a while to connect to, and then writes down who was too late."""

    def __init__(self, jitter: Random) -> None:
        self.dice, self.acknowledged, self.leaks, self.sent = jitter, set[str](), list[str](), 0

    async def __call__(self, request: HttpRequest) -> Reply:
        for _ in range(self.dice.randrange(4)):
            await asyncio.sleep(0)
        request.revocation_check()
        person = msgspec.json.decode(request.body)["userId"]
        self.sent += 1
        if person in self.acknowledged:
            self.leaks.append(person)
        await asyncio.sleep(0)
        return TryAgain("it answered 500") if self.dice.random() < 0.02 else Sent(200)


async def withdraw(server: Server, person: str, receiver: Receiver) -> None:
    """Somebody takes back their consent; from the moment the answer is there, it counts."""
    profile = Profile({MEASUREMENT: Item(PurposeStatus.WITHDRAWN, server.clock.at)})
    await say_proven(server.node.context, KEY, person, profile)
    receiver.acknowledged.add(person)


async def take_in(server: Server, people: list[str], wave: int) -> None:
    """Everybody's events, a batch of a hundred at a time."""
    context = {"consent": {"categoryPreferences": {"C0002": True, "C0004": False}}}
    items = [
        {"type": "track", "event": "A", "userId": person, "messageId": f"{wave}-{turn}-{person}", "context": context}
        for turn in range(EACH)
        for person in people
    ]
    for at in range(0, len(items), 100):
        answer = await server.ask("POST", "/v1/batch", {}, {"writeKey": KEY, "batch": items[at : at + 100]})
        assert answer.status == 200


async def one_wave(server: Server, receiver: Receiver, wave: int) -> None:
    """Take events in and deliver them by several workers, while people withdraw one after the other."""
    people = [f"p{wave}-{n}" for n in range(PEOPLE)]
    await take_in(server, people, wave)
    sending = DeliverySettings(receiver, RetryPolicy(at_once=200, first=1))

    async def work() -> None:
        while await server.node.context.stores.outbox.waiting():
            if not await deliver(server.node.context, sending, server.clock):
                server.clock.wait(100)
                await asyncio.sleep(0)

    async def change_their_minds() -> None:
        for person in receiver.dice.sample(people, PEOPLE // 2):
            await withdraw(server, person, receiver)
            for _ in range(receiver.dice.randrange(30)):
                await asyncio.sleep(0)

    await asyncio.gather(change_their_minds(), *(work() for _ in range(WORKERS)))


async def test_not_one_event_leaves_after_its_person_s_withdrawal_was_acknowledged() -> None:
    jitter = Random(7)
    stores = await stores_with_example()
    stores.profiles, stores.identities = Unhurried(stores.profiles, jitter), Unhurried(stores.identities, jitter)
    stores.holdings, stores.write = Unhurried(stores.holdings, jitter), Unhurried(stores, jitter).write
    server = await start_on(stores)
    receiver = Receiver(jitter)
    for wave in range(WAVES):
        await one_wave(server, receiver, wave)
        stores.outbox.messages.clear()
    assert receiver.leaks == []
    # Half the people withdrew, at some point of their events: some left before, some were held after.
    assert PEOPLE * EACH * WAVES * 0.5 < receiver.sent < PEOPLE * EACH * WAVES
    await server.node.close()


async def start_on(stores: MemoryStores) -> Server:
    """A node with the example live on these stores."""
    clock = Clock()
    node = Node(Config(delivery_workers=0), stores, secrets_of(MASTER), clock)
    await node.open()
    return Server(node, northwind(), clock)
