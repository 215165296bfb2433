"""The consent an event carries, whatever dialect it says it in: which purposes, since when, and by what.

    where in the event                                   what it says
    context.consent.categoryPreferences {C0002: true}    true or false for each category  (segment.md §4.1)
    context.onetrust, context.consent.onetrust           "C0001:1,C0002:0" or ",C0001,"   (segment.md §5)
    consent_state.gdpr {marketing: {consented: true}}    agreed or not                    (mparticle.md §1.6)
    consent_state.ccpa {data_sale_opt_out: {…}}          true: opted *out* of sale        (mparticle.md §1.6, §11.1)
    is_opted_out                                         true: refuses everything         (mparticle.md §1.4, opt_out)

A carrier that lists categories speaks for all of them: listed is agreed to, not listed is refused (seeds 000
and 002). Where two carriers differ, the refusal binds. A carrier that cannot be read refuses everything it
could have granted. Purposes are bits, as `PurposeMapping.bits` deals them out.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from msgspec import Struct

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.profile.timestamps import EARLIEST, believed
from placet.events.fields import EventFields
from placet.events.policy.purposes import SALE, PurposeMapping, spelled
from placet.settings.connections import ConsentBasis

PREFERENCES: Final = "context.consent.categoryPreferences"
SALE_OPT_OUT: Final = "datasaleoptout"
"""`data_sale_opt_out`, in whatever way its words are joined."""

UNJOINED: Final = str.maketrans("", "", "_- ")

USUAL_LENGTH: Final = 256


class ConsentSignal(Struct, frozen=True):
    """One answer: the purposes it grants and those it refuses, since when (epoch ms), and by what."""

    by: str
    at: int
    yes: int = 0
    no: int = 0


class EventConsent(Struct, frozen=True, omit_defaults=True):
    """All the answers found in one place. `strangers` are words that no purpose was found for."""

    signals: tuple[ConsentSignal, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def masks(self) -> tuple[int, int]:
        """The purposes granted and those refused; what is in neither is unknown."""
        yes = no = 0
        for signal in self.signals:
            yes, no = yes | signal.yes, no | signal.no
        return yes & ~no, no

    @property
    def prefers(self) -> bool:
        """Did the event carry category preferences, the only consent that Segment itself enforces?"""
        return any(signal.by.startswith(PREFERENCES) for signal in self.signals)


NO_SIGNALS: Final = EventConsent()


def stricter(event: EventConsent, profile: EventConsent) -> tuple[int, int]:
    """`ConsentBasis.STRICTER`."""
    yes, no = event.masks
    if profile is NO_SIGNALS:
        return yes, no
    also_yes, also_no = profile.masks
    return (yes | also_yes) & ~(no | also_no), no | also_no


RESOLVERS: Final[tuple[Callable[[EventConsent, EventConsent], tuple[int, int]], ...]] = (
    lambda event, _: event.masks,
    lambda _, profile: profile.masks,
    stricter,
    lambda event, profile: latest_signal((*event.signals, *profile.signals)),
)
"""For each truth, in the order of `ConsentBasis`: the purposes granted and refused by the consent that counts."""

PLACE: Final = {basis: place for place, basis in enumerate(ConsentBasis)}
"""Where a truth stands in BELIEVE."""


def latest_signal(signals: Iterable[ConsentSignal]) -> tuple[int, int]:
    """What remains when everybody speaks in the order of time, refusals last at each moment."""
    yes = no = 0
    for _, group in groupby(sorted(signals, key=attrgetter("at")), key=attrgetter("at")):
        granted, refused = EventConsent(tuple(group)).masks
        yes, no = (yes | granted) & ~refused, (no | refused) & ~granted
    return yes, no


def consented_by(purpose: str, signals: Iterable[ConsentSignal], mapping: PurposeMapping) -> tuple[ConsentSignal, ...]:
    """Everybody who said something about a purpose, the newest first: how an answer is explained."""
    bit = mapping.mask((purpose,))
    return tuple(sorted((v for v in signals if (v.yes | v.no) & bit), key=lambda signal: -signal.at))


def read_state(facts: EventFields, at: int, mapping: PurposeMapping, received: int = 0) -> EventConsent:
    """The consent an event carries. `at` dates what has no date of its own. Raises as `EventFields` does.

    Where it is told when the event was received, no answer is later than that, and no refusal implausibly old.
    """
    received = received if received >= EARLIEST else 0
    at = min(at, received) if received else at
    context, consent_state = facts["context"], facts["consent_state"]
    signals: list[ConsentSignal] = []
    strangers: tuple[str, ...] = ()
    if context is not None:
        signals.extend(read_context(context, at, mapping))
    if consent_state is not None:
        found = list(read_consent_state(consent_state, at, mapping, received))
        signals.extend(signal for signal in found if isinstance(signal, ConsentSignal))
        strangers = tuple(name for name in found if isinstance(name, str))
    if "is_opted_out" in facts.fields and facts["is_opted_out"] is not False:
        signals.append(ConsentSignal("is_opted_out", at, no=mapping.declared_mask | mapping.bits[SALE]))
    return EventConsent(tuple(signals), strangers) if signals or strangers else NO_SIGNALS


def read_context(context: Any, at: int, mapping: PurposeMapping) -> Iterator[ConsentSignal]:
    """The carriers under `context`. Where that is no object, nobody knows what they would have said."""
    if not isinstance(context, dict):
        yield listed("context", at, None, mapping)
        return
    if "onetrust" in context:
        yield listed("context.onetrust", at, grouped(context["onetrust"]), mapping)
    consent = context.get("consent")
    if not isinstance(consent, dict):
        yield from () if consent is None else (listed("context.consent", at, None, mapping),)
        return
    if "onetrust" in consent:
        yield listed("context.consent.onetrust", at, grouped(consent["onetrust"]), mapping)
    preferences = consent.get("categoryPreferences", consent.get("categoryPreference", consent))
    if preferences is not consent:
        yield listed(PREFERENCES, at, preferred(preferences), mapping)


def preferred(said: Any) -> frozenset[str] | None:
    """The categories an object of preferences grants; None when it is no object."""
    return frozenset([name for name, yes in said.items() if yes is True]) if isinstance(said, dict) else None


def grouped(said: Any) -> frozenset[str] | None:
    """The groups a comma list grants; None when it is no text."""
    if not isinstance(said, str):
        return None
    return known_groups(said) if len(said) <= USUAL_LENGTH else groups(said)


def listed(by: str, at: int, granted: frozenset[str] | None, mapping: PurposeMapping) -> ConsentSignal:
    """Every mapped category answers: those granted yes, all others no."""
    if granted is None:
        by, granted = f"{by} (unreadable)", frozenset()
    yes = no = 0
    for category, bit in mapping.category_bits.items():
        if category in granted:
            yes |= bit
        else:
            no |= bit
    return ConsentSignal(by, at, yes & ~no, no)


def groups(text: str) -> frozenset[str]:
    """The groups a comma list grants: `C0002:1`, and the bare `C0002`."""
    parts = (part.strip().partition(":") for part in text.split(","))
    return frozenset(group for group, _, flag in parts if group and flag in ("", "1"))


known_groups: Final = lru_cache(maxsize=4096)(groups)
"""The same, remembered: most people chose one of a few combinations."""


def read_consent_state(said: Any, at: int, mapping: PurposeMapping, received: int = 0) -> Iterator[ConsentSignal | str]:
    """The records of both regulations, and the names of purposes nobody declared."""
    sale = mapping.bits[SALE]
    for gdpr in regulated(said, "gdpr"):
        if not isinstance(gdpr, dict | None):
            yield ConsentSignal("consent_state.gdpr (unreadable)", at, no=mapping.declared_mask)
        for name, consented, when in records(gdpr, at):
            bit = 0 if name == SALE else mapping.bits.get(name, 0)
            yield dated("consent_state.gdpr", when, received, bit, consented is True) if bit else name
    for ccpa in regulated(said, "ccpa"):
        if not isinstance(ccpa, dict | None):
            yield ConsentSignal("consent_state.ccpa (unreadable)", at, no=sale)
        for name, opted_out, when in records(ccpa, at):
            about_sale = name.translate(UNJOINED) == SALE_OPT_OUT
            yield dated("consent_state.ccpa", when, received, sale, opted_out is False) if about_sale else name


def regulated(said: Any, regulation: str) -> list[Any]:
    """What a consent state says under a regulation, in any case of its name; "" where nobody can tell."""
    if not isinstance(said, dict):
        return [""]
    return [value for name, value in said.items() if name.casefold().strip() == regulation]


def signal_of(by: str, at: int, bit: int, granted: bool) -> ConsentSignal:
    """An answer about one purpose."""
    return ConsentSignal(by, at, bit, 0) if granted else ConsentSignal(by, at, 0, bit)


def dated(by: str, when: int, received: int, bit: int, granted: bool) -> ConsentSignal:
    """An answer with a time of its own, as far as that is believed."""
    return signal_of(by, believed(when, received, granted=granted) if received else when, bit, granted)


def records(said: Any, at: int) -> Iterator[tuple[str, Any, int]]:
    """Purpose, `consented` and time of each record; a purpose set to null was taken back and is left out."""
    for name, record in said.items() if isinstance(said, dict) else ():
        if record is not None:
            found = record if isinstance(record, dict) else {}
            time = found.get("timestamp_unixtime_ms")
            yield spelled(name), found.get("consented"), time if type(time) is int else at


class EventStrings(Struct, frozen=True):
    """Standards' strings that came along, as they were sent."""

    tcf: str = ""
    gpp: str = ""
    usp: str = ""


def read_signals(facts: EventFields) -> EventStrings:
    """Standards' strings under context.consent, where they are texts. Raises as `EventFields` does."""
    found = (facts.at("context", "consent", name) for name in ("tcString", "gppString", "uspString"))
    return EventStrings(*(text if isinstance(text, str) else "" for text in found))


EVERYTHING: Final = "*"
"""The item that refuses every purpose of somebody whose refusals can no longer all be found."""

REFUSED_FOR_GOOD: Final = Profile({EVERYTHING: Item(PurposeStatus.OPT_OUT, 253_402_300_799_999)})
"""Dated at the end of the year 9999: no answer is later."""


def of_profile(profile: Profile, mapping: PurposeMapping) -> EventConsent:
    """What a person's profile says about the workspace's purposes; an item nobody answered is unknown."""
    if EVERYTHING in profile.items:
        return EventConsent((signal_of("profile", profile.items[EVERYTHING].at, sum(mapping.bits.values()), False),))
    return EventConsent(
        tuple(
            signal_of("profile", item.at, mapping.item_bits[key], item.granted)
            for key, item in profile.items.items()
            if key in mapping.item_bits and item.status is not PurposeStatus.NO_CONSENT
        )
    )
