"""From settings to a vendor: a destination applied with sealed secrets gets its batch over HTTP, by its own rules."""

from pathlib import Path

from msgspec import json
from msgspec.structs import replace

from placet.consent.sending import DestinationSetting
from placet.outputs.carry import Carrier
from placet.outputs.parts import basic
from placet.outputs.send import send as send_http
from placet.outputs.tickets import Tickets
from placet.services.deliver import Patience, Sending
from placet.stores.ports import Became
from tests.delivering import deliver
from tests.faces.house import SECRET, Server, northwind, put_live, start
from tests.outputs.receiving import listening
from tests.services.test_deliver import outcomes, send

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
    await put_live(replace(organisation, workspaces=spaces), server.node.house.stores, server.clock.at)
    assert await server.refresh()


async def test_a_vendor_gets_its_batch_and_what_it_names_as_bad_is_given_up() -> None:
    server = await start()
    async with listening(400, json.encode(FAILED)) as (url, heard):
        await measured_by_mixpanel(server, url)
        await send(server, "a1", "a2", user="ada")
        await send(server, "b1", user="berta")
        await send(server, "c1", user="cleo", granted=())
        sending = Sending(Carrier(Tickets(send_http, server.clock), Path("unused"), 5.0), Patience())
        await deliver(server.node.house, sending, server.clock)
    (request,) = heard
    assert (request.method, request.path) == ("POST", "/import?strict=1&project_id=1")
    assert request.headers["authorization"] == basic("acc", SECRET)[1]
    assert [one["properties"]["$insert_id"] for one in json.decode(request.body)] == ["a1", "a2", "b1"]
    assert [(await outcomes(server, id))[0][1:] for id in ("a1", "a2", "b1")] == [
        (Became.SENT, ""),
        (Became.GIVEN_UP, "properties.time: too old"),
        (Became.SENT, ""),
    ]
    await server.node.close()
