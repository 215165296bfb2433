"""A destination that takes many events at once gets them together, and still in each person's order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.destination import (
    Destination,
    DestinationConfig,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Rejected,
    Reply,
    Sent,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.destinations import webhook
from placet.services.events.delivery_attempt import DeliverySettings
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, start
from tests.delivery import deliver
from tests.services.events.test_deliver_events import outcomes, send, withdraw


class Bulk:
    """A destination that takes lists of message ids, and answers by id."""

    def __init__(self, **answers: Reply) -> None:
        self.answers = answers
        self.got: list[list[str]] = []

    async def __call__(self, request: HttpRequest) -> Reply:
        ids = json.decode(request.body)
        self.got.append(ids)
        return Sent(207, json.encode([type(self.answers.get(id, Sent(200))).__name__ for id in ids]))

    def replies(self, reply: Reply, rows: Any) -> tuple[Reply, ...]:
        """What it says of each row."""
        assert isinstance(reply, Sent)
        every = {"Sent": Sent(207), "TryAgain": TryAgain("busy"), "Rejected": Rejected("bad row")}
        return tuple(every[name] for name in json.decode(reply.body))


def row(item: OutgoingEvent, _: DestinationConfig) -> Payload | UnsupportedEvent:
    id = item.document["messageId"]
    return (
        UnsupportedEvent("no place for it")
        if id.startswith("unfit")
        else Payload(id, ("other",) if "other" in id else ())
    )


def request(rows: Any, config: DestinationConfig, _: int) -> HttpRequest:
    return HttpRequest(config.url, (), json.encode([one.value for one in rows]))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def work(server: Server, bulk: Bulk, limit: int = 10) -> int:
    destination = Destination(webhook.TYPE, row, request, limit, replies=bulk.replies)
    sending = DeliverySettings(bulk, RetryPolicy(most=2), destinations={"webhook": destination})
    return await deliver(server.node.context, sending, server.clock)


async def became(server: Server, *ids: str) -> list[DeliveryOutcome | None]:
    found = [await outcomes(server, id) for id in ids]
    return [one[0][1] if one else None for one in found]


async def test_events_of_many_people_go_in_one_request(server: Server) -> None:
    await send(server, "a1", "a2", user="ada")
    await send(server, "b1", user="berta")
    bulk = Bulk()
    assert await work(server, bulk) == 3
    assert bulk.got == [["a1", "a2", "b1"]]
    assert await became(server, "a1", "a2", "b1") == [DeliveryOutcome.SENT] * 3


async def test_no_request_carries_more_than_the_destination_takes(server: Server) -> None:
    await send(server, "a1", "a2", "a3")
    bulk = Bulk()
    await work(server, bulk, limit=2)
    assert bulk.got == [["a1", "a2"], ["a3"]]


async def test_each_event_ends_as_its_own_row_did(server: Server) -> None:
    await send(server, "a1", "a2", user="ada")
    await send(server, "b1", "b2", user="berta")
    bulk = Bulk(a1=Rejected("bad row"), b1=TryAgain("busy"))
    await work(server, bulk, limit=3)
    assert bulk.got == [["a1", "a2", "b1"]]
    assert await became(server, "a1", "a2", "b1", "b2") == [DeliveryOutcome.GIVEN_UP, DeliveryOutcome.SENT, None, None]
    server.clock.wait(5000)
    bulk.answers = {}
    await work(server, bulk)
    assert bulk.got[1:] == [["b1", "b2"]]


async def test_a_person_s_later_events_wait_where_another_lane_begins(server: Server) -> None:
    await send(server, "a1", "a2-other", "a3", user="ada")
    bulk = Bulk()
    await work(server, bulk)
    assert bulk.got == [["a1"], ["a2-other"], ["a3"]]


async def test_what_the_destination_has_no_place_for_is_held_with_the_reason(server: Server) -> None:
    await send(server, "unfit", "a2")
    bulk = Bulk()
    await work(server, bulk)
    assert bulk.got == [["a2"]]
    assert await outcomes(server, "unfit") == [("shop-tally", DeliveryOutcome.HELD, "no place for it")]


async def test_who_withdrew_is_left_out_of_the_request(server: Server) -> None:
    await send(server, "a1", user="ada")
    await send(server, "b1", user="berta")
    await withdraw(server, "ada")
    bulk = Bulk()
    await work(server, bulk)
    assert bulk.got == [["b1"]]
    assert await became(server, "a1", "b1") == [DeliveryOutcome.HELD, DeliveryOutcome.SENT]


async def test_a_type_that_nobody_knows_here_waits_for_its_package(server: Server) -> None:
    await send(server, "a1")
    bulk = Bulk()
    await deliver(server.node.context, DeliverySettings(bulk, RetryPolicy(most=2), destinations={}), server.clock)
    assert (bulk.got, await became(server, "a1")) == ([], [None])
    server.clock.wait(5000)
    await work(server, bulk)
    assert await became(server, "a1") == [DeliveryOutcome.SENT]


async def test_a_request_that_cannot_be_made_is_tried_again(server: Server) -> None:
    await send(server, "a1")

    def broken(rows: Any, config: DestinationConfig, now: int) -> HttpRequest:
        raise KeyError("region")

    bulk = Bulk()
    destination = replace(webhook.DESTINATION, request=broken)
    await deliver(
        server.node.context,
        DeliverySettings(bulk, RetryPolicy(most=1), destinations={"webhook": destination}),
        server.clock,
    )
    why = "the shape of webhook made no request of it (KeyError: 'region')"
    assert await outcomes(server, "a1") == [("shop-tally", DeliveryOutcome.GIVEN_UP, why)]


async def test_a_bad_row_spoils_only_itself(server: Server) -> None:
    await send(server, "a1", "a2", "bad")
    got: list[Any] = []

    async def picky(asked: HttpRequest) -> Reply:
        got.append(json.decode(asked.body))
        return Rejected("it answered 400", 400) if "bad" in got[-1] else Sent(200)

    destination = Destination(webhook.TYPE, row, request, 10, alone=True)
    await deliver(
        server.node.context, DeliverySettings(picky, RetryPolicy(), destinations={"webhook": destination}), server.clock
    )
    assert got == [["a1", "a2", "bad"], ["a1"], ["a2", "bad"], ["a2"], ["bad"]]
    assert await became(server, "a1", "a2", "bad") == [
        DeliveryOutcome.SENT,
        DeliveryOutcome.SENT,
        DeliveryOutcome.GIVEN_UP,
    ]
