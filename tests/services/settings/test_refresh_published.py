"""The story of a fresh shelf: what is newly published, kept objects for what is not, and keys that cannot be used."""

import pytest

from placet.app.derived_secrets import secrets_of
from placet.errors import Busy
from placet.privacy.regulation import Regulation, RegulationType
from placet.services.settings.refresh_published import KeyRules, refresh_published
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import put_live, token
from tests.services.node_context import APP, NOW, ORGANISATION, WEB, WHO, a_house, rules
from tests.small_organisation import small


async def test_nothing_new_is_not_fetched() -> None:
    context = await a_house()

    assert await refresh_published(context, rules(), lambda _: None) is False


async def test_what_is_unchanged_stays_the_same_object_with_all_that_was_worked_out_for_it() -> None:
    context = await a_house()
    web, app = context.published_settings.published(WEB), context.published_settings.published(APP)
    changed = small(("name: Website", "name: Another name"))
    await put_live(changed, context.stores, NOW)
    assert await refresh_published(context, rules(), lambda _: None) is True

    assert context.published_settings.published(APP) is app
    assert context.published_settings.published(WEB) is not web
    assert context.published_settings.published(WEB).publication.site.name == "Another name"


async def test_a_key_that_cannot_be_used_is_told_and_left_out() -> None:
    context = await a_house()
    assert context.proves(ORGANISATION, token(WHO), WHO, NOW)
    told: list[str] = []
    other_master = KeyRules(secrets_of(b"another master secret, long enough to be one").secret_box, 60_000, 100)
    context.published_settings.revision = -1
    await refresh_published(context, other_master, told.append)

    assert not context.proves(ORGANISATION, token(WHO), WHO, NOW)
    assert len(told) == 1
    assert "login" in told[0]


async def test_groups_are_those_of_visitors_not_of_testers() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    (sites,) = context.published_settings.groups(ORGANISATION).values()

    assert {site.publication.app_id for site in sites} == {WEB, APP}


async def test_a_store_that_is_away_in_the_middle_leaves_the_shelf_as_it_was_to_be_refreshed_later() -> None:
    """Else whoever was suppressed, or a connection that was closed, would go unnoticed until somebody changes more."""
    context = await a_house()
    before = context.published_settings.revision
    await put_live(small(("name: Website", "name: Another name")), context.stores, NOW)
    suppressions = context.stores.suppressions
    await suppressions.regulate(
        Regulation(bytes(16), ORGANISATION, "shop", RegulationType.SUPPRESS, ("ada",), NOW, "ann")
    )
    plain = suppressions.every

    async def away() -> list[tuple[str, str, str]]:
        raise Busy("the disk is full")

    suppressions.every = away
    with pytest.raises(Busy):
        await refresh_published(context, rules(), lambda _: None)
    assert (context.published_settings.revision, context.published_settings.suppresses_anybody) == (before, False)
    assert context.published_settings.published(WEB).publication.site.name == "Website"
    suppressions.every = plain
    assert await refresh_published(context, rules(), lambda _: None) is True
    assert context.published_settings.suppresses_anybody
    assert context.published_settings.published(WEB).publication.site.name == "Another name"
