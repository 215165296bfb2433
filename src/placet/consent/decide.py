"""Evaluates and records consent: answers, profile, receipt, and the state the device must store."""

from operator import is_
from typing import Final

from msgspec.structs import replace

from placet.consent.choices.apply_interaction import admitted, apply_interaction
from placet.consent.choices.opt_out_signals import (
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
from placet.consent.choices.profile_items import answers_of, items_left, items_of, stale_items, string_items, told_by
from placet.consent.context import ConsentStatus, Decision, InteractionInput, RequestContext
from placet.consent.device.device_state import age_of, answered_in, choices_of, chosen_at, with_choices
from placet.consent.device.device_state_out import device_state_after, downloaded, noting
from placet.consent.profile.login_merge import merge_case, merge_login
from placet.consent.profile.person import masked
from placet.consent.profile.profile import Item, Profile, Rank, merge
from placet.consent.profile.timestamps import TRUSTED_AHEAD, believed, mirrored
from placet.consent.receipt import Receipt, entries
from placet.consent.rules.effective_rule import NO_CHOICES, Choices, recall
from placet.consent.status import consent_status
from placet.consent.strings.strings import (
    NO_INCOMING_STRINGS,
    IncomingStrings,
    OutgoingStrings,
    answers_in,
    hear_remembered,
    read_strings,
    restrung,
    strings_after_interaction,
    strings_for,
)
from placet.formats.onetrust.consent_string import DeviceState
from placet.settings.interactions import INTERACTIONS, Effect
from placet.settings.site import Stage

BY_RECORD: Final = {row.record: row for row in INTERACTIONS.values()}
CONFIRM: Final = INTERACTIONS["PREFERENCE_CENTER_CONFIRM"]


def evaluate_consent(context: RequestContext, profile: Profile | None) -> ConsentStatus:
    """The consent status of a person without an interaction. Nothing is stored."""
    known = profile if context.takes_part else None
    context = apply_signals(context, known)
    seen = with_device(context, known)
    incoming = read_strings(context.ruling, context.signals, seen)
    spoken = signalled(context, seen)
    told = told_by(context.ruling, spoken, context.now) if spoken else NO_CHOICES
    choices = with_profile(context, seen, told, incoming)
    speaks = seen is not None and seen.last_interaction > 0
    strings = strings_for(context.ruling, incoming, choices, speaks, context.language, context.now, context.signals.gpc)
    if seen is not known:
        return consent_status(context, choices, context.remembered, known, strings, incoming, settled=False)
    return consent_status(context, choices, downloaded(context, known, choices, told), known, strings, incoming)


def record_choice(
    context: RequestContext, interaction: InteractionInput, profile: Profile | None, receipt_id: str, pseudonym: str
) -> Decision:
    """The decision for an interaction. If the rule keeps no records, neither receipt nor profile is written.

    1. What holds now: the profile's answers, else the device's.
    2. The interaction changes the answers; at a login, device and profile are merged.
    3. The answers become items and join the profile, when the person is known and the site has a consent group.
    4. Where the profile overrides the interaction (for example a hard opt-out), the device gets the profile's answer.
    5. A receipt is written. The device gets its new state and whether it must ask again.
    """
    found = profile if context.takes_part else None
    context = apply_signals(aged(context, interaction), found)
    if interaction.interaction.effect is Effect.SYNC:
        return record_login(context, interaction, found, receipt_id, pseudonym)
    rule, seen, age = context.ruling, with_device(context, found, receipt_id), age_of(context.remembered)
    incoming, known = read_strings(rule, context.signals, seen), signalled(context, seen)
    told = told_by(rule, known, context.now, interaction.interaction.overwrites) if known else NO_CHOICES
    before = with_profile(context, known, told, incoming)
    after = apply_interaction(rule, before, interaction.interaction, interaction.choices, age)
    answers = answers_of(
        rule, interaction.interaction, before, after, interaction.choices, explicit_only=interaction.explicit_only
    )
    items = given(context, interaction, after, answers, known)
    vendors = incoming if incoming.tc else hear_remembered(rule, context.signals, seen, context.remembered.tc)
    strings = strings_after_interaction(
        rule, interaction, vendors, after, context.language, context.now, context.signals.gpc
    )
    signals = strings.signals(context.signals)
    context = context if signals is context.signals else replace(context, signals=signals)
    kept = joined(context, interaction, items, known, receipt_id) if context.takes_part and rule.rule.records else None
    # Nothing was chosen and the device has no answers: it gets the profile's answers, dates included.
    device_state = downloaded(context, found, before, told) if kept is None and seen is found else context.remembered
    if kept and not resulting_items(context, interaction, items, kept):
        after, device_state, items = stored_items(context, items, kept)
        strings = restrung(rule, strings, after, context.language, context.now, context.signals.gpc)
        context, kept = restated(context, kept, strings)
    device_state = noting(
        device_state_after(context, interaction, device_state, after, answers), rule, strings, context.now
    )
    receipt = write_receipt(context, interaction, after, items, receipt_id, pseudonym) if rule.rule.records else None
    renewed = interaction.interaction.renews
    return Decision(
        consent_status(context, after, device_state, kept or known, strings, incoming, pressed=renewed), kept, receipt
    )


def restated(context: RequestContext, kept: Profile, strings: OutgoingStrings) -> tuple[RequestContext, Profile]:
    """Request context and profile with the strings the profile holds after the interaction, where they differ."""
    signals = strings.signals(context.signals)
    if signals == context.signals:
        return context, kept
    written = string_items(context.ruling, signals, context.now, context.now)
    return replace(context, signals=signals), replace(kept, items=kept.items | written)


def resulting_items(
    context: RequestContext, interaction: InteractionInput, items: dict[str, Item], kept: Profile
) -> bool:
    """True when the profile now holds every answer of the interaction unchanged."""
    if interaction.interaction.silent or not interaction.interaction.renews or context.ruling.shares_purposes:
        return False
    held = kept.items
    return all(map(is_, map(held.get, items), items.values()))


def stored_items(
    context: RequestContext, items: dict[str, Item], kept: Profile
) -> tuple[Choices, DeviceState, dict[str, Item]]:
    """The answers and device state according to the profile, and the interaction's items that remain.

    A profile may override an interaction: with a hard opt-out, or an answer that closing a banner does not change.
    """
    told = told_by(context.ruling, kept, context.now)
    choices = with_profile(context, kept, told)
    own = {key: item for key, item in items.items() if kept.items[key].rank is not Rank.LOCKED}
    return choices, downloaded(context, kept, choices, told), own


def record_login(
    context: RequestContext, interaction: InteractionInput, known: Profile | None, receipt_id: str, pseudonym: str
) -> Decision:
    """A login: the four cases of cmp-api.md §15.2. Without a proven identity nothing is created or changed."""
    group = context.publication.site.group
    if group is None or not context.takes_part:
        return Decision(evaluate_consent(context, None), None, None)
    device = device_profile(context, known, receipt_id) if context.ruling.rule.records else None
    way = merge_case(group.override, known if known and known.last_interaction else None, device)
    after = merge_login(way, known, device)
    after = with_signals(context, after or known) or after
    if after is None or same_answers(after, known):
        return Decision(evaluate_consent(context, known), None, None, way)
    stand = evaluate_consent(context, after)
    receipt = write_receipt(context, interaction, stand.choices, after.items, receipt_id, pseudonym)
    return Decision(stand, after, receipt, way)


def same_answers(one: Profile, other: Profile | None) -> bool:
    """True when both profiles hold the same items and date of the last choice; their receipts may differ."""
    return other is not None and one.items == other.items and one.last_interaction == other.last_interaction


def apply_signals(context: RequestContext, profile: Profile | None = None) -> RequestContext:
    """The request context with opt-out signals applied to its rule; the device state records since when it sends them.

    A global opt-out overrides earlier answers in the same way as a signal.
    """
    device_state = context.remembered
    off = lasting(context.ruling, switched_off(context.ruling, context.signals), device_state.signals)
    if not off and not device_state.signals and not device_state.opted_out:
        return context
    dates = dated(off, device_state.signals, kept_dates(profile.items) if profile else {}, context.now)
    opt_outs, asked = since(off, dates), believable(device_state.opted_out, context.now)
    rule = context.ruling.under(frozenset(opt_outs))
    device_state = replace(device_state, signals=dates, opted_out=asked)
    return replace(context, ruling=rule, remembered=device_state, opt_outs=newest(opt_outs, asked))


def signalled(context: RequestContext, profile: Profile | None) -> Profile | None:
    """The profile with a request's opt-out signals added to its answers."""
    if profile is None or not context.opt_outs:
        return profile
    return merge(profile, Profile(items=signal_items(context.ruling, context.opt_outs, context.remembered.signals)))


def with_signals(context: RequestContext, profile: Profile | None) -> Profile | None:
    """The profile with a request's opt-outs, under a rule that keeps records; None when there is nothing to add.

    A signal needs no interaction: a signal from a known person's device applies to their profile and other devices.
    """
    if not (context.takes_part and context.opt_outs and context.ruling.rule.records):
        return None
    merged = signalled(context, profile or Profile())
    return merged if merged is not None and merged.items != (profile.items if profile else {}) else None


def newly_signalled(context: RequestContext, profile: Profile | None) -> Profile | None:
    """A known person's profile with the opt-out signals of a request; None when it already has them."""
    return with_signals(apply_signals(context, profile), profile) if context.takes_part else None


def with_profile(
    context: RequestContext, profile: Profile | None, told: Choices, incoming: IncomingStrings = NO_INCOMING_STRINGS
) -> Choices:
    """The answers that hold at a request, limited by the device's age range; `told` are the profile's.

    If a banner was answered, only the profile counts; otherwise (only a newsletter, say) it adds to the device.
    """
    if profile is not None and profile.last_interaction:
        own = told if incoming.speaks else answers_in(context.ruling, incoming, told)
    else:
        device_state = context.remembered if profile is None else with_choices(context.remembered, told)
        own = answers_in(context.ruling, incoming, choices_of(device_state))
        own = (
            without(context.ruling, own, context.opt_outs, chosen_at(device_state, context.now))
            if context.opt_outs
            else own
        )
    return admitted(context.ruling, recall(context.ruling, own), age_of(context.remembered))


def with_device(context: RequestContext, profile: Profile | None, receipt_id: str = "") -> Profile | None:
    """The profile, merged with the answers the device would contribute if its person logged in now.

    So an anonymous refusal is not lost when a client reads or saves before it sends the login. `None` and the
    profile itself are returned unchanged when the device contributes nothing.
    """
    group = context.publication.site.group
    if profile is None or group is None or not group.override:
        return profile
    device = device_profile(context, profile, receipt_id)
    merged = merge(profile, device) if device else profile
    return profile if same_answers(merged, profile) else merged


def device_profile(context: RequestContext, known: Profile | None, receipt_id: str) -> Profile | None:
    """The device's own answers as a profile; None when it has none to contribute.

    It has none when no explicit choice was made on it, and when its answers belong to a person who was known
    then: to another person, or to this one, whose profile has them already.
    """
    device_state, rule, now = context.remembered, context.ruling, context.now
    if device_state.last_consent is None:
        return None
    if device_state.is_anonymous == 0 and not (
        device_state.person == context.person.identifier
        and device_state.last_consent > (known.last_interaction if known else 0)
    ):
        return None
    interaction, said_at = BY_RECORD.get(device_state.last_interaction, CONFIRM), device_state.last_consent
    choices = recall(rule, choices_of(device_state))
    # Servers stamped these answers: a grant ahead of our clock must not outweigh a refusal given meanwhile.
    granted_at = mirrored(said_at, now) if said_at <= now + TRUSTED_AHEAD else 1
    items = items_of(rule, answered_in(choices_of(device_state), choices), said_at, now)
    items = {key: replace(item, at=min(item.at, granted_at)) if item.granted else item for key, item in items.items()}
    if interaction.silent:
        items |= items_left(rule, choices, interaction, believed(granted_at, now, granted=True), {})
    signals = context.signals if context.signals.tc else replace(context.signals, tc=device_state.tc)
    return Profile(
        items=items | string_items(rule, signals, said_at, now),
        last_interaction=believed(said_at, now, granted=True),
        country=context.place.country,
        region=context.place.region,
        receipt=receipt_id,
    )


def given(
    context: RequestContext, interaction: InteractionInput, after: Choices, answers: Choices, known: Profile | None
) -> dict[str, Item]:
    """The profile items an interaction produces."""
    if not interaction.interaction.counts:
        return {}
    items = items_of(context.ruling, answers, context.now, context.now, known)
    if interaction.interaction.silent:
        stale = stale_items(context.ruling, known, context.publication.reconsent_at, context.now) if known else {}
        items = (
            {}
            if interaction.explicit_only
            else items_left(context.ruling, after, interaction.interaction, context.now, stale)
        )
    return items


def joined(
    context: RequestContext,
    interaction: InteractionInput,
    items: dict[str, Item],
    profile: Profile | None,
    receipt_id: str,
) -> Profile | None:
    """The profile with an interaction's answers in it; None when there were none."""
    if not items and not (interaction.interaction.renews and profile):
        return None
    renewed = interaction.interaction.renews
    strings = string_items(context.ruling, context.signals, context.now, context.now)
    spoken = Profile(
        items=items | strings if strings else items,
        last_interaction=context.now if renewed else 0,
        country=context.place.country if renewed else "",
        region=context.place.region if renewed else "",
        receipt=receipt_id if renewed else "",
    )
    return merge(profile, spoken) if profile else spoken


def aged(context: RequestContext, interaction: InteractionInput) -> RequestContext:
    """The request context with the age range just given in the device state; it applies from now on."""
    if not interaction.age:
        return context
    lower, upper = interaction.age.lower, interaction.age.upper
    return replace(
        context, remembered=replace(context.remembered, age_lower=lower, age_upper=upper, age_at=context.now)
    )


def write_receipt(
    context: RequestContext,
    interaction: InteractionInput,
    choices: Choices,
    items: dict[str, Item],
    id: str,
    pseudonym: str,
) -> Receipt:
    """The receipt of an interaction. One that is not a choice also gets a receipt, with NOTGIVEN for every purpose."""
    site, rule, publication = context.publication.site, context.ruling.rule, context.publication
    person = context.person
    return Receipt(
        id=id,
        at=context.now,
        organisation=site.organisation,
        site=site.id,
        app_id=publication.app_id,
        publication=publication.number,
        content=publication.content_hash,
        rule=rule.id,
        notice=rule.notice,
        language=context.language,
        interaction=interaction.interaction.record,
        person=pseudonym,
        name=person.identifier if site.keep_identifiers else masked(person.identifier),
        anonymous=not person.known,
        purposes=entries(context.ruling, items),
        choices=choices,
        group=site.group.id if site.group and context.takes_part else "",
        identifier_type=person.identifier_type,
        country=context.place.country,
        region=context.place.region,
        signals=context.signals,
        said_at=context.remembered.last_consent if interaction.interaction.effect is Effect.SYNC else None,
        data=interaction.data | ({"UserAgent": interaction.user_agent} if interaction.user_agent else {}),
        test=publication.stage is Stage.TEST,
    )
