"""A real server for the browser: the node, the web face, and the shop's own pages, on one port and many host names."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from on_node import installed

from placet.api.cmp.receipts import PATH as RECEIPTS
from placet.api.http.request import App, Receive, Scope, Send
from placet.app.derived_secrets import secrets_of
from placet.app.node import Node, now
from placet.config import Config
from placet.services.settings.publish_settings import ApplyResult, PublishResult, Secrets, apply, publish
from placet.services.settings.published_sites import Author
from placet.settings.organisation import Organisation
from placet.settings.site import Stage
from placet.stores.memory.stores import MemoryStores
from tests.api.node_context import MASTER
from tests.browser.broken_server import Broken, breaking
from tests.browser.page_clients import CLIENTS, SEGMENT_SCRIPTS
from tests.browser.sample_shop import a_shop
from tests.browser.shop_pages import selling
from tests.clients.deployment import PATIENCE, Receiver, until

CONSENT_HOST = "consent.placet.test"
SHOP_HOST = "www.shop.test"
OWN_HOST = "consent.shop.test"
"""placet under the shop's own name, as a CNAME makes it; below `/placet/` the shop's own server passes requests on."""
WAITING = "Object.keys(localStorage).filter((key) => key.startsWith('placet.receipt.'))"
NONE_WAITS = f"{WAITING}.length === 0"
"""What a page says of the receipts it has not been thanked for: the keys of its storage, and that there are none."""


@dataclass
class Shop:
    """The running server, what the tests may do to it, and where the events go that it lets pass."""

    port: int
    receiver: Receiver
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failing: Callable[[str], bool] = lambda path: False
    holding: Callable[[str], threading.Event | None] = lambda path: None
    broken: Broken = field(default_factory=Broken)
    country: str = "DE"
    region: str = ""
    publish: Callable[[Organisation], None] = lambda organisation: None
    talking: Callable[[], bool] = lambda: False
    """Is anybody still connected? Pages that are gone may have sent something that was not read yet."""

    @property
    def consent(self) -> str:
        """Where placet is served."""
        return f"http://{CONSENT_HOST}:{self.port}"

    def page(self, name: str = "", host: str = SHOP_HOST) -> str:
        """The address of one of the shop's pages."""
        return f"http://{host}:{self.port}/{name}"

    def reset(self) -> None:
        """As it was before any test: who came for the last one has left, and is not heard any more."""
        self.broken.mend()
        self.failing, self.holding = lambda path: False, lambda path: None
        until(lambda: not self.talking())
        for kept in (self.pages, self.headers, self.receipts, self.answers, self.asked):
            kept.clear()
        self.receiver.got.clear()
        self.country, self.region = "DE", ""


def start_shop() -> tuple[Shop, Callable[[], None]]:
    """Start it in a thread of its own; the second value ends it."""
    door = socket.create_server(("127.0.0.1", 0))
    shop = Shop(door.getsockname()[1], Receiver())
    server = uvicorn.Server(uvicorn.Config(_not_yet, log_level="error", lifespan="off"))
    shop.talking = lambda: bool(server.server_state.connections)
    thread = threading.Thread(target=lambda: asyncio.run(_run(shop, server, door)), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.02)
    if not server.started:
        raise RuntimeError("the shop did not open")

    def end() -> None:
        server.should_exit = True
        thread.join(10)
        shop.receiver.close()

    return shop, end


async def _not_yet(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("the application is put in when its stores are open")


async def _run(shop: Shop, server: uvicorn.Server, door: socket.socket) -> None:
    node = await _node(shop)
    loop = asyncio.get_running_loop()

    def publish_now(organisation: Organisation) -> None:
        asyncio.run_coroutine_threadsafe(_publish(organisation, node), loop).result(PATIENCE)

    shop.publish = publish_now
    server.config.app = _app(shop, breaking(node.app, shop.broken))
    await server.serve([door])
    await node.close()


async def _node(shop: Shop) -> Node:
    config = Config(
        public_url=shop.consent,
        country_header="x-country",
        region_header="x-region",
        segment_scripts=str(installed(CLIENTS) / SEGMENT_SCRIPTS),
        delivery_rest_ms=10,
    )
    node = Node(config, MemoryStores(), secrets_of(MASTER))
    await node.open()
    origins = (f"http://{SHOP_HOST}:{shop.port}", f"http://blog.shop.test:{shop.port}")
    await _publish(selling(a_shop(origins), shop.receiver.url, f"http://pixels.test:{shop.port}"), node)
    return node


async def _publish(organisation: Organisation, node: Node) -> None:
    """Its settings, applied and published, and known to the node."""
    catalogue, author = node.context.stores.catalogue, Author("tests", now())
    secrets = Secrets(lambda place: place, lambda n: bytes(range(n)), secrets_of(MASTER).secret_box)
    applied = await apply(organisation, catalogue, secrets, author)
    assert isinstance(applied, ApplyResult), applied
    for stage in Stage:
        assert isinstance(await publish(organisation.id, stage, catalogue, author), PublishResult)
    while node.context.published_settings.revision != await catalogue.revision():
        await asyncio.sleep(0.05)


def _app(shop: Shop, node: App) -> App:
    """The consent host gets placet, behind an edge that knows where visitors are; every other host the shop's pages."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path, host = scope["path"], dict(scope["headers"])[b"host"].decode().partition(":")[0]
        shop.asked.append(host + path)
        if shop.failing(path):
            await _say(send, 503, b"", "text/plain", {"access-control-allow-origin": "*"})
            return
        if held := shop.holding(path):
            await asyncio.to_thread(held.wait, PATIENCE)
        if path.startswith("/placet/"):
            scope = scope | {"path": path.removeprefix("/placet")}
        elif host not in (CONSENT_HOST, OWN_HOST):
            await _say_page(shop, send, host, path)
            return
        edge = [(b"x-country", shop.country.encode()), (b"x-region", shop.region.encode())]
        located = scope | {"headers": [*scope["headers"], *edge]}
        await node(located, _overhear(shop, scope, receive), _note(shop, scope, send))

    return app


def tells(scope: Scope) -> bool:
    """Is this a receipt, or events?"""
    return scope["method"] == "POST" and (scope["path"] == RECEIPTS or scope["path"].startswith("/v1/"))


def _overhear(shop: Shop, scope: Scope, receive: Receive) -> Receive:
    body = bytearray()

    async def heard() -> Any:
        message = await receive()
        body.extend(message.get("body", b""))
        if tells(scope) and body and not message.get("more_body"):
            shop.receipts.append(json.loads(body))
            body.clear()
        return message

    return heard


def _note(shop: Shop, scope: Scope, send: Send) -> Send:
    async def noted(message: Any) -> None:
        if tells(scope) and message["type"] == "http.response.start":
            shop.answers.append(message["status"])
        await send(message)

    return noted


async def _say_page(shop: Shop, send: Send, host: str, path: str) -> None:
    """A page of the shop; any script of a third party says that it ran."""
    page = shop.pages.get(path.strip("/"))
    if page is not None:
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        await _say(send, 200, page.encode(), f"{kind}; charset=utf-8", shop.headers)
        return
    if path.endswith(".js"):
        ran = f"(window.ran = window.ran || []).push({json.dumps(host + path)});"
        await _say(send, 200, ran.encode(), "text/javascript", {})
        return
    await _say(send, 404, b"<!doctype html><title>none</title>", "text/html", {})


async def _say(send: Send, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
    told = {"content-type": kind, "cache-control": "no-store"} | headers
    raw = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
