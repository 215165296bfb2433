"""Whatever order the same events come in, the same people are there in the end, having agreed to the same."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from placet.events.event import Event, EventKind, Identity
from placet.events.identity.strategies import SEGMENT_RULES
from placet.events.policy.compile_source import Source
from placet.runtime.context import NodeContext
from placet.services.events.collect_events import Collect, collect
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import start

KEY = "outfitter-web-write-key"
MEASUREMENT = "p:883e1831-8659-4ee8-b233-78948935188d"


def an_event(id: str, *names: Identity, yes: bool | None = None, at: int = 1) -> Event:
    """An event with these names; `yes` tells a choice."""
    told = {} if yes is None else {"consent_state": {"gdpr": {"measurement": record(yes, at)}}}
    fields = {"type": "track", "event": "A", "messageId": id, "anonymousId": "named", **told}
    return Event(id, "", EventKind.TRACK, at, at, fields, "A", identities=names)


def record(yes: bool, at: int) -> dict[str, Any]:
    return {"consented": yes, "timestamp_unixtime_ms": at}


KINDS = ("user_id", "email", "anonymous_id", "ios.id")
EVERY = [Identity(kind, f"{kind}-{value}") for kind in KINDS for value in "abc"]
NAMES = st.sampled_from(EVERY)
EVENTS = st.lists(st.tuples(st.sets(NAMES, min_size=1, max_size=3), st.none() | st.booleans()), max_size=8)


def houses() -> tuple[NodeContext, Source]:
    """A house with the example on its shelf, and the source its events come to."""

    async def opened() -> tuple[NodeContext, Source]:
        server = await start()
        found = server.node.context.published_settings.source(KEY)
        assert found
        await server.node.close()
        return server.node.context, found.source

    return asyncio.run(opened())


HOUSE, SOURCE = houses()


async def people_after(batches: list[list[Event]], limits: bool) -> dict[frozenset[Identity], Any]:
    """Who there is in the end, by the names they go by, and what each of them agreed to."""
    rules = SEGMENT_RULES if limits else replace(SEGMENT_RULES, limits={}, most=0)
    source = replace(SOURCE, rules=rules)
    context = replace(HOUSE, stores=MemoryStores())
    opened = HOUSE.published_settings.source(KEY)
    assert opened
    context.published_settings.replace_sources([replace(opened, source=source)])
    for batch in batches:
        await collect(Collect(KEY, batch), context, 1000)
    return await people_in(context, source)


async def people_in(context: NodeContext, source: Source) -> dict[frozenset[Identity], Any]:
    """The same, of a house; no two go by one name."""
    known_people = await context.load_known_people(source, EVERY)
    found = [one.person for one in known_people.found if one.person.identities]
    assert sum(len(one.identities) for one in found) == len(set().union(*(one.identities for one in found)))
    return {one.identities: (await context.consent_of(source, (), one.id)).items for one in found}


def cut(events: list[Event], sizes: list[int]) -> list[list[Event]]:
    """The events in batches of these sizes, over and over."""
    batches, place = [], 0
    while events[place:]:
        size = sizes[len(batches) % len(sizes)]
        batches.append(events[place : place + size])
        place += size
    return batches


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)
DICE = st.randoms(use_true_random=False)


@settings(max_examples=100, deadline=None)
@given(EVENTS, DICE, SIZES)
def test_the_same_events_in_any_order_end_in_the_same_people_with_the_same_consent(
    told: list[tuple[set[Identity], bool | None]], jitter: Any, sizes: list[int]
) -> None:
    events = [an_event(f"m{n}", *sorted(names), yes=yes, at=n + 1) for n, (names, yes) in enumerate(told)]
    shuffled = list(events)
    jitter.shuffle(shuffled)
    in_order = asyncio.run(people_after([events], limits=False))
    assert asyncio.run(people_after(cut(shuffled, sizes), limits=False)) == in_order


@settings(max_examples=100, deadline=None)
@given(EVENTS, DICE, SIZES)
def test_within_limits_no_two_users_are_one_and_no_refusal_is_lost_in_any_order(
    told: list[tuple[set[Identity], bool | None]], jitter: Any, sizes: list[int]
) -> None:
    events = [an_event(f"m{n}", *sorted(names), yes=yes, at=n + 1) for n, (names, yes) in enumerate(told)]
    said = {name: yes for names, yes in told if yes is not None for name in names}
    refused = {name for name, yes in said.items() if not yes}
    jitter.shuffle(events)
    for names, items in asyncio.run(people_after(cut(events, sizes), limits=True)).items():
        assert sum(name.kind == "user_id" for name in names) <= 1
        assert not (names & refused) or not items[MEASUREMENT].granted
