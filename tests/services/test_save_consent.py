"""The story of a save: loaded, decided, kept as a whole, answered; again when somebody was faster."""

import pytest

from placet.consent.errors import Busy, Contradiction, Missing, NotOffered, Stale
from placet.consent.person import Person
from placet.formats.sealed import Remembered
from placet.services.save_consent import save_consent
from placet.stores.house import TRIES
from placet.stores.memory import MemoryStores
from tests.services.a_house import NOW, ORGANISATION, WHO, Interrupted, a_house, anna, nobody, press, save


async def test_an_anonymous_choice_leaves_a_receipt_and_a_note_and_no_profile() -> None:
    stores = MemoryStores()
    saved = await save_consent(save(nobody()), await a_house(stores), NOW)

    (row,) = stores.ledger.rows.values()
    assert saved.receipt is not None
    assert row.id.hex() == saved.receipt.id
    assert (row.organisation, row.site, row.at, row.evidence, row.test) == (ORGANISATION, "web", NOW, b"as sent", False)
    (note,) = stores.outbox.notes.values()
    assert (note.kind, note.about) == ("consent", row.person)
    assert stores.people.rows == {}


async def test_a_known_persons_choice_is_kept_with_its_profile_in_one() -> None:
    stores = MemoryStores()
    await save_consent(save(anna()), await a_house(stores), NOW)

    (known,) = stores.people.rows.values()
    (row,) = stores.ledger.rows.values()
    assert (known.version, known.profile.last_interaction, known.person) == (1, NOW, row.person)
    assert known.profile.receipt == row.id.hex()


async def test_somebody_faster_means_loading_and_deciding_again() -> None:
    stores = Interrupted()
    house = await a_house(stores)

    async def refuse() -> None:
        await save_consent(save(anna(), "BANNER_REJECT_ALL"), house, NOW + 5)

    stores.meanwhile = refuse
    saved = await save_consent(save(anna()), house, NOW)

    (known,) = stores.people.rows.values()
    assert known.version == 2
    assert known.profile.last_interaction == NOW + 5
    assert saved.standpoint.choices.groups["C0004"] == 0, "the later choice binds, and the answer says so"
    assert len(stores.ledger.rows) == 2


async def test_somebody_always_faster_is_busy_in_the_end_and_nothing_is_written() -> None:
    stores = Interrupted(times=10_000)
    house = await a_house(stores)

    async def snatch() -> None:
        raise Stale("always faster")

    stores.meanwhile = snatch
    with pytest.raises(Busy):
        await save_consent(save(anna()), house, NOW)

    assert stores.tried == TRIES
    assert stores.ledger.rows == {}
    assert stores.people.rows == {}
    assert stores.outbox.notes == {}


async def test_a_busy_store_passes_through_and_nothing_is_half_written() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await stores.close()
    with pytest.raises(Busy):
        await save_consent(save(nobody()), house, NOW)

    assert stores.ledger.rows == {}
    assert stores.outbox.notes == {}


async def test_the_same_request_again_is_answered_alike_and_kept_once() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    ask = save(anna(), once=b"a request's name")
    first, again = [await save_consent(ask, house, at) for at in (NOW, NOW + 60_000)]

    assert first.receipt == again.receipt
    assert first.standpoint.memory == again.standpoint.memory
    assert len(stores.ledger.rows) == len(stores.outbox.notes) == 1
    (known,) = stores.people.rows.values()
    assert known.version == 1


@pytest.mark.parametrize(
    "name", ["PREFERENCE_CENTER_CLOSE", "VENDOR_LIST_CLOSE", "SYNC_PROFILE", "ATT_NOTGIVEN", "SDK_LIST_CLOSE"]
)
async def test_a_press_that_is_no_choice_changes_no_profile(name: str) -> None:
    stores = MemoryStores()
    await save_consent(save(anna(), name), await a_house(stores), NOW)

    assert stores.people.rows == {}


async def test_a_login_that_changes_nothing_asks_the_stores_for_nothing() -> None:
    stores = MemoryStores()
    saved = await save_consent(save(anna(), "SYNC_PROFILE"), await a_house(stores), NOW)

    assert saved.receipt is None
    assert stores.ledger.rows == {}
    assert stores.outbox.notes == {}


async def test_an_unproven_name_writes_into_no_ones_profile() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await save_consent(save(nobody(identifier=WHO, fetches=True)), house, NOW)

    (row,) = stores.ledger.rows.values()
    publication = house.shelf.published("55555555-5555-4555-8555-555555555555").publication
    assert stores.people.rows == {}
    assert row.person != house.name(publication, Person(WHO, known=True))


async def test_an_app_nobody_published_is_missing() -> None:
    with pytest.raises(Missing):
        await save_consent(save(nobody("00000000-0000-4000-8000-000000000000")), await a_house(), NOW)


async def test_two_names_at_once_are_a_contradiction_and_nothing_is_kept() -> None:
    stores = MemoryStores()
    approach = nobody(identifier="bert", remembered=Remembered(person="anna"))
    with pytest.raises(Contradiction):
        await save_consent(save(approach), await a_house(stores), NOW)

    assert stores.ledger.rows == {}


async def test_a_prompt_that_is_not_configured_is_not_offered() -> None:
    with pytest.raises(NotOffered):
        await save_consent(save(nobody(), "GOOGLE_ADS_CONFIRM"), await a_house(), NOW)


async def test_what_was_stated_is_what_is_kept() -> None:
    stores = MemoryStores()
    ask = save(anna(), press=press("PREFERENCE_CENTER_CONFIRM", C0004=True))
    saved = await save_consent(ask, await a_house(stores), NOW)

    (known,) = stores.people.rows.values()
    assert saved.standpoint.choices.groups["C0004"] == 1
    assert any(item.granted for key, item in known.profile.items.items() if key.startswith("p:"))
