"""Deliveries leave in order, with the consent of the moment, and end sent, held or given up: never silently."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.events.records.batch_codec import name_of
from placet.outputs.delivery.circuit_breaker import BreakerPolicy
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.destination import HttpRequest, Rejected, Reply, Sent, TryAgain
from placet.services.events.collect_events import Collect, collect
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.fan_out_batch import fan_out_batch
from placet.stores.ports.events import DeliveryOutcome, Outcome
from tests.api.node_context import Server, northwind, say_proven, start
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
TALLY = "https://tally.example/northwind"
MEASUREMENT = "p:883e1831-8659-4ee8-b233-78948935188d"
PATIENCE = RetryPolicy(hold=60_000, first=1000, most=3)


class Receiver:
    """A destination that answers as it is told, and remembers what it got."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.got: list[HttpRequest] = []
        self.before: Callable[[], Any] | None = None

    async def __call__(self, request: HttpRequest) -> Reply:
        if self.before:
            await self.before()
        self.got.append(request)
        return self.replies.pop(0) if self.replies else Sent(200)

    @property
    def ids(self) -> list[str]:
        """The message ids, in the order they came."""
        return [msgspec.json.decode(request.body)["messageId"] for request in self.got]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def send(server: Server, *ids: str, user: str = "ada", granted: tuple[str, ...] = ("C0002",)) -> None:
    """Events that may go to the measuring destination only."""
    context = {"consent": {"categoryPreferences": {one: one in granted for one in ("C0001", "C0002", "C0004")}}}
    items = [{"type": "track", "event": "A", "userId": user, "messageId": id, "context": context} for id in ids]
    headers = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
    assert (await server.ask("POST", "/v1/batch", headers, {"batch": items})).status == 200


async def work(server: Server, receiver: Receiver, retry_policy: RetryPolicy = PATIENCE) -> int:
    return await deliver(server.node.context, DeliverySettings(receiver, retry_policy), server.clock)


async def outcomes(server: Server, id: str) -> list[tuple[str, DeliveryOutcome, str]]:
    name = name_of(northwind().id.lower(), "outfitter/shop-events", id)
    found: list[Outcome] = await server.node.context.stores.events.outcomes(name)
    return [(one.connection, one.outcome, one.why) for one in found]


async def withdraw(server: Server, user: str) -> None:
    """The person takes back their consent to measuring, proven."""
    await say_proven(
        server.node.context, KEY, user, Profile({MEASUREMENT: Item(PurposeStatus.WITHDRAWN, server.clock.at)})
    )


async def test_what_may_go_goes_and_is_written_down(server: Server) -> None:
    await send(server, "m1")
    receiver = Receiver()
    assert await work(server, receiver) == 1
    assert [request.url for request in receiver.got] == [TALLY]
    assert await outcomes(server, "m1") == [("shop-tally", DeliveryOutcome.SENT, "")]
    assert await work(server, receiver) == 0


async def test_a_delivery_is_signed_and_names_itself_the_same_way_each_time(server: Server) -> None:
    await send(server, "m1")
    receiver = Receiver(TryAgain("it answered 500"))
    await work(server, receiver)
    server.clock.wait(2000)
    await work(server, receiver)
    first, second = (dict(request.headers) for request in receiver.got)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"].startswith("v1,")


async def test_a_withdrawal_that_was_acknowledged_stops_what_is_queued(server: Server) -> None:
    await send(server, "m1", "m2")
    await withdraw(server, "ada")
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.got == []
    why = "no consent (refused: measurement)"
    assert await outcomes(server, "m1") == await outcomes(server, "m2") == [("shop-tally", DeliveryOutcome.HELD, why)]


async def test_a_withdrawal_between_two_deliveries_of_one_claim_stops_the_second(server: Server) -> None:
    await send(server, "m1", "m2")
    receiver = Receiver()
    receiver.before = lambda: withdraw(server, "ada")
    await work(server, receiver)
    assert receiver.ids == ["m1"]
    assert (await outcomes(server, "m2"))[0][1] is DeliveryOutcome.HELD


async def test_a_withdrawal_stops_what_waits_for_another_try(server: Server) -> None:
    await send(server, "m1")
    receiver = Receiver(TryAgain("it answered 503"))
    await work(server, receiver)
    await withdraw(server, "ada")
    server.clock.wait(5000)
    await work(server, receiver)
    assert len(receiver.got) == 1
    assert (await outcomes(server, "m1"))[0][1] is DeliveryOutcome.HELD


async def test_somebody_s_refusal_told_by_an_event_stops_what_is_queued(server: Server) -> None:
    await send(server, "m1", user="berta")
    told = {"type": "track", "event": "Segment Consent Preference Updated", "userId": "berta", "messageId": "m2",
            "context": {"consent": {"categoryPreferences": {"C0002": False}}}}  # fmt: skip
    headers = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
    assert (await server.ask("POST", "/v1/track", headers, told)).status == 200
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.got == []


async def test_nobody_can_undo_a_proven_refusal_by_sending_events(server: Server) -> None:
    await withdraw(server, "ada")
    server.clock.wait(60_000)
    told = {"type": "track", "event": "Segment Consent Preference Updated", "userId": "ada", "messageId": "m1",
            "context": {"consent": {"categoryPreferences": {"C0002": True}}}}  # fmt: skip
    headers = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
    await server.ask("POST", "/v1/track", headers, told)
    await send(server, "m2")
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.got == []


async def test_a_person_s_events_go_in_order_and_wait_for_the_first(server: Server) -> None:
    await send(server, "m1", "m2", "m3")
    await send(server, "n1", user="berta")
    receiver = Receiver(TryAgain("it answered 500"))
    await work(server, receiver)
    assert sorted(receiver.ids) == ["m1", "n1"]
    server.clock.wait(2000)
    await work(server, receiver)
    assert [id for id in receiver.ids if id.startswith("m")] == ["m1", "m1", "m2", "m3"]


async def test_what_is_refused_is_given_up_with_its_reason_and_holds_up_nothing(server: Server) -> None:
    await send(server, "m1", "m2")
    receiver = Receiver(Rejected("it answered 400"))
    await work(server, receiver)
    assert receiver.ids == ["m1", "m2"]
    assert await outcomes(server, "m1") == [("shop-tally", DeliveryOutcome.GIVEN_UP, "it answered 400")]
    assert [one.why for one in server.node.context.stores.outbox.dead.values()] == ["it answered 400"]


async def test_after_so_many_tries_it_is_given_up(server: Server) -> None:
    await send(server, "m1")
    receiver = Receiver(*[TryAgain("it answered 500")] * 9)
    for _ in range(9):
        await work(server, receiver)
        server.clock.wait(1_000_000)
    assert len(receiver.got) == PATIENCE.most
    assert await outcomes(server, "m1") == [("shop-tally", DeliveryOutcome.GIVEN_UP, "it answered 500")]


async def test_what_a_dead_node_held_is_taken_over(server: Server) -> None:
    await send(server, "m1")
    await fan_out_batch(server.node.context, server.clock)
    await server.node.context.stores.outbox.claim(("deliver",), 10, server.clock.at, PATIENCE.hold)
    receiver = Receiver()
    assert await work(server, receiver) == 0
    server.clock.wait(PATIENCE.hold)
    assert await work(server, receiver) == 1


async def test_what_takes_too_long_is_given_back_before_others_take_it_over(server: Server) -> None:
    await send(server, "m1", "m2")
    receiver = Receiver()

    async def slowly() -> None:
        server.clock.wait(PATIENCE.hold)

    receiver.before = slowly
    await work(server, receiver)
    assert receiver.ids == ["m1"]
    await work(server, receiver)
    assert receiver.ids == ["m1", "m2"]


@pytest.mark.parametrize("tries, after, jitter, expected", [
    (0, None, 0.0, 500),
    (0, None, 1.0, 1000),
    (3, None, 1.0, 8000),
    (60, None, 1.0, 900_000),
    (0, 30.0, 1.0, 30_000),
    (5, 1.0, 1.0, 32_000),
    (0, 1e9, 1.0, 900_000),
])  # fmt: skip
def test_a_pause_grows_and_heeds_the_destination(tries: int, after: float | None, jitter: float, expected: int) -> None:
    assert RetryPolicy().pause(TryAgain("", after), tries, jitter) == expected


async def test_a_source_that_is_gone_sends_nothing_any_more(server: Server) -> None:
    await send(server, "m1")
    server.node.context.published_settings.replace_sources(())
    receiver = Receiver()
    await work(server, receiver)
    assert receiver.got == []
    assert await outcomes(server, "m1") == [("shop-tally", DeliveryOutcome.HELD, "the connection is no longer there")]


async def test_nothing_is_collected_for_a_source_that_is_switched_off(server: Server) -> None:

    opened = server.node.context.published_settings.source(KEY)
    server.node.context.published_settings.replace_sources(
        [replace(opened, source=replace(opened.source, enabled=False))]
    )
    made = await collect(Collect(KEY, refused=()), server.node.context, server.clock.at)
    assert made.source == ""
    await send(server, "m1")
    assert server.node.metrics.events["source_disabled"] == 1


async def test_a_destination_that_is_down_is_left_alone_and_no_try_is_wasted(server: Server) -> None:
    for n in range(8):
        await send(server, f"m{n}", user=f"u{n}")
    receiver = Receiver(*[TryAgain("it answered 503")] * 20)
    breakers = CircuitBreakers(BreakerPolicy(failures=3, first=10_000))
    retry_policy = RetryPolicy(at_once=1, first=100, most=5)
    sending = DeliverySettings(receiver, retry_policy, breakers=breakers)
    for _ in range(30):
        await deliver(server.node.context, sending, server.clock)
        server.clock.wait(200)
    assert len(receiver.got) == 3
    assert await server.node.context.stores.outbox.count_dead_letters() == 0
    receiver.replies.clear()
    server.clock.wait(20_000)
    while await deliver(server.node.context, sending, server.clock):
        server.clock.wait(1000)
    assert sorted(set(receiver.ids)) == [f"m{n}" for n in range(8)]


async def test_retry_after_holds_for_the_whole_destination(server: Server) -> None:
    await send(server, "m1")
    await send(server, "n1", user="berta")
    receiver = Receiver(TryAgain("it answered 429", 30.0))
    sending = DeliverySettings(receiver, RetryPolicy(at_once=1))
    await deliver(server.node.context, sending, server.clock)
    await deliver(server.node.context, sending, server.clock)
    assert len(receiver.got) == 1
    server.clock.wait(30_000)
    await deliver(server.node.context, sending, server.clock)
    assert len(receiver.got) == 2
