"""The story of a reported receipt: believed as far as it is proven, kept as a whole, joined to the profile."""

from typing import Any

import pytest
from msgspec.structs import replace

from placet.consent.errors import Busy, Denied, Missing
from placet.consent.person import Person
from placet.consent.profile import Standing
from placet.consent.reported import Report, Reported
from placet.services.log_receipt import LogReceipt, log_receipts
from placet.stores.memory import MemoryStores
from tests.faces.house import token
from tests.services.a_house import NOW, WEB, WHO, Interrupted, a_house
from tests.small import small


async def ads(house: Any) -> str:
    """The id of the purpose behind the advertising category."""
    return house.shelf.published(WEB).publication.site.by_id["C0004"].purpose_id


async def told(house: Any, transaction: str = "CONFIRMED", proof: str | None = None, **more: Any) -> LogReceipt:
    """A report about advertising, proven unless told otherwise."""
    report = Report(Person(WHO, True), (Reported(await ads(house), transaction),), NOW)
    proof = token(WHO) if proof is None else proof
    return replace(LogReceipt(WEB, report, proof, b"as sent"), **more)


async def test_a_proven_report_reaches_the_profile() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    (receipt,) = await log_receipts([await told(house)], house, NOW)

    (known,) = stores.people.rows.values()
    (row,) = stores.ledger.rows.values()
    assert known.profile.items["p:" + await ads(house)].standing is Standing.ACTIVE
    assert (known.profile.receipt, row.id.hex(), row.evidence) == (receipt.id, receipt.id, b"as sent")
    assert len(stores.outbox.notes) == 1


@pytest.mark.parametrize("proof", ["", "nonsense", token("bert")])
async def test_a_claim_is_recorded_and_changes_nobodys_profile(proof: str) -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    (receipt,) = await log_receipts([await told(house, proof=proof)], house, NOW)

    assert receipt.anonymous
    assert stores.people.rows == {}
    assert len(stores.ledger.rows) == 1


async def test_a_site_may_trust_identifiers() -> None:
    stores = MemoryStores()
    trusting = small(("name: Website\n", "name: Website\n        trusts_identifiers: true\n"))
    house = await a_house(stores, trusting)
    await log_receipts([await told(house, proof="")], house, NOW)

    assert len(stores.people.rows) == 1


async def test_of_several_reports_all_are_fit_or_none_is_kept() -> None:
    stores = MemoryStores()
    insisting = small(("name: Website\n", "name: Website\n        token_required: true\n"))
    house = await a_house(stores, insisting)
    for unfit, error in ((await told(house, proof=""), Denied), (await told(house, app_id="none"), Missing)):
        with pytest.raises(error):
            await log_receipts([await told(house), unfit], house, NOW)

    assert stores.ledger.rows == {}
    assert stores.people.rows == {}


async def test_somebody_faster_means_joining_again() -> None:
    stores = Interrupted()
    house = await a_house(stores)

    async def refuse() -> None:
        await log_receipts([await told(house, "HARD_OPT_OUT")], house, NOW)

    stores.meanwhile = refuse
    await log_receipts([await told(house)], house, NOW)

    (known,) = stores.people.rows.values()
    assert known.profile.items["p:" + await ads(house)].standing is Standing.HARD_OPT_OUT
    assert len(stores.ledger.rows) == 2


async def test_the_same_name_again_is_kept_once() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    ask = await told(house, once=b"a receipt's name")
    first, again = [(await log_receipts([ask], house, at))[0] for at in (NOW, NOW + 1000)]

    assert first == again
    assert len(stores.ledger.rows) == 1


async def test_a_busy_store_passes_through_and_nothing_is_kept() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    ask = await told(house)
    await stores.close()
    with pytest.raises(Busy):
        await log_receipts([ask], house, NOW)

    assert stores.ledger.rows == {}


async def reported(house: Any, transaction: str, said_at: int, now: int) -> None:
    """A report that was made at this time by the reporter's clock."""
    ask = await told(house, transaction)
    await log_receipts([replace(ask, report=replace(ask.report, said_at=said_at))], house, now)


@pytest.mark.parametrize("clock", [NOW // 1000, 1, NOW + 1000 - 3_600_000, NOW + 86_400_000])
async def test_a_refusal_with_a_wrong_clock_beats_the_grant_before_it(clock: int) -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await reported(house, "CONFIRMED", NOW, NOW)
    await reported(house, "WITHDRAWN", clock, NOW + 1000)

    (known,) = stores.people.rows.values()
    assert known.profile.items["p:" + await ads(house)].standing is Standing.WITHDRAWN


@pytest.mark.parametrize("clock", [NOW // 1000, 1, NOW - 86_400_000, NOW + 86_400_000])
async def test_a_grant_with_a_wrong_clock_lifts_no_refusal(clock: int) -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await reported(house, "WITHDRAWN", NOW, NOW)
    await reported(house, "CONFIRMED", clock, NOW + 1000)

    (known,) = stores.people.rows.values()
    assert known.profile.items["p:" + await ads(house)].standing is Standing.WITHDRAWN


async def test_a_refusal_beats_a_grant_that_another_node_stamped_ahead() -> None:
    stores = MemoryStores()
    house = await a_house(stores)
    await reported(house, "CONFIRMED", NOW + 5000, NOW + 5000)
    await reported(house, "WITHDRAWN", NOW + 1000, NOW + 1000)

    (known,) = stores.people.rows.values()
    assert known.profile.items["p:" + await ads(house)].standing is Standing.WITHDRAWN
