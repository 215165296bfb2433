"""The one door: a batch of events, settled. Whose each is, where it may go, and what is to be written.

1 dropped     what cannot be taken in (`intake_checks`)
2 repeated    what was taken in before, in this batch or earlier
3 identity    whose it is; where people turn out to be one, what was agreed to under their names comes along
4 suppressed  what belongs to somebody on the suppression list leaves no trace but a count
5 consent     a choice that the event tells of is remembered under its names
6 judged      a verdict for each connection, with the person's consent as of then
"""

import collections.abc
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile import Item, Profile, Standing
from placet.consent.stamps import believed
from placet.events.case import Request, Subject
from placet.events.claims import refusals_dated, refusals_of
from placet.events.connection import Connection
from placet.events.event import Event
from placet.events.facts import Facts
from placet.events.identity import (
    DEVICE_KINDS,
    Graph,
    Identity,
    IdentityRules,
    Intent,
    Join,
    Link,
    Person,
    Strategy,
    apply,
)
from placet.events.identity_resolve import Resolved, resolve
from placet.events.intake_checks import CONSENT_UPDATED, Code, check, check_batch
from placet.events.judge import Routes, judge
from placet.events.purposes import Mapping
from placet.events.state import REFUSED_FOR_GOOD, SILENT, State, of_profile, read_state
from placet.events.verdicts import Tally, Verdicts
from placet.events.whose import (
    FORGOTTEN,
    PUBLIC,
    SOMEBODY,
    Memory,
    Speaker,
    Trust,
    agreed,
    binding_names,
    claim,
    crowded,
    refused,
)

Names: TypeAlias = tuple[Identity, ...]
Memories: TypeAlias = collections.abc.Mapping[Identity, Memory]
NO_MEMORIES: Final[Memories] = {}

TELLING: Final = ("consent_state", "is_opted_out")
"""Parts of an event that tell of a choice."""


class Remember(StrEnum):
    """Which consent in events is written to people's profiles."""

    NOTHING = "nothing"
    """None: the source may not change consent (mparticle.md §1.6, partner feeds)."""
    CHOICES = "choices"
    """Consent states, whose records have their own time, and the event that tells of a choice."""
    STAMPS = "stamps"
    """Whatever any event carries, where it differs from the profile (segment.md §4.8). A page that was opened
    before somebody withdrew goes on stamping its events, and so undoes the withdrawal; hence not the default."""


class Found(Struct, frozen=True):
    """Somebody as the store knows them, at this version.

    `lent` are names that somebody else went by first: what is remembered under them counts only for events that
    carry them.
    """

    person: Person
    lent: frozenset[Identity] = frozenset()
    version: int = 0
    attributes: dict[str, object] = {}
    suppressed: bool = False
    requests: frozenset[Request] = frozenset()


class Tell(Struct, frozen=True, tag=True):
    """Add this consent, which an event about a person carried, to what was claimed under these names, by whom."""

    person: str
    consent: Profile
    names: tuple[Identity, ...] = ()
    by: Speaker = SOMEBODY


class Dropped(Struct, frozen=True):
    """An event that was not taken in."""

    event: str
    code: Code


class Taken(Struct, frozen=True):
    """A batch, settled. `kept` pairs the events that are stored with their people, in their order.

    `verdicts` are about those events, by the gates of these `connections`, in their order. `subjects` says of each of
    them what was known about those people when the event was judged.
    """

    kept: tuple[tuple[Event, str], ...]
    connections: tuple[Connection, ...]
    verdicts: Verdicts
    intents: tuple[Intent | Tell, ...]
    dropped: tuple[Dropped, ...]
    repeated: tuple[str, ...]
    suppressed: int
    code: Code | None
    subjects: tuple[Subject, ...] = ()


def take_in(
    batch: Sequence[Event],
    found: Iterable[Found],
    rules: IdentityRules,
    routes: Routes,
    new_ids: Sequence[str],
    seen: frozenset[str] = frozenset(),
    remember: Remember = Remember.CHOICES,
    memories: Memories = NO_MEMORIES,
    trust: Trust = PUBLIC,
) -> Taken:
    """Settle a batch from one source, whose events have the names that count (`whose.named`).

    `found` is everybody who goes by a name in the batch, `new_ids` one id for each event, in case it is about
    somebody new, `seen` the ids of events that the store has already, `memories` what is remembered under each
    name of the batch and of those people.
    """
    desk = Desk(found, rules, routes, seen, remember, memories, trust)
    for event, new_id in zip(batch, new_ids, strict=True):
        desk.take(event, new_id)
    return desk.settled(len(batch))


class Desk:
    """What is known and written so far while a batch is being settled."""

    def __init__(
        self,
        found: Iterable[Found],
        rules: IdentityRules,
        routes: Routes,
        seen: frozenset[str],
        remembers: Remember,
        memories: Memories,
        trust: Trust = PUBLIC,
    ) -> None:
        """Nothing was taken in yet."""
        self.memories, self.trust = dict(memories), trust
        self.people = {one.person.id: one for one in found}
        self.listed = any(one.suppressed for one in self.people.values())
        self.by_name: dict[Identity, set[str]] = {}
        self.index(self.people)
        self.rules, self.routes, self.seen, self.remembers = rules, routes, set(seen), remembers
        self.resolved: dict[Names, Resolved] = {}
        self.asked_by: dict[Identity, list[Names]] = {}
        self.subjects: dict[str, dict[tuple[bool, frozenset[Identity]], Subject]] = {}
        self.kept: list[tuple[Event, str]] = []
        self.judged: list[Subject] = []
        self.tally = Tally()
        self.intents: list[Intent | Tell] = []
        self.dropped: list[Dropped] = []
        self.repeated: list[str] = []
        self.suppressed = 0

    def take(self, event: Event, new_id: str) -> None:
        """One event through all six steps."""
        if code := check(event.kind, event.fields, named=bool(event.identities)):
            self.dropped.append(Dropped(event.id, code))
            return
        if event.id in self.seen:
            self.repeated.append(event.id)
            self.refuse_repeated(event)
            return
        self.seen.add(event.id)
        answer = self.whose(event, new_id)
        if self.is_suppressed(answer):
            self.suppressed += 1
            return
        if answer.intents:
            self.write(answer.intents, (*event.identities, *event.previous))
        if answer.person and self.tells(event):
            self.remember(event, answer.person)
        subject = self.subject(answer, event.identities)
        self.kept.append((event, answer.person))
        self.judged.append(subject)
        self.tally.add(judge(event, subject, self.routes))

    def whose(self, event: Event, new_id: str) -> Resolved:
        """Step 3. While nothing changes, the same names are the same person."""
        names = (*event.identities, *event.previous)
        if names not in self.resolved:
            if answer := self.met(names):
                return answer
            answer = resolve(self.nearby(names), names, self.rules, new_id, proven=self.trust.proven)
            if answer.intents:
                return answer
            self.resolved[names] = answer
            for name in names:
                self.asked_by.setdefault(name, []).append(names)
        return self.resolved[names]

    def met(self, names: tuple[Identity, ...]) -> Resolved | None:
        """The usual case of strategy merge, without any ado: all the names lead to the same one person."""
        if self.rules.strategy is not Strategy.MERGE or not names:
            return None
        people = self.by_name.get(names[0], ())
        if len(people) != 1 or any(self.by_name.get(name) != people for name in names):
            return None
        (person,) = people
        return Resolved(person, (), names, (), any(name.kind in self.rules.login for name in names))

    def is_suppressed(self, answer: Resolved) -> bool:
        """Step 4: is it somebody on the list, or somebody who would now turn out to be?"""
        if not self.listed:
            return False
        others = (other for intent in answer.intents if isinstance(intent, Join) for other in intent.others)
        return any(one in self.people and self.people[one].suppressed for one in (answer.person, *others))

    def nearby(self, names: tuple[Identity, ...]) -> Graph:
        """Everybody who goes by one of the names."""
        ids = {one for name in names for one in self.by_name.get(name, ())}
        return Graph(tuple(self.people[one].person for one in ids))

    def index(self, people: Iterable[str]) -> None:
        """Make these people findable by their names."""
        for one in people:
            for name in self.people[one].person.identities:
                self.by_name.setdefault(name, set()).add(one)

    def write(self, intents: tuple[Intent, ...], names: tuple[Identity, ...]) -> None:
        """Carry the intents out on what we know, and hand them on."""
        before = self.nearby(names)
        after = apply(before, intents)
        for person in after.people:
            self.people[person.id] = replace(self.people.get(person.id, Found(person)), person=person)
        for intent in intents:
            if isinstance(intent, Join):
                self.join(intent)
            if isinstance(intent, Link):
                self.lend(intent)
        self.index(person.id for person in after.people)
        for person in (*before.people, *after.people):
            self.forget(person)
        self.intents.extend(intents)

    def forget(self, person: Person) -> None:
        """Somebody changed: who goes by their names, and what is known about them, must be looked up again."""
        self.subjects.pop(person.id, None)
        for name in person.identities:
            for names in self.asked_by.pop(name, ()):
                self.resolved.pop(names, None)

    def join(self, intent: Join) -> None:
        """The others are that person from now on."""
        others = [self.people.pop(other) for other in intent.others]
        self.people[intent.person] = joined(self.people[intent.person], others)
        for other in others:
            for name in other.person.identities:
                self.by_name[name].discard(other.person.id)

    def lend(self, intent: Link) -> None:
        """Names that somebody else goes by already do not speak for this person elsewhere."""
        known = self.people[intent.person]
        lent = frozenset(name for name in intent.identities if self.by_name.get(name, set()) - {intent.person})
        if lent:
            self.people[intent.person] = replace(known, lent=known.lent | lent)

    def tells(self, event: Event) -> bool:
        """May this event's consent be written to a profile?"""
        if self.remembers is Remember.CHOICES:
            return any(part in event.fields for part in TELLING) or event.name == CONSENT_UPDATED
        return self.remembers is Remember.STAMPS

    def remember(self, event: Event, person: str) -> None:
        """Step 5. What cannot be read says nothing here; judging holds it."""
        said = self.said(event)
        if said is None:
            return
        said = refusals_dated(said, [self.memories.get(name, FORGOTTEN) for name in event.identities], event.received)
        if self.remembers is Remember.STAMPS:
            said = differing(said, self.agreed(self.people[person], frozenset(event.identities)))
        self.claim(event, person, said)

    def said(self, event: Event) -> Profile | None:
        """What an event says about purposes; None where that cannot be read."""
        try:
            state = read_state(Facts(event.fields), event.at, self.routes.mapping, event.received)
        except (ValueError, RecursionError):
            return None
        return as_profile(state, self.routes.mapping, event.received)

    def refuse_repeated(self, event: Event) -> None:
        """A message under an id that was taken in before is not kept; what it refuses, for whomever, is remembered."""
        names = event.identities
        suppressed = self.listed and any(
            self.people[id].suppressed for name in names for id in self.by_name.get(name, ())
        )
        said = self.said(event) if names and not suppressed and self.tells(event) else None
        if said is not None:
            self.claim(event, "", refusals_of(said))

    def claim(self, event: Event, person: str, said: Profile) -> None:
        """Merge what was said into what is claimed under each name of an event."""
        changed: list[Identity] = []
        by = self.speaker(event)
        for name in event.identities:
            memory = self.memories.get(name, FORGOTTEN)
            claimed = claim(memory.claimed, said, name, by)
            if claimed != memory.claimed:
                self.memories[name] = replace(memory, claimed=claimed)
                changed.append(name)
        if changed:
            self.subjects.clear()
            self.intents.append(Tell(person, said, tuple(changed), by))

    def speaker(self, event: Event) -> Speaker:
        """Who claims what an event tells: the device it names that ranks highest."""
        device = next((name for name in event.identities if name.kind in DEVICE_KINDS), None)
        return Speaker(self.trust.device(device) if device else "", self.trust.proven)

    def subject(self, answer: Resolved, names: tuple[Identity, ...]) -> Subject:
        """Whom the event is about, as judges see them; kept until something about them changes."""
        if not answer.person:
            return Subject()
        known = self.people[answer.person]
        beside = frozenset(names) - known.person.identities | known.lent.intersection(names)
        mine, key = self.subjects.setdefault(answer.person, {}), (answer.known, beside)
        if key not in mine:
            profile = self.agreed(known, beside)
            mine[key] = Subject(
                person=answer.person,
                known=answer.known,
                profile=of_profile(profile, self.routes.mapping) if profile.items else SILENT,
                attributes=known.attributes,
                requests=known.requests,
                version=known.version,
            )
        return mine[key]

    def agreed(self, known: Found, beside: frozenset[Identity]) -> Profile:
        """What somebody agreed to under their own names, and under others that an event carries beside."""
        if known.person.bound or beside:
            return self.agreed_with_others(known, beside)
        names = known.person.identities - known.lent
        return agreed([self.memories[name] for name in names if name in self.memories])

    def agreed_with_others(self, known: Found, beside: frozenset[Identity]) -> Profile:
        """The same where refusals under names the person does not go by hold, too (`whose.binding_names`)."""
        person, names = known.person, (known.person.identities - known.lent) | beside
        ids = {one for name in beside for one in self.by_name.get(name, ()) if one != person.id}
        people = [self.people[one].person for one in ids]
        if crowded((person, *people) if self.rules.strategy is Strategy.MERGE else (person,)):
            return REFUSED_FOR_GOOD
        said = [self.memories[name] for name in names if name in self.memories]
        others = binding_names(person, people, self.rules) - names
        return agreed(said + [refused(self.memories[name]) for name in others if name in self.memories])

    def settled(self, size: int) -> Taken:
        """Everything that came of the batch."""
        return Taken(
            tuple(self.kept),
            tuple(gate.connection for gate in self.routes.gates),
            self.tally.settled(),
            tuple(self.intents),
            tuple(self.dropped),
            tuple(self.repeated),
            self.suppressed,
            check_batch(size, len(self.dropped)),
            tuple(self.judged),
        )


def joined(one: Found, others: list[Found]) -> Found:
    """Several people as one: whatever restricts one of them restricts all."""
    everybody = [one, *others]
    return replace(
        one,
        lent=frozenset[Identity]().union(*(each.lent for each in everybody)),
        attributes={name: value for each in reversed(everybody) for name, value in each.attributes.items()},
        suppressed=any(each.suppressed for each in everybody),
        requests=frozenset[Request]().union(*(each.requests for each in everybody)),
    )


def as_profile(state: State, mapping: Mapping, now: int) -> Profile:
    """What an event said about purposes, as items of a profile; a purpose without an item is not remembered.

    With times we believe: none lies ahead of `now`.
    """
    items: dict[str, Item] = {}
    for key, bit in mapping.item_bits.items():
        said = [Item(standing(voice.yes & bit), voice.at) for voice in state.voices if (voice.yes | voice.no) & bit]
        if said:
            one = max(said, key=lambda item: (not item.granted, item.at))
            items[key] = replace(one, at=believed(one.at, now, granted=one.granted))
    return Profile(items)


def standing(granted: int) -> Standing:
    """A plain yes or no."""
    return Standing.ACTIVE if granted else Standing.OPT_OUT


def differing(said: Profile, known: Profile) -> Profile:
    """What was said, without the items that only repeat what is known."""
    new = {
        key: item
        for key, item in said.items.items()
        if key not in known.items or known.items[key].granted != item.granted
    }
    return Profile(new)
