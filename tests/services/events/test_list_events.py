"""Events of a source are listed newest first, page by page, for one workspace only."""

from typing import Any

import pytest

from placet.errors import Invalid
from placet.services.events.list_events import list_events
from tests.api.node_context import start

KEY = "outfitter-web-write-key"
SOURCE = "outfitter/shop-events"


async def filled(count: int) -> Any:
    """A node with so many events; every other person agreed to nothing."""
    server = await start()
    for number in range(count):
        agreed = {"C0002": number % 2 == 0, "C0004": number % 2 == 0}
        event = {"writeKey": KEY, "userId": f"u{number}", "event": "A", "messageId": f"m{number}"}
        event["context"] = {"consent": {"categoryPreferences": agreed}}
        assert (await server.ask("POST", "/v1/track", {}, event)).status == 200
    return server


async def walk(server: Any, limit: int, *, held: bool) -> list[str]:
    """Every page, one after the other."""
    found, cursor = [], ""
    organisation = server.organisation.id.lower()
    while True:
        page = await list_events(organisation, SOURCE, server.node.context.stores, limit, cursor, held=held)
        assert len(page.events) <= limit
        found += [one.id for one in page.events]
        cursor = page.next
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_hold_every_event_once_newest_first(limit):
    server = await filled(7)
    assert await walk(server, limit, held=False) == [f"m{number}" for number in reversed(range(7))]
    await server.node.close()


async def test_events_of_one_batch_may_be_cut_over_pages():
    server = await start()
    messages = [{"type": "track", "userId": "u", "event": "A", "messageId": f"m{n}"} for n in range(5)]
    await server.ask("POST", "/v1/batch", {}, {"writeKey": KEY, "batch": messages})
    assert await walk(server, 2, held=False) == ["m4", "m3", "m2", "m1", "m0"]
    await server.node.close()


async def test_held_events_come_with_the_connection_and_the_reason():
    server = await filled(4)
    organisation, stores = server.organisation.id.lower(), server.node.context.stores
    page = await list_events(organisation, SOURCE, stores, 10)
    refused = next(one for one in page.events if one.id == "m3")
    assert refused.held
    assert all(one.reason and one.connection for one in refused.held)
    held = await walk(server, 1, held=True)
    assert held == [one.id for one in page.events if one.held]
    await server.node.close()


@pytest.mark.parametrize("cursor", ["x", "00-1", f"{'0' * 32}", f"{'0' * 32}--1", f"{'0' * 32}-x"])
async def test_what_is_no_cursor_is_refused(cursor):
    server = await start()
    with pytest.raises(Invalid, match="no cursor"):
        await list_events(server.organisation.id.lower(), SOURCE, server.node.context.stores, 1, cursor)
    await server.node.close()


async def test_a_cursor_of_another_source_or_of_a_batch_that_is_gone_shows_nothing_of_it():
    server = await filled(3)
    organisation, stores = server.organisation.id.lower(), server.node.context.stores
    cursor = (await list_events(organisation, SOURCE, stores, 1)).next
    with pytest.raises(Invalid, match="another list"):
        await list_events(organisation, "news/web", stores, 1, cursor)
    gone = await list_events(organisation, SOURCE, stores, 1, f"{'0' * 32}-0")
    assert (gone.events, gone.next) == ([], "")
    await server.node.close()
