"""Keep vendor lists current: fetch what is due, take it only if it is sound, and build the library from what is kept.

House rules: the bundled lists are the floor, so nothing here can leave us without one · a list that breaks a rule, or
is older than ours, is refused and the one we have stays · an answer's own max-age is kept to the second.
"""

from collections.abc import Awaitable, Callable, Iterable
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from placet.formats.cmps import read_cmps
from placet.formats.errors import Malformed
from placet.formats.gvl import read_list, read_translation
from placet.formats.gvl_entries import Headings
from placet.formats.library import Library, bundled_library
from placet.formats.providers import read_providers
from placet.outputs.fetch import Fetched, Unreachable
from placet.stores.ports import Busy, Cabinet, KeptList

EUROPE, CANADA, GOOGLE, PLATFORMS, WORDS = "europe", "canada", "google", "platforms", "words-"
"""The names of the lists; a translation is `words-` with its language."""

HOUR: Final = 3_600_000


class Source(Struct, frozen=True):
    """A list that is to be fetched: its name, and from where."""

    name: str
    url: str


class Outcome(Struct, frozen=True):
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
    sources: Iterable[Source], cabinet: Cabinet, fetch: Fetch, now: int, every: int, *, force: bool = False
) -> tuple[Outcome, ...]:
    """Fetch every list that is due (all of them with `force`); `every` is the shortest time between two looks (ms)."""
    return tuple([await refresh_safely(source, cabinet, fetch, now, every, force=force) for source in sources])


async def refresh_safely(
    source: Source, cabinet: Cabinet, fetch: Fetch, now: int, every: int, *, force: bool
) -> Outcome:
    """`refresh_one`; a list that makes a reader or the folder fail does not keep the others from being looked at."""
    try:
        return await refresh_one(source, cabinet, fetch, now, every, force=force)
    except Busy:
        raise
    except Exception as why:
        return Outcome(source.name, "refused", f"it cannot be read ({type(why).__name__}: {why})")


async def refresh_one(source: Source, cabinet: Cabinet, fetch: Fetch, now: int, every: int, *, force: bool) -> Outcome:
    """One list: fetched, judged, kept."""
    known = cabinet.known(source.name)
    if known is None or known.url != source.url:
        known = KeptList(source.url)
    elif not force and now < max(known.fresh_until, known.asked_at + every):
        return Outcome(source.name, "fresh")
    try:
        answer = await fetch(source.url, known.etag)
    except Unreachable as why:
        cabinet.note(source.name, replace(known, asked_at=now - every + min(every, HOUR)))
        return Outcome(source.name, "unreachable", str(why))
    known = replace(known, asked_at=now, fresh_until=now + (answer.max_age or 0) * 1000)
    if answer.status == 304:
        cabinet.note(source.name, known)
        return Outcome(source.name, "unchanged")
    return taken(source, cabinet, answer, known)


def taken(source: Source, cabinet: Cabinet, answer: Fetched, known: KeptList) -> Outcome:
    """Keep a fetched list, unless it is unsound or older than the one in force."""
    try:
        version = version_of(source.name, READERS[kind_of(source.name)](answer.body))
    except (Malformed, RecursionError) as why:
        cabinet.note(source.name, replace(known, etag=""))
        return Outcome(source.name, "refused", str(why))
    ours = version_of(source.name, in_force(source.name, cabinet))
    if ours is not None and version is not None and version < ours:
        cabinet.note(source.name, replace(known, etag=""))
        return Outcome(source.name, "refused", f"it is version {version}, older than ours, {ours}")
    if answer.body == cabinet.data(source.name):
        cabinet.note(source.name, replace(known, etag=answer.etag))
        return Outcome(source.name, "unchanged")
    label = f"v{version}" if version is not None else f"{known.asked_at}"
    cabinet.keep(source.name, label, answer.body, replace(known, etag=answer.etag))
    return Outcome(source.name, "updated", label)


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


def in_force(name: str, cabinet: Cabinet) -> Any:
    """The list of this name in force: the kept one, if it can still be read and is no older than the bundled one."""
    bundled = bundled_library()
    own = {EUROPE: bundled.vendors, CANADA: bundled.canada, GOOGLE: bundled.providers, PLATFORMS: bundled.cmps}.get(
        name
    )
    data = cabinet.data(name)
    if data is None:
        return own
    try:
        kept = READERS[kind_of(name)](data)
    except (Malformed, RecursionError):
        return own
    version, floor = version_of(name, kept), version_of(name, own)
    return own if version is not None and floor is not None and version < floor else kept


def load_library(cabinet: Cabinet, languages: Iterable[str] = ()) -> Library:
    """The lists in force: kept ones where they are sound, bundled ones elsewhere. Asks nobody."""
    words: dict[str, Headings] = dict(bundled_library().words)
    for language in languages:
        found = in_force(WORDS + language, cabinet)
        if found is not None:
            words[language] = found
    return Library(
        vendors=in_force(EUROPE, cabinet),
        canada=in_force(CANADA, cabinet),
        providers=in_force(GOOGLE, cabinet),
        cmps=in_force(PLATFORMS, cabinet),
        words=MappingProxyType(words),
    )
