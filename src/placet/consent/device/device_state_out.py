"""The device state returned for a request; the device sends it with the next one."""

from msgspec.structs import replace

from placet.consent.choices.opt_out_signals import STRING, switched_off
from placet.consent.context import InteractionInput, RequestContext
from placet.consent.device.device_state import answered_in, with_choices
from placet.consent.profile.profile import Profile
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.banner import DAY, Ask
from placet.consent.rules.effective_rule import Choices, EffectiveRule
from placet.consent.strings.strings import OutgoingStrings
from placet.formats.onetrust.consent_string import DeviceState


def device_state_after(
    context: RequestContext,
    interaction: InteractionInput,
    device_state: DeviceState,
    choices: Choices,
    answers: Choices,
) -> DeviceState:
    """The device state after an interaction; one that is not a choice leaves answers and dates unchanged.

    All answers are stored when the interaction answers the banner, else only those it gave. Of universal purposes
    only the answered ones are stored.
    """
    if not interaction.interaction.counts:
        return device_state
    if not interaction.interaction.renews:
        return with_choices(device_state, answered_in(answers, choices))
    days = context.ruling.rule.reconsent_days
    universal = {id: choices.universal[id] for id in answers.universal}
    options = {id: choices.options[id] for id in answers.options}
    return replace(
        with_choices(device_state, replace(choices, universal=universal, options=options)),
        last_consent=context.now,
        last_interaction=interaction.interaction.record,
        expires=context.now + days * DAY if days else None,
    )


def downloaded(context: RequestContext, profile: Profile | None, choices: Choices, told: Choices) -> DeviceState:
    """The device state with the profile's answers and dates in place of its own (cmp-api.md §12, life cycle)."""
    device_state, days = context.remembered, context.ruling.rule.reconsent_days
    if profile is None:
        return device_state
    last = profile.last_interaction
    if not last:
        return with_choices(device_state, told)
    return replace(
        with_choices(device_state, replace(choices, universal=told.universal, options=told.options)),
        last_consent=last,
        expires=last + days * DAY if days else None,
    )


def launched(context: RequestContext, device_state: DeviceState, ask: Ask) -> DeviceState:
    """The device state with this request's time, place, person and decision."""
    return replace(
        device_state,
        last_launch=context.now,
        should_show=int(ask.show),
        person=context.person.identifier,
        app_id=context.publication.app_id,
        cdn=context.cdn or device_state.cdn,
        is_anonymous=int(not context.person.known),
        expires=device_state.expires if device_state.expires != -1 else None,
        identifier_type=context.person.identifier_type or device_state.identifier_type,
        country=context.place.country,
        region=context.place.region,
    )


def noting(device_state: DeviceState, rule: EffectiveRule, strings: OutgoingStrings, now: int) -> DeviceState:
    """The device state with the opt-out times of the returned strings: the device will send them back as a signal."""
    off = switched_off(rule, ReceiptSignals(gpp=strings.gpp, usp=strings.usp)) if strings.us else {}
    fresh = {kind: device_state.signals.get(kind, now) for kind in off if kind == STRING}
    return replace(device_state, signals=device_state.signals | fresh) if fresh else device_state


def with_strings(context: RequestContext, device_state: DeviceState, strings: OutgoingStrings) -> DeviceState:
    """The device state with the returned strings; unchanged before a first choice if the request had no strings."""
    given = context.signals
    if device_state.last_consent is None and not (given.tc or given.ac or given.gpp):
        return device_state
    tc, ac = strings.tc or given.tc or device_state.tc, strings.ac or given.ac
    gpp = strings.gpp if strings.us else device_state.gpp or given.gpp
    if (tc, ac, gpp) == (device_state.tc, device_state.ac, device_state.gpp):
        return device_state
    return replace(device_state, tc=tc, ac=ac, gpp=gpp)
