"""Walk 4, end to end: a choice made at the banner decides what leaves, also for what was queued before it."""

from typing import Any

import msgspec
import pytest

from placet.outputs.destination import HttpRequest, Reply, Sent
from placet.services.events.delivery_attempt import DeliverySettings
from tests.api.node_context import Server, ot_headers, start, token
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
SAVE = "/cfw/cmp/v1/save-log-consent"


class Destinations:
    """Whoever is sent to, by host."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    async def __call__(self, request: HttpRequest) -> Reply:
        self.got.append((request.url.split("/")[2], msgspec.json.decode(request.body)["messageId"]))
        return Sent(200)


@pytest.fixture
async def server():
    server = await start()
    yield server
    await server.node.close()


async def interaction(server: Server, interaction: str) -> None:
    """Ada, who has proven who she is, presses a button."""
    app = server.app_id("outfitter/shop-web")
    headers = ot_headers(
        app,
        OT_Country_Code="DE",
        OT_Identifier="ada",
        OT_Sync_Profile_Auth=token("ada"),
        OT_Fetch_Type="APP_DATA_AND_SYNC_PROFILE",
    )
    assert (await server.ask("POST", SAVE, headers, {"interactionType": interaction})).status == 200


async def track(server: Server, id: str, **more: Any) -> None:
    """An event about Ada."""
    event = {"writeKey": KEY, "userId": "ada", "event": "Viewed", "messageId": id, **more}
    assert (await server.ask("POST", "/v1/track", {}, event)).status == 200


async def work(server: Server) -> list[tuple[str, str]]:
    """What leaves when the worker has its turn."""
    destinations = Destinations()
    await deliver(server.node.context, DeliverySettings(destinations), server.clock)
    return sorted(destinations.got)


async def test_nothing_leaves_before_anybody_agreed(server: Server) -> None:
    await track(server, "m1")
    assert await work(server) == []


async def test_what_somebody_agreed_to_at_the_banner_counts_for_events_that_say_nothing(server: Server) -> None:
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    assert await work(server) == [("adlane.example", "m1"), ("tally.example", "m1")]


async def test_a_withdrawal_at_the_banner_stops_what_was_queued_before_it(server: Server) -> None:
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    server.clock.wait(1000)
    await interaction(server, "BANNER_REJECT_ALL")
    assert await work(server) == []


async def test_an_old_stamp_on_an_event_does_not_undo_a_withdrawal(server: Server) -> None:
    await interaction(server, "BANNER_REJECT_ALL")
    stamp = {"consent": {"categoryPreferences": {"C0001": True, "C0002": True, "C0004": True}}}
    await track(server, "m1", context=stamp)
    assert await work(server) == []


async def test_a_refusal_stamped_on_an_event_counts_for_that_event_alone(server: Server) -> None:
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m1", context={"onetrust": ",C0001,"})
    await track(server, "m2")
    assert await work(server) == [("adlane.example", "m2"), ("tally.example", "m2")]


async def test_the_filter_of_a_connection_holds_what_it_does_not_want(server: Server) -> None:
    await interaction(server, "BANNER_ALLOW_ALL")
    page = {"writeKey": KEY, "userId": "ada", "name": "Home", "messageId": "m1"}
    assert (await server.ask("POST", "/v1/page", {}, page)).status == 200
    assert await work(server) == [("tally.example", "m1")]
