"""Whatever a destination does to us, every event arrives there, in order, or is given up with its reason."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

from msgspec import json
from msgspec.structs import replace

from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.transport.http_send import send as send_http
from placet.services.events.delivery_attempt import DeliverySettings
from placet.settings.connections import DestinationSetting
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, northwind, put_live, start
from tests.delivery import deliver
from tests.services.events.test_deliver_events import outcomes, send

PEOPLE, EACH = 12, 5
ANSWERS: dict[str, bytes] = {
    "content": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "down": b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n",
    "broken": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
    "busy": b"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
    "silent": b"",
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Le",
    "nonsense": b"\x00\xff\r\n\r\n",
    "elsewhere": b"HTTP/1.1 307 X\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n",
    "refusing": b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n",
}
MOODS = (*ANSWERS, "slow", "deaf")


class Moody:
    """A destination that does something else with every request, by dice; after `retry_policy` requests it is
    content.
    """

    def __init__(self, seed: int, retry_policy: int) -> None:
        self.dice, self.patience = Random(seed), retry_policy
        self.taken: list[str] = []
        self.heard: Counter[str] = Counter()
        self.moods: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.patience -= 1
        mood = self.dice.choice(MOODS) if self.patience > 0 else "content"
        self.moods[mood] += 1
        if mood != "deaf":
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            id = json.decode(await reader.readexactly(size))["messageId"]
            self.heard[id] += 1
            self.taken += [id] if mood == "content" else []
        if mood == "slow":
            await reader.read()
        else:
            writer.write(ANSWERS.get(mood, b""))
        writer.close()


@asynccontextmanager
async def moody(seed: int) -> AsyncIterator[tuple[str, Moody]]:
    """Its address, and itself."""
    there = Moody(seed, 150)
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in", there


async def measured_at(server: Server, url: str) -> None:
    """Apply settings in which the measuring destination is a webhook at another address."""
    new = DestinationSetting("tally", "Tally", url, "webhook", secret="env:M", loopback=True)
    organisation = northwind()
    spaces = tuple(
        replace(space, destinations=tuple(new if one.id == "tally" else one for one in space.destinations))
        for space in organisation.workspaces
    )
    await put_live(replace(organisation, workspaces=spaces), server.node.context.stores, server.clock.at)
    assert await server.refresh()


async def test_whatever_a_destination_does_every_event_arrives_or_is_given_up_with_its_reason() -> None:
    server, ids = await start(), defaultdict(list)
    for number in range(EACH):
        for person in range(PEOPLE):
            ids[person].append(f"{person}-{number}")
            await send(server, ids[person][-1], user=f"u{person}")
    every = [id for some in ids.values() for id in some]
    async with moody(7) as (url, there):
        await measured_at(server, url)
        sending = DeliverySettings(partial(send_http, seconds=0.2), RetryPolicy(most=1000))
        while await server.node.context.stores.outbox.waiting():
            await deliver(server.node.context, sending, server.clock)
            server.clock.wait(30_000)
    ended = {id: (await outcomes(server, id)) for id in every}
    assert {len(some) for some in ended.values()} == {1}
    became = {id: what for id, ((_, what, _),) in ended.items()}
    reasons = {why for ((_, what, why),) in ended.values() if what is DeliveryOutcome.GIVEN_UP}
    assert reasons == {"it answered 400", "it answered 307; redirects are not followed"}
    # One that was taken in too late for our patience is sent again, and may end otherwise: at least once.
    assert set(there.taken) >= {id for id, what in became.items() if what is DeliveryOutcome.SENT}
    assert there.moods.keys() == set(MOODS)
    assert set(became.values()) == {DeliveryOutcome.SENT, DeliveryOutcome.GIVEN_UP}
    for some in ids.values():
        arrived = [id for id in dict.fromkeys(there.taken) if id in some]
        assert arrived == sorted(arrived, key=some.index)
    repeats = there.heard.total() - len(there.heard)
    assert 0 < repeats < there.moods.total()
    await server.node.close()
