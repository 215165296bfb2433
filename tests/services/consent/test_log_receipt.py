"""The story of a reported receipt: believed as far as it is proven, kept as a whole, joined to the profile."""

from typing import Any

import pytest
from msgspec.structs import replace

from placet.consent.choices.reported import Report, Reported
from placet.consent.profile.person import Person
from placet.consent.profile.profile import PurposeStatus
from placet.errors import Busy, Denied, Missing
from placet.services.consent.log_receipt import LogReceipt, log_receipts
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import token
from tests.services.node_context import NOW, WEB, WHO, Interrupted, a_house
from tests.small_organisation import small


async def ads(context: Any) -> str:
    """The id of the purpose behind the advertising category."""
    return context.published_settings.published(WEB).publication.site.by_id["C0004"].purpose_id


async def told(context: Any, transaction: str = "CONFIRMED", proof: str | None = None, **more: Any) -> LogReceipt:
    """A report about advertising, proven unless told otherwise."""
    report = Report(Person(WHO, True), (Reported(await ads(context), transaction),), NOW)
    proof = token(WHO) if proof is None else proof
    return replace(LogReceipt(WEB, report, proof, b"as sent"), **more)


async def test_a_proven_report_reaches_the_profile() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    (receipt,) = await log_receipts([await told(context)], context, NOW)

    (known,) = stores.profiles.rows.values()
    (row,) = stores.ledger.rows.values()
    assert known.profile.items["p:" + await ads(context)].status is PurposeStatus.ACTIVE
    assert (known.profile.receipt, row.id.hex(), row.evidence) == (receipt.id, receipt.id, b"as sent")
    assert len(stores.outbox.messages) == 1


@pytest.mark.parametrize("proof", ["", "nonsense", token("bert")])
async def test_a_claim_is_recorded_and_changes_nobodys_profile(proof: str) -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    (receipt,) = await log_receipts([await told(context, proof=proof)], context, NOW)

    assert receipt.anonymous
    assert stores.profiles.rows == {}
    assert len(stores.ledger.rows) == 1


async def test_a_site_may_trust_identifiers() -> None:
    stores = MemoryStores()
    trusting = small(("name: Website\n", "name: Website\n        trusts_identifiers: true\n"))
    context = await a_house(stores, trusting)
    await log_receipts([await told(context, proof="")], context, NOW)

    assert len(stores.profiles.rows) == 1


async def test_of_several_reports_all_are_fit_or_none_is_kept() -> None:
    stores = MemoryStores()
    insisting = small(("name: Website\n", "name: Website\n        token_required: true\n"))
    context = await a_house(stores, insisting)
    for unfit, error in ((await told(context, proof=""), Denied), (await told(context, app_id="none"), Missing)):
        with pytest.raises(error):
            await log_receipts([await told(context), unfit], context, NOW)

    assert stores.ledger.rows == {}
    assert stores.profiles.rows == {}


async def test_somebody_faster_means_joining_again() -> None:
    stores = Interrupted()
    context = await a_house(stores)

    async def refuse() -> None:
        await log_receipts([await told(context, "HARD_OPT_OUT")], context, NOW)

    stores.meanwhile = refuse
    await log_receipts([await told(context)], context, NOW)

    (known,) = stores.profiles.rows.values()
    assert known.profile.items["p:" + await ads(context)].status is PurposeStatus.HARD_OPT_OUT
    assert len(stores.ledger.rows) == 2


async def test_the_same_name_again_is_kept_once() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    ask = await told(context, idempotency_key=b"a receipt's name")
    first, again = [(await log_receipts([ask], context, at))[0] for at in (NOW, NOW + 1000)]

    assert first == again
    assert len(stores.ledger.rows) == 1


async def test_a_busy_store_passes_through_and_nothing_is_kept() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    ask = await told(context)
    await stores.close()
    with pytest.raises(Busy):
        await log_receipts([ask], context, NOW)

    assert stores.ledger.rows == {}


async def reported(context: Any, transaction: str, said_at: int, now: int) -> None:
    """A report that was made at this time by the reporter's clock."""
    ask = await told(context, transaction)
    await log_receipts([replace(ask, report=replace(ask.report, said_at=said_at))], context, now)


@pytest.mark.parametrize("clock", [NOW // 1000, 1, NOW + 1000 - 3_600_000, NOW + 86_400_000])
async def test_a_refusal_with_a_wrong_clock_beats_the_grant_before_it(clock: int) -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await reported(context, "CONFIRMED", NOW, NOW)
    await reported(context, "WITHDRAWN", clock, NOW + 1000)

    (known,) = stores.profiles.rows.values()
    assert known.profile.items["p:" + await ads(context)].status is PurposeStatus.WITHDRAWN


@pytest.mark.parametrize("clock", [NOW // 1000, 1, NOW - 86_400_000, NOW + 86_400_000])
async def test_a_grant_with_a_wrong_clock_lifts_no_refusal(clock: int) -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await reported(context, "WITHDRAWN", NOW, NOW)
    await reported(context, "CONFIRMED", clock, NOW + 1000)

    (known,) = stores.profiles.rows.values()
    assert known.profile.items["p:" + await ads(context)].status is PurposeStatus.WITHDRAWN


async def test_a_refusal_beats_a_grant_that_another_node_stamped_ahead() -> None:
    stores = MemoryStores()
    context = await a_house(stores)
    await reported(context, "CONFIRMED", NOW + 5000, NOW + 5000)
    await reported(context, "WITHDRAWN", NOW + 1000, NOW + 1000)

    (known,) = stores.profiles.rows.values()
    assert known.profile.items["p:" + await ads(context)].status is PurposeStatus.WITHDRAWN
