"""A withdrawal reaches what already left: every destination that has somebody's data for it is told, once, in order."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from placet.events.event import Identity
from placet.events.policy.evaluate import compile_routes
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.outputs.delivery.retry_policy import RetryPolicy
from placet.outputs.destination import HttpRequest, Outgoing, Rejected, Reply, Sent, TryAgain
from placet.outputs.registry import all_destinations
from placet.privacy.withdrawal_state import WithdrawalState
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.privacy.open_withdrawals import open_withdrawals
from placet.services.privacy.send_withdrawal import WithdrawalSender, send_withdrawal
from placet.settings.connections import Need
from placet.stores.ports.data_holdings import Withdrawal
from tests.api.node_context import Server, northwind, ot_headers, start, token
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
SAVE = "/cfw/cmp/v1/save-log-consent"
ORGANISATION = northwind().id.lower()
PATIENCE = RetryPolicy(most=3)


class Destinations:
    """Whoever is sent to; `replies` are given first, then everybody is content."""

    def __init__(self, server: Server, *replies: Reply) -> None:
        self.server, self.replies = server, list(replies)
        self.got: list[tuple[str, Any]] = []
        sending = DeliverySettings(self.take, PATIENCE)
        sender = WithdrawalSender(self.take, PATIENCE, lambda: 1.0, all_destinations(), sending.breakers, server.clock)
        self.sending = replace(sending, recall=partial(send_withdrawal, context=server.node.context, sender=sender))

    async def take(self, request: HttpRequest) -> Reply:
        self.got.append((request.url.split("/")[2].partition(".")[0], msgspec.json.decode(request.body)))
        return self.replies.pop(0) if self.replies else Sent(200)

    async def work(self) -> list[tuple[str, str]]:
        """Everything that is due: choices first, then deliveries. What left since the last look, by its kind."""
        before = len(self.got)
        await take_back(self.server)
        await deliver(self.server.node.context, self.sending, self.server.clock)
        return sorted((host, body.get("messageId", body["type"])) for host, body in self.got[before:])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def interaction(server: Server, interaction: str, who: str = "ada") -> None:
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
    while await open_withdrawals(server.node.context, server.clock):
        continue


async def withdrawals(server: Server) -> list[Withdrawal]:
    return await server.node.context.stores.holdings.withdrawals(ORGANISATION)


async def sent_and_withdrawn(server: Server, destinations: Destinations) -> None:
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    assert await destinations.work() == [("adlane", "m1"), ("tally", "m1")]
    await interaction(server, "BANNER_REJECT_ALL")


async def test_every_destination_that_got_data_is_told_and_acknowledges(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]
    told = dict(destinations.got[2:])
    assert told["tally"]["names"] == [{"kind": "user_id", "value": "ada"}]
    assert told["tally"]["purposes"] == ["measurement"]
    assert {one.state for one in await withdrawals(server)} == {WithdrawalState.ACKNOWLEDGED}


async def test_nobody_is_told_twice(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await destinations.work()
    await interaction(server, "BANNER_REJECT_ALL")
    assert await destinations.work() == []


async def test_a_destination_that_got_nothing_is_told_nothing(server: Server) -> None:
    destinations = Destinations(server)
    await interaction(server, "BANNER_ALLOW_ALL")
    await interaction(server, "BANNER_REJECT_ALL")
    assert await destinations.work() == []
    assert await withdrawals(server) == []
    assert await server.node.context.stores.outbox.waiting() == 0


async def test_somebody_else_s_withdrawal_is_none_of_ada_s(server: Server) -> None:
    destinations = Destinations(server)
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m1")
    await destinations.work()
    await interaction(server, "BANNER_REJECT_ALL", "berta")
    assert await destinations.work() == []


async def test_who_agrees_again_is_forgotten_first_and_only_then_sent_again(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m2")
    await destinations.work()
    tally = [body.get("messageId", body["type"]) for host, body in destinations.got if host == "tally"]
    assert tally == ["m1", "consent.withdrawn", "m2"]
    await interaction(server, "BANNER_REJECT_ALL")
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]


async def test_a_destination_that_is_down_is_told_when_it_is_back(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    destinations.replies = [TryAgain("it answered 503"), TryAgain("it answered 503")]
    await destinations.work()
    assert {(one.state, one.why) for one in await withdrawals(server)} == {(WithdrawalState.PENDING, "it answered 503")}
    server.clock.wait(5000)
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]
    assert {(one.state, one.attempts) for one in await withdrawals(server)} == {(WithdrawalState.ACKNOWLEDGED, 2)}


@pytest.mark.parametrize("reply, state", [
    (Sent(202), WithdrawalState.SENT),
    (Sent(204), WithdrawalState.ACKNOWLEDGED),
    (Rejected("it answered 400"), WithdrawalState.FAILED),
])  # fmt: skip
async def test_how_far_it_has_come_is_what_the_destination_said(
    server: Server, reply: Reply, state: WithdrawalState
) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    destinations.replies = [reply, reply]
    await destinations.work()
    assert {one.state for one in await withdrawals(server)} == {state}


async def test_what_failed_is_a_dead_letter_that_can_be_brought_back(server: Server) -> None:
    destinations = Destinations(server, Sent(200), Sent(200), Rejected("it answered 400"), Rejected("it answered 400"))
    await sent_and_withdrawn(server, destinations)
    await destinations.work()
    outbox = server.node.context.stores.outbox
    laid = await outbox.dead_letters(f"{ORGANISATION} outfitter/shop-events shop-tally")
    assert [one.why for one in laid] == ["it answered 400"]
    await outbox.requeue([laid[0].message.id], server.clock.at)
    assert await destinations.work() == [("tally", "consent.withdrawn")]
    states = {one.connection: one.state for one in await withdrawals(server)}
    assert states == {"shop-tally": WithdrawalState.ACKNOWLEDGED, "shop-adlane": WithdrawalState.FAILED}


async def test_a_destination_that_does_not_forget_is_named(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    opened = server.node.context.published_settings.source(KEY)
    deaf = {name: replace(one, options={"forgets": False}) for name, one in opened.source.destinations.items()}
    server.node.context.published_settings.replace_sources(
        [replace(opened, source=replace(opened.source, destinations=deaf))]
    )
    assert await destinations.work() == []
    assert {one.state for one in await withdrawals(server)} == {WithdrawalState.UNSUPPORTED}


async def test_a_connection_that_is_gone_leaves_a_withdrawal_somebody_must_look_at(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)
    server.node.context.published_settings.replace_sources(())
    assert await destinations.work() == []
    assert {one.state for one in await withdrawals(server)} == {WithdrawalState.FAILED}


async def test_what_left_by_a_source_that_is_gone_is_withdrawn_too(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    published_settings = server.node.context.published_settings
    opened = published_settings.source(KEY)
    assert opened is not None
    beside = replace(opened.source, id="outfitter/another", routes=compile_routes((), opened.source.routes.mapping))
    published_settings.replace_sources([replace(opened, source=beside)])
    await take_back(server)
    assert {one.source for one in await withdrawals(server)} == {opened.source.id}
    await destinations.work()
    assert {one.state for one in await withdrawals(server)} == {WithdrawalState.FAILED}


async def test_data_that_may_be_held_for_any_purpose_stays_while_one_is_agreed_to(server: Server) -> None:
    destinations = Destinations(server)
    opened = server.node.context.published_settings.source(KEY)
    gates = opened.source.routes.compiled
    loose = tuple(
        replace(gate, connection=replace(gate.connection, purposes=("measurement", "sale"), need=Need.ANY))
        for gate in gates
    )
    source = replace(opened.source, routes=replace(opened.source.routes, compiled=loose))
    server.node.context.published_settings.replace_sources([replace(opened, source=source)])
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
    await interaction(server, "BANNER_ALLOW_ALL")
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
    await interaction(server, "BANNER_ALLOW_ALL")
    await track(server, "m2", context=yes, anonymousId="d-1")
    await destinations.work()
    await interaction(server, "BANNER_REJECT_ALL")
    await destinations.work()
    told = [body["names"] for host, body in destinations.got if "names" in body]
    assert [{"kind": "anonymous_id", "value": "d-1"}] in told or any(
        {"kind": "anonymous_id", "value": "d-1"} in names for names in told
    )
    assert (
        await server.node.context.stores.holdings.of_people(
            server.node.context.withdrawal_pseudonyms(
                server.node.context.published_settings.source(KEY).source, [Identity("anonymous_id", "d-1")]
            )
        )
        == []
    )


async def test_a_withdrawal_that_is_kept_no_longer_holds_up_nothing(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)
    server.node.context.stores.holdings.opened.clear()
    assert await destinations.work() == []
    assert await server.node.context.stores.outbox.waiting() == 0


async def test_a_shape_that_stumbles_over_a_withdrawal_is_asked_again_and_named(server: Server) -> None:
    destinations = Destinations(server)
    await sent_and_withdrawn(server, destinations)
    await take_back(server)

    def stumbling(*_: object) -> tuple[Outgoing, ...]:
        raise KeyError("names")

    broken = {"webhook": replace(all_destinations()["webhook"], forget=stumbling)}
    sender = WithdrawalSender(destinations.take, PATIENCE, lambda: 1.0, broken, CircuitBreakers(), server.clock)
    await deliver(
        server.node.context,
        replace(destinations.sending, recall=partial(send_withdrawal, context=server.node.context, sender=sender)),
        server.clock,
    )
    (one, other) = await withdrawals(server)
    assert {one.state, other.state} == {WithdrawalState.PENDING}
    assert "KeyError" in one.why
    server.clock.wait(5_000)
    assert await destinations.work() == [("adlane", "consent.withdrawn"), ("tally", "consent.withdrawn")]
