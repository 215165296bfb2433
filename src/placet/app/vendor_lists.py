"""Keeps a node's vendor lists current: which ones are wanted, where they are kept, and when to look again."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from placet.config import Config
from placet.errors import Busy
from placet.formats.lists.library import VendorLists
from placet.outputs.transport.http_fetch import Fetched, FetchLimits, fetch
from placet.services.settings.refresh_vendor_lists import (
    CANADA,
    EUROPE,
    GOOGLE,
    HOUR,
    PLATFORMS,
    WORDS,
    ListSource,
    ListUpdate,
    load_vendor_lists,
    refresh_lists,
)
from placet.stores.ports.vendor_list_cache import VendorListCache
from placet.stores.vendor_list_folder import VendorListFolder

LOG: Final = logging.getLogger("placet.lists")
FOLDER: Final = "lists"
LOOKS: Final = 60.0
"""Seconds between two looks at what is due; asking another server happens only when something is."""


def sources_of(config: Config) -> tuple[ListSource, ...]:
    """The lists that settings give an address for."""
    named = {
        EUROPE: config.gvl_url,
        CANADA: config.canada_list_url,
        GOOGLE: config.google_list_url,
        PLATFORMS: config.cmp_list_url,
    }
    words = {WORDS + each: config.gvl_translations_url.replace("{language}", each) for each in config.languages_wanted}
    return tuple(ListSource(name, url) for name, url in (named | words).items() if url)


def vendor_list_cache(config: Config) -> VendorListCache:
    """Where this node keeps fetched lists."""
    return VendorListFolder(Path(config.data_folder) / FOLDER)


def vendor_lists_of(config: Config) -> VendorLists:
    """The lists in force on this node, asking nobody."""
    return load_vendor_lists(vendor_list_cache(config), config.languages_wanted)


async def update_lists(config: Config, now: int, *, force: bool = False) -> tuple[ListUpdate, ...]:
    """Fetch what is due. Raises Busy when the folder can not be written."""
    bounds = FetchLimits(private=config.fetch_private)

    async def ask(url: str, etag: str) -> Fetched:
        return await fetch(url, etag, bounds)

    every = round(config.gvl_refresh_hours * HOUR)
    return await refresh_lists(sources_of(config), vendor_list_cache(config), ask, now, every, force=force)


async def keep_lists(config: Config, clock: Callable[[], int], relist: Callable[[VendorLists], None]) -> None:
    """Look for new lists for as long as the node lives, and hand over each new library."""
    if not sources_of(config):
        return
    while True:
        await kept(config, clock, relist)
        await asyncio.sleep(LOOKS)


async def kept(config: Config, clock: Callable[[], int], relist: Callable[[VendorLists], None]) -> None:
    """One look. What fails is logged and tried again later; the lists in force stay."""
    try:
        outcomes = await update_lists(config, clock())
        for each in outcomes:
            if each.failed:
                LOG.warning("the list %s was not taken: %s, %s", each.name, each.what, each.detail)
        if any(each.what == "updated" for each in outcomes):
            relist(await asyncio.to_thread(vendor_lists_of, config))
            LOG.info("vendor lists were updated")
    except Busy as why:
        LOG.warning("vendor lists can not be kept: %s", why)
    except Exception:
        LOG.exception("vendor lists could not be refreshed")
