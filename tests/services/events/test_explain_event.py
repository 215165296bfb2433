"""Every verdict is derived again from what was stored, and agrees with the one that was given."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.errors import Missing
from placet.outputs.destination import HttpRequest, Reply, Sent
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.explain_event import EventExplanation, explain_event
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, say_proven, start
from tests.delivery import deliver

KEY = "outfitter-web-write-key"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def send(server: Server, id: str, **more: Any) -> None:
    event = {"writeKey": KEY, "userId": "ada", "event": "A", "messageId": id, **more}
    assert (await server.ask("POST", "/v1/track", {}, event)).status == 200


async def explained(server: Server, id: str) -> EventExplanation:
    (told,) = await explain_event(id, server.node.context.stores)
    return told


def agreed(*categories: str) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": {one: one in categories for one in ("C0002", "C0004")}}}


@pytest.mark.parametrize("more, held", [
    ({}, {"shop-tally", "shop-adlane"}),
    ({"context": agreed("C0002")}, {"shop-adlane"}),
    ({"context": agreed("C0002", "C0004")}, set()),
    ({"context": agreed("C0002", "C0004"), "integrations": {"All": False}}, {"shop-tally", "shop-adlane"}),
])  # fmt: skip
async def test_a_verdict_derived_again_agrees(server: Server, more: dict[str, Any], held: set[str]) -> None:
    await send(server, "m1", **more)
    told = await explained(server, "m1")
    assert (told.source, told.kind, told.name) == ("outfitter/shop-events", "track", "A")
    assert all(one.agree for one in told.connections)
    assert {one.again.connection for one in told.connections if hasattr(one.then, "reason")} == held


async def test_what_happened_since_changes_nothing_about_the_verdict_of_then(server: Server) -> None:
    await send(server, "m1", context=agreed("C0002"))
    no = Profile({"p:883e1831-8659-4ee8-b233-78948935188d": Item(PurposeStatus.WITHDRAWN, server.clock.at)})
    await say_proven(server.node.context, KEY, "ada", no)
    assert all(one.agree for one in (await explained(server, "m1")).connections)


async def test_a_choice_told_earlier_in_the_batch_is_remembered_for_the_events_after_it(server: Server) -> None:
    told = {"type": "track", "event": "Segment Consent Preference Updated", "userId": "u", "messageId": "m1",
            "context": agreed("C0002")}  # fmt: skip
    after = {"type": "track", "event": "A", "userId": "u", "messageId": "m2"}
    body = {"writeKey": KEY, "batch": [{**after, "messageId": "m0"}, told, after]}
    assert (await server.ask("POST", "/v1/batch", {}, body)).status == 200
    for id, allowed in (("m0", False), ("m2", True)):
        tally = (await explained(server, id)).connections[0]
        assert tally.agree
        assert hasattr(tally.then, "edits") is allowed


async def test_what_became_of_deliveries_is_told(server: Server) -> None:
    await send(server, "m1", context=agreed("C0002"))

    async def take(request: HttpRequest) -> Reply:
        return Sent(200)

    await deliver(server.node.context, DeliverySettings(take), server.clock)
    tally = (await explained(server, "m1")).connections[0]
    assert [one.outcome for one in tally.outcomes] == [DeliveryOutcome.SENT]


async def test_an_event_nobody_took_in_is_missing(server: Server) -> None:
    with pytest.raises(Missing):
        await explain_event("nothing", server.node.context.stores)
