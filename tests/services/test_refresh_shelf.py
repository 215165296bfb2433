"""The story of a fresh shelf: what is newly published, kept objects for what is not, and keys that cannot be used."""

import pytest

from placet.app import secrets_of
from placet.consent.errors import Busy
from placet.services.refresh_shelf import KeyRules, refresh_shelf
from placet.stores.memory import MemoryStores
from placet.stores.ports import Regulation, Ruling
from tests.faces.house import put_live, token
from tests.services.a_house import APP, NOW, ORGANISATION, WEB, WHO, a_house, rules
from tests.small import small


async def test_nothing_new_is_not_fetched() -> None:
    house = await a_house()

    assert await refresh_shelf(house, rules(), lambda _: None) is False


async def test_what_is_unchanged_stays_the_same_object_with_all_that_was_worked_out_for_it() -> None:
    house = await a_house()
    web, app = house.shelf.published(WEB), house.shelf.published(APP)
    changed = small(("name: Website", "name: Another name"))
    await put_live(changed, house.stores, NOW)
    assert await refresh_shelf(house, rules(), lambda _: None) is True

    assert house.shelf.published(APP) is app
    assert house.shelf.published(WEB) is not web
    assert house.shelf.published(WEB).publication.site.name == "Another name"


async def test_a_key_that_cannot_be_used_is_told_and_left_out() -> None:
    house = await a_house()
    assert house.proves(ORGANISATION, token(WHO), WHO, NOW)
    told: list[str] = []
    other_master = KeyRules(secrets_of(b"another master secret, long enough to be one").vault, 60_000, 100)
    house.shelf.revision = -1
    await refresh_shelf(house, other_master, told.append)

    assert not house.proves(ORGANISATION, token(WHO), WHO, NOW)
    assert len(told) == 1
    assert "login" in told[0]


async def test_groups_are_those_of_visitors_not_of_testers() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    (sites,) = house.shelf.groups(ORGANISATION).values()

    assert {site.publication.app_id for site in sites} == {WEB, APP}


async def test_a_store_that_is_away_in_the_middle_leaves_the_shelf_as_it_was_to_be_refreshed_later() -> None:
    """Else whoever was suppressed, or a connection that was closed, would go unnoticed until somebody changes more."""
    house = await a_house()
    before = house.shelf.revision
    await put_live(small(("name: Website", "name: Another name")), house.stores, NOW)
    suppressions = house.stores.suppressions
    await suppressions.regulate(Regulation(bytes(16), ORGANISATION, "shop", Ruling.SUPPRESS, ("ada",), NOW, "ann"))
    plain = suppressions.every

    async def away() -> list[tuple[str, str, str]]:
        raise Busy("the disk is full")

    suppressions.every = away
    with pytest.raises(Busy):
        await refresh_shelf(house, rules(), lambda _: None)
    assert (house.shelf.revision, house.shelf.suppressing) == (before, False)
    assert house.shelf.published(WEB).publication.site.name == "Website"
    suppressions.every = plain
    assert await refresh_shelf(house, rules(), lambda _: None) is True
    assert house.shelf.suppressing
    assert house.shelf.published(WEB).publication.site.name == "Another name"
