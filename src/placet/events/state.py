"""The consent an event carries, whatever dialect it says it in: which purposes, since when, and by what.

    where in the event                                   what it says
    context.consent.categoryPreferences {C0002: true}    true or false for each category  (segment.md §4.1)
    context.onetrust, context.consent.onetrust           "C0001:1,C0002:0" or ",C0001,"   (segment.md §5)
    consent_state.gdpr {marketing: {consented: true}}    agreed or not                    (mparticle.md §1.6)
    consent_state.ccpa {data_sale_opt_out: {…}}          true: opted *out* of sale        (mparticle.md §1.6, §11.1)

A carrier that lists categories speaks for all of them: listed is agreed to, not listed is refused (seeds 000
and 002). Where two carriers differ, the refusal binds. A carrier that cannot be read refuses everything.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from placet.consent.profile import Profile, Standing
from placet.events.facts import Facts
from placet.events.purposes import SALE, Mapping, spelled

SALE_OPT_OUT: Final = "data_sale_opt_out"
UNASKED: Final = frozenset({Standing.NO_CONSENT})


class Said(Struct, frozen=True):
    """One answer: yes or no, since when (epoch ms), and by what (the place it was read from)."""

    granted: bool
    at: int
    by: str


class Signals(Struct, frozen=True):
    """Standards' strings that came along, as they were sent."""

    tcf: str = ""
    gpp: str = ""
    usp: str = ""


class State(Struct, frozen=True):
    """Which purposes were granted or refused; a purpose that is not here is unknown.

    `stated` tells an event that listed nothing from one that said nothing; `strangers` are words no purpose
    was found for.
    """

    answers: dict[str, Said] = {}
    stated: bool = False
    signals: Signals = Signals()
    strangers: tuple[str, ...] = ()

    def masks(self, bits: dict[str, int]) -> tuple[int, int]:
        """The purposes granted and those refused, as bits."""
        yes = no = 0
        for purpose, said in self.answers.items():
            bit = bits.get(purpose, 0)
            yes, no = (yes | bit, no) if said.granted else (yes, no | bit)
        return yes, no


SILENT: Final = State()


class Truth(StrEnum):
    """Which consent counts when the event and the profile both have some."""

    EVENT = "event"
    PROFILE = "profile"
    STRICTER = "stricter"
    """A refusal by either binds; where one is silent the other counts."""
    LATEST = "latest"
    """Purpose by purpose the newer answer; at the same moment the refusal."""


def stricter(one: Said, other: Said) -> Said:
    """The refusal; between equals the later, then any fixed order."""
    return max(one, other, key=lambda said: (not said.granted, said.at, said.by))


def latest(one: Said, other: Said) -> Said:
    """The later; at the same moment the refusal."""
    return max(one, other, key=lambda said: (said.at, not said.granted, said.by))


def believe(event: State, profile: State, truth: Truth) -> State:
    """The consent that counts."""
    if truth is Truth.EVENT or profile is SILENT:
        return event if truth is not Truth.PROFILE else profile
    if truth is Truth.PROFILE:
        return profile
    choose = stricter if truth is Truth.STRICTER else latest
    answers = dict(profile.answers)
    for purpose, said in event.answers.items():
        answers[purpose] = choose(said, answers[purpose]) if purpose in answers else said
    return State(answers, event.stated or profile.stated, event.signals, event.strangers)


def read_state(facts: Facts, at: int, mapping: Mapping) -> State:
    """The consent an event carries. `at` dates what has no date of its own. Raises as `Facts` does."""
    context, consent_state = facts["context"], facts["consent_state"]
    if context is None and consent_state is None:
        return SILENT
    reading = Reading(at, mapping)
    consent = context.get("consent") if isinstance(context, dict) else None
    if isinstance(context, dict) and "onetrust" in context:
        reading.groups("context.onetrust", context["onetrust"])
    if isinstance(consent, dict):
        reading.consent(consent)
    if consent_state is not None:
        reading.consent_state(consent_state)
    signals = read_signals(consent) if isinstance(consent, dict) else Signals()
    return State(reading.answers, reading.stated, signals, tuple(reading.strangers))


class Reading:
    """The answers found so far in one event."""

    def __init__(self, at: int, mapping: Mapping) -> None:
        """Nothing was said yet."""
        self.at, self.mapping = at, mapping
        self.answers: dict[str, Said] = {}
        self.strangers: list[str] = []
        self.stated = False

    def consent(self, consent: dict[str, Any]) -> None:
        """What stands under context.consent."""
        if "onetrust" in consent:
            self.groups("context.consent.onetrust", consent["onetrust"])
        for name in ("categoryPreferences", "categoryPreference"):
            if name in consent:
                self.preferences(f"context.consent.{name}", consent[name])
                return

    def preferences(self, by: str, said: Any) -> None:
        """Categories with true or false; anything else than true is no."""
        granted = {name for name, yes in said.items() if yes is True} if isinstance(said, dict) else set()
        self.listed(by if isinstance(said, dict) else f"{by} (unreadable)", granted)

    def groups(self, by: str, said: Any) -> None:
        """A comma list of groups, each bare or with `:1` or `:0`."""
        listed = set(granted_groups(said)) if isinstance(said, str) else set()
        self.listed(by if isinstance(said, str) else f"{by} (unreadable)", listed)

    def listed(self, by: str, granted: set[str]) -> None:
        """Every mapped category answers: those listed yes, the others no."""
        self.stated = True
        for category, purpose in self.mapping.categories.items():
            self.add(purpose, Said(category in granted, self.at, by))

    def consent_state(self, said: Any) -> None:
        """The records of both regulations; what cannot be read refuses all that it could have granted."""
        self.stated = True
        gdpr, ccpa = (said.get("gdpr"), said.get("ccpa")) if isinstance(said, dict) else ("", "")
        if not isinstance(gdpr, dict | None):
            self.refuse(self.mapping.declared, "consent_state.gdpr (unreadable)")
        if not isinstance(ccpa, dict | None):
            self.refuse((SALE,), "consent_state.ccpa (unreadable)")
        for name, consented, at in records(gdpr, self.at):
            known = name in self.mapping.bits and name != SALE
            self.answer(name if known else "", name, Said(consented is True, at, "consent_state.gdpr"))
        for name, opted_out, at in records(ccpa, self.at):
            purpose = SALE if name == SALE_OPT_OUT else ""
            self.answer(purpose, name, Said(opted_out is False, at, "consent_state.ccpa"))

    def refuse(self, purposes: tuple[str, ...], by: str) -> None:
        """No to all of these."""
        for purpose in purposes:
            self.add(spelled(purpose), Said(False, self.at, by))

    def answer(self, purpose: str, name: str, said: Said) -> None:
        """An answer about a purpose; without one, its name is a stranger's."""
        if not purpose:
            self.strangers.append(name)
            return
        self.add(purpose, said)

    def add(self, purpose: str, said: Said) -> None:
        """One more answer; beside another about the same purpose, the stricter binds."""
        known = self.answers.get(purpose)
        self.answers[purpose] = said if known is None else stricter(known, said)


def granted_groups(text: str) -> Iterator[str]:
    """The groups a comma list grants: `C0002:1` and the bare `C0002`."""
    for part in text.split(","):
        group, _, flag = part.strip().partition(":")
        if group and flag in ("", "1"):
            yield group


def records(said: Any, at: int) -> Iterator[tuple[str, Any, int]]:
    """Purpose, `consented` and time of each record; a purpose set to null was taken back and is left out."""
    for name, record in said.items() if isinstance(said, dict) else ():
        if record is not None:
            found = record if isinstance(record, dict) else {}
            time = found.get("timestamp_unixtime_ms")
            yield spelled(name), found.get("consented"), time if type(time) is int else at


def read_signals(consent: dict[str, Any]) -> Signals:
    """Standards' strings under context.consent, where they are texts."""
    tcf, gpp, usp = (consent.get(name) for name in ("tcString", "gppString", "uspString"))
    return Signals(*(text if isinstance(text, str) else "" for text in (tcf, gpp, usp)))


def of_profile(profile: Profile, mapping: Mapping) -> State:
    """What a person's profile says about the workspace's purposes; an item nobody answered is unknown."""
    answers: dict[str, Said] = {}
    for key, item in profile.items.items():
        purpose = mapping.items.get(key)
        if purpose is None or item.standing in UNASKED:
            continue
        said = Said(item.granted, item.at, "profile")
        known = answers.get(purpose)
        answers[purpose] = said if known is None else stricter(known, said)
    return State(answers, stated=bool(answers))
