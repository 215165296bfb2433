"""What every story may use: the stores, the published settings in memory, and the keys to names and ids."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar
from uuid import UUID

from msgspec import Struct, field, json
from msgspec.structs import replace

from placet.consent.person import Person, pseudonym
from placet.consent.profile import Profile
from placet.consent.published import Published
from placet.consent.receipt import Receipt
from placet.consent.settle import Call
from placet.consent.site import Publication, Stage
from placet.events.identity import Identity, Intent, Link
from placet.events.source import Source
from placet.events.task import CONSENT
from placet.formats.library import Library, bundled_library
from placet.formats.tokens import Keyring, Verified
from placet.stores.changes import Changes
from placet.stores.circle import USER, Circle, memory, mpid_of, name_of
from placet.stores.identities import Name, Ties
from placet.stores.live import Board
from placet.stores.ports import Busy, Keep, Kept, Key, Known, Missing, Note, ReceiptRow, Stale, Stores

T = TypeVar("T")
NOTHING_AGREED: Final = Profile()
NOTHING_KEPT: Final = Kept()
DAY: Final = 86_400_000
TRIES: Final = 8
"""How often something is decided again because somebody else was faster."""


class OpenSource(Struct, frozen=True):
    """A source in use, and the secrets in the clear: of its destinations by connection, then by name ("": the main),
    and of its inputs by key. Those that could not be opened are missing.
    """

    source: Source
    secrets: dict[str, dict[str, bytes]]
    inputs: dict[str, bytes] = {}


class Bookshelf:
    """Current publications and keys, by app id and tenant, replaced as a whole when settings change.

    Looking something up touches no store. `stores.shelf` keeps it fresh.
    """

    def __init__(self) -> None:
        self.revision = -1
        self.library = bundled_library()
        self._by_app: dict[str, Published] = {}
        self._keyrings: dict[str, Keyring] = {}
        self._groups: dict[str, dict[str, tuple[Published, ...]]] = {}
        self._origins: frozenset[str] = frozenset()
        self._sources: dict[str, OpenSource] = {}
        self._inputs: dict[str, OpenSource] = {}
        self._places: dict[tuple[str, str], OpenSource] = {}
        self._suppressed: frozenset[tuple[str, str, str]] = frozenset()

    def put(self, revision: int, by_app: dict[str, Published], keyrings: dict[str, Keyring]) -> None:
        """Everything current, at one revision; what is unchanged should be passed on as the same objects."""
        self.revision, self._by_app, self._keyrings = revision, by_app, keyrings
        self._origins = frozenset(origin for one in by_app.values() for origin in one.publication.site.origins)
        self._groups = groups_of(by_app.values())

    def relist(self, library: Library) -> None:
        """From now on these vendor lists are in force: all that was worked out from the old ones goes."""
        self.library = library
        by_app = {app_id: Published(one.publication, library) for app_id, one in self._by_app.items()}
        self.put(self.revision, by_app, self._keyrings)

    def published(self, app_id: str) -> Published:
        """The publication that clients of this app id get. Raises Missing."""
        found = self._by_app.get(app_id)
        if found is None:
            raise Missing(f"nothing is published for {app_id}")
        return found

    def put_sources(self, sources: Iterable[OpenSource]) -> None:
        """Where events may enter from now on."""
        opened = list(sources)
        self._sources = {key: one for one in opened for key in one.source.write_keys}
        self._inputs = {key: one for one in opened for key in one.source.inputs}
        self._places = {one.source.place: one for one in opened}

    def put_suppressed(self, users: Iterable[tuple[str, str, str]]) -> None:
        """Whose events are not taken in from now on: organisation, place and user id of each."""
        self._suppressed = frozenset(users)

    @property
    def suppressing(self) -> bool:
        """Is anybody's?"""
        return bool(self._suppressed)

    def suppresses(self, source: Source, names: Iterable[Identity]) -> bool:
        """Is somebody who goes by one of these names suppressed in the source, or in its workspace?"""
        users = [one.value for one in names if one.kind == USER]
        places = ((source.organisation, source.workspace), source.place)
        return any((*place, user) in self._suppressed for place in places for user in users)

    def source(self, write_key: str) -> OpenSource | None:
        """The source that a write key opens."""
        return self._sources.get(write_key)

    def input(self, key: str) -> OpenSource | None:
        """The source that an input's key opens, to whoever proves that they know its secret."""
        return self._inputs.get(key)

    def source_at(self, organisation: str, id: str) -> OpenSource | None:
        """The same by its place, as events that came in earlier name it."""
        return self._places.get((organisation, id))

    def neighbour(self, organisation: str, id: str) -> OpenSource | None:
        """The source at a place, or one beside it where it is gone: names and purposes are those of the workspace."""
        beside = [f"{id.partition('/')[0]}/{one}" for one in self.sources_of(organisation, id.partition("/")[0])]
        found = [self._places[organisation, one] for one in (id, *beside) if (organisation, one) in self._places]
        return next((one for one in found if one.source.id == id or one.source.group), None)

    def write_keys(self) -> Iterator[tuple[str, str]]:
        """Every public key that opens a source, and the source as `workspace/source`."""
        yield from ((key, "/".join(one.source.place[1:])) for key, one in self._sources.items())

    def sources_of(self, organisation: str, workspace: str) -> list[str]:
        """The ids of a workspace's sources, without the workspace."""
        own = (id for place, id in self._places if place == organisation)
        return sorted(id.partition("/")[2] for id in own if id.startswith(f"{workspace}/"))

    def keyring(self, organisation: str) -> Keyring | None:
        """The keys with which an organisation's people prove who they are."""
        return self._keyrings.get(organisation)

    def groups(self, organisation: str) -> dict[str, tuple[Published, ...]]:
        """An organisation's consent groups in use, each with what its sites have published."""
        return self._groups.get(organisation, {})

    def allows_origin(self, origin: str) -> bool:
        """Is this the web origin of any published site?"""
        return origin in self._origins

    def current(self) -> dict[str, Published]:
        """Everything published, by app id."""
        return self._by_app


def groups_of(published: Iterable[Published]) -> dict[str, dict[str, tuple[Published, ...]]]:
    """Organisation → consent group → what its sites have published for visitors.

    Test publications are left out: their people, and so their profiles, are others.
    """
    found: dict[str, dict[str, tuple[Published, ...]]] = {}
    for one in published:
        site = one.publication.site
        if site.group is not None and one.publication.stage is Stage.PRODUCTION:
            groups = found.setdefault(site.organisation, {})
            groups[site.group.id] = (*groups.get(site.group.id, ()), one)
    return found


class Lately:
    """Profiles as this node last kept them, for the next save of the same people; the oldest makes room.

    Nothing here is ever told to anybody unchecked: whoever decides by it must have the decision written against the
    version it saw, and a profile that somebody else changed in between is then Stale.
    """

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._kept: dict[tuple[Key, Key], Known] = {}

    def find(self, group: Key, person: Key) -> Known | None:
        """The profile, if it was kept here lately."""
        return self._kept.get((group, person))

    def note(self, known: Known) -> None:
        """Remember what was just written."""
        key = (known.group, known.person)
        self._kept.pop(key, None)
        if len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = known

    def forget(self, known: Known) -> None:
        """No longer believe what is remembered of this person."""
        self._kept.pop((known.group, known.person), None)


MANY_INTENTS: Final = 100
"""From so many changes of people on, they are worked out in a thread, so that other requests get their turn."""


async def decided(attempt: Callable[[], Awaitable[T]]) -> T:
    """What an attempt comes to, made again while somebody else is faster. Raises Busy when they always are."""
    for _ in range(TRIES):
        try:
            return await attempt()
        except Stale:
            continue
    raise Busy("this profile is being changed by many at once")


class Line:
    """Decisions that change the same things, many at once: most get through side by side.

    One that was beaten goes again alone, and those who come meanwhile stand behind it; else a crowd that brings the
    same new people beats one another until they are told to come back later.
    """

    def __init__(self) -> None:
        """Nobody was beaten yet."""
        self.alone = asyncio.Lock()

    async def decided(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What an attempt comes to. Raises Busy when other nodes are always faster."""
        if not self.alone.locked():
            try:
                return await attempt()
            except Stale:
                pass
        async with self.alone:
            return await decided(attempt)


@lru_cache(4096)
def key_of(group: str) -> Key:
    """The sixteen bytes of a consent group's GUID."""
    return UUID(group).bytes


class House(Struct, frozen=True):
    """The stores, the bookshelf, the pepper of pseudonyms, where new ids come from, whom it dealt with lately, and who
    watches.
    """

    stores: Stores
    shelf: Bookshelf
    pepper: bytes
    new_id: Callable[[int], Key]
    lately: Lately = field(default_factory=Lately)
    live: Board = field(default_factory=Board)
    changes: Changes = field(default_factory=Changes)
    lines: defaultdict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))

    def proves(self, organisation: str, token: str, identifier: str, now: int) -> bool:
        """Does the token prove, to this organisation, that its bearer is `identifier`?"""
        keyring = self.shelf.keyring(organisation)
        return keyring is not None and isinstance(keyring.verify(token, identifier, now), Verified)

    def name(self, publication: Publication, person: Person) -> Key:
        """The pseudonym a person is kept under when they speak to this publication."""
        test = publication.stage is Stage.TEST
        return pseudonym(self.pepper, publication.site.organisation, person, test=test)

    async def circle(
        self, source: Source, names: Iterable[Identity], people: Sequence[Key] = (), now: int = 0
    ) -> Circle:
        """Everybody whom events from this source may be about by these names or ids, as last kept. Raises Busy.

        Whoever is about to give somebody names says when that is (`now`).
        """
        place = (self.pepper, source.organisation, source.workspace)
        asked = {name: name_of(*place, name) for name in names}
        near = await self.stores.identities.near(tuple(asked.values()), source.group, people)
        return Circle(source.group, asked, near, source.rules, now // DAY)

    async def agreed(self, source: Source, names: Iterable[Identity], person: str) -> Profile:
        """What somebody (an id in hex, "" for nobody) agreed to, under their names of now and these. Raises Busy."""
        circle = await self.circle(source, names, [bytes.fromhex(person)] if person else [])
        return circle.agreed(person)

    def names(self, organisation: str, workspace: str, names: Iterable[Identity]) -> list[Name]:
        """Names as they are kept."""
        return [name_of(self.pepper, organisation, workspace, name) for name in names]

    def pseudonyms(self, organisation: str, workspace: str, names: Iterable[Identity]) -> list[Key]:
        """Under which pseudonyms whoever goes by these names may withdraw: with proof, where that can be had."""
        return [memory(name) for name in self.names(organisation, workspace, names)]

    def withdrawers(self, source: Source, names: Iterable[Identity]) -> list[Key]:
        """Under which pseudonyms somebody who goes by these names may withdraw: with proof, where that can be had."""
        return self.pseudonyms(source.organisation, source.workspace, names)

    def owners(self, organisation: str, workspace: str, names: Iterable[Identity], somebody: Key = b"") -> list[Key]:
        """Whose a withdrawal by these names is: somebody's (an id, empty for nobody), and their user ids' pseudonyms.

        Not their devices': others may have used those, too.
        """
        users = [name for name in names if name.kind == USER]
        return [*([somebody] if somebody else []), *self.pseudonyms(organisation, workspace, users)]

    async def also(self, people: Sequence[Key]) -> list[Key]:
        """Under which pseudonyms these people may withdraw, by all the names they go by now. Raises Busy."""
        near = await self.stores.identities.near((), None, people)
        return [memory(name) for one in near.people for name in one.names if not name.lent and not name.bound]

    def introduce(self, circle: Circle, source: Source, person: str) -> tuple[Identity, tuple[Intent, ...]]:
        """The MPID of somebody (an id in hex), and what must be written so that they are found by it."""
        mpid = mpid_of(self.pepper, bytes.fromhex(person))
        name = name_of(self.pepper, source.organisation, source.workspace, mpid)
        if circle.has(person, name):
            return mpid, ()
        circle.add(mpid, name)
        return mpid, (Link(person, frozenset({mpid})),)

    async def ties(self, circle: Circle, intents: Sequence[Intent]) -> Ties:
        """What these intents change about people and names, as a store takes it. Raises Busy."""
        if unseen := circle.unseen(intents):
            circle.look_again(await self.stores.identities.near(unseen, None))
        if len(intents) > MANY_INTENTS:
            return await asyncio.to_thread(circle.ties, intents)
        return circle.ties(intents)

    def with_note(
        self, receipt: Receipt, changed: Known | None, evidence: bytes, once: Key | None = None, once_for: int = 600_000
    ) -> Keep:
        """A receipt, the profile that changed with it, and the note that tells the other stories: one thing to keep."""
        person = bytes.fromhex(receipt.person)
        row = ReceiptRow(
            id=bytes.fromhex(receipt.id),
            organisation=receipt.organisation,
            site=receipt.site,
            person=person,
            at=receipt.at,
            body=json.encode(receipt),
            evidence=evidence,
            test=receipt.test,
        )
        facts = json.encode({"receipt": receipt.id})
        note = Note(self.new_id(receipt.at), CONSENT, person, facts, receipt.at)
        return Keep(row, changed, (note,), once, once_for, receipt.at)

    async def keep(self, keep: Keep) -> Kept:
        """Write a decision down, as `Stores.keep` promises; one that changes nothing asks no store."""
        if keep.receipt is None and keep.known is None and not keep.notes:
            return NOTHING_KEPT
        known = keep.known
        if known is None:
            return await self.stores.keep(keep)
        self.lately.forget(known)
        try:
            kept = await self.stores.keep(keep)
        finally:
            self.changes.note(known.person)
        if kept.repeat is None:
            self.lately.note(replace(known, version=known.version + 1))
        return kept

    def known_lately(self, call: Call, person: Key) -> Known | None:
        """The profile that takes part in a call as this node last kept it; see `Lately` for what it is good for.

        `person` is the pseudonym of whoever calls.
        """
        group = call.publication.site.group
        if group is None or not call.fetches:
            return None
        return self.lately.find(key_of(group.id), person)

    async def known(self, call: Call) -> Known | None:
        """The profile that takes part in a call: the kept one, a new empty place for it, or none."""
        group = call.publication.site.group
        if group is None or not call.fetches:
            return None
        return await self.profile(call.publication, call.person)

    async def profile(self, publication: Publication, person: Person) -> Known:
        """A person's profile in a site's consent group; version 0, with nothing agreed, when there is none.

        The site must be in a group.
        """
        group = publication.site.group
        assert group is not None
        shared, name = key_of(group.id), self.name(publication, person)
        return await self.stores.people.find(shared, name) or Known(shared, name, NOTHING_AGREED)
