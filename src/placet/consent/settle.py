"""A pressed button, settled: answers, profile, proof, and what the device must remember."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.banner import DAY, Ask, Facts, Sync, must_ask
from placet.consent.choices import Choices, Ruling, recall
from placet.consent.interactions import INTERACTIONS, Effect, Interaction
from placet.consent.items import answered, string_items, sync_state, told_by
from placet.consent.journeys import Journey, journey, travel
from placet.consent.person import Person, masked
from placet.consent.press import NOTHING, AgeGate, Stated, pressed
from placet.consent.profile import Profile, merge
from placet.consent.receipt import Receipt, Signals, entries
from placet.consent.regions import Place
from placet.consent.site import Publication, Stage
from placet.formats.sealed import Remembered

BY_RECORD: Final = {row.record: row for row in INTERACTIONS.values()}
CONFIRM: Final = INTERACTIONS["PREFERENCE_CENTER_CONFIRM"]


class Call(Struct, frozen=True):
    """What every call brings: who speaks from where, what the device remembers, and our own clock (epoch ms).

    `fetches` says that the person's profile takes part.
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


class Press(Struct, frozen=True):
    """What a save brings: the button, what its body states, and what the company wants noted beside it."""

    interaction: Interaction
    stated: Stated = NOTHING
    age: AgeGate | None = None
    explicit_only: bool = False
    user_agent: str = ""
    data: dict[str, str] = {}


class Standpoint(Struct, frozen=True):
    """Where a person stands at a call: answers, whether to ask them, and what their device must remember."""

    choices: Choices
    ask: Ask
    memory: Remembered
    consented_at: int | None


class Settled(Struct, frozen=True):
    """What a save comes to. `profile` is None when none is to be kept, `receipt` None when nothing was chosen."""

    standpoint: Standpoint
    profile: Profile | None
    receipt: Receipt | None
    journey: Journey | None = None


def look(call: Call, profile: Profile | None) -> Standpoint:
    """Where a person stands when they only ask: nothing is chosen, nothing kept."""
    taking_part = profile if call.fetches else None
    memory = downloaded(call, taking_part) if taking_part else call.remembered
    return standpoint(call, recall(call.ruling, choices_of(memory)), memory, taking_part)


def settle(call: Call, press: Press, profile: Profile | None, receipt_id: str, pseudonym: str) -> Settled:
    """A press, settled.

    1. What holds now: the profile's answers over the device's.
    2. The press changes the answers; or, at a login, device and profile are brought together.
    3. The answers become items and join the profile, when the person is known and the site has a consent group.
    4. A choice leaves a receipt.
    5. The device is told what to remember, and whether it must ask again.
    """
    if press.interaction.effect is Effect.SYNC:
        return settle_login(call, press, profile, receipt_id, pseudonym)
    before = downloaded(call, profile) if profile else call.remembered
    age = press.age or remembered_age(before)
    choices = pressed(call.ruling, recall(call.ruling, choices_of(before)), press.interaction, press.stated, age)
    kept = joined(call, press, choices, profile) if call.fetches and press.interaction.counts else None
    memory = remember(call, press, choices, before, age)
    return Settled(
        standpoint=standpoint(call, choices, memory, kept or profile),
        profile=kept,
        receipt=write_receipt(call, press, choices, receipt_id, pseudonym, kept or profile),
    )


def settle_login(call: Call, press: Press, profile: Profile | None, receipt_id: str, pseudonym: str) -> Settled:
    """A login: the four journeys of cmp-api.md §15.2. Without a proven identity nothing is created or changed."""
    group = call.publication.site.group
    if not call.fetches or group is None:
        return Settled(look(call, None), None, None)
    device = device_profile(call)
    way = journey(group.override, profile, device)
    after = travel(way, profile, device)
    if after is None:
        return Settled(look(call, None), None, None, way)
    memory = downloaded(call, after)
    choices = recall(call.ruling, choices_of(memory))
    changed = after != profile
    if changed:
        after = replace(after, receipt=receipt_id)
    receipt = write_receipt(call, press, choices, receipt_id, pseudonym, after) if changed else None
    return Settled(standpoint(call, choices, memory, after), after if changed else None, receipt, way)


def device_profile(call: Call) -> Profile | None:
    """The device's own answers as a profile; None when no explicit choice was made on it."""
    memory = call.remembered
    if memory.last_consent is None:
        return None
    interaction = BY_RECORD.get(memory.last_interaction, CONFIRM)
    choices = recall(call.ruling, choices_of(memory))
    items = answered(call.ruling, choices, interaction, memory.last_consent, call.now)
    strings = string_items(call.signals, memory.last_consent, call.now)
    return Profile(
        items=items | strings,
        last_interaction=min(memory.last_consent, call.now),
        country=call.place.country,
        region=call.place.region,
    )


def joined(call: Call, press: Press, choices: Choices, profile: Profile | None) -> Profile:
    """The profile with this press's answers in it."""
    items = answered(
        call.ruling,
        choices,
        press.interaction,
        call.now,
        call.now,
        stated=press.stated,
        explicit_only=press.explicit_only,
    )
    spoken = Profile(
        items=items | string_items(call.signals, call.now, call.now),
        last_interaction=call.now,
        country=call.place.country,
        region=call.place.region,
    )
    return merge(profile, spoken) if profile else spoken


def standpoint(call: Call, choices: Choices, memory: Remembered, profile: Profile | None) -> Standpoint:
    """The answers, the decision whether to ask, and the memory the device takes away."""
    ask = must_ask(facts(call, memory, profile if call.fetches else None))
    return Standpoint(choices, ask, launched(call, memory, ask), memory.last_consent)


def facts(call: Call, memory: Remembered, profile: Profile | None) -> Facts:
    """What the banner decision looks at, gathered from a call."""
    rule, publication = call.ruling.rule, call.publication
    sync = sync_state(call.ruling, profile, publication.reconsent_at, call.now) if profile else Sync.UNKNOWN
    expires = memory.expires if memory.expires is not None and memory.expires > 0 else None
    return Facts(
        now=call.now,
        rule_shows=rule.show_banner,
        iab=rule.iab,
        sync=sync,
        consented_at=None if memory.last_consent is None else min(memory.last_consent, call.now),
        expires_at=expires,
        reconsent_at=publication.reconsent_at,
        holds_for=rule.reconsent_days * DAY or None,
        tc_holds_for=rule.iab_reconsent_days * DAY or None,
        tc_updated=memory.last_consent if call.signals.tc else None,
    )


def choices_of(memory: Remembered) -> Choices:
    """The answers inside a device's memory."""
    return Choices(memory.groups, memory.legitimate, memory.sdks, memory.vendors, memory.universal, memory.options)


def remembered_age(memory: Remembered) -> AgeGate | None:
    """The age range the person gave on this device, if any."""
    if memory.age_lower is None and memory.age_upper is None:
        return None
    return AgeGate(memory.age_lower, memory.age_upper)


def with_choices(memory: Remembered, choices: Choices) -> Remembered:
    """The memory with these answers; those about groups of elsewhere stay, for the day the device is there again."""
    return replace(
        memory,
        groups=memory.groups | choices.groups,
        legitimate=memory.legitimate | choices.legitimate,
        sdks=memory.sdks | choices.sdks,
        vendors=memory.vendors | choices.vendors,
        universal=memory.universal | choices.universal,
        options=memory.options | choices.options,
    )


def remember(call: Call, press: Press, choices: Choices, before: Remembered, age: AgeGate | None) -> Remembered:
    """What the device remembers after a press; one that is no choice leaves answers and dates alone."""
    if not press.interaction.counts:
        return before
    days = call.ruling.rule.reconsent_days
    return replace(
        with_choices(before, choices),
        last_consent=call.now,
        last_interaction=press.interaction.record,
        expires=call.now + days * DAY if days else None,
        age_lower=age.lower if age else None,
        age_upper=age.upper if age else None,
    )


def downloaded(call: Call, profile: Profile) -> Remembered:
    """The device's memory with the profile's answers and dates in place of its own (cmp-api.md §12, life cycle)."""
    days = call.ruling.rule.reconsent_days
    told = recall(call.ruling, told_by(call.ruling, profile))
    last = profile.last_interaction or None
    return replace(
        with_choices(call.remembered, told),
        last_consent=last,
        expires=last + days * DAY if last and days else None,
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
    call: Call, press: Press, choices: Choices, id: str, pseudonym: str, profile: Profile | None
) -> Receipt:
    """The receipt of a press; one that is no choice is receipted too, as NOTGIVEN throughout."""
    site, rule, publication = call.publication.site, call.ruling.rule, call.publication
    person = call.person
    said_at = call.remembered.last_consent if press.interaction.effect is Effect.SYNC else None
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
        purposes=entries(call.ruling, choices, press.interaction),
        choices=choices,
        group=site.group.id if site.group and profile else "",
        identifier_type=person.identifier_type,
        country=call.place.country,
        region=call.place.region,
        signals=call.signals,
        said_at=said_at,
        data=press.data | ({"UserAgent": press.user_agent} if press.user_agent else {}),
        test=publication.stage is Stage.TEST,
    )
