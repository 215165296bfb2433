"""What is stored about somebody goes, in steps that survive a crash; what is not about them stays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from placet.errors import Invalid, Missing
from placet.events.event import Identity
from placet.events.identity.records import IdentityChange, IdentityChanges, PersonRecord
from placet.outputs.destination import HttpRequest, Rejected
from placet.privacy.withdrawal_state import WithdrawalState
from placet.services.events.explain_event import explain_event
from placet.services.privacy.open_withdrawals import task_of
from placet.services.privacy.run_deletion import run_deletion
from placet.services.privacy.suppressions_and_deletions import (
    RegulationRequest,
    RegulationStatus,
    one_regulation,
    regulate,
    regulations,
)
from placet.settings.api_tokens import Bearer, Role
from placet.stores.ports.events import DeliveryOutcome
from tests.api.node_context import Server, start
from tests.delivery import deliver
from tests.services.privacy.test_open_withdrawals import KEY, ORGANISATION, Destinations, interaction, withdrawals

WHO = Bearer(ORGANISATION, "outfitter", "tests", frozenset(Role))
SETTLE = 120_000
EVERYTHING = {"consent": {"categoryPreferences": {"C0001": True, "C0002": True, "C0003": True, "C0004": True}}}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def track(server: Server, id: str, user: str = "ada", **more: Any) -> None:
    event = {"writeKey": KEY, "userId": user, "event": "A", "messageId": id, "context": EVERYTHING, **more}
    assert (await server.ask("POST", "/v1/track", {}, event)).status == 200
    server.clock.wait(1)


async def ask(server: Server, kind: str = "DELETE_ONLY", *users: str, source: str = "", named: str = "user_id") -> str:
    asked = RegulationRequest(kind, users or ("ada",), source, named)
    made = await regulate(WHO, asked, server.node.context, server.clock.at)
    server.clock.wait(1)
    return made.id.hex()


async def steps(server: Server, limit: int = 1000) -> int:
    """How many steps of deletions were due and done."""
    for count in range(limit):
        if not await run_deletion(server.node.context, server.clock, task_of, SETTLE):
            return count
    return limit


async def carried_out(server: Server) -> None:
    await steps(server)
    server.clock.wait(SETTLE)
    await steps(server)


async def kept(server: Server, *ids: str) -> list[str]:
    found = []
    for id in ids:
        try:
            await explain_event(id, server.node.context.stores)
        except Missing:
            continue
        found.append(id)
    return found


async def standing(server: Server, id: str) -> RegulationStatus:
    return await one_regulation(WHO, id, server.node.context)


async def people_called(server: Server, *names: Identity) -> int:
    context = server.node.context
    lookup = await context.stores.identities.lookup(context.hashed_identifiers(ORGANISATION, "outfitter", names), None)
    return len(lookup.people)


async def test_what_is_stored_about_somebody_goes_and_nothing_about_others(server: Server) -> None:
    await track(server, "m1", anonymousId="d1")
    await track(server, "m2", "berta")
    await track(server, "m3")
    id = await ask(server)
    assert not (await standing(server, id)).regulation.done
    await carried_out(server)
    assert await kept(server, "m1", "m2", "m3") == ["m2"]
    assert (await standing(server, id)).regulation.done == server.clock.at
    bodies = b"".join(one.body for one in server.node.context.stores.events.batches.values())
    found = [name in bodies for name in (b'"ada"', b'"d1"', b'"berta"')]
    assert found == [False, False, True]


async def test_nobody_finds_them_by_any_name_any_more(server: Server) -> None:
    await track(server, "m1", anonymousId="d1")
    await track(server, "m2", "berta", anonymousId="d1")
    assert await people_called(server, Identity("user_id", "ada")) == 1
    await ask(server)
    await carried_out(server)
    assert await people_called(server, Identity("user_id", "ada")) == 0
    assert await people_called(server, Identity("user_id", "berta"), Identity("anonymous_id", "d1")) == 1


async def test_somebody_else_s_events_from_the_same_device_stay(server: Server) -> None:
    await track(server, "m1", anonymousId="d1")
    await track(server, "m2", "berta", anonymousId="d1")
    await ask(server)
    await carried_out(server)
    assert await kept(server, "m1", "m2") == ["m2"]


async def test_what_they_did_before_they_said_who_they_are_goes_too(server: Server) -> None:
    before = {"writeKey": KEY, "anonymousId": "d7", "event": "A", "messageId": "m1", "context": EVERYTHING}
    assert (await server.ask("POST", "/v1/track", {}, before)).status == 200
    await track(server, "m2")
    await track(server, "m3", anonymousId="d7")
    await ask(server)
    await carried_out(server)
    assert await kept(server, "m1", "m2", "m3") == []


async def test_what_comes_in_afterwards_is_taken_in_unless_they_are_suppressed_too(server: Server) -> None:
    await track(server, "m1")
    await ask(server)
    await track(server, "m2")
    await carried_out(server)
    assert await kept(server, "m1", "m2") == ["m2"]
    await ask(server, "SUPPRESS_WITH_DELETE")
    await track(server, "m3")
    await carried_out(server)
    assert await kept(server, "m2", "m3") == []


async def test_every_destination_that_got_data_is_told_and_that_is_followed_to_its_end(server: Server) -> None:
    destinations = Destinations(server)
    await track(server, "m1")
    assert await destinations.work() != []
    id = await ask(server)
    await carried_out(server)
    told = (await standing(server, id)).destinations
    assert {one.state for one in told} == {WithdrawalState.PENDING}
    left = await destinations.work()
    assert {what for _, what in left} == {"person.deleted"}
    assert len(left) == len(told) > 0
    assert {one.state for one in (await standing(server, id)).destinations} == {WithdrawalState.ACKNOWLEDGED}


async def test_a_destination_is_told_once_by_all_the_names_it_knows_somebody_by(server: Server) -> None:
    destinations = Destinations(server)
    await track(server, "m1", anonymousId="d1")
    await destinations.work()
    server.clock.wait(2 * 86_400_000)
    await track(server, "m2", anonymousId="d2")
    await destinations.work()
    id = await ask(server)
    await carried_out(server)
    before = len(destinations.got)
    await destinations.work()
    told = [body["names"] for _, body in destinations.got[before:]]
    assert len(told) == len((await standing(server, id)).destinations)
    assert {name["value"] for name in told[0]} == {"ada", "d1", "d2"}


@pytest.mark.parametrize("later", [False, True], ids=["at once", "after the first is done here"])
async def test_who_asks_again_hears_of_destinations_that_have_not_answered_yet(server: Server, later: bool) -> None:
    """Another deletion of the same person finds nothing held: the first took it, and waits for answers."""
    destinations = Destinations(server)
    await track(server, "m1")
    await track(server, "m2", "berta", anonymousId="d1")
    await destinations.work()
    first = await ask(server)
    await (carried_out(server) if later else steps(server))
    again = await ask(server, "SUPPRESS_WITH_DELETE")
    await carried_out(server)
    told = (await standing(server, again)).destinations
    assert {one.state for one in told} == {WithdrawalState.PENDING}
    assert len(told) == len((await standing(server, first)).destinations) > 0
    await destinations.work()
    assert {one.state for id in (first, again) for one in (await standing(server, id)).destinations} == {
        WithdrawalState.ACKNOWLEDGED
    }
    third = await ask(server, "DELETE_ONLY", "berta", "ada")
    await carried_out(server)
    assert {name["value"] for name in await forgotten(server, destinations, third)} == {"berta", "d1"}


async def forgotten(server: Server, destinations: Destinations, id: str) -> list[Any]:
    """The names that destinations are told to forget because of a deletion, each destination once."""
    before = len(destinations.got)
    await destinations.work()
    bodies = [body for _, body in destinations.got[before:]]
    assert len(bodies) == len((await standing(server, id)).destinations) > 0
    return [name for body in bodies for name in body["names"]]


async def test_a_deletion_by_another_of_their_names_tells_again_what_was_refused(server: Server) -> None:
    destinations = Destinations(server)
    await track(server, "m1", anonymousId="d1")
    await destinations.work()
    first = await ask(server)
    await carried_out(server)
    destinations.replies = [Rejected("it answered 400")] * 10
    await destinations.work()
    assert {one.state for one in (await standing(server, first)).destinations} == {WithdrawalState.FAILED}
    destinations.replies = []
    again = await ask(server, "DELETE_ONLY", "ada", "nobody")
    await carried_out(server)
    assert {name["value"] for name in await forgotten(server, destinations, again)} == {"ada", "d1"}


async def test_only_ours_goes_where_that_was_asked_for(server: Server) -> None:
    destinations = Destinations(server)
    await track(server, "m1")
    await destinations.work()
    id = await ask(server, "DELETE_INTERNAL")
    await carried_out(server)
    assert await kept(server, "m1") == []
    assert await destinations.work() == []
    assert (await withdrawals(server), (await standing(server, id)).destinations) == ([], ())
    assert server.node.context.stores.holdings.rows == {}


async def test_what_waits_does_not_leave_any_more(server: Server) -> None:
    destinations = Destinations(server)
    await track(server, "m1")
    await track(server, "m2", "berta")
    await ask(server)
    await steps(server)
    assert {what for _, what in await destinations.work()} == {"m2"}


async def test_what_was_on_its_way_is_told_of_behind_it(server: Server) -> None:
    """A delivery read its event before that was deleted, and sends it afterwards: it holds it, and must forget it."""
    destinations = Destinations(server)
    await track(server, "m1")
    context = server.node.context

    async def take(request: HttpRequest) -> Any:
        if not await kept(server, "m1"):
            return await destinations.take(request)
        await ask(server)
        await steps(server)
        return await destinations.take(request)

    await deliver(context, replace(destinations.sending, send=take), server.clock)
    assert {body["messageId"] for _, body in destinations.got} == {"m1"}
    await carried_out(server)
    assert {what for _, what in await destinations.work()} == {"person.deleted"}


async def test_whoever_dies_in_the_middle_another_goes_on(server: Server) -> None:
    destinations = Destinations(server)
    for n in range(30):
        await track(server, f"m{n}", anonymousId=f"d{n % 3}")
        await track(server, f"b{n}", "berta")
    while await destinations.work():
        continue
    id = await ask(server)
    turns = 0
    while not (await standing(server, id)).regulation.done:
        # One claims the next step and is never heard of again; its claim runs out.
        await server.node.context.stores.outbox.claim(("erase",), 1, server.clock.at, 60_000)
        server.clock.wait(60_001)
        await steps(server, 1)
        turns += 1
        assert turns < 100
    assert turns > 4
    assert await kept(server, *(f"m{n}" for n in range(30))) == []
    assert len(await kept(server, *(f"b{n}" for n in range(30)))) == 30
    told = [what for _, what in await destinations.work()]
    assert told == ["person.deleted"] * len((await standing(server, id)).destinations)


async def test_a_batch_that_changed_meanwhile_is_read_again(server: Server) -> None:
    await track(server, "m1")
    first, other = await ask(server), await ask(server, "DELETE_ONLY", "ada", "berta")
    assert first != other
    stores = server.node.context.stores
    plain, meanwhile = stores.suppressions.erase, [True]

    async def slow(batches: Any, *rest: Any) -> None:
        if batches and meanwhile:
            meanwhile.clear()
            await run_deletion(server.node.context, server.clock, task_of, SETTLE)
        await plain(batches, *rest)

    stores.suppressions.erase = slow
    await carried_out(server)
    assert await kept(server, "m1") == []
    assert {bool((await standing(server, id)).regulation.done) for id in (first, other)} == {True}


async def test_who_turns_out_to_be_somebody_else_meanwhile_is_forgotten_all_the_same(server: Server) -> None:
    await track(server, "m0", "berta", anonymousId="d5")
    await track(server, "m1")
    id = await ask(server)
    await steps(server)
    identities = server.node.context.stores.identities
    (ada,) = await found(server, "ada")
    (berta,) = await found(server, "berta")
    moved = [IdentityChange(name.key, (ada.id,), (berta.id,)) for name in ada.names]
    both = (replace(ada, names=(), merged=berta.id), replace(berta, names=(*berta.names, *ada.names)))
    await identities.apply(IdentityChanges(both, tuple(moved)))
    server.clock.wait(SETTLE)
    await steps(server)
    assert (await standing(server, id)).regulation.done
    assert await people_called(server, Identity("user_id", "ada"), Identity("user_id", "berta")) == 0


async def found(server: Server, user: str) -> tuple[PersonRecord, ...]:
    context = server.node.context
    names = context.hashed_identifiers(ORGANISATION, "outfitter", [Identity("user_id", user)])
    return (await context.stores.identities.lookup(names, None)).people


async def test_the_same_asked_twice_at_once_is_one(server: Server) -> None:
    await track(server, "m1")
    first, second = await ask(server), await ask(server)
    assert first == second
    assert len(await regulations(WHO, 10, "", server.node.context)) == 1
    await carried_out(server)
    assert await ask(server) != first


async def test_nobody_is_deleted_at_once(server: Server) -> None:
    await track(server, "m1", "berta")
    id = await ask(server, "DELETE_ONLY", "nobody")
    await steps(server)
    assert (await standing(server, id)).regulation.done == server.clock.at


async def test_of_one_source_only_its_events_go_and_the_person_stays(server: Server) -> None:
    await track(server, "m1")
    web = server.node.context.published_settings.source(KEY).source.id.partition("/")[2]
    id = await ask(server, "DELETE_ONLY", source=web)
    await carried_out(server)
    assert await kept(server, "m1") == []
    assert await people_called(server, Identity("user_id", "ada")) == 1
    (shown,) = await regulations(WHO, 10, web, server.node.context)
    assert shown.regulation.id.hex() == id
    assert await regulations(WHO, 10, "", server.node.context) == []


async def test_in_a_former_source_events_are_found_too(server: Server) -> None:
    await track(server, "m1")
    events = server.node.context.stores.events
    events.batches = {id: replace(one, source="outfitter/former") for id, one in events.batches.items()}
    await ask(server)
    await carried_out(server)
    assert all(b'"ada"' not in one.body for one in events.batches.values())
    with pytest.raises(Missing):
        await ask(server, source="never")


async def test_a_device_s_archive_goes_by_its_name_alone(server: Server) -> None:
    await track(server, "m1", anonymousId="d1")
    await track(server, "m2", anonymousId="d2")
    web = server.node.context.published_settings.source(KEY).source.id.partition("/")[2]
    await ask(server, "DELETE_ARCHIVE_ONLY", "d1", source=web, named="anonymous_id")
    await carried_out(server)
    assert await kept(server, "m1", "m2") == ["m2"]
    assert await people_called(server, Identity("user_id", "ada")) == 1
    with pytest.raises(Invalid):
        await ask(server, "DELETE_ARCHIVE_ONLY", "d1")


async def test_suppressed_in_one_source_they_are_taken_in_by_another(server: Server) -> None:
    web = server.node.context.published_settings.source(KEY).source
    await ask(server, "SUPPRESS_ONLY", source=web.id.partition("/")[2])
    assert server.node.context.published_settings.suppresses(web, [Identity("user_id", "ada")])
    other = replace(web, id="outfitter/another")
    assert not server.node.context.published_settings.suppresses(other, [Identity("user_id", "ada")])
    await ask(server, "SUPPRESS_ONLY")
    await ask(server, "UNSUPPRESS", source=web.id.partition("/")[2])
    assert server.node.context.published_settings.suppresses(web, [Identity("user_id", "ada")])


async def test_receipts_and_what_was_agreed_to_stay(server: Server) -> None:
    await interaction(server, "BANNER_REJECT_ALL")
    await track(server, "m1")
    stores = server.node.context.stores
    before = (await stores.ledger.count(ORGANISATION), dict(stores.profiles.rows))
    await ask(server)
    await carried_out(server)
    assert (await stores.ledger.count(ORGANISATION), dict(stores.profiles.rows)) == before


async def test_a_dead_letter_about_a_deleted_event_just_ends(server: Server) -> None:
    destinations = Destinations(server)
    await track(server, "m1")
    outbox = server.node.context.stores.outbox
    for message in await outbox.claim(("deliver",), 100, server.clock.at, 1000):
        await outbox.dead_letter(message.id, "it answered 400", "", server.clock.at)
    await ask(server)
    await carried_out(server)
    await outbox.requeue([one.message.id for one in await outbox.dead_letters()], server.clock.at)
    assert await destinations.work() == []
    assert not [one for one in server.node.context.stores.events.ended if one.outcome is DeliveryOutcome.SENT]
