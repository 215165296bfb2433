"""A publication reaches a running server when it next looks; on SQLite, over HTTP, with no wall clock involved."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from placet.config import Config
from placet.services.settings.publish_settings import PublishResult, publish
from placet.services.settings.published_sites import Author
from placet.services.settings.settings_history import rollback
from placet.settings.organisation import Organisation
from placet.settings.site import Stage
from placet.stores.open import migrate, open_stores
from placet.stores.ports.stores import Stores
from tests.api.cmp.device import Device, why
from tests.api.node_context import Server, northwind, put_live, start, token

WHO = "shopper-42"


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Server]:
    """A server on a SQLite file."""
    url = f"sqlite:///{tmp_path}/placet.db"
    await migrate(url)
    server = await start(await open_stores(url))
    yield server
    await server.node.close()


def retitled(title: str) -> Organisation:
    """The example under another title."""
    spaces = tuple(
        replace(
            space,
            notices=tuple(
                replace(notice, banner=replace(notice.banner, title={"en": title})) for notice in space.notices
            ),
        )
        for space in northwind().workspaces
    )
    return replace(northwind(), workspaces=spaces)


async def title(server: Server, *, test: bool = False) -> str:
    """What stands above the banner now."""
    said = await Device(server, test=test).look(OT_Language="en")
    return said["bannerUIData"]["summary"]["title"]["text"]


def stores_of(server: Server) -> Stores:
    """Where another process would publish."""
    return server.node.context.stores


async def test_nothing_reaches_a_visitor_until_it_is_published(sqlite: Server) -> None:
    await put_live(retitled("New"), stores_of(sqlite), sqlite.clock(), stages=())
    await sqlite.refresh()

    assert await title(sqlite) == "Before you set out"


async def test_a_publication_reaches_the_running_server_at_its_next_look(sqlite: Server) -> None:
    assert await title(sqlite) == "Before you set out"
    await put_live(retitled("New"), stores_of(sqlite), sqlite.clock(), stages=(Stage.PRODUCTION,))

    assert await sqlite.refresh() is True
    assert await title(sqlite) == "New"
    assert await sqlite.refresh() is False


def test_the_server_looks_four_times_a_second() -> None:
    assert Config().refresh_ms <= 250


async def test_test_and_production_are_published_apart(sqlite: Server) -> None:
    await put_live(retitled("Tried out"), stores_of(sqlite), sqlite.clock(), stages=(Stage.TEST,))
    await sqlite.refresh()

    assert (await title(sqlite), await title(sqlite, test=True)) == ("Before you set out", "Tried out")


async def test_a_rollback_brings_the_earlier_one_back(sqlite: Server) -> None:
    await put_live(retitled("Mistake"), stores_of(sqlite), sqlite.clock(), stages=(Stage.PRODUCTION,))
    await sqlite.refresh()
    assert await title(sqlite) == "Mistake"

    author = Author("tests", sqlite.clock())
    await rollback(northwind().id, "outfitter/shop-ios", Stage.PRODUCTION, stores_of(sqlite).catalogue, author)
    await sqlite.refresh()

    assert await title(sqlite) == "Before you set out"


async def reconsent(server: Server, stage: Stage = Stage.PRODUCTION) -> None:
    """Publish so that everybody is asked again."""
    author = Author("tests", server.clock())
    outcome = await publish(northwind().id, stage, stores_of(server).catalogue, author, reconsent=True)
    assert isinstance(outcome, PublishResult)
    await server.refresh()


async def test_reconsent_asks_an_anonymous_device_anew(sqlite: Server) -> None:
    phone = Device(sqlite)
    await phone.press("BANNER_ALLOW_ALL")
    assert why(await phone.look()) == (False, 151)
    asked_at = sqlite.clock.wait(1000)
    await reconsent(sqlite)
    said = await phone.look()

    assert why(said) == (True, 102)
    assert said["appConfig"]["lastReconsentDate"] == asked_at
    assert said["appConfig"]["shouldResetLocalState"] is True
    sqlite.clock.wait(1000)
    assert why(await phone.press("BANNER_ALLOW_ALL")) == (False, 151)


async def test_reconsent_asks_a_known_person_anew(sqlite: Server) -> None:
    phone = Device(sqlite, who=WHO, proof=token(WHO))
    await phone.press("BANNER_ALLOW_ALL")
    assert why(await phone.look()) == (False, 152)
    sqlite.clock.wait(1000)
    await reconsent(sqlite)

    assert why(await phone.look()) == (True, 105)
    sqlite.clock.wait(1000)
    assert why(await phone.press("BANNER_REJECT_ALL")) == (False, 152)


async def test_reconsent_of_the_test_publication_asks_no_visitor(sqlite: Server) -> None:
    phone = Device(sqlite)
    await phone.press("BANNER_ALLOW_ALL")
    sqlite.clock.wait(1000)
    await reconsent(sqlite, Stage.TEST)

    assert why(await phone.look()) == (False, 151)


async def test_a_key_that_is_retired_proves_nobody_any_more(sqlite: Server) -> None:
    await Device(sqlite, who=WHO, proof=token(WHO)).press("BANNER_ALLOW_ALL")
    keys = tuple(replace(key, active=key.id != "shop-login") for key in northwind().keys)
    await put_live(replace(northwind(), keys=keys), stores_of(sqlite), sqlite.clock(), stages=())
    await sqlite.refresh()
    stranger = Device(sqlite, who=WHO, proof=token(WHO))

    assert why(await stranger.look()) == (True, 101)


async def test_what_was_kept_is_still_there_when_the_server_comes_back(sqlite: Server, tmp_path: Path) -> None:
    await Device(sqlite, who=WHO, proof=token(WHO)).press("BANNER_REJECT_ALL")
    again = await start(await open_stores(f"sqlite:///{tmp_path}/placet.db"))
    said = await Device(again, who=WHO, proof=token(WHO)).look()
    await again.node.close()

    assert why(said) == (False, 152)
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
