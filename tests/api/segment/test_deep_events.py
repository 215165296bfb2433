"""What is accepted can be read again, and delivered or laid aside; an event that is refused takes no other along."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from placet.events.records.batch_codec import document_of
from placet.formats.nesting import MAX_DEEP, MAX_DEEP_BODY
from placet.services.events.delivery_attempt import DeliverySettings
from tests.api.mparticle.sample_shop import SERVER, WEB, a_batch, batches, custom, open_shop, page, signed
from tests.api.mparticle.sample_shop import send as send_batch
from tests.api.node_context import Server, start
from tests.api.segment.test_routes import agreed, counted, send
from tests.delivery import deliver
from tests.services.events.test_deliver_events import Receiver

MARK = '"@@"'
BAD = {
    "half an emoji": (rb'"\ud83d"', True),
    "halves the wrong way round": (rb'"\ude00\ud83d"', True),
    "a huge number": (b"1e400", True),
    "many digits": (b"9" * 400, True),
    "no UTF-8": (b'"\xff"', False),
    "a surrogate in UTF-8": (b'"\xed\xa0\xbd"', False),
    "too deep": (b"[" * MAX_DEEP + b"]" * MAX_DEEP, False),
}
"""Values, and whether an event that has one as a property is taken in."""


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    await open_shop(server)
    yield server
    await server.node.close()


def spoilt(body: Any, value: bytes) -> bytes:
    return json.dumps(body).encode().replace(MARK.encode(), value)


def kept(server: Server) -> list[Any]:
    return [event for stored_batch in batches(server) for event in stored_batch.events]


async def all_is_read_and_nothing_waits(server: Server) -> None:
    for event in kept(server):
        try:
            json.dumps(document_of(event))
        except ValueError as why:
            assert "out of range" in str(why)  # 1e400: held where somebody reads it
    while await deliver(server.node.context, DeliverySettings(Receiver()), server.clock):
        pass
    assert await server.node.context.stores.outbox.waiting() == 0


def track(n: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "A", "userId": "u", "messageId": f"m{n}", "context": agreed("C0002"), **more}


@pytest.mark.parametrize("says", BAD)
async def test_one_bad_event_of_segment_s_does_not_lose_its_neighbours(server: Server, says: str) -> None:
    value, taken = BAD[says]
    items = [track(n, **({"properties": {"a": "@@"}} if n == 4 else {})) for n in range(10)]
    assert (await send(server, "/v1/batch", spoilt({"batch": items}, value))).status == 200
    assert {event.id for event in kept(server)} >= {f"m{n}" for n in range(10) if n != 4}
    assert len(kept(server)) == 9 + taken
    assert counted(server).get("invalid_request", 0) == (0 if taken else 1)
    await all_is_read_and_nothing_waits(server)


@pytest.mark.parametrize("place", ["userId", "timestamp", "event", "context", "messageId"])
@pytest.mark.parametrize("says", BAD)
async def test_nor_where_it_stands_in_a_part_that_is_read(server: Server, says: str, place: str) -> None:
    items = [track(n, **({place: "@@"} if n == 4 else {})) for n in range(10)]
    assert (await send(server, "/v1/batch", spoilt({"batch": items}, BAD[says][0]))).status == 200
    assert {event.id for event in kept(server)} >= {f"m{n}" for n in range(10) if n != 4}
    assert all("\ufffd" not in one.value for event in kept(server) for one in event.identities)
    await all_is_read_and_nothing_waits(server)


@pytest.mark.parametrize("says", BAD)
@pytest.mark.parametrize("way", ["server", "page", "app", "bulk"])
async def test_one_bad_event_of_mparticle_s_does_not_lose_its_neighbours(server: Server, way: str, says: str) -> None:
    value, _ = BAD[says]
    names = [f"n{n}" for n in range(10)]
    events = [custom(name, custom_attributes={"a": "@@" if name == "n4" else "b"}) for name in names]
    batch = a_batch(*events)
    if way == "app":
        messages = [
            {"dt": "e", "n": name, "et": "Other", "attrs": {"a": "@@" if name == "n4" else "b"}} for name in names
        ]
        body = spoilt({"dt": "h", "id": "b", "ui": [{"n": 1, "i": "c"}], "msgs": messages}, value)
        target = f"/v2/{SERVER}/events"
        answer = await server.ask("POST", target, signed("POST", target, body), body)
    elif way == "page":
        answer = await page(server, spoilt(batch, value), f"/v3/JS/{WEB}/events")
    else:
        path, wrapped = ("/v2/bulkevents", [batch]) if way == "bulk" else ("/v2/events", batch)
        answer = await send_batch(server, spoilt(wrapped, value), path)
    assert answer.status == 202
    assert {event.name for event in kept(server)} >= set(names) - {"n4"}
    await all_is_read_and_nothing_waits(server)


@pytest.mark.parametrize(
    "deep", [50, 95, 97, 98, 99, 100, 101, 195, 197, 198, 199, 200, 201, 500, 970, 981, 1000, 5000]
)
@pytest.mark.parametrize("dialect", ["track", "batch", "server", "page"])
async def test_what_is_accepted_can_be_read_again(server: Server, dialect: str, deep: int) -> None:
    nest = b'{"a":' * deep + b"1" + b"}" * deep
    if dialect == "track":
        status = (await send(server, "/v1/track", spoilt(track(1, properties="@@"), nest))).status
    elif dialect == "batch":
        status = (await send(server, "/v1/batch", spoilt({"batch": [track(1, properties="@@")]}, nest))).status
    elif dialect == "server":
        status = (await send_batch(server, spoilt(a_batch(custom(custom_attributes="@@")), nest))).status
    else:
        status = (await page(server, spoilt(a_batch(user_attributes="@@"), nest))).status
    assert status in (200, 202, 400)
    assert len(kept(server)) <= (deep <= MAX_DEEP)
    assert status != 200 or deep < MAX_DEEP_BODY
    await all_is_read_and_nothing_waits(server)
