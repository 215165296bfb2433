"""One bad row of many ends alone as a dead letter with its reason; all others arrive and the breaker stays closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from msgspec import json
from msgspec.structs import replace

from placet.outputs.delivery.circuit_breaker import CLOSED
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.destination import Destination, DestinationConfig, HttpRequest, Reply, TableRows
from placet.outputs.destinations import postgresql, webhook
from placet.outputs.registry import all_destinations, config_for
from placet.outputs.transport.http_send import replied
from placet.outputs.transport.postgres_load import load
from placet.services.events.delivery_attempt import DeliverySettings
from placet.settings.connections import DestinationSetting
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, start
from tests.delivery import deliver
from tests.outputs.destinations.test_vectors import config as documented_way
from tests.services.events.test_deliver_events import outcomes, send
from tests.stores.servers import Postgres

BAD = "m1"
"""The message id of the bad event, the second of each batch."""


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


def standing_in(destination: Destination, config: DestinationConfig) -> Destination:
    """The shape with settings of its own, in the place of the webhook that the settings of the tests have."""
    return replace(
        destination,
        type=webhook.TYPE,
        row=lambda item, _: destination.row(item, config),
        request=lambda rows, _, now: destination.request(rows, config, now),
    )


async def work(server: Server, destination: Destination, answer: Any) -> CircuitBreakers:
    """Deliver until nothing is due any more; afterwards every breaker must be closed."""
    sending = DeliverySettings(answer, RetryPolicy(most=2), destinations={"webhook": destination})
    while await deliver(server.node.context, sending, server.clock):
        server.clock.wait(60_000)
    assert set(sending.breakers.open.values()) <= {CLOSED}
    return sending.breakers


async def ended(server: Server, *ids: str) -> dict[str, tuple[DeliveryOutcome, str]]:
    found = {id: await outcomes(server, id) for id in ids}
    return {id: (one[0][1], one[0][2]) for id, one in found.items()}


async def test_one_bad_row_of_301_for_a_postgresql_warehouse_is_the_only_dead_letter(
    server: Server, postgres: Postgres
) -> None:
    dsn = postgres.create(f"d{uuid4().hex}")
    to = DestinationSetting("w", "W", "", "postgresql")
    destination = standing_in(postgresql.DESTINATION, config_for(postgresql.DESTINATION, to, {"": dsn.encode()}))
    long = "".join(uuid4().hex for _ in range(104))
    for at in range(301):
        await send(server, f"m{at}", user=long if at == 150 else f"u{at}")

    async def into_the_database(rows: TableRows) -> Reply:
        return await load(rows, 30)

    await work(server, destination, into_the_database)
    became = await ended(server, *(f"m{at}" for at in range(301)))
    why = "the database cannot take it: a value beyond a limit of the database, such as an id too long for its index"
    assert {id: said for id, said in became.items() if said[0] is not DeliveryOutcome.SENT} == {
        "m150": (DeliveryOutcome.GIVEN_UP, f"{why} (54000)")
    }
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM placet.tracks") == 300
    await connection.close()


@pytest.mark.parametrize("status", [400, 413])
async def test_one_bad_event_of_64_for_an_http_destination_is_found_by_halves(server: Server, status: int) -> None:
    got: list[list[str]] = []

    async def whole_or_nothing(asked: HttpRequest) -> Reply:
        ids = [one["insert_id"] for one in json.decode(asked.body)["events"]]
        got.append(ids)
        return replied(status if "m37" in ids else 200, "", b"{}")

    for at in range(64):
        await send(server, f"m{at}", user=f"u{at}")
    await work(server, standing_in(all_destinations()["amplitude"], documented_way("amplitude")), whole_or_nothing)
    became = await ended(server, *(f"m{at}" for at in range(64)))
    assert {id: said for id, said in became.items() if said[0] is not DeliveryOutcome.SENT} == {
        "m37": (DeliveryOutcome.GIVEN_UP, f"it answered {status}")
    }
    assert (len(got), got.count(["m37"])) == (13, 1)


Saying = Callable[[Any], tuple[int, Any]]


def amplitude(body: Any) -> tuple[int, Any]:
    """Nothing of a batch with a bad event is taken; bad ones are named by field and place."""
    bad = [at for at, one in enumerate(body["events"]) if one["insert_id"] == BAD]
    return (400, {"code": 400, "events_with_invalid_fields": {"time": bad}}) if bad else (200, {"code": 200})


def braze(body: Any) -> tuple[int, Any]:
    bad = [at for at, one in enumerate(body["events"]) if one["external_id"] == f"u-{BAD}"]
    errors = [{"type": "'name' is not valid", "input_array": "events", "index": at} for at in bad]
    return 201, {"message": "success", "errors": errors} if errors else {"message": "success"}


def customer_io(body: Any) -> tuple[int, Any]:
    bad = [at for at, one in enumerate(body["batch"]) if one["identifiers"]["id"] == f"u-{BAD}"]
    errors = [{"batch_index": at, "reason": "invalid", "field": "name", "message": "no"} for at in bad]
    return (207, {"errors": errors}) if errors else (200, {})


def mixpanel(body: Any) -> tuple[int, Any]:
    bad = [at for at, one in enumerate(body) if one["properties"]["distinct_id"] == f"u-{BAD}"]
    failed = [{"index": at, "field": "properties.time", "message": "must be a number"} for at in bad]
    return (400, {"code": 400, "failed_records": failed}) if failed else (200, {"code": 200})


def google_ads(body: Any) -> tuple[int, Any]:
    bad = [at for at, one in enumerate(body["conversions"]) if one["orderId"] == BAD]
    errors = [
        {
            "errorCode": {"conversionUploadError": "CLICK_NOT_FOUND"},
            "message": "No such click.",
            "location": {"fieldPathElements": [{"fieldName": "conversions", **({"index": at} if at else {})}]},
        }
        for at in bad
    ]
    return 200, {"partialFailureError": {"code": 3, "details": [{"errors": errors}]}} if errors else {}


def hubspot(body: Any) -> tuple[int, Any]:
    bad = [one for one in body["inputs"] if one["id"] == f"u-{BAD}@example.org"]
    good = [{"id": "1", "objectWriteTraceId": one["objectWriteTraceId"]} for one in body["inputs"] if one not in bad]
    errors = [
        {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": "Property values were not valid",
            "context": {"objectWriteTraceId": [one["objectWriteTraceId"]]},
        }
        for one in bad
    ]
    return (207, {"status": "COMPLETE", "results": good, "numErrors": 1, "errors": errors}) if bad else (200, {})


def meta(body: Any) -> tuple[int, Any]:
    """All or nothing: one bad event spoils the request."""
    if any(one["event_id"] == BAD for one in body["data"]):
        return 400, {"error": {"message": "Invalid parameter", "code": 100, "error_user_msg": "No such currency"}}
    return 200, {"events_received": len(body["data"])}


PLAYED: dict[str, tuple[Saying, str]] = {
    "amplitude": (amplitude, "bad time"),
    "braze": (braze, "'name' is not valid"),
    "customer-io": (customer_io, "name: invalid"),
    "mixpanel": (mixpanel, "properties.time: must be a number"),
    "google-ads": (google_ads, "CLICK_NOT_FOUND: No such click."),
    "hubspot": (hubspot, "VALIDATION_ERROR: Property values were not valid"),
    "meta-conversions": (meta, "it answered 400: No such currency"),
}
"""How each vendor answers for a batch of which one is bad, and the reason that its dead letter must tell."""


def told_of(name: str, id: str) -> dict[str, Any]:
    """An event that the destination has a place for."""
    common = {"messageId": id, "userId": f"u-{id}", "properties": {"gclid": "c"}}
    if name == "hubspot":
        return common | {"type": "identify", "traits": {"email": f"u-{id}@example.org", "company": "Acme"}}
    event = "Order Completed" if name == "google-ads" else "A"
    return common | {"type": "track", "event": event}


@pytest.mark.parametrize("name", PLAYED)
async def test_a_bad_item_of_a_batch_alone_becomes_a_dead_letter(server: Server, name: str) -> None:
    play, why = PLAYED[name]
    ids = ("m0", BAD, "m2", "m3")

    async def answer(asked: HttpRequest) -> Reply:
        await asyncio.sleep(0)
        status, body = play(json.decode(asked.body))
        return replied(status, "", json.encode(body))

    destination = all_destinations()[name]
    own = standing_in(destination, documented_way(name))

    def row(item: Any, config: DestinationConfig) -> Any:
        return own.row(replace(item, document=item.document | told_of(name, item.document["messageId"])), config)

    for id in ids:
        await send(server, id, user=f"u-{id}")
    await work(server, replace(own, row=row), answer)
    assert await ended(server, *ids) == {
        id: (DeliveryOutcome.GIVEN_UP, why) if id == BAD else (DeliveryOutcome.SENT, "") for id in ids
    }
