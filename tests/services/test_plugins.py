"""Plugins see events on their way in and out; what is judged, kept and sent is what they made of them."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec import json

from placet.events.records.batch_codec import read_stored_batch
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.plugins.plugin import Plugin, PluginDrop, PluginEvent, PluginStage
from placet.outputs.plugins.runner import PluginRunner
from placet.services.events.delivery_attempt import DeliverySettings
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, start
from tests.delivery import deliver
from tests.services.events.test_deliver_events import KEY, Receiver, outcomes

AGREED = {"C0001": True, "C0002": True, "C0004": False}


@asynccontextmanager
async def with_event(id: str, *plugins: Plugin, **preferences: bool) -> AsyncIterator[Server]:
    """A server to which one event came while these plugins ran."""
    server = await start(plugins=plugins)
    event: dict[str, Any] = {"event": "A", "userId": "ada", "messageId": id, "properties": {"n": 1}}
    event["context"] = {"consent": {"categoryPreferences": AGREED | preferences}}
    headers = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
    assert (await server.ask("POST", "/v1/track", headers, event)).status == 200
    yield server
    await server.node.close()


async def work(server: Server, *plugins: Plugin) -> list[Any]:
    receiver = Receiver()
    sending = DeliverySettings(receiver, RetryPolicy(most=1), plugins=PluginRunner(plugins, 1.0))
    await deliver(server.node.context, sending, server.clock)
    return [json.decode(request.body) for request in receiver.got]


def adding(sort: PluginStage, **more: Any) -> Plugin:
    return Plugin("adding", sort, lambda plugin_event: plugin_event.document | more)


def dropping(sort: PluginStage, why: Exception) -> Plugin:
    def on(plugin_event: PluginEvent) -> None:
        raise why

    return Plugin("dropping", sort, on)


async def kept(server: Server) -> list[Any]:
    """The events as they are kept."""
    batches = [read_stored_batch(batch.body) for batch in server.node.context.stores.events.batches.values()]
    return [event.fields for stored_batch in batches for event in stored_batch.events]


async def test_what_is_kept_and_sent_is_what_enrichment_made() -> None:
    async with with_event("m1", adding(PluginStage.ENRICHMENT, office="here")) as server:
        (sent,) = await work(server)
        assert sent["office"] == "here"
        (fields,) = await kept(server)
        assert json.decode(fields["office"]) == "here"


async def test_a_before_plugin_that_fails_stops_the_event_and_it_is_counted() -> None:
    async with with_event("m1", dropping(PluginStage.BEFORE, ValueError("x"))) as server:
        assert (await kept(server), await work(server)) == ([], [])
        assert server.node.metrics.events["stopped_by_plugin"] == 1


async def test_an_enrichment_that_fails_stops_nothing() -> None:
    async with with_event("m1", dropping(PluginStage.ENRICHMENT, ValueError("x"))) as server:
        assert len(await work(server)) == 1


async def test_no_enrichment_grants_what_was_refused() -> None:
    yes = {"consent": {"categoryPreferences": {"C0001": True, "C0002": True, "C0004": True}}}
    plugin = adding(PluginStage.ENRICHMENT, context=yes, userId="berta")
    async with with_event("m1", plugin, C0002=False) as server:
        assert await work(server) == []


async def test_a_destination_plugin_changes_what_leaves_and_nothing_else() -> None:
    async with with_event("m1") as server:
        (sent,) = await work(server, adding(PluginStage.DESTINATION, office="out", context={}))
        assert sent["office"] == "out"
        assert sent["context"] == {"consent": {"categoryPreferences": AGREED}}
        (fields,) = await kept(server)
        assert "office" not in fields


async def test_a_destination_plugin_may_hold_an_event_back_with_its_reason() -> None:
    async with with_event("m1") as server:
        assert await work(server, dropping(PluginStage.DESTINATION, PluginDrop("a robot"))) == []
        assert await outcomes(server, "m1") == [("shop-tally", DeliveryOutcome.HELD, "the plugin dropping: a robot")]


async def test_a_destination_plugin_that_fails_is_tried_again_and_given_up_at_last() -> None:
    async with with_event("m1") as server:
        assert await work(server, dropping(PluginStage.DESTINATION, ValueError("x"))) == []
        assert await outcomes(server, "m1") == [
            ("shop-tally", DeliveryOutcome.GIVEN_UP, "the plugin dropping: ValueError: x")
        ]
