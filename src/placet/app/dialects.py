"""The dialects of a node: the use cases and settings that each of them is given, and all their routes."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
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
from placet.api.http.metrics import Metrics
from placet.api.http.rate_limit import proxied_address
from placet.api.http.request import Request
from placet.api.http.routes import Route
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
from placet.app.derived_secrets import NodeSecrets
from placet.app.geolocation import locate_with
from placet.app.unknown_keys import UnknownKeys
from placet.config import BadSettings, Config
from placet.consent.rules.published import Published
from placet.errors import Busy
from placet.events.policy.compile_source import Source
from placet.events.records.live_rows import Subscription
from placet.formats.crypto.sealed_links import read as read_link
from placet.formats.explain.explain import explain
from placet.formats.explain.explanation import Explanation
from placet.ids import new_person
from placet.outputs.delivery.circuit_breakers import CircuitBreakers
from placet.outputs.plugins.runner import PluginRunner
from placet.runtime.context import NodeContext
from placet.services.consent.global_opt_out import global_opt_out
from placet.services.consent.log_receipt import log_receipts
from placet.services.consent.read_profile import read_profile
from placet.services.consent.save_consent import save_consent
from placet.services.consent.show_notice import show_notice, show_to_stranger
from placet.services.events.change_identity import change_identity
from placet.services.events.collect_events import Collect, Collected, collect
from placet.services.events.resolve_identity import resolve_identity
from placet.services.settings.api_tokens import authenticate
from placet.settings.api_tokens import Bearer

LOG: Final = logging.getLogger("placet.app")
LOG_AGAIN_SECONDS: Final = 60.0
"""How often at most a flood of refusals is logged."""

RECEIPT_KEY_ID: Final = "cGxhY2V0LTE="

A = TypeVar("A")
B = TypeVar("B")


def bind_use_case(
    use_case: Callable[[A, NodeContext, int], Awaitable[B]], context: NodeContext
) -> Callable[[A, int], Awaitable[B]]:
    """A use case bound to the context; the request and the time (epoch ms) are still arguments."""
    return lambda ask, at: use_case(ask, context, at)


class NodeDialects:
    """Builds the routes of every dialect on one node's context, secrets, metrics and clock."""

    def __init__(
        self,
        config: Config,
        context: NodeContext,
        secrets: NodeSecrets,
        metrics: Metrics,
        clock: Callable[[], int],
        plugins: PluginRunner,
        unknown_keys: UnknownKeys,
        breakers: CircuitBreakers,
    ) -> None:
        self.config, self.context, self.metrics = config, context, metrics
        self.plugins, self.unknown_keys, self.breakers = plugins, unknown_keys, breakers
        self._secrets, self._clock = secrets, clock
        self._spend_on_site = self._budget(config.site_megabytes_per_hour)
        self._spend_on_source = self._budget(config.source_megabytes_per_hour)

    def routes(self) -> list[Route]:
        """All routes but those for operations."""
        published_settings = self.context.published_settings
        locate = locate_with(self.config)
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
        return [
            *CmpDialect(cmp, self.metrics).routes(),
            *ProfileDialect(profiles).routes(),
            *ReceiptDialect(receipts).routes(),
            *LocationDialect(locate).routes(),
            *SegmentDialect(self._segment(), self.metrics).routes(),
            *admin_routes(self.context, self.admit, self.breakers, self._clock),
            *MparticleDialect(self._mparticle(), self.metrics).routes(),
            *IdentityDialect(self._identity()).routes(),
            *openapi_routes(__version__),
            *self._web_routes(locate),
            *self._page_routes(locate),
            *StringsDialect(self.explained).routes(),
        ]

    def stream(self) -> Stream:
        """The live stream of this node."""
        feed = self.context.live_feed

        def watch(subscription: Subscription, after: int | None) -> Watching:
            reader = feed.subscribe(subscription, after)
            return Watching(reader.next, lambda: reader.ended, lambda: feed.unsubscribe(reader))

        return Stream(StreamServices(self.admit, watch, self.context.new_id(self._clock())[-4:].hex()))

    async def admit(self, secret: str) -> Bearer | None:
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


def installed(load: Callable[[str], A], folder: str) -> A:
    """Scripts of others, from the folder where the operator put them. Raises BadSettings."""
    try:
        return load(folder)
    except (NoScripts, OSError) as why:
        raise BadSettings(str(why)) from why


def public_url(config: Config) -> str:
    """How browsers reach this server."""
    return config.public_url or f"http://{config.host}:{config.port}"
