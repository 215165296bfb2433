"""A withdrawal reaches what already left: every destination that has somebody's data for it is told, once, in order."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from placet.consent.sending import Need
from placet.events.identity import Identity
from placet.events.judge import compile_routes
from placet.outputs.breakers import Breakers
from placet.outputs.patience import Patience
from placet.outputs.registry import shapes
from placet.outputs.shape import Outgoing, Refused, Reply, Sent, Shaped, TryAgain
from placet.services.deliver import Sending
from placet.services.forget import Telling, forget
from placet.services.withdraw import withdraw
from placet.stores.ports import State, Withdrawal
from tests.delivering import deliver
from tests.faces.house import Server, northwind, ot_headers, start, token

KEY = "outfitter-web-write-key"
SAVE = "/cfw/cmp/v1/save-log-consent"
ORGANISATION = northwind().id.lower()
PATIENCE = Patience(most=3)


class Destinations:
    """Whoever is sent to; `replies` are given first, then everybody is content."""

    def __init__(self, server: Server, *replies: Reply) -> None:
        self.server, self.replies = server, list(replies)
        self.got: list[tuple[str, Any]] = []
        sending = Sending(self.take, PATIENCE)
        telling = Telling(self.take, PATIENCE, lambda: 1.0, shapes(), sending.breakers, server.clock)
        self.sending = replace(sending, recall=partial(forget, house=server.node.house, telling=telling))

    async def take(self, request: Shaped) -> Reply:
        self.got.append((request.url.split("/")[2].partition(".")[0], msgspec.json.decode(request.body)))
        return self.replies.pop(0) if self.replies else Sent(200)

    async def work(self) -> list[tuple[str, str]]:
        """Everything that is due: choices first, then deliveries. What left since the last look, by its kind."""
        before = len(self.got)
        await take_back(self.server)
        await deliver(self.server.node.house, self.sending, self.server.clock)
        return sorted((host, body.get("messageId", body["type"])) for host, body in self.got[before:])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def press(server: Server, interaction: str, who: str = "ada") -> None:
    """Somebody who has proven who they are presses a button."""
    app, known = server.app_id("outfitter/shop-web"), {"OT_Identifier": who, "OT_Sync_Profile_Auth": token(who)}
    headers = ot_headers(app, OT_Country_Code="DE", OT_Fetch_Type="APP_DATA_AND_SYNC_PROFILE", **known)
    assert (await server.ask("POST", SAVE, headers, {"interactionType": interaction})).status == 200
    server.clock.wait(1000)


async def track(server: Server, id: str, **more: Any) -> None:
    event = {"writeKey": KEY, "userId": "ada", "event": "Viewed", "messageId": id, **more}
    assert (await server.ask("POST", "/v1/track", {}, event)).status == 200


async def take_back(server: Server) -> None:
    """Deal with every choice that waits."""
    while await withdraw(server.node.house, server.clock):
        continue


async def withdrawals(server: Server) -> list[Withdrawal]:
    return await server.node.house.stores.holdings.withdrawals(ORGANISATION)


async def sent_and_withdrawn(server: Server, destinations: Destinations) -> None:
    await press(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    assert await destinations.work() == [("adlane", "m1"), ("tally", "m1")]
    await press(server, "BANNER_REJECT_ALL")


async def test_every_destination_that_got_data_is_told_and_acknowledges(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]
    told = dict(destinations.got[2:])
    assert told["tally"]["names"] == [{"kind": "user_id", "value": "ada"}]
    assert told["tally"]["purposes"] == ["measurement"]
    assert {one.state for one in await withdrawals(server)} == {State.ACKNOWLEDGED}


async def test_nobody_is_told_twice(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await destinations.work()
    await press(server, "BANNER_REJECT_ALL")
    assert await destinations.work() == []


async def test_a_destination_that_got_nothing_is_told_nothing(server: Server) -> None:
    destinations = Destinations(server)
    await press(server, "BANNER_ALLOW_ALL")
    await press(server, "BANNER_REJECT_ALL")
    assert await destinations.work() == []
    assert await withdrawals(server) == []
    assert await server.node.house.stores.outbox.waiting() == 0


async def test_somebody_else_s_withdrawal_is_none_of_ada_s(server: Server) -> None:
    destinations = Destinations(server)
    await press(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    await destinations.work()
    await press(server, "BANNER_REJECT_ALL", "berta")
    assert await destinations.work() == []


async def test_who_agrees_again_is_forgotten_first_and_only_then_sent_again(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)
    await press(server, "BANNER_ALLOW_ALL")
    await track(server, "m2")
    await destinations.work()
    tally = [body.get("messageId", body["type"]) for host, body in destinations.got if host == "tally"]
    assert tally == ["m1", "consent.withdrawn", "m2"]
    await press(server, "BANNER_REJECT_ALL")
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]


async def test_a_destination_that_is_down_is_told_when_it_is_back(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    destinations.replies = [TryAgain("it answered 503"), TryAgain("it answered 503")]
    await destinations.work()
    assert {(one.state, one.why) for one in await withdrawals(server)} == {(State.PENDING, "it answered 503")}
    server.clock.wait(5000)
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]
    assert {(one.state, one.tries) for one in await withdrawals(server)} == {(State.ACKNOWLEDGED, 2)}


@pytest.mark.parametrize("reply, state", [
    (Sent(202), State.SENT),
    (Sent(204), State.ACKNOWLEDGED),
    (Refused("it answered 400"), State.FAILED),
])  # fmt: skip
async def test_how_far_it_has_come_is_what_the_destination_said(server: Server, reply: Reply, state: State) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    destinations.replies = [reply, reply]
    await destinations.work()
    assert {one.state for one in await withdrawals(server)} == {state}


async def test_what_failed_is_a_dead_letter_that_can_be_brought_back(server: Server) -> None:
    destinations = Destinations(server, Sent(200), Sent(200), Refused("it answered 400"), Refused("it answered 400"))
    await sent_and_withdrawn(server, destinations)
    await destinations.work()
    outbox = server.node.house.stores.outbox
    laid = await outbox.aside(f"{ORGANISATION} outfitter/shop-events shop-tally")
    assert [one.why for one in laid] == ["it answered 400"]
    await outbox.bring_back([laid[0].note.id], server.clock.at)
    assert await destinations.work() == [("tally", "consent.withdrawn")]
    states = {one.connection: one.state for one in await withdrawals(server)}
    assert states == {"shop-tally": State.ACKNOWLEDGED, "shop-adlane": State.FAILED}


async def test_a_destination_that_does_not_forget_is_named(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    opened = server.node.house.shelf.source(KEY)
    deaf = {name: replace(one, options={"forgets": False}) for name, one in opened.source.destinations.items()}
    server.node.house.shelf.put_sources([replace(opened, source=replace(opened.source, destinations=deaf))])
    assert await destinations.work() == []
    assert {one.state for one in await withdrawals(server)} == {State.UNSUPPORTED}


async def test_a_connection_that_is_gone_leaves_a_withdrawal_somebody_must_look_at(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)
    server.node.house.shelf.put_sources(())
    assert await destinations.work() == []
    assert {one.state for one in await withdrawals(server)} == {State.FAILED}


async def test_what_left_by_a_source_that_is_gone_is_withdrawn_too(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    shelf = server.node.house.shelf
    opened = shelf.source(KEY)
    assert opened is not None
    beside = replace(opened.source, id="outfitter/another", routes=compile_routes((), opened.source.routes.mapping))
    shelf.put_sources([replace(opened, source=beside)])
    await take_back(server)
    assert {one.source for one in await withdrawals(server)} == {opened.source.id}
    await destinations.work()
    assert {one.state for one in await withdrawals(server)} == {State.FAILED}


async def test_data_that_may_be_held_for_any_purpose_stays_while_one_is_agreed_to(server: Server) -> None:
    destinations = Destinations(server)
    opened = server.node.house.shelf.source(KEY)
    gates = opened.source.routes.gates
    loose = tuple(
        replace(gate, connection=replace(gate.connection, purposes=("measurement", "sale"), need=Need.ANY))
        for gate in gates
    )
    source = replace(opened.source, routes=replace(opened.source.routes, gates=loose))
    server.node.house.shelf.put_sources([replace(opened, source=source)])
    await sent_and_withdrawn(server, destinations)
    assert await destinations.work() == []
    assert await withdrawals(server) == []


def stamped(**granted: bool) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": granted}}


async def test_a_device_s_own_withdrawal_told_by_an_event_reaches_what_left(server: Server) -> None:
    destinations = Destinations(server)
    yes, no = stamped(C0001=True, C0002=True, C0004=False), stamped(C0001=True, C0002=False, C0004=False)
    device = {"userId": None, "anonymousId": "d-1"}
    await track(server, "m1", context=yes, **device)
    assert await destinations.work() == [("tally", "m1")]
    server.clock.wait(1000)
    await track(server, "m2", context=no, event="Segment Consent Preference Updated", **device)
    assert await destinations.work() == [("tally", "consent.withdrawn")]


async def test_nobody_can_have_others_forgotten_by_sending_events(server: Server) -> None:
    destinations = Destinations(server)
    await press(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    await destinations.work()
    no = stamped(C0001=True, C0002=False, C0004=False)
    await track(server, "m2", context=no, event="Segment Consent Preference Updated")
    assert await destinations.work() == []


async def test_what_left_before_somebody_said_who_they_are_is_withdrawn_with_the_rest(server: Server) -> None:
    destinations = Destinations(server)
    yes = stamped(C0001=True, C0002=True, C0004=False)
    await track(server, "m1", context=yes, userId=None, anonymousId="d-1")
    await destinations.work()
    await press(server, "BANNER_ALLOW_ALL")
    await track(server, "m2", context=yes, anonymousId="d-1")
    await destinations.work()
    await press(server, "BANNER_REJECT_ALL")
    await destinations.work()
    told = [body["names"] for host, body in destinations.got if "names" in body]
    assert [{"kind": "anonymous_id", "value": "d-1"}] in told or any(
        {"kind": "anonymous_id", "value": "d-1"} in names for names in told
    )
    assert (
        await server.node.house.stores.holdings.of_people(
            server.node.house.withdrawers(server.node.house.shelf.source(KEY).source, [Identity("anonymous_id", "d-1")])
        )
        == []
    )


async def test_a_withdrawal_that_is_kept_no_longer_holds_up_nothing(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)
    server.node.house.stores.holdings.opened.clear()
    assert await destinations.work() == []
    assert await server.node.house.stores.outbox.waiting() == 0


async def test_a_shape_that_stumbles_over_a_withdrawal_is_asked_again_and_named(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)

    def stumbling(*_: object) -> tuple[Outgoing, ...]:
        raise KeyError("names")

    broken = {"webhook": replace(shapes()["webhook"], forget=stumbling)}
    telling = Telling(destinations.take, PATIENCE, lambda: 1.0, broken, Breakers(), server.clock)
    await deliver(
        server.node.house,
        replace(destinations.sending, recall=partial(forget, house=server.node.house, telling=telling)),
        server.clock,
    )
    (one, other) = await withdrawals(server)
    assert {one.state, other.state} == {State.PENDING}
    assert "KeyError" in one.why
    server.clock.wait(5_000)
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]
