"""From settings to a vendor: a destination applied with sealed secrets gets its batch over HTTP, by its own rules."""

from pathlib import Path

from msgspec import json
from msgspec.structs import replace

from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.event_parts import basic
from placet.outputs.transport.deliver_to import Transport
from placet.outputs.transport.http_send import send as send_http
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.services.events.delivery_attempt import DeliverySettings
from placet.settings.connections import DestinationSetting
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import SECRET, Server, northwind, put_live, start
from tests.delivery import deliver
from tests.outputs.receiver import listening
from tests.services.events.test_deliver_events import outcomes, send

FAILED = {"code": 400, "failed_records": [{"index": 1, "field": "properties.time", "message": "too old"}]}


async def measured_by_mixpanel(server: Server, url: str) -> None:
    """Apply settings in which the measuring destination is Mixpanel, at another address."""
    options = {"project_id": "1", "account": "acc", "token": "tok"}
    new = DestinationSetting("tally", "Tally", url, "mixpanel", secret="env:M", options=options, loopback=True)
    organisation = northwind()
    spaces = tuple(
        replace(space, destinations=tuple(new if one.id == "tally" else one for one in space.destinations))
        for space in organisation.workspaces
    )
    await put_live(replace(organisation, workspaces=spaces), server.node.context.stores, server.clock.at)
    assert await server.refresh()


async def test_a_vendor_gets_its_batch_and_what_it_names_as_bad_is_given_up() -> None:
    server = await start()
    async with listening(400, json.encode(FAILED)) as (url, heard):
        await measured_by_mixpanel(server, url)
        await send(server, "a1", "a2", user="ada")
        await send(server, "b1", user="berta")
        await send(server, "c1", user="cleo", granted=())
        sending = DeliverySettings(Transport(OAuthTokens(send_http, server.clock), Path("unused"), 5.0), RetryPolicy())
        await deliver(server.node.context, sending, server.clock)
    (request,) = heard
    assert (request.method, request.path) == ("POST", "/import?strict=1&project_id=1")
    assert request.headers["authorization"] == basic("acc", SECRET)[1]
    assert [one["properties"]["$insert_id"] for one in json.decode(request.body)] == ["a1", "a2", "b1"]
    assert [(await outcomes(server, id))[0][1:] for id in ("a1", "a2", "b1")] == [
        (DeliveryOutcome.SENT, ""),
        (DeliveryOutcome.GIVEN_UP, "properties.time: too old"),
        (DeliveryOutcome.SENT, ""),
    ]
    await server.node.close()
