"""The consent strings of a request: which incoming strings count, and which are returned.

Rules: outside the IAB template no TC or AC string is read or returned (cmp-api.md §20, trap 11) · a string
that already encodes the current answers is returned unchanged · one that cannot be read, or is void because the
policy changed, is replaced by the defaults · a string that depends only on settings, list and day is made once.
"""

from functools import cached_property, lru_cache
from typing import Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import StatedChoices
from placet.consent.choices.vendor_choices import VendorChoices, after_interaction, following, untouched
from placet.consent.profile.profile import Profile
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.effective_rule import NO_CHOICES, Choices, EffectiveRule
from placet.consent.rules.framework import Framework, moment
from placet.consent.strings.us_strings import UsStrings, us_strings
from placet.formats import additional
from placet.formats.additional import AdditionalConsent
from placet.formats.errors import Malformed
from placet.formats.gpp import gpp
from placet.formats.gpp.gpp import EU, Gpp, Section
from placet.formats.ids import NONE, Ids
from placet.formats.onetrust.storage_keys import gdpr_keys, gpp_keys, nested, tcf_keys
from placet.formats.tcf import tcf
from placet.formats.tcf.compose import TcfChoices as TcChoices
from placet.formats.tcf.compose import compose
from placet.formats.tcf.fields import CustomPurposes
from placet.formats.tcf.tcf import Publisher, TcString
from placet.settings.interactions import Effect, Interaction

REMEMBERED: Final = 512
"""Number of decoded strings to cache, a few KB each: a person's requests come close together."""


class InteractionLike(Protocol):
    """The fields of an interaction that strings depend on."""

    @property
    def interaction(self) -> Interaction: ...
    @property
    def choices(self) -> StatedChoices: ...


class IncomingStrings(Struct, frozen=True):
    """The incoming strings that count: a readable TC string and the AC string sent with it.

    `broken` says that the TC string could not be read; `outdated` that it follows a policy no longer in force, so that
    the old values are thrown away (iab.md §1.9, 7).
    """

    text: str = ""
    tc: TcString | None = None
    ac: AdditionalConsent | None = None
    broken: bool = False
    outdated: bool = False

    @property
    def speaks(self) -> bool:
        """Is there a string whose answers are valid?"""
        return self.tc is not None and not self.outdated

    def vendors(self, framework: Framework) -> VendorChoices | None:
        """The answers about single vendors in it; None when there is none that counts."""
        if self.tc is None or self.outdated:
            return None
        google = NONE if self.ac is None else small(self.ac.consented)
        return VendorChoices(
            self.tc.vendor_consents & framework.chosen,
            self.tc.vendor_interests & framework.chosen,
            google & framework.google,
        )


NO_INCOMING_STRINGS: Final = IncomingStrings()


class OutgoingStrings(Struct, frozen=True, dict=True):
    """The strings returned for a request; empty where they do not apply. `fault` describes an unreadable one."""

    tc: str = ""
    value: TcString | None = None
    ac: str = ""
    us: UsStrings | None = None
    cmp_id: int = 0
    advertiser_mode: bool = False
    fault: bool = False

    @cached_property
    def gpp(self) -> str:
        """The GPP string: section 2 in IAB regions, the US sections in theirs, nothing elsewhere."""
        if self.us is not None:
            return self.us.gpp
        return gpp.encode(self._europe) if self.value is not None else ""

    @property
    def google(self) -> Ids:
        """Google's providers with consent."""
        said = read_ac(self.ac) if self.ac else None
        return small(said.consented) if said is not None else NONE

    @property
    def usp(self) -> str:
        """The US Privacy string."""
        return self.us.usp if self.us is not None else ""

    @cached_property
    def keys(self) -> dict[str, Any]:
        """Every IAB key of cmp-api.md §13.2 that applies, as apps store it."""
        if self.us is not None:
            return self.us.keys
        if self.value is None:
            return {}
        mode = self.advertiser_mode
        keys = gdpr_keys(True, self.cmp_id, additional=self.ac, advertiser_mode=mode)
        keys |= tcf_keys(self.value, self.tc) | gpp_keys(self._europe, self.gpp, (EU,))
        if self.ac:
            keys["IABGPP_TCFEU2_AddtlConsent"] = self.ac
        return nested(keys)

    @property
    def _europe(self) -> Gpp:
        return Gpp((Section(EU, self.tc, self.value),))

    def signals(self, given: ReceiptSignals) -> ReceiptSignals:
        """The signals of a request, with these strings, if any, in place of the incoming ones."""
        if not (self.tc or self.us or self.value):
            return given
        ac = self.ac if self.tc else given.ac
        return replace(given, tc=self.tc or given.tc, ac=ac, gpp=self.gpp or given.gpp, usp=self.usp or given.usp)


NO_STRINGS: Final = OutgoingStrings()


def small(ids: tuple[int, ...]) -> Ids:
    """Provider ids as a set; ids that no list can hold are left out."""
    return Ids.of(each for each in ids if 0 < each < 65_536)


@lru_cache(REMEMBERED)
def read_tc(text: str) -> TcString | None:
    """The TC string, or None when it can not be read."""
    try:
        return tcf.decode(text)
    except Malformed:
        return None


@lru_cache(REMEMBERED)
def read_ac(text: str) -> AdditionalConsent | None:
    """The AC string, or None when it can not be read; without it providers are at their defaults."""
    try:
        return additional.decode(text)
    except Malformed:
        return None


def read_strings(rule: EffectiveRule, signals: ReceiptSignals, profile: Profile | None) -> IncomingStrings:
    """The strings that count here: the profile's if it has answers, else the incoming ones."""
    framework = rule.framework
    if framework is None:
        return NO_INCOMING_STRINGS
    text, ac = signals.tc, signals.ac
    speaks = profile is not None and profile.last_interaction > 0
    if profile is not None and speaks:
        text, ac = kept(profile, "x:tc"), kept(profile, "x:ac")
    tc = read_tc(text) if text else None
    if tc is None:
        # A string reported to a profile earlier is not a fault of this request.
        if text and not speaks:
            return IncomingStrings(text, broken=True)
        return IncomingStrings(ac=read_ac(ac)) if ac and not speaks else NO_INCOMING_STRINGS
    stale = tc.policy_version != framework.list.policy and tc.list_version <= framework.list.version
    return IncomingStrings(text, tc, read_ac(ac) if ac else None, outdated=stale)


def hear_remembered(rule: EffectiveRule, signals: ReceiptSignals, profile: Profile | None, tc: str) -> IncomingStrings:
    """The same for a save, where the device state's TC string (`tc`) replaces a missing or unreadable one."""
    incoming = read_strings(rule, signals, profile)
    if incoming.tc is not None or not tc or rule.framework is None:
        return incoming
    return replace(read_strings(rule, replace(signals, tc=tc), profile), broken=incoming.broken)


def kept(profile: Profile, key: str) -> str:
    """A string that a profile holds, or empty."""
    item = profile.items.get(key)
    return item.detail[0] if item and item.detail else ""


def answers_in(rule: EffectiveRule, incoming: IncomingStrings, remembered: Choices) -> Choices:
    """A device's answers, with those of the TC string in place of stored answers to the same questions.

    One that can not be read, or follows a policy of the past, leaves these questions unanswered.
    """
    framework = rule.framework
    if framework is None or not incoming.text:
        return remembered
    asked = framework.asked
    groups = {id: value for id, value in remembered.groups.items() if id not in asked}
    legitimate = {id: value for id, value in remembered.legitimate.items() if id not in asked}
    tc = incoming.tc
    if tc is not None and incoming.speaks:
        groups |= {id: int(number in tc.purpose_consents) for id, number in framework.purpose_groups.items()}
        groups |= {id: int(number in tc.special_features) for id, number in framework.feature_groups.items()}
        legitimate |= {id: int(number in tc.purpose_interests) for id, number in framework.purpose_groups.items()}
    return replace(remembered, groups=groups, legitimate=legitimate)


def strings_for(
    rule: EffectiveRule, incoming: IncomingStrings, choices: Choices, known: bool, language: str, now: int, gpc: bool
) -> OutgoingStrings:
    """The strings without an interaction: the incoming ones while they match the answers, else new ones.

    `known` says that a profile's answers count: if it has no string, its vendors follow its purposes.
    """
    framework = rule.framework
    if framework is None:
        return spoken(rule, choices, gpc)
    vendors = incoming.vendors(framework)
    if vendors is None:
        vendors = following(framework, choices) if known and not incoming.broken else untouched(framework)
        if incoming.ac is not None and not incoming.outdated:
            vendors = replace(vendors, google=small(incoming.ac.consented) & framework.google)
    return issued(rule, framework, incoming, choices, vendors, language, now)


def strings_after_interaction(
    rule: EffectiveRule,
    interaction_input: InteractionLike,
    incoming: IncomingStrings,
    choices: Choices,
    language: str,
    now: int,
    gpc: bool,
) -> OutgoingStrings:
    """The strings after an interaction: new ones when it answers the banner or changes what they encode."""
    framework = rule.framework
    if framework is None:
        return spoken(rule, choices, gpc)
    interaction = interaction_input.interaction
    if not interaction.counts or interaction.effect in (Effect.KEEP, Effect.SYNC):
        return strings_for(rule, incoming, choices, False, language, now, gpc)
    reject_all = rule.rule.reject_all
    said = answers_in(rule, incoming, NO_CHOICES)
    vendors = after_interaction(
        framework, interaction, interaction_input.choices, incoming.vendors(framework), choices, reject_all, said
    )
    fresh = NO_INCOMING_STRINGS if interaction.renews else incoming
    return replace(issued(rule, framework, fresh, choices, vendors, language, now), fault=incoming.broken)


def restrung(
    rule: EffectiveRule, made: OutgoingStrings, choices: Choices, language: str, now: int, gpc: bool
) -> OutgoingStrings:
    """The strings after the profile was applied: unchanged while they match the answers, else new ones."""
    incoming = IncomingStrings(made.tc, made.value, read_ac(made.ac) if made.ac else None)
    return replace(strings_for(rule, incoming, choices, False, language, now, gpc), fault=made.fault)


def issued(
    rule: EffectiveRule,
    framework: Framework,
    incoming: IncomingStrings,
    choices: Choices,
    vendors: VendorChoices,
    language: str,
    now: int,
) -> OutgoingStrings:
    """The strings that encode these answers. A string that already does stays; defaults are encoded once a day."""
    wanted = tc_choices(framework, choices, vendors)
    ac = ac_text(framework, vendors)
    if incoming.tc is not None and incoming.speaks and says(incoming.tc, wanted, framework):
        return stayed(rule, incoming.text, incoming.tc, ac, framework.setting.advertiser_consent_mode)
    key = (now // 86_400_000, language, wanted, ac, incoming.broken)
    made = rule.strings.get(key)
    if made is None:
        value = compose(wanted, framework.shown(language), framework.edition(now), framework.maker, moment(now))
        made = OutgoingStrings(
            tcf.encode(value),
            value,
            ac,
            None,
            framework.maker.cmp_id,
            framework.setting.advertiser_consent_mode,
            incoming.broken,
        )
        remember(rule, key, made)
    return made


MAX_KEPT: Final = 256
"""Strings cached per rule: defaults, accept all and reject all cover nearly all people, on many days."""


def remember(rule: EffectiveRule, key: Any, made: OutgoingStrings) -> None:
    """Cache a string for others with the same answers today; the oldest entry is evicted."""
    if len(rule.strings) >= MAX_KEPT:
        del rule.strings[next(iter(rule.strings))]
    rule.strings[key] = made


def tc_choices(framework: Framework, choices: Choices, vendors: VendorChoices) -> TcChoices:
    """The answers in the form the TC string encoder takes."""
    groups, legitimate = choices.groups, choices.legitimate
    purposes = Ids.of(number for id, number in framework.purpose_groups.items() if groups.get(id) == 1)
    interests = Ids.of(number for id, number in framework.purpose_groups.items() if legitimate.get(id) == 1)
    own = framework.setting.custom_purposes
    consented = Ids.of(at for at, id in enumerate(own, 1) if groups.get(id) == 1)
    return TcChoices(
        purpose_consents=purposes,
        purpose_interests=interests,
        vendor_consents=vendors.consents,
        vendor_interests=vendors.interests,
        special_features=Ids.of(number for id, number in framework.feature_groups.items() if groups.get(id) == 1),
        publisher=Publisher(purposes, interests, CustomPurposes(len(own), consented)),
    )


def says(tc: TcString, wanted: TcChoices, framework: Framework) -> bool:
    """Does a string already encode these answers, for what is shown here? The wanted vendors were taken from it."""
    return (
        tc.purpose_consents & framework.purposes == wanted.purpose_consents
        and tc.special_features & framework.special_features == wanted.special_features
        and tc.purpose_interests & Ids.of(framework.interest) == wanted.purpose_interests
        and tc.vendor_consents & framework.chosen == wanted.vendor_consents
    )


def stayed(rule: EffectiveRule, text: str, tc: TcString, ac: str, mode: bool) -> OutgoingStrings:
    """An unchanged string with the values derived from it for apps; cached, because many people hold the same one."""
    made: OutgoingStrings | None = rule.strings.get((text, ac))
    if made is None:
        made = OutgoingStrings(text, tc, ac, None, tc.cmp_id, mode)
        remember(rule, (text, ac), made)
    return made


def ac_text(framework: Framework, vendors: VendorChoices) -> str:
    """The AC string, where Google's providers were chosen at all."""
    return google_text(vendors.google, framework.google) if framework.google else ""


@lru_cache(REMEMBERED)
def google_text(consented: Ids, shown: Ids) -> str:
    """The AC string of these providers."""
    return additional.encode(AdditionalConsent(tuple(consented), tuple(shown - consented)))


def spoken(rule: EffectiveRule, choices: Choices, gpc: bool) -> OutgoingStrings:
    """The strings outside IAB Europe's framework: those US laws require, else none."""
    us = rule.rule.us_strings
    if us is None:
        return NO_STRINGS
    off = (
        us_strings_key(us.sale, choices),
        us_strings_key(us.sharing, choices),
        us_strings_key(us.targeted_advertising, choices),
    )
    key = (*off, gpc)
    made = rule.strings.get(key)
    if made is None:
        made = OutgoingStrings(us=us_strings(us, *off, gpc=gpc))
        remember(rule, key, made)
    return made


def us_strings_key(categories: tuple[str, ...], choices: Choices) -> bool | None:
    """Was it opted out of? One category that is off is an opt-out; None where no category is mapped to it."""
    return any(choices.groups.get(id) == 0 for id in categories) if categories else None
