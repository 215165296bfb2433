"""The one place where all parts meet: stores, services, dialects and the clock become one application."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from placet import __version__
from placet.api.http.dispatch import Dispatcher
from placet.api.http.dispatch import Settings as DispatchSettings
from placet.api.http.health import Readiness, ops_routes
from placet.api.http.metrics import Metrics
from placet.api.http.rate_limit import Buckets, Rate, proxied_address
from placet.api.http.request import Limits
from placet.api.http.routes import CustomDomainSetting, Route
from placet.app.derived_secrets import NodeSecrets, secrets_of
from placet.app.dialects import NodeDialects
from placet.app.open_stores import open_store, store_ready
from placet.app.startup_checks import inspect_store, lock_store, secret_of_opened, warn_of_sites
from placet.app.unknown_keys import UnknownKeys
from placet.app.vendor_lists import keep_lists, vendor_lists_of
from placet.app.workers import Workers
from placet.config import BadSettings, Config
from placet.errors import Busy
from placet.events.records.live_rows import delivery_row as row_of
from placet.events.records.task import DeliveryResult
from placet.ids import new_id
from placet.outputs.plugins.plugin import NoPlugin, Plugin, chosen
from placet.outputs.plugins.runner import PluginRunner
from placet.runtime.context import NodeContext
from placet.runtime.published_settings import PublishedSettings
from placet.server.run import Served
from placet.services.settings.refresh_published import KeyRules, refresh_published
from placet.stores.ports.stores import Stores

LOG: Final = logging.getLogger("placet.app")

DIALECTS: Final = {
    "cmp": frozenset({"cmp", "receipts", "profiles", "location", "openapi"}),
    "web": frozenset({"web", "location"}),
    "segment": frozenset({"segment"}),
    "mparticle": frozenset({"mparticle"}),
}
"""Which routes make up a dialect, by the name that the settings call it."""


def now() -> int:
    """Our own clock, epoch ms."""
    return time.time_ns() // 1_000_000


class Node:
    """One running server's parts: context, dialects, and the tasks that refresh published settings and vendor lists."""

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
        self.dialects = NodeDialects(
            config, self.context, secrets, self.metrics, clock, self.plugins, self.unknown_keys, self.workers.breakers
        )
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

    def _operations_routes(self) -> list[Route]:
        return ops_routes(self.readiness, self.metrics, __version__)

    def operations_app(self) -> Dispatcher | None:
        """What answers on the port for operations, where there is one."""
        if not self.config.operations_port:
            return None
        return Dispatcher(self._operations_routes(), self.metrics, dispatch_settings(self.config))

    def _dispatcher(self) -> Dispatcher:
        routes = self.dialects.routes() + ([] if self.config.operations_port else self._operations_routes())
        mounts, domains = (self.dialects.stream().mount(),), custom_domains(self.config)
        return Dispatcher(routes, self.metrics, dispatch_settings(self.config), mounts, domains=domains)


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
