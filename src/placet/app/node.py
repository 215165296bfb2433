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
from placet.api.admin.stream import Stream, StreamServices, Watching
from placet.api.cmp.location import Locate, LocationDialect
from placet.api.cmp.openapi import openapi_routes
from placet.api.cmp.profiles import PATH as PROFILES
from placet.api.cmp.profiles import ProfileDialect, ProfileServices
from placet.api.cmp.receipts import PATH as RECEIPTS
from placet.api.cmp.receipts import ReceiptDialect, ReceiptServices, collection_point_token
from placet.api.cmp.routes import CmpDialect, CmpServices
from placet.api.http.dispatch import Dispatcher
from placet.api.http.dispatch import Settings as DispatchSettings
from placet.api.http.health import Readiness, ops_routes
from placet.api.http.metrics import Metrics
from placet.api.http.rate_limit import Buckets, Rate, proxied_address
from placet.api.http.request import Limits, Request
from placet.api.http.routes import CustomDomainSetting, Route
from placet.api.http.static_files import NoScripts
from placet.api.http.storage_budget import Spend, StorageBudget, unlimited
from placet.api.mparticle.identity import IdentityDialect, IdentityServices
from placet.api.mparticle.routes import MparticleDialect, MparticleServices
from placet.api.mparticle.scripts import load_scripts as mparticle_scripts
from placet.api.segment.routes import SegmentDialect, SegmentServices
from placet.api.segment.scripts import load_scripts as segment_scripts
from placet.api.tools.strings import StringsDialect
from placet.api.web.amp import AmpDialect, AmpServices
from placet.api.web.first_party import FirstPartyDialect, FirstPartyServices
from placet.api.web.pages.routes import PageDialect, PageServices
from placet.api.web.routes import WebDialect, WebServices
from placet.api.web.scripts import built_folder, load_scripts
from placet.api.web.site_data import Collection
from placet.app.admin import admin_routes
from placet.app.derived_secrets import NodeSecrets, secrets_of
from placet.app.geolocation import locate_with
from placet.app.open_stores import open_store, store_ready
from placet.app.startup_checks import inspect_store, lock_store, secret_of_opened, warn_of_sites
from placet.app.unknown_keys import UnknownKeys
from placet.app.vendor_lists import keep_lists, vendor_lists_of
from placet.app.workers import Workers
from placet.config import BadSettings, Config
from placet.consent.rules.published import Published
from placet.errors import Busy
from placet.events.policy.compile_source import Source
from placet.events.records.live_rows import Subscription
from placet.events.records.live_rows import delivery_row as row_of
from placet.events.records.task import DeliveryResult
from placet.formats.crypto.sealed_links import read as read_link
from placet.formats.explain.explain import explain
from placet.formats.explain.explanation import Explanation
from placet.ids import new_id, new_person
from placet.outputs.plugins.plugin import NoPlugin, Plugin, chosen
from placet.outputs.plugins.runner import PluginRunner
from placet.runtime.context import NodeContext
from placet.runtime.published_settings import PublishedSettings
from placet.server.run import Served
from placet.services.consent.global_opt_out import global_opt_out
from placet.services.consent.log_receipt import log_receipts
from placet.services.consent.read_profile import read_profile
from placet.services.consent.save_consent import save_consent
from placet.services.consent.show_notice import show_notice, show_to_stranger
from placet.services.events.change_identity import change_identity
from placet.services.events.collect_events import Collect, Collected, collect
from placet.services.events.resolve_identity import resolve_identity
from placet.services.settings.api_tokens import authenticate
from placet.services.settings.refresh_published import KeyRules, refresh_published
from placet.settings.api_tokens import Bearer
from placet.stores.ports.stores import Stores

LOG: Final = logging.getLogger("placet.app")
LOG_AGAIN_SECONDS: Final = 60.0
"""How often at most a flood of refusals is logged."""

RECEIPT_KEY_ID: Final = "cGxhY2V0LTE="

DIALECTS: Final = {
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


def bind_use_case(
    use_case: Callable[[A, NodeContext, int], Awaitable[B]], context: NodeContext
) -> Callable[[A, int], Awaitable[B]]:
    """A story with its house; what is asked and the time are still to come."""
    return lambda ask, at: use_case(ask, context, at)


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
        self.context = NodeContext(stores, PublishedSettings(), secrets.pepper, new_id)
        self.metrics = Metrics(__version__)
        self.readiness = Readiness({"store": partial(store_ready, stores)})
        self._secrets = secrets
        self._rules = KeyRules(secrets.secret_box, config.token_leeway_seconds * 1000, config.tokens_remembered)
        self.plugins = PluginRunner(plugins, config.plugin_seconds)
        self.workers = Workers(config, self.context, self.metrics, clock, self._record_result, self.plugins)
        self.unknown_keys = UnknownKeys(Path(config.data_folder), self.context.published_settings.write_keys)
        self._tasks: list[asyncio.Task[None]] = []
        self._spend_on_site = self._budget(config.site_megabytes_per_hour)
        self._spend_on_source = self._budget(config.source_megabytes_per_hour)
        self.app = self._dispatcher()

    async def open(self) -> None:
        """Load what is published, and keep watching for more. Raises NoPlugin when a plugin cannot be loaded."""
        await self.plugins.load()
        self.context.published_settings.use_vendor_lists(vendor_lists_of(self.config))
        await refresh_published(self.context, self._rules, LOG.warning)
        warn_of_sites(
            (each.publication.site for each in self.context.published_settings.current().values()), self.config
        )
        await self.readiness.check()
        retention = keep_lists(self.config, self._clock, self.context.published_settings.use_vendor_lists)
        lasting = (self._watch(), retention, self.readiness.watch(), *self.workers.all())
        self._tasks = [asyncio.create_task(each) for each in lasting]

    async def close(self) -> None:
        """Stop watching; finish what was accepted; let go of the stores."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.workers.connections.close()
        await self.context.stores.close()

    async def _watch(self) -> None:
        """Look for new publications, for as long as the node lives; a store that is away is asked again."""
        while True:
            await asyncio.sleep(self.config.refresh_ms / 1000)
            try:
                await refresh_published(self.context, self._rules, LOG.warning)
            except Busy:
                continue
            except Exception:
                LOG.exception("the published settings could not be refreshed")

    def drain(self) -> None:
        """No more requests, please; whoever watches is sent home, since their answers would never end."""
        self.readiness.closing()
        self.context.live_feed.close()

    def _record_result(self, result: DeliveryResult) -> None:
        """Tell whoever watches what became of a delivery."""
        if self.context.live_feed.has_subscribers:
            self.context.live_feed.publish((row_of(result),))

    def _stream(self) -> Stream:
        """The live stream of this node."""
        feed = self.context.live_feed

        def watch(subscription: Subscription, after: int | None) -> Watching:
            reader = feed.subscribe(subscription, after)
            return Watching(reader.next, lambda: reader.ended, lambda: feed.unsubscribe(reader))

        return Stream(StreamServices(self._admit, watch, self.context.new_id(self._clock())[-4:].hex()))

    async def _admit(self, secret: str) -> Bearer | None:
        """Whoever shows this token."""
        return await authenticate(secret, self.context.stores, self._clock())

    def _source(self, write_key: str) -> Source | None:
        """The source that a public key opens."""
        opened = self.context.published_settings.source(write_key)
        if opened is None:
            self.unknown_keys.note(write_key, self._clock())
        return opened.source if opened else None

    def _collect(self) -> Callable[[Collect, int], Awaitable[Collected]]:
        """The story that takes events in, whichever dialect they come in."""
        return self.unknown_keys.watching(lambda ask, at: collect(ask, self.context, at, self.plugins))

    def _segment(self) -> SegmentServices:
        url, scripts = public_url(self.config), installed(segment_scripts, self.config.segment_scripts)
        wait = self.config.integrations_wait_ms

        def spend(key: str, request: Request, size: int) -> None:
            """Charge known sources only. An unknown key is noted once, when its events are dropped."""
            if self.context.published_settings.source(key) is not None:
                self._spend_on_source(key, request, size)

        return SegmentServices(self._collect(), self._source, url, self._clock, new_person, scripts, spend, wait)

    def _secret(self, key: str) -> bytes | None:
        """The secret of an input. Raises Busy for one that cannot be opened here: its clients should try again."""
        opened = self.context.published_settings.input(key)
        if opened and key not in opened.inputs:
            raise Busy("the secret of this input cannot be opened")
        return opened.inputs[key] if opened else None

    def _mparticle(self) -> MparticleServices:
        published_settings = self.context.published_settings

        def input(key: str) -> Source | None:
            opened = published_settings.input(key)
            return opened.source if opened else None

        scripts = installed(mparticle_scripts, self.config.mparticle_scripts)
        url, take = public_url(self.config), self._collect()
        spend = self._spend_on_source
        return MparticleServices(take, self._source, input, self._secret, scripts, url, self._clock, new_person, spend)

    def _identity(self) -> IdentityServices:
        resolve, change = bind_use_case(resolve_identity, self.context), bind_use_case(change_identity, self.context)
        return IdentityServices(resolve, change, self._source, self._secret, self._clock)

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

        published_settings = self.context.published_settings
        services = WebServices(
            published_settings.published,
            locate,
            collection,
            base,
            scripts,
            lambda: published_settings.vendor_lists,
            self._clock,
            published_settings.allows_origin,
        )
        return [
            *AmpDialect(AmpServices(published_settings.published, locate)).routes(),
            *FirstPartyDialect(FirstPartyServices(published_settings.published, locate, self._clock)).routes(),
            *WebDialect(services).routes(),
        ]

    def _page_routes(self, locate: Locate) -> list[Route]:
        """The pages for people; nothing on them needs our scripts."""
        services = PageServices(
            published=self.context.published_settings.published,
            locate=locate,
            show=lambda request, at, minted: show_notice(request, self.context, at, minted),
            save=bind_use_case(save_consent, self.context),
            read_link=lambda text, app_id, at: read_link(text, app_id, self._secrets.secret_box, at),
            now=self._clock,
            new_person=new_person,
            spend=self._spend_on_site,
        )
        return PageDialect(services).routes()

    def explained(self, text: str) -> Explanation:
        """Any consent string in plain words, by the lists in force. Raises Malformed."""
        return explain(
            text,
            datetime.fromtimestamp(self._clock() / 1000, UTC),
            self.context.published_settings.vendor_lists.for_explaining,
        )

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
        config, published_settings = self.config, self.context.published_settings
        locate = locate_with(config)
        cmp = CmpServices(
            show=lambda request, at, minted: show_notice(request, self.context, at, minted),
            show_to_stranger=lambda request, at, minted: show_to_stranger(request, self.context, at, minted),
            save=bind_use_case(save_consent, self.context),
            opt_out=bind_use_case(global_opt_out, self.context),
            published=published_settings.published,
            allows_origin=published_settings.allows_origin,
            locate=locate,
            now=self._clock,
            new_person=new_person,
            receipt_secret=self._secrets.receipts,
            receipt_key_id=RECEIPT_KEY_ID,
            spend=self._spend_on_site,
        )
        profiles = ProfileServices(
            bind_use_case(read_profile, self.context), published_settings.allows_origin, self._clock, locate
        )
        receipts = ReceiptServices(
            log=bind_use_case(log_receipts, self.context),
            published=published_settings.published,
            allows_origin=published_settings.allows_origin,
            now=self._clock,
            receipt_secret=self._secrets.receipts,
            receipt_key_id=RECEIPT_KEY_ID,
            spend=self._spend_on_site,
        )
        routes = [
            *CmpDialect(cmp, self.metrics).routes(),
            *ProfileDialect(profiles).routes(),
            *ReceiptDialect(receipts).routes(),
            *LocationDialect(locate).routes(),
            *SegmentDialect(self._segment(), self.metrics).routes(),
            *admin_routes(self.context, self._admit, self.workers.breakers, self._clock),
            *MparticleDialect(self._mparticle(), self.metrics).routes(),
            *IdentityDialect(self._identity()).routes(),
            *openapi_routes(__version__),
            *self._web_routes(locate),
            *self._page_routes(locate),
            *StringsDialect(self.explained).routes(),
            *(() if config.operations_port else self._operations_routes()),
        ]
        return Dispatcher(
            routes, self.metrics, dispatch_settings(config), (self._stream().mount(),), domains=custom_domains(config)
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


def custom_domains(config: Config) -> list[CustomDomainSetting]:
    """The doors that dialects have of their own."""
    return [
        CustomDomainSetting(DIALECTS[name], domain.prefix, domain.host) for name, domain in config.faces.open().items()
    ]


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
