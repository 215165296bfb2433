"""What the device takes away from a call: the memory it will send along with the next one."""

from msgspec.structs import replace

from placet.consent.banner import DAY, Ask
from placet.consent.call import Call, Press
from placet.consent.choices import Choices, Ruling
from placet.consent.memory import answered_in, with_choices
from placet.consent.opt_outs import STRING, switched_off
from placet.consent.profile import Profile
from placet.consent.receipt import Signals
from placet.consent.strings import Strings
from placet.formats.sealed import Remembered


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


def noting(memory: Remembered, ruling: Ruling, strings: Strings, now: int) -> Remembered:
    """The memory, with since when the strings handed out opt out: the device will send them back as a signal."""
    off = switched_off(ruling, Signals(gpp=strings.gpp, usp=strings.usp)) if strings.us else {}
    fresh = {kind: memory.signals.get(kind, now) for kind in off if kind == STRING}
    return replace(memory, signals=memory.signals | fresh) if fresh else memory


def with_strings(call: Call, memory: Remembered, strings: Strings) -> Remembered:
    """The memory with the strings handed out, once there is something in them to forget."""
    given = call.signals
    if memory.last_consent is None and not (given.tc or given.ac or given.gpp):
        return memory
    tc, ac = strings.tc or given.tc or memory.tc, strings.ac or given.ac
    gpp = strings.gpp if strings.us else memory.gpp or given.gpp
    if (tc, ac, gpp) == (memory.tc, memory.ac, memory.gpp):
        return memory
    return replace(memory, tc=tc, ac=ac, gpp=gpp)
