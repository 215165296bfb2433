"""Two servers on one database are one service: what one keeps or publishes, the other knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from placet.services.settings.publish_settings import PublishResult, publish
from placet.services.settings.published_sites import Author
from placet.services.settings.refresh_published import refresh_published
from placet.services.settings.settings_history import rollback
from placet.settings.site import Stage
from placet.stores.open import migrate, open_stores
from tests.api.node_context import MASTER, Server, ot_headers, publish_example, token
from tests.stores.conftest import durable_url, postgres  # noqa: F401 - fixtures

BANNER = "/cfw/cmp/v1/banner"
SAVE = "/cfw/cmp/v1/save-log-consent"
START = 1_772_000_000_000


@asynccontextmanager
async def two_nodes(url: str) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers with the example published, each with connections of its own."""
    await migrate(url)
    first, second = await open_stores(url), await open_stores(url)
    organisation = await publish_example(first, START)
    nodes = [Node(Config(refresh_ms=10_000), stores, secrets_of(MASTER)) for stores in (first, second)]
    for node in nodes:
        await node.open()
    try:
        yield Server(nodes[0], organisation), Server(nodes[1], organisation)
    finally:
        for node in nodes:
            await node.close()


def as_ada(app_id: str, **more: str) -> dict[str, str]:
    """Ada's headers, with her token."""
    return ot_headers(
        app_id,
        OT_Country_Code="DE",
        OT_Identifier="ada",
        OT_Sync_Profile_Auth=token("ada"),
        OT_Fetch_Type="APP_DATA_AND_SYNC_PROFILE",
        **more,
    )


async def look_again(server: Server) -> bool:
    """What every node does four times a second."""
    return await refresh_published(server.node.context, server.node._rules, lambda _: None)


async def test_a_choice_kept_by_one_node_is_known_to_the_other(durable_url: str) -> None:  # noqa: F811 - a fixture
    async with two_nodes(durable_url) as (one, other):
        app = one.app_id("outfitter/shop-ios")
        saved = await one.ask("POST", SAVE, as_ada(app), {"interactionType": "BANNER_REJECT_ALL"})
        assert (saved.status, saved.json["appConfig"]["bannerReasonCode"]) == (200, 152)

        seen = await other.ask("GET", BANNER, as_ada(other.app_id("outfitter/shop-web")))
        assert seen.json["appConfig"]["bannerReasonCode"] == 152
        assert seen.json["storageKeys"]["OT_GroupConsents"]["C0004"] == 0


async def test_two_nodes_saving_for_one_person_lose_nothing(durable_url: str) -> None:  # noqa: F811 - a fixture
    async with two_nodes(durable_url) as nodes:
        app = nodes[0].app_id("outfitter/shop-ios")

        async def interaction(number: int) -> Any:
            name = "BANNER_ALLOW_ALL" if number % 2 else "BANNER_REJECT_ALL"
            headers = as_ada(app, **{"Idempotency-Key": str(number)})
            return await nodes[number % 2].ask("POST", SAVE, headers, {"interactionType": name})

        answers = await asyncio.gather(*(interaction(number) for number in range(20)))
        refused = [answer for answer in answers if answer.status != 200]
        assert all(answer.status == 503 for answer in refused), [answer.body for answer in refused]

        context, organisation = nodes[0].node.context, nodes[0].organisation.id.lower()
        assert await context.stores.ledger.count(organisation) == len(answers) - len(refused)
        assert len(refused) < len(answers)


async def test_what_a_node_remembers_of_a_person_never_undoes_what_the_other_kept(durable_url: str) -> None:  # noqa: F811 - a fixture
    async with two_nodes(durable_url) as (one, other):
        app = one.app_id("outfitter/shop-ios")

        async def interaction(server: Server, name: str, **more: Any) -> dict[str, int]:
            headers = as_ada(app, OT_Explicit_Consent="true", Idempotency_Key=str(uuid4()))
            answer = await server.ask("POST", SAVE, headers, {"interactionType": name} | more)
            assert answer.status == 200, answer.body
            groups: dict[str, int] = answer.json["storageKeys"]["OT_GroupConsents"]
            return groups

        await interaction(one, "BANNER_ALLOW_ALL")
        other.clock.wait(1000)
        await interaction(other, "BANNER_REJECT_ALL")
        one.clock.wait(2000)
        yes = {"purposesStatus": [{"groupId": "C0002", "status": True}]}
        later = await interaction(one, "PREFERENCE_CENTER_CONFIRM", consent=yes)
        assert (later["C0002"], later["C0004"]) == (1, 0), "the refusal holds, though this node remembers a yes"


async def test_a_repeated_save_is_told_what_the_other_node_has_kept_since(durable_url: str) -> None:  # noqa: F811 - a fixture
    async with two_nodes(durable_url) as (one, other):
        app = one.app_id("outfitter/shop-ios")

        async def interaction(server: Server, name: str, key: str) -> int:
            answer = await server.ask("POST", SAVE, as_ada(app, Idempotency_Key=key), {"interactionType": name})
            assert answer.status == 200, answer.body
            on: int = answer.json["storageKeys"]["OT_GroupConsents"]["C0004"]
            return on

        assert await interaction(one, "BANNER_ALLOW_ALL", "first") == 1
        one.clock.wait(1000)
        assert await interaction(one, "BANNER_ALLOW_ALL", "second") == 1
        other.clock.wait(2000)
        assert await interaction(other, "BANNER_REJECT_ALL", "third") == 0
        assert await interaction(one, "BANNER_ALLOW_ALL", "second") == 0, "the refusal came later than what is repeated"


@pytest.mark.parametrize("stage", list(Stage))
async def test_a_publication_reaches_the_other_node_and_can_be_taken_back(
    durable_url: str,  # noqa: F811 - a fixture
    stage: Stage,
) -> None:
    async with two_nodes(durable_url) as (one, other):
        app = one.app_id("outfitter/shop-ios", test=stage is Stage.TEST)
        headers = ot_headers(app, OT_Country_Code="DE")
        before = (await other.ask("GET", BANNER, headers)).json["appConfig"]
        assert "lastReconsentDate" not in before
        assert not await look_again(other)

        author = Author("privacy officer", START + 1000)
        catalogue, organisation = one.node.context.stores.catalogue, one.organisation.id
        made = await publish(organisation, stage, catalogue, author, ("outfitter/shop-ios",), reconsent=True)
        assert isinstance(made, PublishResult)
        assert len(made.publications) == 1

        assert await look_again(other)
        after = (await other.ask("GET", BANNER, headers)).json["appConfig"]
        assert after["lastReconsentDate"] == START + 1000

        await rollback(organisation, "outfitter/shop-ios", stage, catalogue, author)
        assert await look_again(other)
        again = (await other.ask("GET", BANNER, headers)).json["appConfig"]
        assert "lastReconsentDate" not in again
