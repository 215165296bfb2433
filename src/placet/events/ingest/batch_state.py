"""What is known while one batch is ingested, event by event."""

from collections.abc import Iterable

from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.profile.timestamps import believed
from placet.events.event import Event, Identity
from placet.events.fields import EventFields
from placet.events.identity.consent_by_identifier import (
    NO_CONSENT,
    PUBLIC,
    Speaker,
    Trust,
    agreed,
    binding_names,
    claim,
    crowded,
    refused,
)
from placet.events.identity.graph import (
    DEVICE_KINDS,
    Graph,
    IdentityPerson,
    IdentityRules,
    Intent,
    LinkIdentifiers,
    MergePeople,
    apply,
)
from placet.events.identity.resolve import Resolved, resolve
from placet.events.ingest.claims import refusals_dated, refusals_of
from placet.events.ingest.validate import CONSENT_UPDATED, check, check_batch
from placet.events.ingest.values import (
    CONSENT_EVENTS,
    ConsentUpdate,
    ConsentWritePolicy,
    Dropped,
    IdentifierConsents,
    IngestResult,
    KnownPerson,
    Names,
)
from placet.events.policy.consent_state import NO_SIGNALS, REFUSED_FOR_GOOD, EventConsent, of_profile, read_state
from placet.events.policy.evaluate import Routes, evaluate
from placet.events.policy.evaluation_context import PrivacyRequestKind, Subject
from placet.events.policy.purposes import PurposeMapping
from placet.events.policy.verdict_table import VerdictTable
from placet.settings.identity_strategy import Strategy


class BatchIngest:
    """What is known and written so far while a batch is being settled."""

    def __init__(
        self,
        found: Iterable[KnownPerson],
        rules: IdentityRules,
        routes: Routes,
        seen: frozenset[str],
        remembers: ConsentWritePolicy,
        memories: IdentifierConsents,
        trust: Trust = PUBLIC,
    ) -> None:
        """Nothing was taken in yet."""
        self.identifier_consents, self.trust = dict(memories), trust
        self.people = {one.person.id: one for one in found}
        self.listed = any(one.suppressed for one in self.people.values())
        self.by_name: dict[Identity, set[str]] = {}
        self.index(self.people)
        self.rules, self.routes, self.seen, self.write_policy = rules, routes, set(seen), remembers
        self.resolved: dict[Names, Resolved] = {}
        self.asked_by: dict[Identity, list[Names]] = {}
        self.subjects: dict[str, dict[tuple[bool, frozenset[Identity]], Subject]] = {}
        self.kept: list[tuple[Event, str]] = []
        self.evaluated: list[Subject] = []
        self.tally = VerdictTable()
        self.intents: list[Intent | ConsentUpdate] = []
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
        answer = self.person_of(event, new_id)
        if self.is_suppressed(answer):
            self.suppressed += 1
            return
        if answer.intents:
            self.write(answer.intents, (*event.identities, *event.previous))
        if answer.person and self.consent_updates(event):
            self.remember(event, answer.person)
        subject = self.subject(answer, event.identities)
        self.kept.append((event, answer.person))
        self.evaluated.append(subject)
        self.tally.add(evaluate(event, subject, self.routes))

    def person_of(self, event: Event, new_id: str) -> Resolved:
        """Step 3. While nothing changes, the same names are the same person."""
        names = (*event.identities, *event.previous)
        if names not in self.resolved:
            if answer := self.record_identifiers(names):
                return answer
            answer = resolve(self.nearby(names), names, self.rules, new_id, proven=self.trust.proven)
            if answer.intents:
                return answer
            self.resolved[names] = answer
            for name in names:
                self.asked_by.setdefault(name, []).append(names)
        return self.resolved[names]

    def record_identifiers(self, names: tuple[Identity, ...]) -> Resolved | None:
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
        others = (other for intent in answer.intents if isinstance(intent, MergePeople) for other in intent.others)
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
            self.people[person.id] = replace(self.people.get(person.id, KnownPerson(person)), person=person)
        for intent in intents:
            if isinstance(intent, MergePeople):
                self.join(intent)
            if isinstance(intent, LinkIdentifiers):
                self.share(intent)
        self.index(person.id for person in after.people)
        for person in (*before.people, *after.people):
            self.forget(person)
        self.intents.extend(intents)

    def forget(self, person: IdentityPerson) -> None:
        """Somebody changed: who goes by their names, and what is known about them, must be looked up again."""
        self.subjects.pop(person.id, None)
        for name in person.identities:
            for names in self.asked_by.pop(name, ()):
                self.resolved.pop(names, None)

    def join(self, intent: MergePeople) -> None:
        """The others are that person from now on."""
        others = [self.people.pop(other) for other in intent.others]
        self.people[intent.person] = joined(self.people[intent.person], others)
        for other in others:
            for name in other.person.identities:
                self.by_name[name].discard(other.person.id)

    def share(self, intent: LinkIdentifiers) -> None:
        """Names that somebody else goes by already do not speak for this person elsewhere."""
        known = self.people[intent.person]
        lent = frozenset(name for name in intent.identities if self.by_name.get(name, set()) - {intent.person})
        if lent:
            self.people[intent.person] = replace(known, shared=known.shared | lent)

    def consent_updates(self, event: Event) -> bool:
        """May this event's consent be written to a profile?"""
        if self.write_policy is ConsentWritePolicy.CHOICES:
            return any(part in event.fields for part in CONSENT_EVENTS) or event.name == CONSENT_UPDATED
        return self.write_policy is ConsentWritePolicy.STAMPS

    def remember(self, event: Event, person: str) -> None:
        """Step 5. What cannot be read says nothing here; judging holds it."""
        said = self.said(event)
        if said is None:
            return
        said = refusals_dated(
            said, [self.identifier_consents.get(name, NO_CONSENT) for name in event.identities], event.received
        )
        if self.write_policy is ConsentWritePolicy.STAMPS:
            said = differing(said, self.agreed(self.people[person], frozenset(event.identities)))
        self.claim(event, person, said)

    def said(self, event: Event) -> Profile | None:
        """What an event says about purposes; None where that cannot be read."""
        try:
            state = read_state(EventFields(event.fields), event.at, self.routes.mapping, event.received)
        except (ValueError, RecursionError):
            return None
        return as_profile(state, self.routes.mapping, event.received)

    def refuse_repeated(self, event: Event) -> None:
        """A message under an id that was taken in before is not kept; what it refuses, for whomever, is remembered."""
        names = event.identities
        suppressed = self.listed and any(
            self.people[id].suppressed for name in names for id in self.by_name.get(name, ())
        )
        said = self.said(event) if names and not suppressed and self.consent_updates(event) else None
        if said is not None:
            self.claim(event, "", refusals_of(said))

    def claim(self, event: Event, person: str, said: Profile) -> None:
        """Merge what was said into what is claimed under each name of an event."""
        changed: list[Identity] = []
        by = self.speaker(event)
        for name in event.identities:
            memory = self.identifier_consents.get(name, NO_CONSENT)
            claimed = claim(memory.claimed, said, name, by)
            if claimed != memory.claimed:
                self.identifier_consents[name] = replace(memory, claimed=claimed)
                changed.append(name)
        if changed:
            self.subjects.clear()
            self.intents.append(ConsentUpdate(person, said, tuple(changed), by))

    def speaker(self, event: Event) -> Speaker:
        """Who claims what an event tells: the device it names that ranks highest."""
        device = next((name for name in event.identities if name.kind in DEVICE_KINDS), None)
        return Speaker(self.trust.device(device) if device else "", self.trust.proven)

    def subject(self, answer: Resolved, names: tuple[Identity, ...]) -> Subject:
        """Whom the event is about, as judges see them; kept until something about them changes."""
        if not answer.person:
            return Subject()
        known = self.people[answer.person]
        beside = frozenset(names) - known.person.identities | known.shared.intersection(names)
        mine, key = self.subjects.setdefault(answer.person, {}), (answer.known, beside)
        if key not in mine:
            profile = self.agreed(known, beside)
            mine[key] = Subject(
                person=answer.person,
                known=answer.known,
                profile=of_profile(profile, self.routes.mapping) if profile.items else NO_SIGNALS,
                attributes=known.attributes,
                requests=known.requests,
                version=known.version,
            )
        return mine[key]

    def agreed(self, known: KnownPerson, beside: frozenset[Identity]) -> Profile:
        """What somebody agreed to under their own names, and under others that an event carries beside."""
        if known.person.bound or beside:
            return self.agreed_with_others(known, beside)
        names = known.person.identities - known.shared
        return agreed([self.identifier_consents[name] for name in names if name in self.identifier_consents])

    def agreed_with_others(self, known: KnownPerson, beside: frozenset[Identity]) -> Profile:
        """The same where refusals under names the person does not go by hold, too (`person_of.binding_names`)."""
        person, names = known.person, (known.person.identities - known.shared) | beside
        ids = {one for name in beside for one in self.by_name.get(name, ()) if one != person.id}
        people = [self.people[one].person for one in ids]
        if crowded((person, *people) if self.rules.strategy is Strategy.MERGE else (person,)):
            return REFUSED_FOR_GOOD
        said = [self.identifier_consents[name] for name in names if name in self.identifier_consents]
        others = binding_names(person, people, self.rules) - names
        return agreed(
            said + [refused(self.identifier_consents[name]) for name in others if name in self.identifier_consents]
        )

    def settled(self, size: int) -> IngestResult:
        """Everything that came of the batch."""
        return IngestResult(
            tuple(self.kept),
            tuple(compiled.connection for compiled in self.routes.compiled),
            self.tally.settled(),
            tuple(self.intents),
            tuple(self.dropped),
            tuple(self.repeated),
            self.suppressed,
            check_batch(size, len(self.dropped)),
            tuple(self.evaluated),
        )


def joined(one: KnownPerson, others: list[KnownPerson]) -> KnownPerson:
    """Several people as one: whatever restricts one of them restricts all."""
    everybody = [one, *others]
    return replace(
        one,
        shared=frozenset[Identity]().union(*(each.shared for each in everybody)),
        attributes={name: value for each in reversed(everybody) for name, value in each.attributes.items()},
        suppressed=any(each.suppressed for each in everybody),
        requests=frozenset[PrivacyRequestKind]().union(*(each.requests for each in everybody)),
    )


def as_profile(state: EventConsent, mapping: PurposeMapping, now: int) -> Profile:
    """What an event said about purposes, as items of a profile; a purpose without an item is not remembered.

    With times we believe: none lies ahead of `now`.
    """
    items: dict[str, Item] = {}
    for key, bit in mapping.item_bits.items():
        said = [Item(statuses(voice.yes & bit), voice.at) for voice in state.signals if (voice.yes | voice.no) & bit]
        if said:
            one = max(said, key=lambda item: (not item.granted, item.at))
            items[key] = replace(one, at=believed(one.at, now, granted=one.granted))
    return Profile(items)


def statuses(granted: int) -> PurposeStatus:
    """A plain yes or no."""
    return PurposeStatus.ACTIVE if granted else PurposeStatus.OPT_OUT


def differing(said: Profile, known: Profile) -> Profile:
    """What was said, without the items that only repeat what is known."""
    new = {
        key: item
        for key, item in said.items.items()
        if key not in known.items or known.items[key].granted != item.granted
    }
    return Profile(new)
