"""The story of a save: loaded, decided, kept as a whole, answered; again when somebody was faster."""

import pytest

from placet.consent.profile.person import Person
from placet.errors import Busy, Contradiction, Missing, NotOffered, Stale
from placet.formats.onetrust.consent_string import DeviceState
from placet.runtime.optimistic_retry import MAX_ATTEMPTS
from placet.services.consent.save_consent import save_consent
from placet.stores.memory.stores import MemoryStores
from tests.services.node_context import NOW, ORGANISATION, WHO, Interrupted, a_house, anna, interaction, nobody, save


async def test_an_anonymous_choice_leaves_a_receipt_and_a_note_and_no_profile() -> None:
    stores = MemoryStores()
    saved = await save_consent(save(nobody()), await a_house(stores), NOW)

    (row,) = stores.ledger.rows.values()
    assert saved.receipt is not None
    assert row.id.hex() == saved.receipt.id
    assert (row.organisation, row.site, row.at, row.evidence, row.test) == (ORGANISATION, "web", NOW, b"as sent", False)
    (message,) = stores.outbox.messages.values()
    assert (message.kind, message.subject_id) == ("consent", row.person)
    assert stores.profiles.rows == {}


async def test_a_known_persons_choice_is_kept_with_its_profile_in_one() -> None:
    stores = MemoryStores()
    await save_consent(save(anna()), await a_house(stores), NOW)

    (known,) = stores.profiles.rows.values()
    (row,) = stores.ledger.rows.values()
    assert (known.version, known.profile.last_interaction, known.person) == (1, NOW, row.person)
    assert known.profile.receipt == row.id.hex()


async def test_somebody_faster_means_loading_and_deciding_again() -> None:
    stores = Interrupted()
    context = await a_house(stores)

    async def refuse() -> None:
        await save_consent(save(anna(), "BANNER_REJECT_ALL"), context, NOW + 5)

    stores.meanwhile = refuse
    saved = await save_consent(save(anna()), context, NOW)

    (known,) = stores.profiles.rows.values()
    assert known.version == 2
    assert known.profile.last_interaction == NOW + 5
    assert saved.status.choices.groups["C0004"] == 0, "the later choice binds, and the answer says so"
    assert len(stores.ledger.rows) == 2


async def test_somebody_always_faster_is_busy_in_the_end_and_nothing_is_written() -> None:
    stores = Interrupted(times=10_000)
    context = await a_house(stores)

    async def snatch() -> None:
        raise Stale("always faster")

    stores.meanwhile = snatch
    with pytest.raises(Busy):
        await save_consent(save(anna()), context, NOW)

    assert stores.tried == MAX_ATTEMPTS
    assert stores.ledger.rows == {}
    assert stores.profiles.rows == {}
    assert stores.outbox.messages == {}


async def test_a_busy_store_passes_through_and_nothing_is_half_written() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await stores.close()
    with pytest.raises(Busy):
        await save_consent(save(nobody()), context, NOW)

    assert stores.ledger.rows == {}
    assert stores.outbox.messages == {}


async def test_the_same_request_again_is_answered_alike_and_kept_once() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    ask = save(anna(), idempotency_key=b"a request's name")
    first, again = [await save_consent(ask, context, at) for at in (NOW, NOW + 60_000)]

    assert first.receipt == again.receipt
    assert first.status.device_state == again.status.device_state
    assert len(stores.ledger.rows) == len(stores.outbox.messages) == 1
    (known,) = stores.profiles.rows.values()
    assert known.version == 1


@pytest.mark.parametrize(
    "name", ["PREFERENCE_CENTER_CLOSE", "VENDOR_LIST_CLOSE", "SYNC_PROFILE", "ATT_NOTGIVEN", "SDK_LIST_CLOSE"]
)
async def test_a_press_that_is_no_choice_changes_no_profile(name: str) -> None:
    stores = MemoryStores()
    await save_consent(save(anna(), name), await a_house(stores), NOW)

    assert stores.profiles.rows == {}


async def test_a_login_that_changes_nothing_asks_the_stores_for_nothing() -> None:
    stores = MemoryStores()
    saved = await save_consent(save(anna(), "SYNC_PROFILE"), await a_house(stores), NOW)

    assert saved.receipt is None
    assert stores.ledger.rows == {}
    assert stores.outbox.messages == {}


async def test_an_unproven_name_writes_into_no_ones_profile() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await save_consent(save(nobody(identifier=WHO, fetches=True)), context, NOW)

    (row,) = stores.ledger.rows.values()
    publication = context.published_settings.published("55555555-5555-4555-8555-555555555555").publication
    assert stores.profiles.rows == {}
    assert row.person != context.pseudonym_of(publication, Person(WHO, known=True))


async def test_an_app_nobody_published_is_missing() -> None:
    with pytest.raises(Missing):
        await save_consent(save(nobody("00000000-0000-4000-8000-000000000000")), await a_house(), NOW)


async def test_two_names_at_once_are_a_contradiction_and_nothing_is_kept() -> None:
    stores = MemoryStores()
    consent_request = nobody(identifier="bert", remembered=DeviceState(person="anna"))
    with pytest.raises(Contradiction):
        await save_consent(save(consent_request), await a_house(stores), NOW)

    assert stores.ledger.rows == {}


async def test_a_prompt_that_is_not_configured_is_not_offered() -> None:
    with pytest.raises(NotOffered):
        await save_consent(save(nobody(), "GOOGLE_ADS_CONFIRM"), await a_house(), NOW)


async def test_what_was_stated_is_what_is_kept() -> None:
    stores = MemoryStores()
    ask = save(anna(), interaction=interaction("PREFERENCE_CENTER_CONFIRM", C0004=True))
    saved = await save_consent(ask, await a_house(stores), NOW)

    (known,) = stores.profiles.rows.values()
    assert saved.status.choices.groups["C0004"] == 1
    assert any(item.granted for key, item in known.profile.items.items() if key.startswith("p:"))
