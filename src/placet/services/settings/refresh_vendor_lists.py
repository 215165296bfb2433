"""Keep vendor lists current: fetch what is due, take it only if it is sound, and build the library from what is kept.

House rules: the bundled lists are the floor, so nothing here can leave us without one · a list that breaks a rule, or
is older than ours, is refused and the one we have stays · an answer's own max-age is kept to the second.
"""

from collections.abc import Awaitable, Callable, Iterable
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from placet.errors import Busy
from placet.formats.errors import Malformed
from placet.formats.lists.cmps import read_cmps
from placet.formats.lists.google_providers import read_providers
from placet.formats.lists.gvl import read_list, read_translation
from placet.formats.lists.gvl_entries import Headings
from placet.formats.lists.library import VendorLists, bundled_vendor_lists
from placet.outputs.transport.http_fetch import Fetched
from placet.outputs.transport.ssrf_guard import Unreachable
from placet.stores.ports.vendor_list_cache import CachedList, VendorListCache

EUROPE, CANADA, GOOGLE, PLATFORMS, WORDS = "europe", "canada", "google", "platforms", "words-"
"""The names of the lists; a translation is `words-` with its language."""

HOUR: Final = 3_600_000


class ListSource(Struct, frozen=True):
    """A list that is to be fetched: its name, and from where."""

    name: str
    url: str


class ListUpdate(Struct, frozen=True):
    """What became of a list: `updated`, `unchanged`, `fresh` (not due yet), `refused` or `unreachable`, and why."""

    name: str
    what: str
    detail: str = ""

    @property
    def failed(self) -> bool:
        """Is somebody to look at this?"""
        return self.what in ("refused", "unreachable")


Fetch = Callable[[str, str], Awaitable[Fetched]]


async def refresh_lists(
    sources: Iterable[ListSource],
    list_cache: VendorListCache,
    fetch: Fetch,
    now: int,
    every: int,
    *,
    force: bool = False,
) -> tuple[ListUpdate, ...]:
    """Fetch every list that is due (all of them with `force`); `every` is the shortest time between two looks (ms)."""
    return tuple([await refresh_safely(source, list_cache, fetch, now, every, force=force) for source in sources])


async def refresh_safely(
    source: ListSource, list_cache: VendorListCache, fetch: Fetch, now: int, every: int, *, force: bool
) -> ListUpdate:
    """`refresh_one`; a list that makes a reader or the folder fail does not keep the others from being looked at."""
    try:
        return await refresh_one(source, list_cache, fetch, now, every, force=force)
    except Busy:
        raise
    except Exception as why:
        return ListUpdate(source.name, "refused", f"it cannot be read ({type(why).__name__}: {why})")


async def refresh_one(
    source: ListSource, list_cache: VendorListCache, fetch: Fetch, now: int, every: int, *, force: bool
) -> ListUpdate:
    """One list: fetched, judged, kept."""
    known = list_cache.known(source.name)
    if known is None or known.url != source.url:
        known = CachedList(source.url)
    elif not force and now < max(known.fresh_until, known.asked_at + every):
        return ListUpdate(source.name, "fresh")
    try:
        answer = await fetch(source.url, known.etag)
    except Unreachable as why:
        list_cache.touch(source.name, replace(known, asked_at=now - every + min(every, HOUR)))
        return ListUpdate(source.name, "unreachable", str(why))
    known = replace(known, asked_at=now, fresh_until=now + (answer.max_age or 0) * 1000)
    if answer.status == 304:
        list_cache.touch(source.name, known)
        return ListUpdate(source.name, "unchanged")
    return taken(source, list_cache, answer, known)


def taken(source: ListSource, list_cache: VendorListCache, answer: Fetched, known: CachedList) -> ListUpdate:
    """Keep a fetched list, unless it is unsound or older than the one in force."""
    try:
        version = version_of(source.name, READERS[kind_of(source.name)](answer.body))
    except (Malformed, RecursionError) as why:
        list_cache.touch(source.name, replace(known, etag=""))
        return ListUpdate(source.name, "refused", str(why))
    ours = version_of(source.name, in_force(source.name, list_cache))
    if ours is not None and version is not None and version < ours:
        list_cache.touch(source.name, replace(known, etag=""))
        return ListUpdate(source.name, "refused", f"it is version {version}, older than ours, {ours}")
    if answer.body == list_cache.data(source.name):
        list_cache.touch(source.name, replace(known, etag=answer.etag))
        return ListUpdate(source.name, "unchanged")
    label = f"v{version}" if version is not None else f"{known.asked_at}"
    list_cache.store(source.name, label, answer.body, replace(known, etag=answer.etag))
    return ListUpdate(source.name, "updated", label)


def read_providers_file(data: bytes) -> Any:
    """Google's provider list. Raises Malformed."""
    try:
        return read_providers(data.decode())
    except UnicodeDecodeError as why:
        raise Malformed("is not UTF-8", "keep the list you have", standard="provider list") from why


READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    EUROPE: read_list,
    CANADA: read_list,
    GOOGLE: read_providers_file,
    PLATFORMS: read_cmps,
    WORDS: read_translation,
}


def kind_of(name: str) -> str:
    """Which reader a list wants."""
    return WORDS if name.startswith(WORDS) else name


def version_of(name: str, read: Any) -> int | None:
    """The number of a vendor list; other lists have none."""
    return read.version if read is not None and name in (EUROPE, CANADA) else None


def in_force(name: str, list_cache: VendorListCache) -> Any:
    """The list of this name in force: the kept one, if it can still be read and is no older than the bundled one."""
    bundled = bundled_vendor_lists()
    own = {EUROPE: bundled.vendors, CANADA: bundled.canada, GOOGLE: bundled.providers, PLATFORMS: bundled.cmps}.get(
        name
    )
    data = list_cache.data(name)
    if data is None:
        return own
    try:
        kept = READERS[kind_of(name)](data)
    except (Malformed, RecursionError):
        return own
    version, floor = version_of(name, kept), version_of(name, own)
    return own if version is not None and floor is not None and version < floor else kept


def load_vendor_lists(list_cache: VendorListCache, languages: Iterable[str] = ()) -> VendorLists:
    """The lists in force: kept ones where they are sound, bundled ones elsewhere. Asks nobody."""
    words: dict[str, Headings] = dict(bundled_vendor_lists().words)
    for language in languages:
        found = in_force(WORDS + language, list_cache)
        if found is not None:
            words[language] = found
    return VendorLists(
        vendors=in_force(EUROPE, list_cache),
        canada=in_force(CANADA, list_cache),
        providers=in_force(GOOGLE, list_cache),
        cmps=in_force(PLATFORMS, list_cache),
        words=MappingProxyType(words),
    )
