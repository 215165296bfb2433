"""People are joined by the events they send, whatever the order; nobody else gains a thing by it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.events.event import Event, EventKind, Identity
from placet.events.identity.strategies import rules_from
from placet.events.records.batch_codec import name_of, read_stored_batch
from placet.outputs.destination import HttpRequest, Reply, Sent
from placet.services.events.collect_events import Collect, collect
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.explain_event import explain_event
from placet.settings.identity_strategy import IdentitySetting, Window
from tests.api.node_context import Server, say_proven, start
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
MEASUREMENT = "p:883e1831-8659-4ee8-b233-78948935188d"
HOUR = 3_600_000


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = await start()
    yield server
    await server.node.close()


def agreed(yes: bool) -> dict[str, Any]:
    return {"context": {"consent": {"categoryPreferences": {"C0002": yes}}}}


async def send(server: Server, kind: str, id: str, **more: Any) -> None:
    """One message, an hour after the one before."""
    server.clock.wait(HOUR)
    body = {"writeKey": KEY, "messageId": id, **more}
    assert (await server.ask("POST", f"/v1/{kind}", {}, body)).status == 200


async def say(server: Server, id: str, yes: bool, **names: str) -> None:
    """The event that tells of a choice."""
    await send(server, "track", id, event="Segment Consent Preference Updated", **names, **agreed(yes))


async def is_measured(server: Server, id: str, **names: str) -> bool:
    """Does an event with these names, that says nothing itself, go to the measuring destination?"""
    await send(server, "track", id, event="Viewed", **names)
    return id in await left(server)


async def left(server: Server) -> set[str]:
    """The messages that leave when the worker has its turn."""
    got: set[str] = set()

    async def take(request: HttpRequest) -> Reply:
        got.add(dict(request.headers)["webhook-id"])
        return Sent(200)

    before = {one.event for one in server.node.context.stores.events.ended if one.outcome == "sent"}
    await deliver(server.node.context, DeliverySettings(take), server.clock)
    after = {one.event for one in server.node.context.stores.events.ended if one.outcome == "sent"} - before
    return {id for stored_batch in batches(server) for id, name in stored_batch if name in after}


def batches(server: Server) -> list[list[tuple[str, bytes]]]:
    """The messages of each batch, with the names they are kept under."""
    batches = server.node.context.stores.events.batches.values()
    return [
        [
            (event.id, name_of(batch.organisation, batch.source, event.id))
            for event in read_stored_batch(batch.body).events
        ]
        for batch in batches
    ]


async def prove(server: Server, user: str, standing: PurposeStatus) -> None:
    """The user says this at a banner, having proven who they are."""
    server.clock.wait(HOUR)
    await say_proven(server.node.context, KEY, user, Profile({MEASUREMENT: Item(standing, server.clock.at)}))


async def person_of(server: Server, **names: str) -> set[str]:
    """Everybody these names lead to."""
    source = server.node.context.published_settings.source(KEY)
    assert source
    kinds = {"userId": "user_id", "anonymousId": "anonymous_id", "email": "email"}
    known_people = await server.node.context.load_known_people(
        source.source, [Identity(kinds[k], v) for k, v in names.items()]
    )
    return {one.person.id for one in known_people.found if not known_people.stored[bytes.fromhex(one.person.id)].merged}


async def test_what_a_device_agreed_to_counts_for_the_user_once_they_said_who_they_are(server: Server) -> None:
    await say(server, "m1", True, anonymousId="a")
    assert not await is_measured(server, "m2", userId="ada")
    await send(server, "identify", "m3", userId="ada", anonymousId="a")
    assert await is_measured(server, "m4", userId="ada")
    assert await person_of(server, userId="ada") == await person_of(server, anonymousId="a")


async def test_what_a_device_refused_restricts_the_user_until_they_prove_that_they_agree(server: Server) -> None:
    await say(server, "m1", False, anonymousId="a")
    await send(server, "identify", "m2", userId="ada", anonymousId="a")
    await say(server, "m3", True, userId="ada", anonymousId="b")
    assert not await is_measured(server, "m4", userId="ada", anonymousId="b")
    await prove(server, "ada", PurposeStatus.ACTIVE)
    assert await is_measured(server, "m5", userId="ada", anonymousId="b")


async def test_the_device_that_refused_can_agree_again(server: Server) -> None:
    await say(server, "m1", False, userId="ada", anonymousId="a")
    await say(server, "m2", True, userId="ada", anonymousId="a")
    assert await is_measured(server, "m3", userId="ada")


async def test_a_device_keeps_its_refusal_when_somebody_else_logs_in(server: Server) -> None:
    await send(server, "identify", "m1", userId="ada", anonymousId="tablet")
    await say(server, "m2", False, userId="ada", anonymousId="tablet")
    await say(server, "m3", True, userId="ben", anonymousId="phone")
    assert not await is_measured(server, "m4", userId="ben", anonymousId="tablet")
    assert await is_measured(server, "m5", userId="ben", anonymousId="phone")
    assert len(await person_of(server, userId="ada", anonymousId="tablet")) == 1


async def test_two_users_of_one_device_stay_two_people(server: Server) -> None:
    await send(server, "identify", "m1", userId="ada", anonymousId="tablet")
    await send(server, "identify", "m2", userId="ben", anonymousId="tablet")
    assert len(await person_of(server, userId="ada", anonymousId="tablet")) == 1
    assert len(await person_of(server, userId="ada", email="x")) == 1
    assert (await person_of(server, userId="ada")).isdisjoint(await person_of(server, userId="ben"))


ATTACKS: list[tuple[str, dict[str, Any]]] = [
    ("identify", {"userId": "ada", "anonymousId": "evil"}),
    ("identify", {"userId": "evil", "anonymousId": "evil", "traits": {"email": "ada@shop.example"}}),
    ("identify", {"anonymousId": "evil", "traits": {"email": "ada@shop.example"}}),
    ("alias", {"previousId": "evil", "userId": "ada"}),
    ("alias", {"previousId": "ada", "userId": "evil"}),
    ("group", {"groupId": "acme", "anonymousId": "evil"}),
    ("track", {"event": "A", "anonymousId": "evil", "context": {"externalIds": [{"id": "ada", "type": "user_id"}]}}),
]


@pytest.mark.parametrize("kind, attack", ATTACKS)
@pytest.mark.parametrize("proven", [True, False])
async def test_nobody_lifts_a_refusal_by_joining_somebody(
    server: Server, kind: str, attack: dict[str, Any], proven: bool
) -> None:
    await send(server, "identify", "m1", userId="ada", anonymousId="hers", traits={"email": "ada@shop.example"})
    if proven:
        await prove(server, "ada", PurposeStatus.WITHDRAWN)
    await say(server, "m2", False, anonymousId="hers")
    await say(server, "m3", True, anonymousId="evil")
    await send(server, kind, "m4", **attack)
    await say(server, "m5", True, anonymousId="evil")
    await say(server, "m6", True, userId="evil")
    for id, names in (("m7", {"userId": "ada"}), ("m8", {"anonymousId": "hers"})):
        assert not await is_measured(server, id, **names)
    assert await person_of(server, userId="ada") == await person_of(server, anonymousId="hers")


async def test_a_flood_of_devices_leaves_somebody_with_a_few(server: Server) -> None:
    await send(server, "identify", "m0", userId="ada", anonymousId="hers")
    for n in range(40):
        await send(server, "identify", f"m{n + 1}", userId="ada", anonymousId=f"evil{n}")
        await send(server, "alias", f"n{n}", userId="ada", previousId=f"worse{n}")
    source = server.node.context.published_settings.source(KEY)
    assert source
    known_people = await server.node.context.load_known_people(source.source, [Identity("user_id", "ada")])
    assert len(known_people.found) == 1
    assert len(known_people.found[0].person.identities) == 6
    assert await person_of(server, userId="ada") == await person_of(server, anonymousId="hers")


async def test_within_its_window_a_name_counts_and_afterwards_there_is_room_for_another(server: Server) -> None:
    published_settings = server.node.context.published_settings
    opened = published_settings.source(KEY)
    assert opened
    weekly = rules_from(IdentitySetting(windows={"anonymous_id": Window.WEEKLY}))
    published_settings.replace_sources([replace(opened, source=replace(opened.source, rules=weekly))])
    for n in range(6):
        await send(server, "identify", f"m{n}", userId="ada", anonymousId=f"d{n}")
    assert await person_of(server, userId="ada") != await person_of(server, anonymousId="d5")
    server.clock.wait(7 * 24 * HOUR)
    await send(server, "identify", "later", userId="ada", anonymousId="d6")
    assert await person_of(server, userId="ada") == await person_of(server, anonymousId="d6")
    assert await person_of(server, userId="ada") == await person_of(server, anonymousId="d0")


async def test_what_waits_is_judged_by_whom_the_device_turned_out_to_belong_to(server: Server) -> None:
    await say(server, "m1", True, anonymousId="a")
    await send(server, "track", "m2", event="A", anonymousId="a", **agreed(True))
    await prove(server, "ada", PurposeStatus.WITHDRAWN)
    await send(server, "identify", "m3", userId="ada", anonymousId="a")
    assert await left(server) == set()


async def test_a_verdict_says_which_version_of_the_person_it_was_given_about(server: Server) -> None:
    await say(server, "m1", True, anonymousId="a")
    await send(server, "identify", "m2", userId="ada", anonymousId="a")
    await send(server, "track", "m3", event="A", userId="ada")
    subjects = {}
    for id in ("m1", "m2", "m3"):
        (told,) = await explain_event(id, server.node.context.stores)
        assert all(one.agree for one in told.connections)
        subjects[id] = (told.person, told.version)
    assert [version for _, version in subjects.values()] == [0, 1, 2]
    assert len({person for person, _ in subjects.values()}) == 1


ADA = Identity("user_id", "ada")
FIELDS = {"type": "track", "event": "A", "userId": "ada"}


async def test_two_nodes_that_meet_somebody_at_once_make_one_person(server: Server) -> None:
    context = server.node.context
    other = replace(context)
    devices = [Identity("anonymous_id", f"a{n % 4}") for n in range(16)]
    events = [
        Event(f"m{n}", "", EventKind.TRACK, 1, 1, FIELDS, "A", identities=(ADA, a)) for n, a in enumerate(devices)
    ]
    nodes = [context, other] * 8
    await asyncio.gather(*(collect(Collect(KEY, [one]), node, 1) for node, one in zip(nodes, events, strict=True)))
    assert len(await person_of(server, userId="ada", anonymousId="a3")) == 1
