"""Whoever watches sees what happens on the node, as far as their token allows, and never slows it down."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from placet.api.admin.stream import Stream
from placet.events.records.live_rows import Subscription
from placet.outputs.destination import Rejected, Sent
from placet.runtime.live_feed import KEPT, MAX_SUBSCRIBERS
from placet.services.events.delivery_attempt import DeliverySettings
from tests.api.admin.conftest import ORGANISATION, Admin
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
YES = {"consent": {"categoryPreferences": {"C0002": True, "C0004": False}}}


class Watcher:
    """Somebody who reads the stream, in process; `open` False keeps what is sent from being read."""

    def __init__(self) -> None:
        self.status = 0
        self.text = b""
        self.reading = asyncio.Event()
        self.reading.set()
        self.gone = asyncio.Event()
        self.over = False

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"")
        self.over = message["type"] == "http.response.body" and not message.get("more_body")

    async def sees(self, done: Callable[[], bool]) -> None:
        """Wait until the watcher has seen so much."""
        while not done():
            await asyncio.sleep(0.005)

    def events(self, kind: bytes = b"id: ") -> list[Any]:
        """The messages of a kind, as JSON."""
        parts = [part for part in self.text.split(b"\n\n") if part.startswith(kind)]
        return [msgspec.json.decode(part.partition(b"\ndata: ")[2]) for part in parts]

    @property
    def rows(self) -> list[Any]:
        return self.events()

    @property
    def last(self) -> str:
        return [part for part in self.text.split(b"\n\n") if part.startswith(b"id: ")][-1].split(b"\n")[0][4:].decode()


@asynccontextmanager
async def watching(admin: Admin, headers: dict[str, str], query: str = ""):
    """Watch for as long as the block lasts."""
    watcher = Watcher()
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/v1/stream", "query_string": query.encode(), "headers": raw}
    task = asyncio.create_task(admin.server.node.app(scope, watcher.receive, watcher.send))
    await settle()
    try:
        yield watcher
    finally:
        watcher.gone.set()
        watcher.reading.set()
        admin.server.node.context.live_feed.publish([])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


async def track(admin: Admin, id: str, **more: Any) -> None:
    event = {"writeKey": KEY, "userId": "ada", "event": "Viewed", "messageId": id, "context": YES, **more}
    assert (await admin.server.ask("POST", "/v1/track", {}, event)).status == 200
    await settle()


async def work(admin: Admin, reply: Any = Sent(200)) -> None:  # noqa: B008 - a value
    async def take(_request: Any) -> Any:
        return reply

    tell = admin.server.node._record_result
    await deliver(admin.server.node.context, DeliverySettings(take, tell=tell), admin.server.clock)
    await settle()


@pytest.mark.parametrize("headers, status", [
    ({}, 401),
    ({"Authorization": "Bearer placet_guessed"}, 401),
    ({"Authorization": "Basic Og=="}, 401),
])  # fmt: skip
async def test_nobody_watches_without_a_token(admin: Admin, headers: dict[str, str], status: int) -> None:
    async with watching(admin, headers) as watcher:
        assert watcher.status == status


async def test_a_token_that_may_only_write_does_not_watch(admin: Admin) -> None:
    async with watching(admin, await admin.headers("write")) as watcher:
        assert watcher.status == 403


async def test_what_comes_in_and_goes_out_is_shown_with_its_verdict(admin: Admin) -> None:
    async with watching(admin, await admin.headers("read", "unmasked")) as watcher:
        await track(admin, "m1")
        await work(admin)
        came, result = watcher.rows
    assert (came["way"], came["source"], came["type"], came["event"]) == ("in", "outfitter/shop-events", "track", "m1")
    assert came["verdict"] == "allowed"
    assert came["verdicts"]["shop-tally"] == "allowed"
    assert came["verdicts"]["shop-adlane"].startswith("no consent")
    assert came["user"] == [{"kind": "user_id", "value": "ada"}]
    assert came["payload"]["userId"] == "ada"
    assert (result["way"], result["connection"], result["verdict"]) == ("out", "shop-tally", "sent")


async def test_without_the_role_for_it_nobody_s_data_is_shown(admin: Admin) -> None:
    async with watching(admin, await admin.headers("read")) as watcher:
        await track(admin, "m1", properties={"email": "ada@example.org", "price": 12, "tags": ["x", None]})
        (row,) = watcher.rows
    assert b"example.org" not in watcher.text
    assert row["user"] == [{"kind": "user_id", "value": "a*a"}]
    assert row["payload"]["properties"] == {"email": "•••", "price": "•••", "tags": ["•••", None]}
    assert row["payload"]["event"] == "Viewed"
    assert row["payload"]["context"]["consent"] == YES["consent"]


@pytest.mark.parametrize("query, seen", [
    ("", ["m1", "m2", "m3"]),
    ("user=berta", ["m2"]),
    ("type=page", ["m3"]),
    ("verdict=held", ["m2"]),
    ("source=shop-events&way=in", ["m1", "m2", "m3"]),
    ("source=another", []),
    ("way=out", []),
    ("stage=development", ["m1"]),
    ("stage=production", ["m2", "m3"]),
])  # fmt: skip
async def test_only_what_was_asked_for_is_shown(admin: Admin, query: str, seen: list[str]) -> None:
    async with watching(admin, await admin.headers("read"), query) as watcher:
        await track(admin, "m1", environment="development")
        await track(admin, "m2", userId="berta", context={})
        page = {"writeKey": KEY, "userId": "ada", "name": "Home", "messageId": "m3", "context": YES}
        await admin.server.ask("POST", "/v1/page", {}, page)
        await settle()
        assert [row["event"] for row in watcher.rows] == seen


@pytest.mark.parametrize("query", ["colour=red", "way=sideways", "stage=test"])
async def test_a_question_nobody_can_answer_is_refused(admin: Admin, query: str) -> None:
    async with watching(admin, await admin.headers("read"), query) as watcher:
        assert watcher.status == 400


async def test_nobody_sees_another_workspace(admin: Admin) -> None:
    async with watching(admin, await admin.headers("read", "unmasked", workspace="news")) as watcher:
        await track(admin, "m1")
        assert watcher.rows == []


async def test_what_was_given_up_says_why(admin: Admin) -> None:
    async with watching(admin, await admin.headers("read"), "way=out") as watcher:
        await track(admin, "m1")
        await work(admin, Rejected("it answered 400"))
        (row,) = watcher.rows
    assert (row["verdict"], row["reason"]) == ("given up", "it answered 400")


async def test_whoever_comes_back_goes_on_where_they_were(admin: Admin) -> None:
    headers = await admin.headers("read")
    async with watching(admin, headers) as watcher:
        await track(admin, "m1")
    await track(admin, "m2")
    async with watching(admin, headers | {"Last-Event-ID": watcher.last}) as again:
        await settle()
        assert [row["event"] for row in again.rows] == ["m2"]
        assert again.events(b"event: lost") == []


async def test_whoever_comes_back_to_another_node_is_told_what_they_missed(admin: Admin) -> None:
    headers = await admin.headers("read")
    async with watching(admin, headers):
        for _ in range(KEPT + 5):
            admin.server.node.context.live_feed.number += 1
        await track(admin, "m1")
    async with watching(admin, headers | {"Last-Event-ID": "other-7"}) as again:
        await settle()
        assert again.events(b"event: lost") == [{"rows": KEPT + 5}]
        assert [row["event"] for row in again.rows] == ["m1"]


async def test_a_slow_reader_loses_rows_and_is_told_while_nothing_waits_for_them(admin: Admin) -> None:
    async with watching(admin, await admin.headers("read")) as watcher:
        watcher.reading.clear()
        await track(admin, "m0")
        rows = [row for _, row in admin.server.node.context.live_feed.recent]
        for _ in range(KEPT + 7):
            admin.server.node.context.live_feed.publish(rows)
        watcher.reading.set()
        await watcher.sees(lambda: len(watcher.rows) == KEPT + 1)
        assert watcher.events(b"event: lost") == [{"rows": 7}]


async def test_nothing_is_made_ready_while_nobody_watches(admin: Admin) -> None:
    await track(admin, "m1")
    assert admin.server.node.context.live_feed.number == 0


async def test_a_quiet_stream_stays_alive_and_ends_when_its_token_is_revoked(admin: Admin) -> None:
    stream = next(mount.app for mount, _ in admin.server.node.app._mounts)
    assert isinstance(stream, Stream)
    stream.services = msgspec.structs.replace(stream.services, heartbeat=0.02)
    headers = await admin.headers("read")
    async with watching(admin, headers) as watcher:
        await watcher.sees(lambda: b": still here" in watcher.text)
        (token,) = await admin.stores.tokens.of(ORGANISATION)
        await admin.stores.tokens.revoke(token.organisation, token.id, "tests", 5)
        await watcher.sees(lambda: watcher.over)
        before = watcher.text
        await track(admin, "m1")
        assert watcher.text == before


async def test_the_stream_ends_when_the_node_closes(admin: Admin) -> None:
    async with watching(admin, await admin.headers("read")) as watcher:
        admin.server.node.drain()
        await settle()
        await track(admin, "m1")
        assert watcher.rows == []
    assert admin.server.node.context.live_feed.subscribers == set()


async def test_only_so_many_watch_at_once(admin: Admin) -> None:
    feed, wish = admin.server.node.context.live_feed, Subscription(ORGANISATION, "outfitter")
    for _ in range(MAX_SUBSCRIBERS):
        feed.subscribe(wish)
    async with watching(admin, await admin.headers("read")) as watcher:
        assert watcher.status == 503
