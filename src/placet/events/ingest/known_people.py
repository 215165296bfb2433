"""People between how they are kept and how they are judged: names as events say them, and as keyed hashes."""

from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.profile.person import NAME_SIZE, pseudonym
from placet.consent.profile.person import Person as Speaker
from placet.consent.profile.profile import Profile
from placet.consent.profile.stored_profile import VersionedProfile
from placet.events.event import Identity
from placet.events.identity.consent_by_identifier import (
    NOTHING,
    PROVABLE,
    SPOKEN,
    IdentifierConsent,
    agreed,
    binding_names,
    claim,
    crowded,
    refused,
)
from placet.events.identity.graph import (
    CASELESS,
    Graph,
    IdentityPerson,
    IdentityRules,
    Intent,
    MergePeople,
    UnlinkIdentifiers,
    apply,
)
from placet.events.identity.records import (
    HashedIdentifier,
    Id,
    IdentityChange,
    IdentityChanges,
    IdentityLookup,
    PersonRecord,
)
from placet.events.identity.strategies import MPID, SEGMENT_RULES
from placet.events.ingest.values import ConsentUpdate, KnownPerson
from placet.events.policy.consent_state import REFUSED_FOR_GOOD
from placet.settings.identity_strategy import Strategy

NO_IDENTIFIERS: Final = frozenset[Identity]()

USER: Final = "user_id"


@lru_cache(32_768)
def hashed_identifier(pepper: bytes, organisation: str, workspace: str, identity: Identity) -> HashedIdentifier:
    """A name as it is kept: useless to whoever lacks the pepper, and the same in all of a workspace."""
    value = identity.value.strip().lower() if identity.kind in CASELESS else identity.value
    words = json.encode([organisation, workspace, identity.kind, value])
    key = blake2b(words, digest_size=NAME_SIZE, key=pepper, person=b"placet-name").digest()
    if identity.kind not in SPOKEN:
        return HashedIdentifier(identity.kind, key, key)
    claimed = pseudonym(pepper, organisation, Speaker(identity.value), test=False)
    if identity.kind not in PROVABLE:
        return HashedIdentifier(identity.kind, key, claimed)
    return HashedIdentifier(
        identity.kind, key, claimed, pseudonym(pepper, organisation, Speaker(identity.value, True), test=False)
    )


def mpid_of(pepper: bytes, person: Id) -> Identity:
    """The name by which mParticle's clients call a person: 64 signed bits that nobody can guess."""
    hidden = blake2b(person, digest_size=8, key=pepper, person=b"placet-mpid").digest()
    return Identity(MPID, str(int.from_bytes(hidden, signed=True) or 1))


class KnownPeople:
    """The people some names lead to, as last kept.

    A name that was asked for is called what events call it; any other, of which only the hash is known, by that.
    """

    def __init__(
        self,
        group: Id | None,
        asked: dict[Identity, HashedIdentifier],
        lookup: IdentityLookup,
        rules: IdentityRules = SEGMENT_RULES,
        today: int = 0,
    ) -> None:
        """`requested` are the names `lookup` was looked up with; `rules` say for how many days each kind counts."""
        self.rules, windows = rules, rules.windows
        self.group, self.lookup, self.seen = group, lookup, lookup.identifiers
        called = {name.key: identity for identity, name in asked.items()}
        self.requested, self.names = asked, dict(asked)
        self.windows, self.today = windows, today
        self.stored = {one.id: one for one in lookup.people}
        self.found: list[KnownPerson] = []
        for one in lookup.people:
            every = {called.get(name.key) or Identity(name.kind, name.key.hex()): name for name in one.names}
            held = [identity for identity, name in every.items() if name.bound]
            mine = {identity: name for identity, name in every.items() if not name.bound} if held else every
            self.names.update(every)
            lent = [identity for identity, name in mine.items() if name.shared]
            person = IdentityPerson(
                one.id.hex(),
                frozenset(mine),
                self.old(mine) if windows else NO_IDENTIFIERS,
                frozenset(held) if held else NO_IDENTIFIERS,
            )
            self.found.append(KnownPerson(person, frozenset(lent) if lent else NO_IDENTIFIERS, one.version))

    def old(self, names: dict[Identity, HashedIdentifier]) -> frozenset[Identity]:
        """Those that came longer ago than their kind's window."""
        return frozenset(
            identity
            for identity, name in names.items()
            if name.since and name.since + self.windows.get(name.kind, self.today) <= self.today
        )

    def add(self, identity: Identity, name: HashedIdentifier) -> None:
        """One more name, that nobody goes by yet as far as we know."""
        self.requested[identity] = self.names[identity] = name

    def has(self, person: str, name: HashedIdentifier) -> bool:
        """Does somebody (an id in hex) go by this name?"""
        kept = self.stored.get(bytes.fromhex(person))
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
    def memories(self) -> dict[Identity, IdentifierConsent]:
        """What is remembered under every name; those under which nothing is are left out."""
        there = self.lookup.profiles
        if not there:
            return {}
        return {
            identity: IdentifierConsent(self.consent_signals(name.proven), self.consent_signals(name.claimed))
            for identity, name in self.names.items()
            if name.claimed in there or name.proven in there
        }

    @property
    def people(self) -> frozenset[Id]:
        """Under whose pseudonyms these people may have chosen."""
        return frozenset(key for name in self.names.values() for key in name.memories)

    def consent_signals(self, person: bytes) -> Profile:
        """One memory."""
        return self.lookup.profiles.get(person, (0, NOTHING))[1]

    def consent_of(self, person: str) -> Profile:
        """What a person agreed to (an id in hex, "" for nobody), under their names and those that were asked for."""
        now = self.now(bytes.fromhex(person)).hex()
        known = next((one for one in self.found if one.person.id == now), KnownPerson(IdentityPerson(now)))
        names = (known.person.identities - known.shared) | self.requested.keys()
        beside = self.requested.keys() - known.person.identities | (known.shared & self.requested.keys())
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

    def now(self, id: Id) -> Id:
        """Who somebody is by now: themselves, or whom they turned out to be."""
        while (one := self.stored.get(id)) and one.merged:
            id = one.merged
        return id

    def not_loaded(self, intents: Sequence[Intent]) -> list[HashedIdentifier]:
        """Names these intents move, of which nobody has looked up who goes by them."""
        if not any(isinstance(intent, MergePeople | UnlinkIdentifiers) for intent in intents):
            return []
        asked = {name.key for name in self.requested.values()}
        people = [self.stored[id] for id in map(bytes.fromhex, changed_identifiers(intents)) if id in self.stored]
        return [
            name for one in people for name in one.names if not name.bound and name.key not in asked | self.seen.keys()
        ]

    def refresh(self, lookup: IdentityLookup) -> None:
        """Now it is known who goes by further names."""
        self.seen = {**self.seen, **lookup.identifiers}

    def identity_changes(self, intents: Sequence[Intent]) -> IdentityChanges:
        """What these intents change about people and names, as a store takes it; nothing may be unseen."""
        after = apply(self.graph, intents).by_id
        touched = changed_identifiers(intents)
        into = {
            other: intent.person for intent in intents if isinstance(intent, MergePeople) for other in intent.others
        }
        changed = [self.person_record(one, after, into) for one in touched]
        before = {one.person.id: one.person.identities for one in self.found}
        moved = {name for one in touched for name in before.get(one, frozenset()) ^ identities(after, one)}
        holders: dict[Identity, set[Id]] = {}
        for one in touched:
            for name in identities(after, one):
                holders.setdefault(name, set()).add(bytes.fromhex(one))
        return IdentityChanges(
            tuple(changed), tuple(self.identity_change(name, touched, holders.get(name, set())) for name in moved)
        )

    def person_record(self, one: str, after: dict[str, IdentityPerson], into: dict[str, str]) -> PersonRecord:
        """A person as they are from now on."""
        kept = self.stored.get(bytes.fromhex(one), PersonRecord(bytes.fromhex(one)))
        had = {name.key: name for name in kept.names if not name.bound}
        names = [
            had.get(self.names[each].key) or self.new_person_record(each, one, after) for each in identities(after, one)
        ]
        names += [replace(self.names[each], bound=True, shared=False, since=0) for each in bound(after, one)]
        names.sort(key=lambda name: (name.kind, name.key))
        return replace(kept, names=tuple(names), merged=bytes.fromhex(into.get(one, "")))

    def new_person_record(self, name: Identity, person: str, after: dict[str, IdentityPerson]) -> HashedIdentifier:
        """A name that somebody goes by from now on: lent, where others who did before still do."""
        seen = [id.hex() for id in self.seen.get(self.names[name].key, ())]
        known = {one.person.id for one in self.found}
        still = (one for one in seen if one != person and (one not in known or name in identities(after, one)))
        kept = self.names[name]
        since = (kept.since or self.today) if kept.kind in self.windows else 0
        return replace(kept, shared=any(still), since=since, bound=False)

    def identity_change(self, name: Identity, touched: Container[str], holders: set[Id]) -> IdentityChange:
        """Who goes by a name from now on: `holders` of those who were touched, and whoever else did."""
        key = self.names[name].key
        seen = self.seen.get(key, ())
        left = {id for id in seen if id.hex() not in touched}
        return IdentityChange(key, seen, tuple(sorted(left | holders)))

    def profile_claims(self, told: Iterable[ConsentUpdate]) -> tuple[VersionedProfile, ...]:
        """The memories of what was claimed, with what events told; none where nothing is kept."""
        if self.group is None:
            return ()
        claimed: dict[Id, VersionedProfile] = {}
        for tell in told:
            for identity in tell.names:
                key = self.names[identity].claimed
                version, kept = self.lookup.profiles.get(key, (0, NOTHING))
                known = claimed.get(key) or VersionedProfile(self.group, key, kept, version)
                claimed[key] = replace(known, profile=claim(known.profile, tell.consent, identity, tell.by))
        return tuple(claimed.values())


class DeletionSubject(Struct, frozen=True):
    """Who a deletion is about at its end: `people` by id, and the `names` they were asked for by."""

    people: dict[Id, PersonRecord]
    names: frozenset[Identity]

    @property
    def keys(self) -> set[Id]:
        """The pseudonyms that something may be held under, by all the names they go by now."""
        return {consent_pseudonym(name) for one in self.people.values() for name in one.names if not name.bound}

    def owners_of(self, person_record: Id) -> set[Id]:
        """By what a later deletion finds what is told about somebody: the ids of who they are and were, and user ids.

        Not their devices: others may have used those, too.
        """
        found: set[Id] = set()
        while known := self.people.get(person_record):
            found |= {
                person_record,
                *(consent_pseudonym(name) for name in known.names if name.kind == USER and not name.bound),
            }
            person_record = known.merged
        return found


def consent_pseudonym(name: HashedIdentifier) -> Id:
    """The pseudonym that something is held under by this name: with proof, where that can be had."""
    return name.proven or name.claimed


def people_without_identifiers(
    people: Sequence[PersonRecord], identity_changes: dict[Id, tuple[Id, ...]]
) -> IdentityChanges:
    """What takes all their names from these people; `ties` say who goes by each of those names by now."""
    gone = frozenset(one.id for one in people)
    changed = tuple(replace(one, names=()) for one in people)
    return IdentityChanges(
        changed,
        tuple(
            IdentityChange(key, ids, tuple(id for id in ids if id not in gone)) for key, ids in identity_changes.items()
        ),
    )


def changed_identifiers(intents: Sequence[Intent]) -> dict[str, None]:
    """Everybody these intents are about, each once."""
    others = (other for intent in intents if isinstance(intent, MergePeople) for other in intent.others)
    return dict.fromkeys([*(intent.person for intent in intents), *others])


def identities(after: dict[str, IdentityPerson], one: str) -> frozenset[Identity]:
    """The names somebody has in the end; none for who turned out to be somebody else."""
    return after[one].identities if one in after else frozenset()


def bound(after: dict[str, IdentityPerson], one: str) -> frozenset[Identity]:
    """The names whose refusals hold for somebody in the end though they do not go by them."""
    return after[one].bound - after[one].identities if one in after else frozenset()
