"""An event comes in, waits with others, and lies in a Parquet file; who withdrew meanwhile does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from placet.events.records.task import GATHER
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.transport.deliver_to import Transport
from placet.outputs.transport.http_send import send as send_http
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.services.events.delivery_attempt import DeliverySettings
from placet.settings.connections import DestinationSetting
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, start
from tests.delivery import deliver
from tests.services.events.test_deliver_events import KEY, outcomes, send, withdraw

PATIENCE = RetryPolicy(at_once=1000)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server whose measuring destination is a folder of files."""
    server = await start()
    opened = server.node.context.published_settings.source(KEY)
    lake = DestinationSetting("tally", "Lake", type="parquet", options={"folder": "lake"})
    destinations = opened.source.destinations | {"shop-tally": lake}
    server.node.context.published_settings.replace_sources(
        [replace(opened, source=replace(opened.source, destinations=destinations))]
    )
    yield server
    await server.node.close()


async def test_events_wait_for_the_end_of_their_minute_and_go_together(server: Server, tmp_path: Path) -> None:
    sending = DeliverySettings(Transport(OAuthTokens(send_http, server.clock), tmp_path, 10.0), PATIENCE)
    await send(server, "a1", "a2", "a3", user="ada")
    await send(server, "b1", user="berta")
    await send(server, "c1", user="cleo")
    assert await deliver(server.node.context, sending, server.clock) == 0
    assert await deliver(server.node.context, sending, server.clock, GATHER) == 0
    await withdraw(server, "cleo")

    server.clock.wait(60_000)
    assert await deliver(server.node.context, sending, server.clock, GATHER) == 5

    (file,) = (tmp_path / "lake").rglob("*.parquet")
    assert file.parent.parent.name == "tracks"
    query = "SELECT user_id, message_id, purposes FROM read_parquet(?) ORDER BY message_id"
    found = duckdb.execute(query, [str(file)]).fetchall()
    assert [row[:2] for row in found] == [("ada", "a1"), ("ada", "a2"), ("ada", "a3"), ("berta", "b1")]
    assert all("measurement" in row[2].split(",") for row in found)
    assert (await outcomes(server, "c1"))[0][1] is DeliveryOutcome.HELD
    assert await outcomes(server, "a1") == [("shop-tally", DeliveryOutcome.SENT, "")]
