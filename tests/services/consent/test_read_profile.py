"""The story of a read by another system."""

import pytest

from placet.errors import Busy, Denied, Missing
from placet.services.consent.read_profile import ReadProfile, read_profile
from placet.services.consent.save_consent import save_consent
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import token
from tests.services.node_context import NOW, ORGANISATION, WHO, a_house, anna, save


def ask(proof: str = "", tenant: str = ORGANISATION, who: str = WHO, group: str = "") -> ReadProfile:
    """A read of Anna's profile, by herself unless told otherwise."""
    return ReadProfile(tenant, who, proof or token(WHO), group)


async def test_the_profile_of_each_group() -> None:
    context = await a_house()
    await save_consent(save(anna()), context, NOW)

    (page,) = await read_profile(ask(), context, NOW)

    assert (page.version, page.profile.last_interaction) == (1, NOW)
    assert {site.publication.site.id for site in page.sites} == {"web", "app"}


async def test_nobody_yet_is_version_0() -> None:
    (page,) = await read_profile(ask(), await a_house(), NOW)

    assert page.version == 0


@pytest.mark.parametrize(
    "wrong", [ask("nonsense"), ask(who="bert"), ask(tenant="22222222-2222-4222-8222-222222222222"), ask(who="")]
)
async def test_who_proves_nothing_is_denied(wrong: ReadProfile) -> None:
    with pytest.raises(Denied):
        await read_profile(wrong, await a_house(), NOW)


async def test_a_group_that_is_not_in_use_is_missing() -> None:
    with pytest.raises(Missing):
        await read_profile(ask(group="00000000-0000-4000-8000-000000000000"), await a_house(), NOW)


async def test_one_group_by_its_id() -> None:
    context = await a_house()
    (group,) = context.published_settings.groups(ORGANISATION)

    (page,) = await read_profile(ask(group=group), context, NOW)

    assert page.group == group


async def test_a_busy_store_passes_through() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await stores.close()

    with pytest.raises(Busy):
        await read_profile(ask(), context, NOW)
