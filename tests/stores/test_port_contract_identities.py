"""Every engine keeps the promises that `stores/ports/identities.py` makes about people and their names."""

import asyncio

import pytest
from msgspec.structs import replace

from placet.consent.profile.stored_profile import VersionedProfile
from placet.errors import Missing, Stale
from placet.events.identity.records import (
    HashedIdentifier,
    Id,
    IdentityChange,
    IdentityChanges,
    IdentityLookup,
    PersonRecord,
)
from placet.stores.open import migrate, open_stores
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.events import Batch
from placet.stores.ports.stores import Stores
from tests.stores.rows import GROUP, NOW, ORGANISATION, a_profile, key, uuid7


def a_name(text: str, *, proven: bool = False) -> HashedIdentifier:
    """A name whose memories are at `c…` and `p…`."""
    return HashedIdentifier("user_id", key(text), key(f"c{text}"), key(f"p{text}") if proven else b"")


def new(person: Id, *names: str) -> IdentityChanges:
    """Somebody new."""
    return IdentityChanges(
        (PersonRecord(person, tuple(map(a_name, names))),),
        tuple(IdentityChange(key(one), (), (person,)) for one in names),
    )


async def lookup(stores: Stores, *names: str, people: tuple[Id, ...] = ()) -> IdentityLookup:
    return await stores.identities.lookup([a_name(one) for one in names], GROUP, people)


async def test_somebody_is_found_by_each_of_their_names_and_by_their_id(stores: Stores):
    anna = uuid7()
    await stores.identities.apply(new(anna, "one", "two"))
    expected = PersonRecord(anna, (a_name("one"), a_name("two")), 1)
    for found in (
        await lookup(stores, "one"),
        await lookup(stores, "two", "none"),
        await lookup(stores, people=(anna,)),
    ):
        assert found.people == (expected,)
    assert (await lookup(stores, "one", "none")).identifiers == {key("one"): (anna,)}


async def test_whoever_turned_out_to_be_somebody_is_found_also_by_way_of_others(stores: Stores):
    anna, bert, carl, dora = (uuid7() for _ in range(4))
    joined = ((anna, b""), (bert, anna), (carl, bert), (dora, b""))
    await stores.identities.apply(IdentityChanges(tuple(PersonRecord(one, (), merged=into) for one, into in joined)))
    assert set(await stores.identities.merged_into([anna])) == {anna, bert, carl}
    assert await stores.identities.merged_into([dora, key("nobody")]) == [dora, key("nobody")]
    assert await stores.identities.merged_into([]) == []


async def test_nobody_is_found_by_nothing(stores: Stores):
    assert await lookup(stores) == IdentityLookup()
    assert await lookup(stores, "none", people=(key("nobody"),)) == IdentityLookup()


@pytest.mark.parametrize("size", [1, 8, 9, 64, 65, 200])
async def test_any_number_of_names_is_looked_up_at_once(stores: Stores, size: int):
    everybody = [uuid7() for _ in range(size)]
    for place, one in enumerate(everybody):
        await stores.identities.apply(new(one, f"n{place}"))
    found = await lookup(stores, *(f"n{place}" for place in range(size + 3)))
    assert {one.id for one in found.people} == set(everybody)
    assert found.identifiers == {key(f"n{place}"): (one,) for place, one in enumerate(everybody)}


async def test_whoever_asks_together_with_others_is_told_what_they_asked_for(stores: Stores):
    """Deliveries ask for one person each, many at the same time."""
    everybody = [uuid7() for _ in range(30)]
    for place, one in enumerate(everybody):
        await stores.identities.apply(new(one, f"n{place}"))
        await stores.write(WriteDecision(profile=VersionedProfile(GROUP, key(f"cn{place}"), a_profile())))
    await stores.identities.apply(joined(everybody[0], everybody[1], "n0", "n1"))
    asked = [lookup(stores, f"n{place}", f"none{place}") for place in range(2, 30)]
    other = stores.identities.lookup([a_name("n3")], key("another group"))
    *found, elsewhere, both = await asyncio.gather(*asked, other, lookup(stores, people=(everybody[1],)))
    for place, one in enumerate(found, 2):
        assert [each.id for each in one.people] == [everybody[place]]
        assert one.identifiers == {key(f"n{place}"): (everybody[place],)}
        assert one.profiles == {key(f"cn{place}"): (1, a_profile())}
    assert (elsewhere.identifiers, elsewhere.profiles) == ({key("n3"): (everybody[3],)}, {})
    assert {each.id for each in both.people} == set(everybody[:2])


async def test_what_is_remembered_under_names_comes_with_their_versions(stores: Stores):
    anna = uuid7()
    await stores.identities.apply(IdentityChanges((PersonRecord(anna, (a_name("one", proven=True), a_name("two"))),)))
    for person in (key("pone"), key("ctwo"), key("cother")):
        await stores.write(WriteDecision(profile=VersionedProfile(GROUP, person, a_profile())))
    found = await stores.identities.lookup([a_name("other")], GROUP, [anna])
    assert found.profiles == {key(at): (1, a_profile()) for at in ("pone", "ctwo", "cother")}
    assert (await stores.identities.lookup([a_name("other")], None, [anna])).profiles == {}


async def test_who_turned_out_to_be_somebody_else_comes_with_them(stores: Stores):
    anna, bert, cleo = uuid7(), uuid7(), uuid7()
    for one, name in ((anna, "one"), (bert, "two"), (cleo, "three")):
        await stores.identities.apply(new(one, name))
    await stores.identities.apply(joined(bert, cleo, "two", "three"))
    await stores.identities.apply(joined(anna, bert, "one", "two", version=2))
    found = await lookup(stores, people=(cleo,))
    assert [(one.id, one.merged) for one in sorted(found.people, key=lambda one: one.id)] == [
        (anna, b""), (bert, anna), (cleo, bert),
    ]  # fmt: skip
    assert (await lookup(stores, "two")).identifiers == {key("two"): (anna,)}


def joined(first: Id, second: Id, one: str, two: str, version: int = 1) -> IdentityChanges:
    """The second, at this version, turned out to be the first."""
    people = (PersonRecord(first, (a_name(one), a_name(two)), 1), PersonRecord(second, (), version, first))
    return IdentityChanges(people, (IdentityChange(key(two), (second,), (first,)),))


async def test_a_name_nobody_goes_by_any_more_leads_to_nobody(stores: Stores):
    anna = uuid7()
    await stores.identities.apply(new(anna, "one"))
    await stores.identities.apply(
        IdentityChanges((PersonRecord(anna, (), 1),), (IdentityChange(key("one"), (anna,), ()),))
    )
    assert await lookup(stores, "one") == IdentityLookup()
    await stores.identities.apply(new(uuid7(), "one"))
    assert len((await lookup(stores, "one")).people) == 1


@pytest.mark.parametrize("late", [
    lambda anna, bert: new(bert, "free", "one"),
    lambda anna, bert: IdentityChanges((PersonRecord(anna, (a_name("one"),), 2),), ()),
    lambda anna, bert: IdentityChanges((PersonRecord(bert, (), 1),), ()),
    lambda anna, bert: IdentityChanges((), (IdentityChange(key("one"), (bert,), (bert, anna)),)),
    lambda anna, bert: IdentityChanges((), (IdentityChange(key("free"), (bert,), (anna,)),)),
])  # fmt: skip
async def test_whoever_did_not_see_them_as_they_are_changes_nothing(stores: Stores, late):
    anna, bert = uuid7(), uuid7()
    await stores.identities.apply(new(anna, "one"))
    before = await lookup(stores, "one", "free", people=(anna, bert))
    with pytest.raises(Stale):
        await stores.identities.apply(late(anna, bert))
    assert await lookup(stores, "one", "free", people=(anna, bert)) == before


async def test_of_many_at_once_one_takes_a_name(stores: Stores):
    everybody = [uuid7() for _ in range(12)]
    tries = [stores.identities.apply(new(one, f"own{place}", "shared")) for place, one in enumerate(everybody)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["Stale"] * 11
    found = await lookup(stores, "shared", *(f"own{place}" for place in range(12)))
    assert len(found.people) == 1


async def test_of_many_at_once_one_changes_somebody(stores: Stores):
    anna = uuid7()
    await stores.identities.apply(new(anna, "one"))

    def change(name: str) -> IdentityChanges:
        return IdentityChanges(
            (PersonRecord(anna, (a_name("one"), a_name(name)), 1),), (IdentityChange(key(name), (), (anna,)),)
        )

    results = await asyncio.gather(
        *(stores.identities.apply(change(f"n{n}")) for n in range(12)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["Stale"] * 11
    (found,) = (await lookup(stores, "one")).people
    assert (found.version, len(found.names)) == (2, 2)


def a_batch() -> Batch:
    return Batch(uuid7(), ORGANISATION, "shop/web", NOW, key("gates"), b"{}")


async def test_a_batch_takes_people_and_profiles_along_in_one_piece(stores: Stores):
    anna, claim = uuid7(), VersionedProfile(GROUP, key("cone"), a_profile())
    await stores.events.store_batch(a_batch(), b"", (key("event"),), (), new(anna, "one"), (claim,))
    found = await lookup(stores, "one")
    assert (found.people[0].id, found.profiles) == (anna, {key("cone"): (1, a_profile())})


@pytest.mark.parametrize("spoil", ["ties", "claims", "names"])
async def test_a_batch_that_comes_too_late_leaves_nothing_behind(stores: Stores, spoil: str):
    anna, bert, claim = uuid7(), uuid7(), VersionedProfile(GROUP, key("cone"), a_profile())
    await stores.events.store_batch(a_batch(), b"", (key("event"),), (), new(anna, "one"), (claim,))
    identity_changes = new(bert, "one" if spoil == "ties" else "two")
    late = claim if spoil == "claims" else replace(claim, person=key("ctwo"))
    name, batch = key("event" if spoil == "names" else "event2"), a_batch()
    with pytest.raises(Stale):
        await stores.events.store_batch(batch, b"", (name,), (), identity_changes, (late,))
    with pytest.raises(Missing):
        await stores.events.batch(batch.id)
    found = await lookup(stores, "two", people=(bert,))
    assert found == IdentityLookup()


async def test_people_outlive_their_process(durable_url: str):
    await migrate(durable_url)
    first = await open_stores(durable_url)
    anna = uuid7()
    await first.identities.apply(new(anna, "one"))
    await first.close()
    second = await open_stores(durable_url)
    assert (await lookup(second, "one")).people[0].id == anna
    await second.close()
