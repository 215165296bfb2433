"""A pressed button, settled: answers, profile, proof, and what the device must remember."""

from operator import is_
from typing import Final

from msgspec.structs import replace

from placet.consent.banner import DAY, Facts, Sync, must_ask
from placet.consent.call import Call as Call
from placet.consent.call import Press as Press
from placet.consent.call import Settled as Settled
from placet.consent.call import Standpoint as Standpoint
from placet.consent.choices import NO_CHOICES, Choices, recall
from placet.consent.interactions import INTERACTIONS, Effect
from placet.consent.items import answers_of, items_left, items_of, stale_items, string_items, sync_state, told_by
from placet.consent.journeys import journey, travel
from placet.consent.memory import age_of, answered_in, choices_of, chosen_at, expires_at, with_choices
from placet.consent.opt_outs import (
    believable,
    dated,
    kept_dates,
    lasting,
    newest,
    signal_items,
    since,
    switched_off,
    without,
)
from placet.consent.person import masked
from placet.consent.press import admitted, pressed
from placet.consent.profile import Item, Profile, Rank, merge
from placet.consent.receipt import Receipt, entries
from placet.consent.remembering import downloaded, launched, noting, remember, with_strings
from placet.consent.site import Stage
from placet.consent.stamps import TRUSTED_AHEAD, believed, mirrored
from placet.consent.strings import (
    NO_STRINGS,
    NOT_HEARD,
    Heard,
    Strings,
    answers_in,
    hear,
    hear_remembered,
    held,
    pressed_strings,
    restrung,
)
from placet.formats.sealed import Remembered

BY_RECORD: Final = {row.record: row for row in INTERACTIONS.values()}
CONFIRM: Final = INTERACTIONS["PREFERENCE_CENTER_CONFIRM"]


def look(call: Call, profile: Profile | None) -> Standpoint:
    """Where a person stands when they only ask: nothing is chosen, nothing kept."""
    known = profile if call.takes_part else None
    call = heeding(call, known)
    seen = with_device(call, known)
    heard = hear(call.ruling, call.signals, seen)
    spoken = signalled(call, seen)
    told = told_by(call.ruling, spoken, call.now) if spoken else NO_CHOICES
    choices = holding(call, seen, told, heard)
    speaks = seen is not None and seen.last_interaction > 0
    strings = held(call.ruling, heard, choices, speaks, call.language, call.now, call.signals.gpc)
    if seen is not known:
        return standpoint(call, choices, call.remembered, known, strings, heard, settled=False)
    return standpoint(call, choices, downloaded(call, known, choices, told), known, strings, heard)


def settle(call: Call, press: Press, profile: Profile | None, receipt_id: str, pseudonym: str) -> Settled:
    """A press, settled. Where the rule keeps no records neither receipt nor profile is written.

    1. What holds now: the profile's answers, else the device's.
    2. The press changes the answers; or, at a login, device and profile are brought together.
    3. The answers become items and join the profile, when the person is known and the site has a consent group.
    4. What the profile holds against the press (a hard opt-out, say) is what the device is told.
    5. A receipt is written, and the device is told what to remember and whether it must ask again.
    """
    found = profile if call.takes_part else None
    call = heeding(aged(call, press), found)
    if press.interaction.effect is Effect.SYNC:
        return settle_login(call, press, found, receipt_id, pseudonym)
    ruling, seen, age = call.ruling, with_device(call, found, receipt_id), age_of(call.remembered)
    heard, known = hear(ruling, call.signals, seen), signalled(call, seen)
    told = told_by(ruling, known, call.now, press.interaction.overwrites) if known else NO_CHOICES
    before = holding(call, known, told, heard)
    after = pressed(ruling, before, press.interaction, press.stated, age)
    answers = answers_of(ruling, press.interaction, before, after, press.stated, explicit_only=press.explicit_only)
    items = given(call, press, after, answers, known)
    vendors = heard if heard.tc else hear_remembered(ruling, call.signals, seen, call.remembered.tc)
    strings = pressed_strings(ruling, press, vendors, after, call.language, call.now, call.signals.gpc)
    signals = strings.signals(call.signals)
    call = call if signals is call.signals else replace(call, signals=signals)
    kept = joined(call, press, items, known, receipt_id) if call.takes_part and ruling.rule.records else None
    # Nothing was chosen, and the device has nothing of its own: it is told what the profile holds, dates included.
    memory = downloaded(call, found, before, told) if kept is None and seen is found else call.remembered
    if kept and not stands(call, press, items, kept):
        after, memory, items = as_kept(call, items, kept)
        strings = restrung(ruling, strings, after, call.language, call.now, call.signals.gpc)
        call, kept = restated(call, kept, strings)
    memory = noting(remember(call, press, memory, after, answers), ruling, strings, call.now)
    receipt = write_receipt(call, press, after, items, receipt_id, pseudonym) if ruling.rule.records else None
    renewed = press.interaction.renews
    return Settled(standpoint(call, after, memory, kept or known, strings, heard, pressed=renewed), kept, receipt)


def restated(call: Call, kept: Profile, strings: Strings) -> tuple[Call, Profile]:
    """Call and profile with the strings that the profile left of a press, where these are others."""
    signals = strings.signals(call.signals)
    if signals == call.signals:
        return call, kept
    written = string_items(call.ruling, signals, call.now, call.now)
    return replace(call, signals=signals), replace(kept, items=kept.items | written)


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
    after = with_signals(call, after or known) or after
    if after is None or same_answers(after, known):
        return Settled(look(call, known), None, None, way)
    stand = look(call, after)
    receipt = write_receipt(call, press, stand.choices, after.items, receipt_id, pseudonym)
    return Settled(stand, after, receipt, way)


def same_answers(one: Profile, other: Profile | None) -> bool:
    """True when two memories hold the same answers of the same time, whichever receipt they name."""
    return other is not None and one.items == other.items and one.last_interaction == other.last_interaction


def heeding(call: Call, profile: Profile | None = None) -> Call:
    """The call under the rule as opt-out signals bend it; the device remembers since when it sends them.

    What its person opted out of everywhere is held against earlier answers as a signal is.
    """
    memory = call.remembered
    off = lasting(call.ruling, switched_off(call.ruling, call.signals), memory.signals)
    if not off and not memory.signals and not memory.opted_out:
        return call
    dates = dated(off, memory.signals, kept_dates(profile.items) if profile else {}, call.now)
    opt_outs, asked = since(off, dates), believable(memory.opted_out, call.now)
    ruling = call.ruling.under(frozenset(opt_outs))
    memory = replace(memory, signals=dates, opted_out=asked)
    return replace(call, ruling=ruling, remembered=memory, opt_outs=newest(opt_outs, asked))


def signalled(call: Call, profile: Profile | None) -> Profile | None:
    """The profile with a call's opt-out signals among its answers."""
    if profile is None or not call.opt_outs:
        return profile
    return merge(profile, Profile(items=signal_items(call.ruling, call.opt_outs, call.remembered.signals)))


def with_signals(call: Call, profile: Profile | None) -> Profile | None:
    """The profile with the opt-outs of a call, under a rule that keeps records; None when there is nothing to add.

    A signal needs no button: whatever a known person's device sends, their profile and other devices hear of it.
    """
    if not (call.takes_part and call.opt_outs and call.ruling.rule.records):
        return None
    merged = signalled(call, profile or Profile())
    return merged if merged is not None and merged.items != (profile.items if profile else {}) else None


def newly_signalled(call: Call, profile: Profile | None) -> Profile | None:
    """What a known person's profile must become because of the opt-out signals at a call; None when it has them."""
    return with_signals(heeding(call, profile), profile) if call.takes_part else None


def holding(call: Call, profile: Profile | None, told: Choices, heard: Heard = NOT_HEARD) -> Choices:
    """The answers that hold at a call, the device's age range observed; `told` are the profile's.

    A profile on which a banner was answered speaks alone; one without (only a newsletter, say) adds to the device.
    """
    if profile is not None and profile.last_interaction:
        own = told if heard.speaks else answers_in(call.ruling, heard, told)
    else:
        memory = call.remembered if profile is None else with_choices(call.remembered, told)
        own = answers_in(call.ruling, heard, choices_of(memory))
        own = without(call.ruling, own, call.opt_outs, chosen_at(memory, call.now)) if call.opt_outs else own
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
    # Servers stamped these answers: a grant ahead of our clock must not outweigh a refusal given meanwhile.
    granted_at = mirrored(said_at, now) if said_at <= now + TRUSTED_AHEAD else 1
    items = items_of(ruling, answered_in(choices_of(memory), choices), said_at, now)
    items = {key: replace(item, at=min(item.at, granted_at)) if item.granted else item for key, item in items.items()}
    if interaction.silent:
        items |= items_left(ruling, choices, interaction, believed(granted_at, now, granted=True), {})
    signals = call.signals if call.signals.tc else replace(call.signals, tc=memory.tc)
    return Profile(
        items=items | string_items(ruling, signals, said_at, now),
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
    strings: Strings,
    heard: Heard,
    *,
    pressed: bool = False,
    settled: bool = True,
) -> Standpoint:
    """The answers, the decision whether to ask, and the memory the device takes away.

    A device whose own answers the profile does not have yet (not `settled`) keeps them as they are, still anonymous.
    """
    seen = facts(call, memory, profile, heard, pressed=pressed)
    ask = must_ask(seen)
    after = launched(call, memory, ask)
    if not settled:
        after = replace(after, is_anonymous=int(memory.is_anonymous != 0))
    heeded = settled and (pressed or heard.tc is not None or call.ruling.framework is None)
    after = with_strings(call, after, strings if heeded else replace(strings, tc="") if settled else NO_STRINGS)
    return Standpoint(choices, ask, after, seen.consented_at, strings)


def facts(
    call: Call, memory: Remembered, profile: Profile | None, heard: Heard = NOT_HEARD, *, pressed: bool = False
) -> Facts:
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
        tc_updated=now if pressed else tc_updated(call, heard, consented_at),
        tc_outdated=heard.outdated and not pressed,
    )


def aged(call: Call, press: Press) -> Call:
    """The call with the age range that was just given in the device's memory: it governs what holds from now on."""
    if not press.age:
        return call
    lower, upper = press.age.lower, press.age.upper
    return replace(call, remembered=replace(call.remembered, age_lower=lower, age_upper=upper, age_at=call.now))


def tc_updated(call: Call, heard: Heard, consented_at: int | None) -> int | None:
    """When the TC string that counts was last changed (epoch ms); None without one, or with one nobody can read."""
    if call.ruling.framework is None:
        return consented_at if call.signals.tc else None
    return round(heard.tc.updated.timestamp() * 1000) if heard.tc else None


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
