"""Whose is it? Identities, the people who have them, and what may change about both.

House rules: nothing here finds or stores anything. A decision gets the people that share an identity with what
came in (`Graph`), and returns intents; `apply` carries them out on a graph just as a store does on its rows.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from placet.events.event import Identity
from placet.formats.placeholders import names_nobody
from placet.settings.identity_strategy import Strategy


class IdentityPerson(Struct, frozen=True):
    """Somebody, and what they go by. Older people have smaller ids.

    `old` are names that count against no limit any more: they came longer ago than their window. Nobody is found by a
    `bound` name, but what was refused under it holds for them.
    """

    id: str
    identities: frozenset[Identity] = frozenset()
    old: frozenset[Identity] = frozenset()
    bound: frozenset[Identity] = frozenset()

    def of_kinds(self, kinds: frozenset[str]) -> frozenset[Identity]:
        """The identities of these kinds."""
        return frozenset(identity for identity in self.identities if identity.kind in kinds)


class Graph(Struct, frozen=True, dict=True):
    """The people a decision is about: everybody who goes by one of the names that came in."""

    people: tuple[IdentityPerson, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, IdentityPerson]:
        """Each person by id."""
        return {person.id: person for person in self.people}

    def who(self, identity: Identity) -> list[IdentityPerson]:
        """Everybody who goes by this name, oldest first."""
        found = (person for person in self.people if identity in person.identities)
        return sorted(found, key=lambda person: person.id)


DEVICE_KINDS: Final = frozenset(
    "anonymous_id device_application_stamp android.id ios.id android.idfa ios.idfa android.push_token "
    "ios.push_token push_token ga_client_id roku_aid roku_publisher_id microsoft_aid microsoft_publisher_id "
    "fire_aid amp_id".split()
)
"""Kinds whose values a device makes for itself and strangers cannot guess; all others can be known to anybody."""

CASELESS: Final = frozenset({"email"})
"""Kinds whose names are the same in any letter case."""

MAX_NAMES: Final = 60
"""So many names a person may have, of all kinds together: whoever floods somebody with names stops here."""

MAX_BOUND: Final = 2 * MAX_NAMES
"""So many bound names are kept of a person. From `MAX_NAMES` on they count as having refused everything, so nothing
is missed where a name finds no room; twice as many, since bound names that a person goes by later do not count."""

MAX_NAMESAKES: Final = 32
"""So many people may go by one name; where names are unique, one."""


class IdentityRules(Struct, frozen=True, dict=True):
    """How a workspace tells people apart (`identity_rules` makes them from settings).

    `priority` ranks kinds; those left out follow in the order of the alphabet. `login`, `unique` and `immutable`
    are kinds. `single` kinds have one value per person. `limits` says how many values of a kind a person may have
    (strategy MERGE), `windows` for how many days one counts, where that is not for ever. Names of `ignored` kinds
    name nobody; nor do `blocked` values, in lower case, nor placeholders (`formats/placeholders.py`).
    """

    strategy: Strategy
    priority: tuple[str, ...]
    login: frozenset[str]
    unique: frozenset[str] = frozenset()
    immutable: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    limits: dict[str, int] = {}
    most: int = 0
    windows: dict[str, int] = {}
    ignored: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset({"-1", "null", "anonymous"})

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each ranked kind stands."""
        return {kind: place for place, kind in enumerate(self.priority)}

    def rank(self, identity: Identity) -> tuple[int, str, str]:
        """The smaller the more it counts."""
        return (self.places.get(identity.kind, len(self.places)), identity.kind, identity.value)

    def ranked(self, identities: Iterable[Identity]) -> list[Identity]:
        """The identities that may name somebody, the one that counts most first."""
        return sorted({one for one in identities if self.names(one)}, key=self.rank)

    def names(self, identity: Identity) -> bool:
        """Does this name anybody?"""
        if names_nobody(identity.value) or identity.kind in self.ignored:
            return False
        return identity.value.strip().lower() not in self.blocked

    def limit(self, kind: str) -> int:
        """How many values of this kind one person may have; 0 is no limit."""
        return self.limits.get(kind, self.most)


class MakePerson(Struct, frozen=True, tag=True):
    """There is a new person."""

    person: str


class LinkIdentifiers(Struct, frozen=True, tag=True):
    """This person also goes by these names."""

    person: str
    identities: frozenset[Identity]


class UnlinkIdentifiers(Struct, frozen=True, tag=True):
    """This person no longer goes by these names; without any left, nobody finds them again, but they are kept."""

    person: str
    identities: frozenset[Identity]


class MergePeople(Struct, frozen=True, tag=True):
    """These others turned out to be this person: their names come along, and with them what was agreed to."""

    person: str
    others: tuple[str, ...]


class Bind(Struct, frozen=True, tag=True):
    """What was or will be refused under these names holds for this person, though they do not go by them."""

    person: str
    identities: frozenset[Identity]


Intent: TypeAlias = MakePerson | LinkIdentifiers | UnlinkIdentifiers | MergePeople | Bind


def apply(graph: Graph, intents: Iterable[Intent]) -> Graph:
    """The people after the intents were carried out, in order."""
    people = dict(graph.by_id)
    for intent in intents:
        match intent:
            case MakePerson(id):
                people[id] = IdentityPerson(id)
            case LinkIdentifiers(id, names):
                people[id] = replace(people[id], identities=people[id].identities | names)
            case UnlinkIdentifiers(id, names):
                people[id] = replace(people[id], identities=people[id].identities - names)
            case Bind(id, names):
                people[id] = replace(people[id], bound=people[id].bound | names)
            case MergePeople(id, others):
                came = [people.pop(other) for other in others]
                everybody = [people[id], *came]
                people[id] = replace(
                    people[id],
                    identities=frozenset[Identity]().union(*(one.identities for one in everybody)),
                    old=frozenset[Identity]().union(*(one.old for one in everybody)),
                    bound=frozenset[Identity]().union(*(one.bound for one in everybody)),
                )
    return Graph(tuple(people.values()))
