"""The story of a look: where a person stands, with nothing kept."""

import pytest
from msgspec.structs import replace

from placet.consent.rules.banner import Reason
from placet.errors import Busy, Contradiction, Missing
from placet.formats.onetrust.consent_string import DeviceState
from placet.services.consent.save_consent import save_consent
from placet.services.consent.show_notice import show_notice
from placet.stores.memory.stores import MemoryStores
from tests.services.node_context import APP, NOW, a_house, anna, nobody, save


async def test_a_new_device_is_asked_and_gets_the_minted_id() -> None:
    shown = await show_notice(nobody(), await a_house(), NOW, "minted")

    assert shown.status.ask.reason is Reason.FIRST_LAUNCH
    assert shown.status.device_state.person == "minted"


async def test_an_anonymous_look_asks_no_store() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await stores.close()

    assert (await show_notice(nobody(), context, NOW, "minted")).status.ask.show


async def test_a_known_persons_look_needs_the_store() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await stores.close()

    with pytest.raises(Busy):
        await show_notice(anna(), context, NOW, "minted")


async def test_a_known_person_is_recognised_on_another_site_of_the_group() -> None:
    context = await a_house()
    await save_consent(save(anna()), context, NOW)

    shown = await show_notice(anna(APP), context, NOW + 1, "minted")

    assert shown.status.ask.reason is Reason.FULLY_SYNCED
    assert shown.status.choices.groups["C0004"] == 1


async def test_a_look_keeps_nothing() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await show_notice(anna(), context, NOW, "minted")

    assert stores.profiles.rows == {}
    assert stores.ledger.rows == {}
    assert stores.outbox.messages == {}


async def test_who_does_not_ask_for_the_profile_does_not_get_it() -> None:
    context = await a_house()
    await save_consent(save(anna()), context, NOW)
    consent_request = anna()

    shown = await show_notice(replace(consent_request, fetches=False), context, NOW + 1, "minted")

    assert shown.status.ask.reason is Reason.FIRST_LAUNCH


async def test_missing_and_contradiction() -> None:
    context = await a_house()
    with pytest.raises(Missing):
        await show_notice(nobody("nobody-published-this"), context, NOW, "minted")
    with pytest.raises(Contradiction):
        await show_notice(nobody(identifier="bert", remembered=DeviceState(person="anna")), context, NOW, "minted")
