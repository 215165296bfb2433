"""Whose is it? Identities, the people who have them, and what may change about both.

House rules: nothing here finds or stores anything. A decision gets the people that share an identity with what
came in (`Graph`), and returns intents; `apply` carries them out on a graph just as a store does on its rows.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property, reduce
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile import Profile, merge


class Identity(Struct, frozen=True, order=True):
    """A name somebody goes by: its kind (`customer_id`, `email`, `anonymous_id`, …) and its value."""

    kind: str
    value: str


class Person(Struct, frozen=True):
    """Somebody, and what they go by. Older people have smaller ids."""

    id: str
    identities: frozenset[Identity] = frozenset()

    def of_kinds(self, kinds: frozenset[str]) -> frozenset[Identity]:
        """The identities of these kinds."""
        return frozenset(identity for identity in self.identities if identity.kind in kinds)


class Graph(Struct, frozen=True, dict=True):
    """The people a decision is about: everybody who goes by one of the names that came in."""

    people: tuple[Person, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Person]:
        """Each person by id."""
        return {person.id: person for person in self.people}

    def who(self, identity: Identity) -> list[Person]:
        """Everybody who goes by this name, oldest first."""
        found = (person for person in self.people if identity in person.identities)
        return sorted(found, key=lambda person: person.id)


class Strategy(StrEnum):
    """What happens when somebody unknown says who they are (mparticle.md §5.2, segment.md §7.3)."""

    CONVERSION = "conversion"
    """The anonymous person becomes the known one. Logging out starts a new anonymous person."""
    LINK = "link"
    """A new person starts with each new login. Logging out always starts a new anonymous person."""
    ISOLATION = "isolation"
    """A new person starts with each new login. Logging out returns to the anonymous person of before."""
    BEST_MATCH = "best match"
    """There is no login; the identity that ranks highest decides."""
    MERGE = "merge"
    """Whoever shares an identity is one person; people who turn out to be the same are joined."""


MPARTICLE_PRIORITY: Final = tuple(
    "customer_id mobile_number phone_number_2 phone_number_3 email other facebook google twitter microsoft yahoo "
    "ios_idfa ios_idfv android_aaid android_uuid roku_aid roku_publisher_id microsoft_publisher_id "
    "microsoft_aid device_application_stamp".split()
)
"""Which identity outranks which (mparticle.md §5.2)."""

USER_KINDS: Final = frozenset(MPARTICLE_PRIORITY[:11])
"""Names of a person, of which they have one each; all others name devices, of which they may have many."""


class IdentityRules(Struct, frozen=True):
    """How a workspace tells people apart.

    `priority` ranks kinds; those left out follow in the order of the alphabet. `login`, `unique` and `immutable`
    are kinds. `single` kinds have one value per person. `limits` says how many values of a kind a person may have
    (strategy MERGE). `blocked` are values, in lower case, that name nobody; so do zeros and dashes alone.
    """

    strategy: Strategy = Strategy.CONVERSION
    priority: tuple[str, ...] = MPARTICLE_PRIORITY
    login: frozenset[str] = frozenset({"customer_id"})
    unique: frozenset[str] = frozenset({"customer_id"})
    immutable: frozenset[str] = frozenset()
    single: frozenset[str] = USER_KINDS
    limits: dict[str, int] = {}
    most: int = 0
    blocked: frozenset[str] = frozenset({"-1", "null", "anonymous"})

    def rank(self, identity: Identity) -> tuple[int, str, str]:
        """The smaller the more it counts."""
        place = self.priority.index(identity.kind) if identity.kind in self.priority else len(self.priority)
        return (place, identity.kind, identity.value)

    def ranked(self, identities: Iterable[Identity]) -> list[Identity]:
        """The identities that may name somebody, the one that counts most first."""
        return sorted({one for one in identities if self.names(one.value)}, key=self.rank)

    def names(self, value: str) -> bool:
        """Does this value name anybody?"""
        text = value.strip().lower()
        return text.strip("0-") != "" and text not in self.blocked

    def limit(self, kind: str) -> int:
        """How many values of this kind one person may have; 0 is no limit."""
        return self.limits.get(kind, self.most)


SEGMENT_RULES: Final = IdentityRules(
    strategy=Strategy.MERGE,
    priority=("user_id", "email"),
    login=frozenset({"user_id"}),
    unique=frozenset(),
    single=frozenset(),
    limits={"user_id": 1},
    most=5,
)
"""Flat matching with the limits of segment.md §7.3."""


class Make(Struct, frozen=True, tag=True):
    """There is a new person."""

    person: str


class Link(Struct, frozen=True, tag=True):
    """This person also goes by these names."""

    person: str
    identities: frozenset[Identity]


class Unlink(Struct, frozen=True, tag=True):
    """This person no longer goes by these names; without any left, nobody finds them again, but they are kept."""

    person: str
    identities: frozenset[Identity]


class Join(Struct, frozen=True, tag=True):
    """These others turned out to be this person: names and consent come along (see `join_profiles`)."""

    person: str
    others: tuple[str, ...]


Intent: TypeAlias = Make | Link | Unlink | Join


def apply(graph: Graph, intents: Iterable[Intent]) -> Graph:
    """The people after the intents were carried out, in order."""
    people = dict(graph.by_id)
    for intent in intents:
        match intent:
            case Make(id):
                people[id] = Person(id)
            case Link(id, names):
                people[id] = replace(people[id], identities=people[id].identities | names)
            case Unlink(id, names):
                people[id] = replace(people[id], identities=people[id].identities - names)
            case Join(id, others):
                names = frozenset[Identity]().union(*(people.pop(other).identities for other in others))
                people[id] = replace(people[id], identities=people[id].identities | names)
    return Graph(tuple(people.values()))


def join_profiles(profiles: Iterable[Profile]) -> Profile:
    """The consent of people who turned out to be one: item by item the answer that binds, in whatever order."""
    return reduce(merge, profiles, Profile())
