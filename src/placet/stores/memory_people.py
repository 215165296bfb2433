"""Profiles, people and their names in plain dicts (see `memory`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from placet.stores.identities import Name, Near, Somebody, Ties
from placet.stores.ports import Key, Known, Stale

Door = Callable[[], None]
"""Raises Busy once the stores are closed."""


@dataclass
class MemoryPeople:
    """Profiles by group and person."""

    door: Door
    rows: dict[tuple[Key, Key], Known] = field(default_factory=dict)

    async def find(self, group: Key, person: Key) -> Known | None:
        """See `People.find`."""
        self.door()
        return self.rows.get((group, person))

    def check(self, known: Known) -> None:
        """Raise Stale unless the kept version is the one that was seen."""
        there = self.rows.get((known.group, known.person))
        if (there.version if there else 0) != known.version:
            raise Stale("the profile was changed since it was loaded")

    def put(self, known: Known) -> None:
        """Replace a profile."""
        self.rows[known.group, known.person] = replace(known, version=known.version + 1)


@dataclass
class MemoryIdentities:
    """People, and who goes by each name."""

    people: MemoryPeople
    persons: dict[Key, Somebody] = field(default_factory=dict)
    names: dict[Key, tuple[Key, ...]] = field(default_factory=dict)

    async def near(self, names: Sequence[Name], group: Key | None, people: Sequence[Key] = ()) -> Near:
        """See `Identities.near`."""
        self.people.door()
        ties = {name.key: self.names[name.key] for name in names if name.key in self.names}
        found: dict[Key, Somebody] = {}
        wanted = [*people, *(id for ids in ties.values() for id in ids)]
        while wanted:
            one = self.persons.get(wanted.pop())
            if one and one.id not in found:
                found[one.id] = one
                wanted += [one.joined] if one.joined else []
        every = [*names, *(name for one in found.values() for name in one.names)]
        keys = {key for name in every for key in name.memories} if group else ()
        memories = {key: self.people.rows[group, key] for key in keys if group and (group, key) in self.people.rows}
        return Near(tuple(found.values()), ties, {key: (one.version, one.profile) for key, one in memories.items()})

    async def joined_to(self, people: Sequence[Key]) -> list[Key]:
        """See `Identities.joined_to`."""
        self.people.door()
        found = dict.fromkeys(people)
        while new := [one.id for one in self.persons.values() if one.joined in found and one.id not in found]:
            found.update(dict.fromkeys(new))
        return list(found)

    async def keep(self, ties: Ties) -> None:
        """See `Identities.keep`."""
        self.people.door()
        self.check(ties)
        self.write(ties)

    def check(self, ties: Ties) -> None:
        """Raise Stale unless all is as it was seen."""
        versions = (self.persons[one.id].version if one.id in self.persons else 0 for one in ties.people)
        if [one.version for one in ties.people] != list(versions):
            raise Stale("somebody's names were changed since they were loaded")
        if any(self.names.get(tie.name, ()) != tie.seen for tie in ties.ties):
            raise Stale("a name leads to other people than when it was looked up")

    def write(self, ties: Ties) -> None:
        """Change people and names."""
        self.persons |= {one.id: replace(one, version=one.version + 1) for one in ties.people}
        for tie in ties.ties:
            self.names[tie.name] = tie.now
            if not tie.now:
                del self.names[tie.name]
