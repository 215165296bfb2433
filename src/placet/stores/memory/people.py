"""Profiles, people and their names in plain dicts (see `memory`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.errors import Stale
from placet.events.identity.records import HashedIdentifier, IdentityChanges, IdentityLookup, PersonRecord

EnsureOpen = Callable[[], None]
"""Raises Busy once the stores are closed."""


@dataclass
class MemoryProfiles:
    """Profiles by group and person."""

    ensure_open: EnsureOpen
    rows: dict[tuple[Id, Id], VersionedProfile] = field(default_factory=dict)

    async def find(self, group: Id, person: Id) -> VersionedProfile | None:
        """See `People.find`."""
        self.ensure_open()
        return self.rows.get((group, person))

    def check(self, known: VersionedProfile) -> None:
        """Raise Stale unless the kept version is the one that was seen."""
        there = self.rows.get((known.group, known.person))
        if (there.version if there else 0) != known.version:
            raise Stale("the profile was changed since it was loaded")

    def put(self, known: VersionedProfile) -> None:
        """Replace a profile."""
        self.rows[known.group, known.person] = replace(known, version=known.version + 1)


@dataclass
class MemoryIdentities:
    """People, and who goes by each name."""

    profiles: MemoryProfiles
    persons: dict[Id, PersonRecord] = field(default_factory=dict)
    names: dict[Id, tuple[Id, ...]] = field(default_factory=dict)

    async def lookup(
        self, names: Sequence[HashedIdentifier], group: Id | None, people: Sequence[Id] = ()
    ) -> IdentityLookup:
        """See `Identities.lookup`."""
        self.profiles.ensure_open()
        identity_changes = {name.key: self.names[name.key] for name in names if name.key in self.names}
        found: dict[Id, PersonRecord] = {}
        wanted = [*people, *(id for ids in identity_changes.values() for id in ids)]
        while wanted:
            one = self.persons.get(wanted.pop())
            if one and one.id not in found:
                found[one.id] = one
                wanted += [one.merged] if one.merged else []
        every = [*names, *(name for one in found.values() for name in one.names)]
        keys = {key for name in every for key in name.memories} if group else ()
        memories = {key: self.profiles.rows[group, key] for key in keys if group and (group, key) in self.profiles.rows}
        return IdentityLookup(
            tuple(found.values()), identity_changes, {key: (one.version, one.profile) for key, one in memories.items()}
        )

    async def merged_into(self, people: Sequence[Id]) -> list[Id]:
        """See `Identities.merged_into`."""
        self.profiles.ensure_open()
        found = dict.fromkeys(people)
        while new := [one.id for one in self.persons.values() if one.merged in found and one.id not in found]:
            found.update(dict.fromkeys(new))
        return list(found)

    async def apply(self, identity_changes: IdentityChanges) -> None:
        """See `Identities.apply`."""
        self.profiles.ensure_open()
        self.check(identity_changes)
        self.write(identity_changes)

    def check(self, identity_changes: IdentityChanges) -> None:
        """Raise Stale unless all is as it was seen."""
        versions = (self.persons[one.id].version if one.id in self.persons else 0 for one in identity_changes.people)
        if [one.version for one in identity_changes.people] != list(versions):
            raise Stale("somebody's names were changed since they were loaded")
        if any(
            self.names.get(identity_change.identifier, ()) != identity_change.seen
            for identity_change in identity_changes.changes
        ):
            raise Stale("a name leads to other people than when it was looked up")

    def write(self, identity_changes: IdentityChanges) -> None:
        """Change people and names."""
        self.persons |= {one.id: replace(one, version=one.version + 1) for one in identity_changes.people}
        for identity_change in identity_changes.changes:
            self.names[identity_change.identifier] = identity_change.now
            if not identity_change.now:
                del self.names[identity_change.identifier]
