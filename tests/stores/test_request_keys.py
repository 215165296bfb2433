"""On every engine: a key belongs to one person's one choice, and no stored stamp outweighs a choice made now."""

import pytest
from msgspec.structs import replace

from placet.consent.errors import Reused
from placet.services.save_consent import save_consent
from placet.stores.ports import Stores
from tests.faces.house import token
from tests.services.a_house import NOW, a_house, anna, save

KEY = b"a request's name"
BEN = replace(anna(), identifier="ben", token=token("ben"))


async def test_a_key_of_another_person_or_body_is_refused_and_nothing_is_stored(stores: Stores) -> None:
    house = await a_house(stores)
    first = await save_consent(save(anna(), once=KEY), house, NOW)
    for other in (
        save(BEN, "BANNER_REJECT_ALL", once=KEY, evidence=b"no"),
        save(BEN, once=KEY),
        save(anna(), "BANNER_REJECT_ALL", once=KEY, evidence=b"no"),
    ):
        with pytest.raises(Reused):
            await save_consent(other, house, NOW + 1000)
    again = await save_consent(save(anna(), once=KEY), house, NOW + 2000)

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
    assert saved.standpoint.choices.groups["C0004"] == 0

    later = await save_consent(save(anna(), "BANNER_CLOSE"), fast, NOW + ahead + 10_000)
    assert later.standpoint.choices.groups["C0004"] == 0
