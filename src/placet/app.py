"""The one place where all parts meet: stores, stories, faces and the clock become one application."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from placet import __version__
from placet.administering import admin_routes
from placet.config import BadSettings, Config, NoStore
from placet.consent.access import Bearer
from placet.consent.errors import Busy
from placet.consent.published import Published
from placet.events.live import Wish
from placet.events.live import went as row_of
from placet.events.source import Source
from placet.events.task import Went
from placet.faces.admin.stream import Stream, StreamStories, Watching
from placet.faces.cmp.location import Locate, LocationFace
from placet.faces.cmp.openapi import openapi_routes
from placet.faces.cmp.profiles import PATH as PROFILES
from placet.faces.cmp.profiles import ProfileFace, ProfileStories
from placet.faces.cmp.receipts import PATH as RECEIPTS
from placet.faces.cmp.receipts import ReceiptFace, ReceiptStories, collection_point_token
from placet.faces.cmp.routes import CmpFace, Stories
from placet.faces.dispatch import Dispatcher
from placet.faces.dispatch import Settings as DispatchSettings
from placet.faces.http import Limits, Request
from placet.faces.metrics import Metrics
from placet.faces.mparticle.identity import IdentityFace, IdentityStories
from placet.faces.mparticle.routes import MparticleFace, MparticleStories
from placet.faces.mparticle.scripts import load_scripts as mparticle_scripts
from placet.faces.ops import Readiness, ops_routes
from placet.faces.packed import NoScripts
from placet.faces.rates import Buckets, Rate, proxied_address
from placet.faces.routes import Door, Route
from placet.faces.segment.routes import SegmentFace, SegmentStories
from placet.faces.segment.scripts import load_scripts as segment_scripts
from placet.faces.storage_budget import Spend, StorageBudget, unlimited
from placet.faces.tools.strings import StringsFace
from placet.faces.web.amp import AmpFace, AmpStories
from placet.faces.web.brief import Collection
from placet.faces.web.first_party import FirstPartyFace, FirstPartyStories
from placet.faces.web.pages.routes import PageFace, PageStories
from placet.faces.web.routes import WebFace, WebStories
from placet.faces.web.scripts import built_folder, load_scripts
from placet.formats.explain import explain
from placet.formats.explanation import Explanation
from placet.formats.links import read as read_link
from placet.geolocation import locate_with
from placet.ids import new_id, new_person
from placet.keeping import keep_lists, library_of
from placet.node_secrets import NodeSecrets as NodeSecrets
from placet.node_secrets import secrets_of as secrets_of
from placet.outputs.in_flight import InFlight
from placet.outputs.plugins import NoPlugin, Plugin, chosen
from placet.services.admit import admit
from placet.services.change_identity import change_identity
from placet.services.collect import Collect, Collected, collect
from placet.services.log_receipt import log_receipts
from placet.services.opt_out import opt_out
from placet.services.read_profile import read_profile
from placet.services.refresh_shelf import KeyRules, refresh_shelf
from placet.services.resolve_identity import resolve_identity
from placet.services.save_consent import save_consent
from placet.services.show_notice import show_notice, show_to_stranger
from placet.serving import Served
from placet.starting import inspect_store, lock_store, secret_of_opened, warn_of_sites
from placet.starting import store_url as store_url
from placet.stores.house import Bookshelf, House
from placet.stores.open import SchemaMismatch, migrate, open_stores
from placet.stores.ports import Stores
from placet.unknown_keys import UnknownKeys
from placet.working import Workers

LOG: Final = logging.getLogger("placet.app")
LOG_AGAIN_SECONDS: Final = 60.0
"""How often at most a flood of refusals is logged."""

RECEIPT_KEY_ID: Final = "cGxhY2V0LTE="

FACES: Final = {
    "cmp": frozenset({"cmp", "receipts", "profiles", "location", "openapi"}),
    "web": frozenset({"web", "location"}),
    "segment": frozenset({"segment"}),
    "mparticle": frozenset({"mparticle"}),
}
"""Which faces make up a dialect, by the name that the settings call it."""

A = TypeVar("A")
B = TypeVar("B")


def now() -> int:
    """Our own clock, epoch ms."""
    return time.time_ns() // 1_000_000


def bind(story: Callable[[A, House, int], Awaitable[B]], house: House) -> Callable[[A, int], Awaitable[B]]:
    """A story with its house; what is asked and the time are still to come."""
    return lambda ask, at: story(ask, house, at)


class Node:
    """One running server's parts: house, faces, and the tasks that keep bookshelf and vendor lists fresh."""

    def __init__(
        self,
        config: Config,
        stores: Stores,
        secrets: NodeSecrets,
        clock: Callable[[], int] = now,
        plugins: tuple[Plugin, ...] = (),
    ) -> None:
        self.config = config
        self._clock = clock
        self.house = House(stores, Bookshelf(), secrets.pepper, new_id)
        self.metrics = Metrics(__version__)
        self.readiness = Readiness({"store": partial(store_ready, stores)})
        self._secrets = secrets
        self._rules = KeyRules(secrets.vault, config.token_leeway_seconds * 1000, config.tokens_remembered)
        self.plugins = InFlight(plugins, config.plugin_seconds)
        self.workers = Workers(config, self.house, self.metrics, clock, self._went, self.plugins)
        self.unknown_keys = UnknownKeys(Path(config.data_folder), self.house.shelf.write_keys)
        self._tasks: list[asyncio.Task[None]] = []
        self._spend_on_site = self._budget(config.site_megabytes_per_hour)
        self._spend_on_source = self._budget(config.source_megabytes_per_hour)
        self.app = self._dispatcher()

    async def open(self) -> None:
        """Load what is published, and keep watching for more. Raises NoPlugin when a plugin cannot be loaded."""
        await self.plugins.load()
        self.house.shelf.relist(library_of(self.config))
        await refresh_shelf(self.house, self._rules, LOG.warning)
        warn_of_sites((each.publication.site for each in self.house.shelf.current().values()), self.config)
        await self.readiness.check()
        keeping = keep_lists(self.config, self._clock, self.house.shelf.relist)
        lasting = (self._watch(), keeping, self.readiness.watch(), *self.workers.all())
        self._tasks = [asyncio.create_task(each) for each in lasting]

    async def close(self) -> None:
        """Stop watching; finish what was accepted; let go of the stores."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.workers.lines.close()
        await self.house.stores.close()

    async def _watch(self) -> None:
        """Look for new publications, for as long as the node lives; a store that is away is asked again."""
        while True:
            await asyncio.sleep(self.config.refresh_ms / 1000)
            try:
                await refresh_shelf(self.house, self._rules, LOG.warning)
            except Busy:
                continue
            except Exception:
                LOG.exception("the published settings could not be refreshed")

    def drain(self) -> None:
        """No more requests, please; whoever watches is sent home, since their answers would never end."""
        self.readiness.closing()
        self.house.live.close()

    def _went(self, went: Went) -> None:
        """Tell whoever watches what became of a delivery."""
        if self.house.live.watched:
            self.house.live.tell((row_of(went),))

    def _stream(self) -> Stream:
        """The live stream of this node."""
        board = self.house.live

        def watch(wish: Wish, after: int | None) -> Watching:
            reader = board.watch(wish, after)
            return Watching(reader.next, lambda: reader.ended, lambda: board.leave(reader))

        return Stream(StreamStories(self._admit, watch, self.house.new_id(self._clock())[-4:].hex()))

    async def _admit(self, secret: str) -> Bearer | None:
        """Whoever shows this token."""
        return await admit(secret, self.house.stores, self._clock())

    def _source(self, write_key: str) -> Source | None:
        """The source that a public key opens."""
        opened = self.house.shelf.source(write_key)
        if opened is None:
            self.unknown_keys.note(write_key, self._clock())
        return opened.source if opened else None

    def _collect(self) -> Callable[[Collect, int], Awaitable[Collected]]:
        """The story that takes events in, whichever dialect they come in."""
        return self.unknown_keys.watching(lambda ask, at: collect(ask, self.house, at, self.plugins))

    def _segment(self) -> SegmentStories:
        url, scripts = public_url(self.config), installed(segment_scripts, self.config.segment_scripts)
        wait = self.config.integrations_wait_ms

        def spend(key: str, request: Request, size: int) -> None:
            """Charge known sources only. An unknown key is noted once, when its events are dropped."""
            if self.house.shelf.source(key) is not None:
                self._spend_on_source(key, request, size)

        return SegmentStories(self._collect(), self._source, url, self._clock, new_person, scripts, spend, wait)

    def _secret(self, key: str) -> bytes | None:
        """The secret of an input. Raises Busy for one that cannot be opened here: its clients should try again."""
        opened = self.house.shelf.input(key)
        if opened and key not in opened.inputs:
            raise Busy("the secret of this input cannot be opened")
        return opened.inputs[key] if opened else None

    def _mparticle(self) -> MparticleStories:
        shelf = self.house.shelf

        def input(key: str) -> Source | None:
            opened = shelf.input(key)
            return opened.source if opened else None

        scripts = installed(mparticle_scripts, self.config.mparticle_scripts)
        url, take = public_url(self.config), self._collect()
        spend = self._spend_on_source
        return MparticleStories(take, self._source, input, self._secret, scripts, url, self._clock, new_person, spend)

    def _identity(self) -> IdentityStories:
        resolve, change = bind(resolve_identity, self.house), bind(change_identity, self.house)
        return IdentityStories(resolve, change, self._source, self._secret, self._clock)

    def _web_routes(self, locate: Locate) -> list[Route]:
        """What web pages load; nothing where the browser's scripts were not built."""
        try:
            scripts = load_scripts(built_folder())
        except FileNotFoundError:
            LOG.warning("the browser SDK is not served: its scripts are not built (make sdk)")
            return []
        base, secret = public_url(self.config), self._secrets.receipts

        def collection(published: Published) -> Collection:
            return Collection(base + RECEIPTS, collection_point_token(published.publication, secret), base + PROFILES)

        shelf = self.house.shelf
        stories = WebStories(
            shelf.published,
            locate,
            collection,
            base,
            scripts,
            lambda: shelf.library,
            self._clock,
            shelf.allows_origin,
        )
        return [
            *AmpFace(AmpStories(shelf.published, locate)).routes(),
            *FirstPartyFace(FirstPartyStories(shelf.published, locate, self._clock)).routes(),
            *WebFace(stories).routes(),
        ]

    def _page_routes(self, locate: Locate) -> list[Route]:
        """The pages for people; nothing on them needs our scripts."""
        stories = PageStories(
            published=self.house.shelf.published,
            locate=locate,
            show=lambda approach, at, minted: show_notice(approach, self.house, at, minted),
            save=bind(save_consent, self.house),
            read_link=lambda text, app_id, at: read_link(text, app_id, self._secrets.vault, at),
            now=self._clock,
            new_person=new_person,
            spend=self._spend_on_site,
        )
        return PageFace(stories).routes()

    def explained(self, text: str) -> Explanation:
        """Any consent string in plain words, by the lists in force. Raises Malformed."""
        return explain(text, datetime.fromtimestamp(self._clock() / 1000, UTC), self.house.shelf.library.for_explaining)

    def _budget(self, megabytes_per_hour: int) -> Spend:
        """What charges stored bytes to sites or sources. Raises Refusal when called for one that has no room left."""
        if not megabytes_per_hour:
            return unlimited
        address = proxied_address(self.config.client_address_header, self.config.client_address_hops)

        said_at = -LOG_AGAIN_SECONDS

        def refused(owner: str) -> None:
            nonlocal said_at
            self.metrics.limited["storage budget"] += 1
            if time.monotonic() - said_at >= LOG_AGAIN_SECONDS:
                said_at = time.monotonic()
                LOG.warning("a storage budget is used up", extra={"facts": {"key": owner[:64]}})

        return StorageBudget(megabytes_per_hour << 20, address, time.monotonic, refused).spend

    def _operations_routes(self) -> list[Route]:
        return ops_routes(self.readiness, self.metrics, __version__)

    def operations_app(self) -> Dispatcher | None:
        """What answers on the port for operations, where there is one."""
        if not self.config.operations_port:
            return None
        return Dispatcher(self._operations_routes(), self.metrics, dispatch_settings(self.config))

    def _dispatcher(self) -> Dispatcher:
        config, shelf = self.config, self.house.shelf
        locate = locate_with(config)
        cmp = Stories(
            show=lambda approach, at, minted: show_notice(approach, self.house, at, minted),
            show_to_stranger=lambda approach, at, minted: show_to_stranger(approach, self.house, at, minted),
            save=bind(save_consent, self.house),
            opt_out=bind(opt_out, self.house),
            published=shelf.published,
            allows_origin=shelf.allows_origin,
            locate=locate,
            now=self._clock,
            new_person=new_person,
            receipt_secret=self._secrets.receipts,
            receipt_key_id=RECEIPT_KEY_ID,
            spend=self._spend_on_site,
        )
        profiles = ProfileStories(bind(read_profile, self.house), shelf.allows_origin, self._clock, locate)
        receipts = ReceiptStories(
            log=bind(log_receipts, self.house),
            published=shelf.published,
            allows_origin=shelf.allows_origin,
            now=self._clock,
            receipt_secret=self._secrets.receipts,
            receipt_key_id=RECEIPT_KEY_ID,
            spend=self._spend_on_site,
        )
        routes = [
            *CmpFace(cmp, self.metrics).routes(),
            *ProfileFace(profiles).routes(),
            *ReceiptFace(receipts).routes(),
            *LocationFace(locate).routes(),
            *SegmentFace(self._segment(), self.metrics).routes(),
            *admin_routes(self.house, self._admit, self.workers.breakers, self._clock),
            *MparticleFace(self._mparticle(), self.metrics).routes(),
            *IdentityFace(self._identity()).routes(),
            *openapi_routes(__version__),
            *self._web_routes(locate),
            *self._page_routes(locate),
            *StringsFace(self.explained).routes(),
            *(() if config.operations_port else self._operations_routes()),
        ]
        return Dispatcher(
            routes, self.metrics, dispatch_settings(config), (self._stream().mount(),), doors=doors_of(config)
        )


def installed(load: Callable[[str], A], folder: str) -> A:
    """Scripts of others, from the folder where the operator put them. Raises BadSettings."""
    try:
        return load(folder)
    except (NoScripts, OSError) as why:
        raise BadSettings(str(why)) from why


def public_url(config: Config) -> str:
    """How browsers reach this server."""
    return config.public_url or f"http://{config.host}:{config.port}"


def doors_of(config: Config) -> list[Door]:
    """The doors that dialects have of their own."""
    return [Door(FACES[name], door.prefix, door.host) for name, door in config.faces.open().items()]


def dispatch_settings(config: Config) -> DispatchSettings:
    """The part of the settings that the dispatcher heeds."""
    rate = Rate(config.rate_per_minute, config.rate_burst)
    return DispatchSettings(
        limits=Limits(config.body_bytes, config.body_seconds, config.header_lines),
        rates=Buckets(rate, config.rate_callers) if config.rate_per_minute else None,
        address=proxied_address(config.client_address_header, config.client_address_hops),
        slow=config.slow_seconds,
        log_all=config.log_requests == "all",
    )


async def store_ready(stores: Stores) -> str:
    """Why the store is not ready, or nothing."""
    try:
        await stores.ready()
    except Busy as why:
        return str(why) or "busy"
    return ""


async def open_store(config: Config) -> Stores:
    """The stores as configured. The embedded one is brought up to date first: nobody else could be using it yet.

    Raises BadSettings.
    """
    url = store_url(config)
    try:
        if config.embedded:
            await migrate(url)
        return await open_stores(url)
    except SchemaMismatch as why:
        raise NoStore(str(why)) from why
    except Busy as why:
        raise NoStore(f"The store cannot be opened: {why}. Check PLACET_STORE_URL and that it is running.") from why


async def open_node(config: Config, plugins: tuple[Plugin, ...]) -> Node:
    """A node on its store, with what is published loaded. Raises BadSettings."""
    await inspect_store(config)
    stores = await open_store(config)
    try:
        node = Node(config, stores, secrets_of(await secret_of_opened(config, stores)), plugins=plugins)
        await node.open()
    except NoPlugin as why:
        await stores.close()
        raise BadSettings(str(why)) from why
    except BaseException:
        await stores.close()
        raise
    return node


async def open_app(config: Config) -> Served:
    """Open the stores, load what is published, and hand over an application ready to be served.

    Raises BadSettings when it cannot be done as configured: NoStore where the store is the reason.
    """
    try:
        plugins = chosen(config.plugin_names)
    except NoPlugin as why:
        raise BadSettings(str(why)) from why
    lock = lock_store(config)
    release = lock.release if lock else lambda: None
    try:
        node = await open_node(config, plugins)
    except BaseException:
        release()
        raise

    async def close() -> None:
        try:
            await node.close()
        finally:
            release()

    return Served(node.app, close, node.readiness.opened, node.drain, node.operations_app())
