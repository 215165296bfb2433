"""A node that cannot open its secrets loses nothing: what comes in is kept, and what is due waits unsent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from placet.app.derived_secrets import secrets_of
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.destination import Sent
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.settings.refresh_published import KeyRules, refresh_published
from tests.api.mparticle.sample_shop import WEB, a_batch, agreed, events, open_shop, page, send
from tests.api.node_context import MASTER, Server, start
from tests.delivery import deliver

OTHER = b"another master secret, long enough to be one"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    await open_shop(server)
    yield server
    await server.node.close()


async def opened_with(server: Server, master: bytes) -> list[str]:
    """The settings looked at anew, their secrets opened with this one; what is told about it."""
    told: list[str] = []
    server.node.context.published_settings.revision = -1
    await refresh_published(server.node.context, KeyRules(secrets_of(master).secret_box, 60_000, 100), told.append)
    return told


async def sent(server: Server) -> int:
    """How many requests leave, all of them signed."""
    got: list[Any] = []

    async def take(request: Any) -> Any:
        got.append(request)
        return Sent(200)

    await deliver(server.node.context, DeliverySettings(take, RetryPolicy(first=1)), server.clock)
    assert all("webhook-signature" in dict(request.headers) for request in got)
    return len(got)


async def test_what_comes_in_by_a_page_is_kept_and_leaves_once_the_secrets_can_be_opened(server: Server) -> None:
    told = await opened_with(server, OTHER)
    assert any("shop-events" in line and "one of its secrets" in line for line in told)
    batch = a_batch(consent_state=agreed(Marketing=True))
    assert (await page(server, batch, f"/v3/JS/{WEB}/events")).status == 202
    assert len(events(server)) == 1
    assert await sent(server) == 0
    await opened_with(server, MASTER)
    server.clock.wait(1000)
    assert await sent(server) == 2


async def test_a_server_is_told_to_try_again_and_not_that_its_secret_is_wrong(server: Server) -> None:
    await opened_with(server, OTHER)
    answer = await send(server, a_batch())
    assert (answer.status, events(server)) == (503, [])
    assert "retry-after" in {name.lower() for name in answer.headers}
    await opened_with(server, MASTER)
    assert (await send(server, a_batch())).status == 202
