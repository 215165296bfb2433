"""People between how they are kept and how they are judged: names as events say them, and as keyed hashes."""

from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.person import NAME_SIZE, pseudonym
from placet.consent.person import Person as Speaker
from placet.consent.profile import Profile
from placet.events.identity import (
    CASELESS,
    Graph,
    Identity,
    IdentityRules,
    Intent,
    Join,
    Person,
    Strategy,
    Unlink,
    apply,
)
from placet.events.identity_rules import MPID, SEGMENT_RULES
from placet.events.intake import Found, Tell
from placet.events.state import REFUSED_FOR_GOOD
from placet.events.whose import NOTHING, PROVABLE, SPOKEN, Memory, agreed, binding_names, claim, crowded, refused
from placet.stores.identities import Key, Name, Near, Somebody, Tie, Ties
from placet.stores.ports import Known

NO_NAMES: Final = frozenset[Identity]()

USER: Final = "user_id"


@lru_cache(32_768)
def name_of(pepper: bytes, organisation: str, workspace: str, identity: Identity) -> Name:
    """A name as it is kept: useless to whoever lacks the pepper, and the same in all of a workspace."""
    value = identity.value.strip().lower() if identity.kind in CASELESS else identity.value
    words = json.encode([organisation, workspace, identity.kind, value])
    key = blake2b(words, digest_size=NAME_SIZE, key=pepper, person=b"placet-name").digest()
    if identity.kind not in SPOKEN:
        return Name(identity.kind, key, key)
    claimed = pseudonym(pepper, organisation, Speaker(identity.value), test=False)
    if identity.kind not in PROVABLE:
        return Name(identity.kind, key, claimed)
    return Name(identity.kind, key, claimed, pseudonym(pepper, organisation, Speaker(identity.value, True), test=False))


def mpid_of(pepper: bytes, person: Key) -> Identity:
    """The name by which mParticle's clients call a person: 64 signed bits that nobody can guess."""
    hidden = blake2b(person, digest_size=8, key=pepper, person=b"placet-mpid").digest()
    return Identity(MPID, str(int.from_bytes(hidden, signed=True) or 1))


class Circle:
    """The people some names lead to, as last kept.

    A name that was asked for is called what events call it; any other, of which only the hash is known, by that.
    """

    def __init__(
        self,
        group: Key | None,
        asked: dict[Identity, Name],
        near: Near,
        rules: IdentityRules = SEGMENT_RULES,
        today: int = 0,
    ) -> None:
        """`asked` are the names `near` was looked up with; `rules` say for how many days each kind counts."""
        self.rules, windows = rules, rules.windows
        self.group, self.near, self.seen = group, near, near.ties
        called = {name.key: identity for identity, name in asked.items()}
        self.asked, self.names = asked, dict(asked)
        self.windows, self.today = windows, today
        self.kept = {one.id: one for one in near.people}
        self.found: list[Found] = []
        for one in near.people:
            every = {called.get(name.key) or Identity(name.kind, name.key.hex()): name for name in one.names}
            held = [identity for identity, name in every.items() if name.bound]
            mine = {identity: name for identity, name in every.items() if not name.bound} if held else every
            self.names.update(every)
            lent = [identity for identity, name in mine.items() if name.lent]
            person = Person(
                one.id.hex(),
                frozenset(mine),
                self.old(mine) if windows else NO_NAMES,
                frozenset(held) if held else NO_NAMES,
            )
            self.found.append(Found(person, frozenset(lent) if lent else NO_NAMES, one.version))

    def old(self, names: dict[Identity, Name]) -> frozenset[Identity]:
        """Those that came longer ago than their kind's window."""
        return frozenset(
            identity
            for identity, name in names.items()
            if name.since and name.since + self.windows.get(name.kind, self.today) <= self.today
        )

    def add(self, identity: Identity, name: Name) -> None:
        """One more name, that nobody goes by yet as far as we know."""
        self.asked[identity] = self.names[identity] = name

    def has(self, person: str, name: Name) -> bool:
        """Does somebody (an id in hex) go by this name?"""
        kept = self.kept.get(bytes.fromhex(person))
        return kept is not None and any(one.key == name.key and not one.bound for one in kept.names)

    def who(self, identity: Identity) -> str:
        """The one person who goes by a name (an id in hex), "" where there is none or several."""
        people = self.graph.who(identity)
        return people[0].id if len(people) == 1 else ""

    @property
    def graph(self) -> Graph:
        """The people, as decisions about them see them."""
        return Graph(tuple(one.person for one in self.found))

    @property
    def memories(self) -> dict[Identity, Memory]:
        """What is remembered under every name; those under which nothing is are left out."""
        there = self.near.memories
        if not there:
            return {}
        return {
            identity: Memory(self.said(name.proven), self.said(name.claimed))
            for identity, name in self.names.items()
            if name.claimed in there or name.proven in there
        }

    @property
    def people(self) -> frozenset[Key]:
        """Under whose pseudonyms these people may have chosen."""
        return frozenset(key for name in self.names.values() for key in name.memories)

    def said(self, person: bytes) -> Profile:
        """One memory."""
        return self.near.memories.get(person, (0, NOTHING))[1]

    def agreed(self, person: str) -> Profile:
        """What a person agreed to (an id in hex, "" for nobody), under their names and those that were asked for."""
        now = self.now(bytes.fromhex(person)).hex()
        known = next((one for one in self.found if one.person.id == now), Found(Person(now)))
        names = (known.person.identities - known.lent) | self.asked.keys()
        beside = self.asked.keys() - known.person.identities | (known.lent & self.asked.keys())
        others = [
            one.person for one in self.found if one.person.id != now and not beside.isdisjoint(one.person.identities)
        ]
        if crowded((known.person, *others) if self.rules.strategy is Strategy.MERGE else (known.person,)):
            return REFUSED_FOR_GOOD
        memories, also = self.memories, binding_names(known.person, others, self.rules) - names
        said = [memories[name] for name in names if name in memories]
        return agreed(said + [refused(memories[name]) for name in also if name in memories])

    def voice(self, device: Identity) -> str:
        """What a device is called where its claims are kept."""
        return self.names[device].key[:8].hex()

    def now(self, id: Key) -> Key:
        """Who somebody is by now: themselves, or whom they turned out to be."""
        while (one := self.kept.get(id)) and one.joined:
            id = one.joined
        return id

    def unseen(self, intents: Sequence[Intent]) -> list[Name]:
        """Names these intents move, of which nobody has looked up who goes by them."""
        if not any(isinstance(intent, Join | Unlink) for intent in intents):
            return []
        asked = {name.key for name in self.asked.values()}
        people = [self.kept[id] for id in map(bytes.fromhex, touched_by(intents)) if id in self.kept]
        return [
            name for one in people for name in one.names if not name.bound and name.key not in asked | self.seen.keys()
        ]

    def look_again(self, near: Near) -> None:
        """Now it is known who goes by further names."""
        self.seen = {**self.seen, **near.ties}

    def ties(self, intents: Sequence[Intent]) -> Ties:
        """What these intents change about people and names, as a store takes it; nothing may be unseen."""
        after = apply(self.graph, intents).by_id
        touched = touched_by(intents)
        into = {other: intent.person for intent in intents if isinstance(intent, Join) for other in intent.others}
        changed = [self.somebody(one, after, into) for one in touched]
        before = {one.person.id: one.person.identities for one in self.found}
        moved = {name for one in touched for name in before.get(one, frozenset()) ^ identities(after, one)}
        holders: dict[Identity, set[Key]] = {}
        for one in touched:
            for name in identities(after, one):
                holders.setdefault(name, set()).add(bytes.fromhex(one))
        return Ties(tuple(changed), tuple(self.tie(name, touched, holders.get(name, set())) for name in moved))

    def somebody(self, one: str, after: dict[str, Person], into: dict[str, str]) -> Somebody:
        """A person as they are from now on."""
        kept = self.kept.get(bytes.fromhex(one), Somebody(bytes.fromhex(one)))
        had = {name.key: name for name in kept.names if not name.bound}
        names = [had.get(self.names[each].key) or self.new(each, one, after) for each in identities(after, one)]
        names += [replace(self.names[each], bound=True, lent=False, since=0) for each in bound(after, one)]
        names.sort(key=lambda name: (name.kind, name.key))
        return replace(kept, names=tuple(names), joined=bytes.fromhex(into.get(one, "")))

    def new(self, name: Identity, person: str, after: dict[str, Person]) -> Name:
        """A name that somebody goes by from now on: lent, where others who did before still do."""
        seen = [id.hex() for id in self.seen.get(self.names[name].key, ())]
        known = {one.person.id for one in self.found}
        still = (one for one in seen if one != person and (one not in known or name in identities(after, one)))
        kept = self.names[name]
        since = (kept.since or self.today) if kept.kind in self.windows else 0
        return replace(kept, lent=any(still), since=since, bound=False)

    def tie(self, name: Identity, touched: Container[str], holders: set[Key]) -> Tie:
        """Who goes by a name from now on: `holders` of those who were touched, and whoever else did."""
        key = self.names[name].key
        seen = self.seen.get(key, ())
        left = {id for id in seen if id.hex() not in touched}
        return Tie(key, seen, tuple(sorted(left | holders)))

    def claims(self, told: Iterable[Tell]) -> tuple[Known, ...]:
        """The memories of what was claimed, with what events told; none where nothing is kept."""
        if self.group is None:
            return ()
        claimed: dict[Key, Known] = {}
        for tell in told:
            for identity in tell.names:
                key = self.names[identity].claimed
                version, kept = self.near.memories.get(key, (0, NOTHING))
                known = claimed.get(key) or Known(self.group, key, kept, version)
                claimed[key] = replace(known, profile=claim(known.profile, tell.consent, identity, tell.by))
        return tuple(claimed.values())


class Whose(Struct, frozen=True):
    """Who a deletion is about at its end: `people` by id, and the `names` they were asked for by."""

    people: dict[Key, Somebody]
    names: frozenset[Identity]

    @property
    def keys(self) -> set[Key]:
        """The pseudonyms that something may be held under, by all the names they go by now."""
        return {memory(name) for one in self.people.values() for name in one.names if not name.bound}

    def owners_of(self, somebody: Key) -> set[Key]:
        """By what a later deletion finds what is told about somebody: the ids of who they are and were, and user ids.

        Not their devices: others may have used those, too.
        """
        found: set[Key] = set()
        while known := self.people.get(somebody):
            found |= {somebody, *(memory(name) for name in known.names if name.kind == USER and not name.bound)}
            somebody = known.joined
        return found


def memory(name: Name) -> Key:
    """The pseudonym that something is held under by this name: with proof, where that can be had."""
    return name.proven or name.claimed


def nameless(people: Sequence[Somebody], ties: dict[Key, tuple[Key, ...]]) -> Ties:
    """What takes all their names from these people; `ties` say who goes by each of those names by now."""
    gone = frozenset(one.id for one in people)
    changed = tuple(replace(one, names=()) for one in people)
    return Ties(changed, tuple(Tie(key, ids, tuple(id for id in ids if id not in gone)) for key, ids in ties.items()))


def touched_by(intents: Sequence[Intent]) -> dict[str, None]:
    """Everybody these intents are about, each once."""
    others = (other for intent in intents if isinstance(intent, Join) for other in intent.others)
    return dict.fromkeys([*(intent.person for intent in intents), *others])


def identities(after: dict[str, Person], one: str) -> frozenset[Identity]:
    """The names somebody has in the end; none for who turned out to be somebody else."""
    return after[one].identities if one in after else frozenset()


def bound(after: dict[str, Person], one: str) -> frozenset[Identity]:
    """The names whose refusals hold for somebody in the end though they do not go by them."""
    return after[one].bound - after[one].identities if one in after else frozenset()
