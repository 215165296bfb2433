"""The story of a look: where a person stands, with nothing kept."""

import pytest
from msgspec.structs import replace

from placet.consent.banner import Reason
from placet.consent.errors import Busy, Contradiction, Missing
from placet.formats.sealed import Remembered
from placet.services.save_consent import save_consent
from placet.services.show_notice import show_notice
from placet.stores.memory import MemoryStores
from tests.services.a_house import APP, NOW, a_house, anna, nobody, save


async def test_a_new_device_is_asked_and_gets_the_minted_id() -> None:
    shown = await show_notice(nobody(), await a_house(), NOW, "minted")

    assert shown.standpoint.ask.reason is Reason.FIRST_LAUNCH
    assert shown.standpoint.memory.person == "minted"


async def test_an_anonymous_look_asks_no_store() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await stores.close()

    assert (await show_notice(nobody(), house, NOW, "minted")).standpoint.ask.show


async def test_a_known_persons_look_needs_the_store() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await stores.close()

    with pytest.raises(Busy):
        await show_notice(anna(), house, NOW, "minted")


async def test_a_known_person_is_recognised_on_another_site_of_the_group() -> None:
    house = await a_house()
    await save_consent(save(anna()), house, NOW)

    shown = await show_notice(anna(APP), house, NOW + 1, "minted")

    assert shown.standpoint.ask.reason is Reason.FULLY_SYNCED
    assert shown.standpoint.choices.groups["C0004"] == 1


async def test_a_look_keeps_nothing() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await show_notice(anna(), house, NOW, "minted")

    assert stores.people.rows == {}
    assert stores.ledger.rows == {}
    assert stores.outbox.notes == {}


async def test_who_does_not_ask_for_the_profile_does_not_get_it() -> None:
    house = await a_house()
    await save_consent(save(anna()), house, NOW)
    approach = anna()

    shown = await show_notice(replace(approach, fetches=False), house, NOW + 1, "minted")

    assert shown.standpoint.ask.reason is Reason.FIRST_LAUNCH


async def test_missing_and_contradiction() -> None:
    house = await a_house()
    with pytest.raises(Missing):
        await show_notice(nobody("nobody-published-this"), house, NOW, "minted")
    with pytest.raises(Contradiction):
        await show_notice(nobody(identifier="bert", remembered=Remembered(person="anna")), house, NOW, "minted")
