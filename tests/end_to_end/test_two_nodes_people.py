"""Two servers on one database that meet the same people at once make the same people of them."""

import asyncio
from typing import Any

from placet.events.event import Identity
from tests.api.node_context import Server
from tests.end_to_end.test_two_nodes import two_nodes
from tests.stores.conftest import durable_url, postgres  # noqa: F401 - fixtures

KEY = "outfitter-web-write-key"


async def identify(server: Server, id: str, user: str, device: str, **more: Any) -> int:
    """Somebody says who they are."""
    event = {"writeKey": KEY, "type": "identify", "messageId": id, "userId": user, "anonymousId": device, **more}
    return (await server.ask("POST", "/v1/batch", {}, {"writeKey": KEY, "batch": [event]})).status


async def people_by(server: Server, *names: Identity) -> set[str]:
    """Everybody these names lead to, as this node sees it."""
    opened = server.node.context.published_settings.source(KEY)
    assert opened is not None
    known_people = await server.node.context.load_known_people(opened.source, names)
    return {one.person.id for one in known_people.found if one.person.identities}


async def test_whoever_is_met_by_both_at_once_is_one_person(durable_url: str) -> None:  # noqa: F811
    async with two_nodes(durable_url) as nodes:
        calls = [(f"{user}-{n}", f"user{user}", f"device{user}-{n % 3}") for user in range(4) for n in range(6)]
        told = [identify(nodes[place % 2], *call) for place, call in enumerate(calls)]
        statuses = await asyncio.gather(*told)
        for place, (status, call) in enumerate(zip(statuses, calls, strict=True)):
            if status == 503:  # others were faster eight times: the client sends again
                assert await identify(nodes[place % 2], *call) == 200
        for user in range(4):
            names = [Identity("user_id", f"user{user}")]
            names += [Identity("anonymous_id", f"device{user}-{n}") for n in range(3)]
            seen = [await people_by(node, *names) for node in nodes]
            assert seen[0] == seen[1]
            assert len(seen[0]) == 1


async def test_what_one_node_joined_and_heard_the_other_knows_in_its_next_batch(durable_url: str) -> None:  # noqa: F811
    async with two_nodes(durable_url) as (one, other):
        await identify(other, "m1", "ada", "phone")
        refusal = {"context": {"consent": {"categoryPreferences": {"C0002": False}}}}
        told = {"writeKey": KEY, "messageId": "m2", "anonymousId": "tablet", **refusal}
        event = {**told, "event": "Segment Consent Preference Updated"}
        assert (await one.ask("POST", "/v1/track", {}, event)).status == 200
        await identify(one, "m3", "ada", "tablet")
        opened = other.node.context.published_settings.source(KEY)
        assert opened is not None
        (person,) = await people_by(other, Identity("anonymous_id", "phone"))
        agreed = await other.node.context.consent_of(opened.source, [Identity("anonymous_id", "phone")], person)
        assert [item.granted for item in agreed.items.values()].count(False) >= 1
