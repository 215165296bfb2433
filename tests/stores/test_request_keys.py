"""On every engine: a key belongs to one person's one choice, and no stored stamp outweighs a choice made now."""

import pytest
from msgspec.structs import replace

from placet.errors import Reused
from placet.services.consent.save_consent import save_consent
from placet.stores.ports.stores import Stores
from tests.api.node_context import token
from tests.services.node_context import NOW, a_house, anna, save

KEY = b"a request's name"
BEN = replace(anna(), identifier="ben", token=token("ben"))


async def test_a_key_of_another_person_or_body_is_refused_and_nothing_is_stored(stores: Stores) -> None:
    context = await a_house(stores)
    first = await save_consent(save(anna(), idempotency_key=KEY), context, NOW)
    for other in (
        save(BEN, "BANNER_REJECT_ALL", idempotency_key=KEY, evidence=b"no"),
        save(BEN, idempotency_key=KEY),
        save(anna(), "BANNER_REJECT_ALL", idempotency_key=KEY, evidence=b"no"),
    ):
        with pytest.raises(Reused):
            await save_consent(other, context, NOW + 1000)
    again = await save_consent(save(anna(), idempotency_key=KEY), context, NOW + 2000)

    assert first.receipt is not None
    assert again.receipt is not None
    assert again.receipt.id == first.receipt.id
    assert await stores.ledger.count(first.receipt.organisation) == 1


@pytest.mark.parametrize("ahead", [5_000, 86_400_000])
async def test_a_refusal_on_the_slow_node_beats_a_grant_of_the_fast_one(stores: Stores, ahead: int) -> None:
    fast, slow = await a_house(stores), await a_house(stores)
    for node, at in ((fast, NOW + ahead - 1000), (slow, NOW - 1000), (fast, NOW + ahead)):
        await save_consent(save(anna()), node, at)
    saved = await save_consent(save(anna(), "BANNER_REJECT_ALL"), slow, NOW + 1000)
    assert saved.status.choices.groups["C0004"] == 0

    later = await save_consent(save(anna(), "BANNER_CLOSE"), fast, NOW + ahead + 10_000)
    assert later.status.choices.groups["C0004"] == 0
