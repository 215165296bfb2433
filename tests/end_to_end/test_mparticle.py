"""Walk 5, end to end: an mParticle batch, judged by the rules and data points of a connection, leaves or is held."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from placet.outputs.destination import HttpRequest, Reply, Sent
from placet.services.events.delivery_attempt import DeliverySettings
from tests.api.mparticle.sample_shop import a_batch, agreed, custom, open_shop, opted_out, send
from tests.api.node_context import Server, start
from tests.delivery import deliver


class Destinations:
    """Whoever is sent to: the documents that came, by host."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []

    async def __call__(self, request: HttpRequest) -> Reply:
        self.got.append((request.url.split("/")[2], msgspec.json.decode(request.body)))
        return Sent(200)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


async def left(server: Server) -> list[Any]:
    """What leaves for the first destination when the worker has its turn."""
    destinations = Destinations()
    await deliver(server.node.context, DeliverySettings(destinations), server.clock)
    return [document for host, document in destinations.got if host == "hook.example"]


def consent(forward: str, *rows: str) -> str:
    return f", mode: mparticle, rules: {{consent: {{forward: {forward}, when: [{', '.join(rows)}]}}}}"


GIVEN, REJECTED = "Marketing", "{purpose: Marketing, given: false}"
OPTED_OUT, NOT_OPTED_OUT = "{purpose: sale, given: false}", "sale"
NOTHING, YES, NO = {}, agreed(marketing=True), agreed(marketing=False)
OUT, IN = opted_out(True), opted_out(False)

MATRIX = [
    ("", NOTHING, True), ("", YES, True), ("", NO, True),
    (consent("only", GIVEN), NOTHING, False), (consent("only", GIVEN), YES, True), (consent("only", GIVEN), NO, False),
    (consent("only", REJECTED), NOTHING, False), (consent("only", REJECTED), YES, False),
    (consent("only", REJECTED), NO, True),
    (consent("except", REJECTED), NOTHING, True), (consent("except", REJECTED), YES, True),
    (consent("except", REJECTED), NO, False),
    (consent("except", OPTED_OUT), NOTHING, True), (consent("except", OPTED_OUT), OUT, False),
    (consent("except", OPTED_OUT), IN, True),
    (consent("only", NOT_OPTED_OUT), NOTHING, True), (consent("only", NOT_OPTED_OUT), OUT, False),
    (consent("only", GIVEN, NOT_OPTED_OUT), IN, True),
]  # fmt: skip
"""Rule, consent state of the batch, and whether the event leaves (mparticle.md §6.3)."""


@pytest.mark.parametrize("rule, state, leaves", MATRIX)
async def test_the_matrix_of_forwarding_rules_holds_from_settings_to_destination(
    server: Server, rule: str, state: Any, leaves: bool
) -> None:
    await open_shop(server, hook=rule or ", mode: mparticle")
    assert (await send(server, a_batch(consent_state=state))).status == 202
    assert [document["event"] for document in await left(server)] == ["Plan Chosen"] * leaves


PERSON = ", mode: mparticle, rules: {person: {forward: only, name: plan, value: gold}}"
EVENT = ", mode: mparticle, rules: {event: {forward: only, name: a, value: b}}"
KNOWN = ", mode: mparticle, rules: {known_only: true}"
ANONYMOUS = {"user_identities": {}, "mpid": "11"}


@pytest.mark.parametrize("rule, batch, leaves", [
    (PERSON, a_batch(), False),
    (PERSON, a_batch(user_attributes={"plan": "gold"}), True),
    (PERSON, a_batch(user_attributes={"plan": "Gold"}), False),
    (EVENT, a_batch(), False),
    (EVENT, a_batch(custom(custom_attributes={"a": "b"})), True),
    (KNOWN, a_batch(**ANONYMOUS), False),
    (KNOWN, a_batch(), True),
])  # fmt: skip
async def test_rules_on_attributes_and_on_who_is_logged_in_hold_too(
    server: Server, rule: str, batch: Any, leaves: bool
) -> None:
    await open_shop(server, hook=rule)
    assert (await send(server, batch)).status == 202
    assert len(await left(server)) == leaves


OFF = (
    ", data: {off: [[event, navigation, Secret], [event, navigation, Plan Chosen, price], [user, plan], "
    "[identity, customer_id]]}"
)


async def test_data_points_that_are_off_stay_here(server: Server) -> None:
    await open_shop(server, hook=OFF)
    said = custom(custom_attributes={"price": 9, "plan": "gold"})
    batch = a_batch(custom("Secret"), said, user_attributes={"plan": "gold", "city": "Ulm"})
    names = {"customerid": "C-1042", "email": "a@shop.example"}
    assert (await send(server, batch | {"user_identities": names})).status == 202
    (document,) = await left(server)
    assert document["properties"] == {"plan": "gold"}
    assert document["user_attributes"] == {"city": "Ulm"}
    assert document["user_identities"] == {"email": "a@shop.example"}
    assert "userId" not in document and "C-1042" not in str(document)


async def test_new_data_points_can_be_off_by_default(server: Server) -> None:
    await open_shop(server, hook=", data: {new: false, on: [[event, navigation, Plan Chosen]]}")
    batch = a_batch(custom(custom_attributes={"price": 9}), custom("Other"), user_attributes={"plan": "gold"})
    assert (await send(server, batch)).status == 202
    (document,) = await left(server)
    assert document["event"] == "Plan Chosen"
    assert (document["properties"], document["user_attributes"]) == ({}, {})


async def test_a_share_of_people_is_always_the_same(server: Server) -> None:
    await open_shop(server, hook=", share: 50")
    for round in range(2):
        batches = [
            a_batch(custom(f"E{round}"), source_request_id=f"{round}-{n}", user_identities={"customer_id": f"C-{n}"})
            for n in range(40)
        ]
        assert (await send(server, batches, "/v2/bulkevents")).status == 202
    people = [(document["event"], document["userId"]) for document in await left(server)]
    first, second = ({who for event, who in people if event == name} for name in ("E0", "E1"))
    assert first == second
    assert 5 < len(first) < 35


async def test_an_opt_out_of_sale_told_once_counts_for_events_that_say_nothing(server: Server) -> None:
    await open_shop(server, hook=consent("except", OPTED_OUT))
    assert (await send(server, a_batch(custom("First"), consent_state=OUT))).status == 202
    assert (await send(server, a_batch(custom("Second"), source_request_id="b-2"))).status == 202
    assert await left(server) == []


async def test_a_withdrawal_told_by_a_batch_stops_what_is_queued(server: Server) -> None:
    await open_shop(server, hook=consent("only", GIVEN))
    assert (await send(server, a_batch(custom("First"), consent_state=YES))).status == 202
    withdrawn = agreed(at=server.clock.at, marketing=False)
    assert (
        await send(server, a_batch(custom("Second"), source_request_id="b-2", consent_state=withdrawn))
    ).status == 202
    assert await left(server) == []


async def test_a_batch_without_events_tells_of_a_choice_too(server: Server) -> None:
    await open_shop(server, hook=consent("only", GIVEN))
    told = a_batch(consent_state=YES) | {"events": []}
    assert (await send(server, told)).status == 202
    assert (await send(server, a_batch(custom("Later"), source_request_id="b-2"))).status == 202
    assert "Later" in [document.get("event") for document in await left(server)]


async def test_an_undefined_purpose_is_left_out_and_the_rest_of_the_batch_counts(server: Server) -> None:
    await open_shop(server, hook=consent("only", GIVEN))
    assert (await send(server, a_batch(consent_state=agreed(marketing=True, unheard_of=True)))).status == 202
    assert len(await left(server)) == 1


async def test_a_person_s_names_can_be_off_altogether(server: Server) -> None:
    await open_shop(server, hook=", data: {off: [[user], [identity]]}")
    device = {"ios_advertising_id": "i", "ios_idfv": "v", "platform": "iOS"}
    said = {"user_attributes": {"plan": "gold"}, "mpid": "11", "mp_deviceid": "das-1", "device_info": device}
    assert (await send(server, a_batch(**said))).status == 202
    (document,) = await left(server)
    assert not {"userId", "anonymousId", "mpid", "mp_deviceid"} & document.keys()
    assert (document["user_identities"], document["user_attributes"]) == ({}, {})
    assert document["device_info"] == {"platform": "iOS"}


async def test_a_name_that_is_off_is_off_wherever_it_stands(server: Server) -> None:
    await open_shop(server, hook=", data: {off: [[identity, device_application_stamp], [identity, ios_idfv]]}")
    device = {"ios_idfv": "v", "platform": "iOS"}
    assert (await send(server, a_batch(mp_deviceid="das-1", device_info=device))).status == 202
    (document,) = await left(server)
    assert "das-1" not in str(document)
    assert (document["userId"], document["device_info"]) == ("C-1042", {"platform": "iOS"})
