"""Current publications, sources and keys in memory, replaced as a whole when settings change."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from placet.consent.rules.published import Published
from placet.errors import Missing
from placet.events.event import Identity
from placet.events.ingest.known_people import USER
from placet.events.policy.compile_source import Source
from placet.formats.crypto.jwt_verify import Keyring
from placet.formats.lists.library import VendorLists, bundled_vendor_lists
from placet.settings.site import Stage


class ActiveSource(Struct, frozen=True):
    """A source in use, and the secrets in the clear: of its destinations by connection, then by name ("": the main),
    and of its inputs by key. Those that could not be opened are missing.
    """

    source: Source
    secrets: dict[str, dict[str, bytes]]
    inputs: dict[str, bytes] = {}


class PublishedSettings:
    """Current publications and keys, by app id and tenant, replaced as a whole when settings change.

    Looking something up touches no store. `stores.published_settings` keeps it fresh.
    """

    def __init__(self) -> None:
        self.revision = -1
        self.vendor_lists = bundled_vendor_lists()
        self._by_app: dict[str, Published] = {}
        self._keyrings: dict[str, Keyring] = {}
        self._groups: dict[str, dict[str, tuple[Published, ...]]] = {}
        self._origins: frozenset[str] = frozenset()
        self._sources: dict[str, ActiveSource] = {}
        self._inputs: dict[str, ActiveSource] = {}
        self._places: dict[tuple[str, str], ActiveSource] = {}
        self._suppressed: frozenset[tuple[str, str, str]] = frozenset()

    def replace(self, revision: int, by_app: dict[str, Published], keyrings: dict[str, Keyring]) -> None:
        """Everything current, at one revision; what is unchanged should be passed on as the same objects."""
        self.revision, self._by_app, self._keyrings = revision, by_app, keyrings
        self._origins = frozenset(origin for one in by_app.values() for origin in one.publication.site.origins)
        self._groups = groups_of(by_app.values())

    def use_vendor_lists(self, vendor_lists: VendorLists) -> None:
        """From now on these vendor lists are in force: all that was worked out from the old ones goes."""
        self.vendor_lists = vendor_lists
        by_app = {app_id: Published(one.publication, vendor_lists) for app_id, one in self._by_app.items()}
        self.replace(self.revision, by_app, self._keyrings)

    def published(self, app_id: str) -> Published:
        """The publication that clients of this app id get. Raises Missing."""
        found = self._by_app.get(app_id)
        if found is None:
            raise Missing(f"nothing is published for {app_id}")
        return found

    def replace_sources(self, sources: Iterable[ActiveSource]) -> None:
        """Where events may enter from now on."""
        opened = list(sources)
        self._sources = {key: one for one in opened for key in one.source.write_keys}
        self._inputs = {key: one for one in opened for key in one.source.inputs}
        self._places = {one.source.place: one for one in opened}

    def replace_suppressed(self, users: Iterable[tuple[str, str, str]]) -> None:
        """Whose events are not taken in from now on: organisation, place and user id of each."""
        self._suppressed = frozenset(users)

    @property
    def suppresses_anybody(self) -> bool:
        """Is anybody's?"""
        return bool(self._suppressed)

    def suppresses(self, source: Source, names: Iterable[Identity]) -> bool:
        """Is somebody who goes by one of these names suppressed in the source, or in its workspace?"""
        users = [one.value for one in names if one.kind == USER]
        places = ((source.organisation, source.workspace), source.place)
        return any((*place, user) in self._suppressed for place in places for user in users)

    def source(self, write_key: str) -> ActiveSource | None:
        """The source that a write key opens."""
        return self._sources.get(write_key)

    def input(self, key: str) -> ActiveSource | None:
        """The source that an input's key opens, to whoever proves that they know its secret."""
        return self._inputs.get(key)

    def source_at(self, organisation: str, id: str) -> ActiveSource | None:
        """The same by its place, as events that came in earlier name it."""
        return self._places.get((organisation, id))

    def source_or_sibling(self, organisation: str, id: str) -> ActiveSource | None:
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
