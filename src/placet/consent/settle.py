"""A pressed button, settled: answers, profile, proof, and what the device must remember."""

from operator import is_
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.banner import DAY, Ask, Facts, Sync, must_ask
from placet.consent.choices import NO_CHOICES, Choices, Ruling, recall
from placet.consent.interactions import INTERACTIONS, Effect, Interaction
from placet.consent.items import answers_of, items_left, items_of, stale_items, string_items, sync_state, told_by
from placet.consent.journeys import Journey, believed, journey, travel
from placet.consent.memory import age_of, answered_in, choices_of, chosen_at, expires_at, with_choices
from placet.consent.person import Person, masked
from placet.consent.press import NOTHING, AgeGate, Stated, admitted, pressed
from placet.consent.profile import Item, Profile, Rank, merge
from placet.consent.receipt import Receipt, Signals, entries
from placet.consent.regions import Place
from placet.consent.site import Publication, Stage
from placet.formats.sealed import Remembered

BY_RECORD: Final = {row.record: row for row in INTERACTIONS.values()}
CONFIRM: Final = INTERACTIONS["PREFERENCE_CENTER_CONFIRM"]


class Call(Struct, frozen=True):
    """What every call brings: who speaks from where, what the device remembers, and our own clock (epoch ms).

    `fetches` says that the person's profile takes part; it does only for a proven person on a site with a
    consent group.
    """

    publication: Publication
    ruling: Ruling
    person: Person
    remembered: Remembered
    place: Place
    now: int
    language: str = ""
    signals: Signals = Signals()
    fetches: bool = False
    cdn: str = ""

    @property
    def takes_part(self) -> bool:
        """True when the person's profile is read, and written where the rule keeps records."""
        return self.fetches and self.person.known and self.publication.site.group is not None


class Press(Struct, frozen=True):
    """What a save brings: the button, what its body states, and what the company wants noted beside it."""

    interaction: Interaction
    stated: Stated = NOTHING
    age: AgeGate | None = None
    explicit_only: bool = False
    user_agent: str = ""
    data: dict[str, str] = {}


class Standpoint(Struct, frozen=True):
    """Where a person stands at a call: answers, whether to ask them, and what their device must remember.

    `consented_at` is the time of their last choice (epoch ms), None when they never made one.
    """

    choices: Choices
    ask: Ask
    memory: Remembered
    consented_at: int | None


class Settled(Struct, frozen=True):
    """What a save comes to. `profile` is None when none is to be kept, `receipt` None when none is to be written."""

    standpoint: Standpoint
    profile: Profile | None
    receipt: Receipt | None
    journey: Journey | None = None


def look(call: Call, profile: Profile | None) -> Standpoint:
    """Where a person stands when they only ask: nothing is chosen, nothing kept."""
    call = heeding(call)
    known = profile if call.takes_part else None
    seen = with_device(call, known)
    told = told_by(call.ruling, seen, call.now) if seen else NO_CHOICES
    choices = holding(call, seen, told)
    if seen is not known:
        return standpoint(call, choices, call.remembered, known, settled=False)
    return standpoint(call, choices, downloaded(call, known, choices, told), known)


def settle(call: Call, press: Press, profile: Profile | None, receipt_id: str, pseudonym: str) -> Settled:
    """A press, settled. Where the rule keeps no records neither receipt nor profile is written.

    1. What holds now: the profile's answers, else the device's.
    2. The press changes the answers; or, at a login, device and profile are brought together.
    3. The answers become items and join the profile, when the person is known and the site has a consent group.
    4. What the profile holds against the press (a hard opt-out, say) is what the device is told.
    5. A receipt is written, and the device is told what to remember and whether it must ask again.
    """
    call, known = heeding(aged(call, press)), profile if call.takes_part else None
    if press.interaction.effect is Effect.SYNC:
        return settle_login(call, press, known, receipt_id, pseudonym)
    ruling, known, age = call.ruling, with_device(call, known, receipt_id), age_of(call.remembered)
    told = told_by(ruling, known, call.now, press.interaction.overwrites) if known else NO_CHOICES
    before = holding(call, known, told)
    after = pressed(ruling, before, press.interaction, press.stated, age)
    answers = answers_of(ruling, press.interaction, before, after, press.stated, explicit_only=press.explicit_only)
    items = given(call, press, after, answers, known)
    kept = joined(call, press, items, known, receipt_id) if call.takes_part and ruling.rule.records else None
    memory = call.remembered
    if kept and not stands(call, press, items, kept):
        after, memory, items = as_kept(call, items, kept)
    memory = remember(call, press, memory, after, answers)
    receipt = write_receipt(call, press, after, items, receipt_id, pseudonym) if ruling.rule.records else None
    return Settled(standpoint(call, after, memory, kept or known, pressed=press.interaction.renews), kept, receipt)


def stands(call: Call, press: Press, items: dict[str, Item], kept: Profile) -> bool:
    """True when the whole of a press is what the profile now holds, so that the press's answers are the profile's."""
    if press.interaction.silent or not press.interaction.renews or call.ruling.shares_purposes:
        return False
    held = kept.items
    return all(map(is_, map(held.get, items), items.values()))


def as_kept(call: Call, items: dict[str, Item], kept: Profile) -> tuple[Choices, Remembered, dict[str, Item]]:
    """The answers and the device's memory as the profile has them, and what is left of the press's own items.

    A profile may hold something against a press: a hard opt-out, or an answer that closing a banner leaves alone.
    """
    told = told_by(call.ruling, kept, call.now)
    choices = holding(call, kept, told)
    own = {key: item for key, item in items.items() if kept.items[key].rank is not Rank.LOCKED}
    return choices, downloaded(call, kept, choices, told), own


def settle_login(call: Call, press: Press, known: Profile | None, receipt_id: str, pseudonym: str) -> Settled:
    """A login: the four journeys of cmp-api.md §15.2. Without a proven identity nothing is created or changed."""
    group = call.publication.site.group
    if group is None or not call.takes_part:
        return Settled(look(call, None), None, None)
    device = device_profile(call, known, receipt_id) if call.ruling.rule.records else None
    way = journey(group.override, known if known and known.last_interaction else None, device)
    after = travel(way, known, device)
    if after is None or same_answers(after, known):
        return Settled(look(call, known), None, None, way)
    stand = look(call, after)
    receipt = write_receipt(call, press, stand.choices, after.items, receipt_id, pseudonym)
    return Settled(stand, after, receipt, way)


def same_answers(one: Profile, other: Profile | None) -> bool:
    """True when two memories hold the same answers of the same time, whichever receipt they name."""
    return other is not None and one.items == other.items and one.last_interaction == other.last_interaction


def heeding(call: Call) -> Call:
    """The call under the rule as a browser's opt-out signal (GPC) bends it."""
    if not call.signals.gpc or call.ruling.under_signal is call.ruling:
        return call
    return replace(call, ruling=call.ruling.under_signal)


def holding(call: Call, profile: Profile | None, told: Choices) -> Choices:
    """The answers that hold at a call, the device's age range observed; `told` are the profile's.

    A profile on which a banner was answered speaks alone; one without (only a newsletter, say) adds to the device.
    """
    if profile is None:
        own = choices_of(call.remembered)
    elif profile.last_interaction:
        own = told
    else:
        own = choices_of(with_choices(call.remembered, told))
    return admitted(call.ruling, recall(call.ruling, own), age_of(call.remembered))


def with_device(call: Call, profile: Profile | None, receipt_id: str = "") -> Profile | None:
    """The profile, with what the device would bring along if its person logged in now.

    So an anonymous refusal is not lost when a client looks, or presses, before it sends the login. `None` and the
    profile itself come back as they are when the device brings nothing.
    """
    group = call.publication.site.group
    if profile is None or group is None or not group.override:
        return profile
    device = device_profile(call, profile, receipt_id)
    merged = merge(profile, device) if device else profile
    return profile if same_answers(merged, profile) else merged


def device_profile(call: Call, known: Profile | None, receipt_id: str) -> Profile | None:
    """The device's own answers as a profile; None when it has nothing of its own to bring along.

    That is so when no explicit choice was made on it, and when its answers belong to somebody who was known
    then: to another person, or to this one, whose profile has them already.
    """
    memory, ruling, now = call.remembered, call.ruling, call.now
    if memory.last_consent is None:
        return None
    if memory.is_anonymous == 0 and not (
        memory.person == call.person.identifier and memory.last_consent > (known.last_interaction if known else 0)
    ):
        return None
    interaction, said_at = BY_RECORD.get(memory.last_interaction, CONFIRM), memory.last_consent
    choices = recall(ruling, choices_of(memory))
    items = items_of(ruling, answered_in(choices_of(memory), choices), said_at, now)
    if interaction.silent:
        items |= items_left(ruling, choices, interaction, believed(said_at, now, granted=True), {})
    return Profile(
        items=items | string_items(ruling, call.signals, said_at, now),
        last_interaction=believed(said_at, now, granted=True),
        country=call.place.country,
        region=call.place.region,
        receipt=receipt_id,
    )


def given(call: Call, press: Press, after: Choices, answers: Choices, known: Profile | None) -> dict[str, Item]:
    """The items a press gives."""
    if not press.interaction.counts:
        return {}
    items = items_of(call.ruling, answers, call.now, call.now, known)
    if press.interaction.silent:
        stale = stale_items(call.ruling, known, call.publication.reconsent_at, call.now) if known else {}
        items = {} if press.explicit_only else items_left(call.ruling, after, press.interaction, call.now, stale)
    return items


def joined(
    call: Call, press: Press, items: dict[str, Item], profile: Profile | None, receipt_id: str
) -> Profile | None:
    """The profile with a press's answers in it; None when there were none."""
    if not items and not (press.interaction.renews and profile):
        return None
    renewed = press.interaction.renews
    strings = string_items(call.ruling, call.signals, call.now, call.now)
    spoken = Profile(
        items=items | strings if strings else items,
        last_interaction=call.now if renewed else 0,
        country=call.place.country if renewed else "",
        region=call.place.region if renewed else "",
        receipt=receipt_id if renewed else "",
    )
    return merge(profile, spoken) if profile else spoken


def standpoint(
    call: Call,
    choices: Choices,
    memory: Remembered,
    profile: Profile | None,
    *,
    pressed: bool = False,
    settled: bool = True,
) -> Standpoint:
    """The answers, the decision whether to ask, and the memory the device takes away.

    A device whose own answers the profile does not have yet (not `settled`) keeps them as they are, still anonymous.
    """
    ask = must_ask(facts(call, memory, profile, pressed=pressed))
    after = launched(call, memory, ask)
    if not settled:
        after = replace(after, is_anonymous=int(memory.is_anonymous != 0))
    return Standpoint(choices, ask, after, chosen_at(memory, call.now))


def facts(call: Call, memory: Remembered, profile: Profile | None, *, pressed: bool = False) -> Facts:
    """What the banner decision looks at. A banner just answered has left a TC string of this moment (`pressed`)."""
    rule, publication, now = call.ruling.rule, call.publication, call.now
    consented_at = chosen_at(memory, now)
    return Facts(
        now=now,
        rule_shows=rule.show_banner,
        iab=rule.iab,
        sync=sync_state(call.ruling, profile, publication.reconsent_at, now) if profile else Sync.UNKNOWN,
        consented_at=consented_at,
        expires_at=expires_at(memory),
        reconsent_at=publication.reconsent_at,
        holds_for=rule.reconsent_days * DAY or None,
        tc_holds_for=rule.iab_reconsent_days * DAY or None,
        tc_updated=consented_at if call.signals.tc or pressed else None,
    )


def aged(call: Call, press: Press) -> Call:
    """The call with the age range that was just given in the device's memory: it governs what holds from now on."""
    if not press.age:
        return call
    lower, upper = press.age.lower, press.age.upper
    return replace(call, remembered=replace(call.remembered, age_lower=lower, age_upper=upper, age_at=call.now))


def remember(call: Call, press: Press, memory: Remembered, choices: Choices, answers: Choices) -> Remembered:
    """What the device remembers after a press; one that is no choice leaves answers and dates alone.

    A press that answers the banner is remembered whole, any other only by what it answered; universal purposes
    always so.
    """
    if not press.interaction.counts:
        return memory
    if not press.interaction.renews:
        return with_choices(memory, answered_in(answers, choices))
    days = call.ruling.rule.reconsent_days
    universal = {id: choices.universal[id] for id in answers.universal}
    options = {id: choices.options[id] for id in answers.options}
    return replace(
        with_choices(memory, replace(choices, universal=universal, options=options)),
        last_consent=call.now,
        last_interaction=press.interaction.record,
        expires=call.now + days * DAY if days else None,
    )


def downloaded(call: Call, profile: Profile | None, choices: Choices, told: Choices) -> Remembered:
    """The device's memory with the profile's answers and dates in place of its own (cmp-api.md §12, life cycle)."""
    memory, days = call.remembered, call.ruling.rule.reconsent_days
    if profile is None:
        return memory
    last = profile.last_interaction
    if not last:
        return with_choices(memory, told)
    return replace(
        with_choices(memory, replace(choices, universal=told.universal, options=told.options)),
        last_consent=last,
        expires=last + days * DAY if days else None,
    )


def launched(call: Call, memory: Remembered, ask: Ask) -> Remembered:
    """The memory with the marks of this call: when, where, who, and what was decided."""
    return replace(
        memory,
        last_launch=call.now,
        should_show=int(ask.show),
        person=call.person.identifier,
        app_id=call.publication.app_id,
        cdn=call.cdn or memory.cdn,
        is_anonymous=int(not call.person.known),
        expires=memory.expires if memory.expires != -1 else None,
        identifier_type=call.person.identifier_type or memory.identifier_type,
        country=call.place.country,
        region=call.place.region,
    )


def write_receipt(
    call: Call, press: Press, choices: Choices, items: dict[str, Item], id: str, pseudonym: str
) -> Receipt:
    """The receipt of a press; one that is no choice is receipted too, as NOTGIVEN throughout."""
    site, rule, publication = call.publication.site, call.ruling.rule, call.publication
    person = call.person
    return Receipt(
        id=id,
        at=call.now,
        organisation=site.organisation,
        site=site.id,
        app_id=publication.app_id,
        publication=publication.number,
        content=publication.content_hash,
        rule=rule.id,
        notice=rule.notice,
        language=call.language,
        interaction=press.interaction.record,
        person=pseudonym,
        name=person.identifier if site.keep_identifiers else masked(person.identifier),
        anonymous=not person.known,
        purposes=entries(call.ruling, items),
        choices=choices,
        group=site.group.id if site.group and call.takes_part else "",
        identifier_type=person.identifier_type,
        country=call.place.country,
        region=call.place.region,
        signals=call.signals,
        said_at=call.remembered.last_consent if press.interaction.effect is Effect.SYNC else None,
        data=press.data | ({"UserAgent": press.user_agent} if press.user_agent else {}),
        test=publication.stage is Stage.TEST,
    )
