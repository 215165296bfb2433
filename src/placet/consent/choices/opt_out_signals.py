"""Opt-out signals (GPC, GPP, US Privacy) as answers: which categories they switch off, and since when they do.

A signal is an answer with a time: the first moment this device sent it, or we wrote it down for the device. So one that
merely persists never outweighs a later deliberate choice, and one that is switched on afterwards does. All conflicts:

| against | what holds |
|---|---|
| a hard opt-out by the company's staff | the hard opt-out, whatever the time |
| an interaction later, or in the same request | the interaction |
| an interaction earlier, on any device of a known person | the signal |
| nothing was ever chosen | the signal: the category starts switched off |
| two signals at once | each opt-out counts |
| "did not opt out" in a string (2 or N), or no GPC | nothing: only an opt-out is a signal, silence grants nothing |
| GPC was on and is off again | the opt-out, until the next interaction |
| several GPP sections | the one of the rule's own state, else `usnat`, else `uspv1` |
| GPC in a GPP section | the same as the header `Sec-GPC: 1` |
| a signal under a rule that names no category for it | nothing |
| a TC string | neither affects the other: it is based on another law |
| a global opt-out made on this device (`global_opt_out`) | is one more signal, of the moment it was made |
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from placet.consent.profile.profile import Item, PurposeStatus
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.effective_rule import Choices, EffectiveRule, members_of
from placet.formats.errors import Malformed
from placet.formats.gpp import gpp, usp
from placet.formats.gpp.gpp import SECTION_IDS, USP, Gpp
from placet.formats.gpp.us_section import UsChoices
from placet.formats.gpp.usp import UsPrivacy
from placet.formats.onetrust.consent_string import StoredOptOut
from placet.settings.iab import UsSetting

GPC, STRING, PAST = "gpc", "gpp", "gpc-past"
"""The dated signals: the browser's signal, a consent string's, and a browser's signal that was switched off again."""

NATIONAL: Final = SECTION_IDS["usnat"]
OUT: Final = 1
NOTHING_OFF: Final[Mapping[str, frozenset[str]]] = {}


def switched_off(rule: EffectiveRule, signals: ReceiptSignals) -> Mapping[str, frozenset[str]]:
    """The categories each kind of signal of a request switches off under this rule; kinds without any are left out."""
    setting = rule.rule.us_strings
    if not (signals.gpc or signals.gpp or signals.usp) or not (setting or rule.rule.signals_off):
        return NOTHING_OFF
    string = read_gpp(signals.gpp) if signals.gpp else Gpp()
    found = {}
    if (signals.gpc or says_gpc(string)) and rule.gpc_off:
        found[GPC] = rule.gpc_off
    if setting is not None and (told := told_off(setting, string, signals.usp)):
        found[STRING] = told
    return found


@lru_cache(256)
def read_gpp(text: str) -> Gpp:
    """The GPP string; an unreadable one counts as none."""
    try:
        return gpp.decode(text)
    except Malformed:
        return Gpp()


def says_gpc(string: Gpp) -> bool:
    """Does any section carry Global Privacy Control?"""
    return any(isinstance(each.value, UsChoices) and each.value.gpc for each in string.sections)


def told_off(setting: UsSetting, string: Gpp, privacy: str) -> frozenset[str]:
    """The categories that the section in force, or the US Privacy string, opts out of."""
    ids = [SECTION_IDS[prefix] for prefix in setting.sections]
    for number in (*(each for each in ids if each not in (NATIONAL, USP)), NATIONAL):
        section = string.get(number)
        if section is not None and isinstance(section.value, UsChoices):
            return frozenset(in_section(setting, section.value))
    section = string.get(USP)
    text = privacy or (section.text if section else "")
    return frozenset(setting.sale) if text and sold_off(text) else frozenset()


def in_section(setting: UsSetting, said: UsChoices) -> set[str]:
    """The categories a section opts out of."""
    rows = (
        ("SaleOptOut", setting.sale),
        ("SharingOptOut", setting.sharing),
        ("TargetedAdvertisingOptOut", setting.targeted_advertising),
    )
    return {id for name, ids in rows if said.fields.get(name) == OUT for id in ids}


def sold_off(text: str) -> bool:
    """Does a US Privacy string opt out of sale? False for an unreadable one."""
    try:
        said: UsPrivacy = usp.decode(text)
    except Malformed:
        return False
    return said.opted_out is True


def lasting(
    rule: EffectiveRule, off: Mapping[str, frozenset[str]], seen: Mapping[str, int]
) -> Mapping[str, frozenset[str]]:
    """The same, with a browser's signal that this device sent before and sends no more."""
    if GPC in off or not (GPC in seen or PAST in seen) or not rule.gpc_off:
        return off
    return {**off, PAST: rule.gpc_off}


def dated(kinds: Iterable[str], seen: Mapping[str, int], kept: Mapping[str, int], now: int) -> dict[str, int]:
    """When each kind of signal was first seen: by this device, else by the person's profile, else now (epoch ms).

    A browser's signal that was off in between is a new one.
    """

    def first(kind: str) -> int:
        said = seen.get(kind) or (seen.get(GPC) if kind == PAST else None)
        if said is None and not (kind == GPC and PAST in seen):
            said = kept.get(kind)
        return said if said is not None and 0 < said <= now else now

    return {kind: first(kind) for kind in kinds}


def since(off: Mapping[str, frozenset[str]], dates: Mapping[str, int]) -> dict[str, int]:
    """Since when each category is switched off: by the newest signal that covers it."""
    found: dict[str, int] = {}
    for kind, categories in off.items():
        for id in categories:
            found[id] = max(found.get(id, 0), dates[kind])
    return found


def believable(asked: Mapping[str, StoredOptOut], now: int) -> dict[str, StoredOptOut]:
    """The global opt-outs in a device state, with no time later than now, because the state is unsigned."""
    return {id: replace(one, at=min(max(one.at, 1), now)) for id, one in asked.items()}


def newest(signals: Mapping[str, int], asked: Mapping[str, StoredOptOut]) -> dict[str, int]:
    """Since when each category is opted out of: by a signal, or everywhere."""
    found = dict(signals)
    for id, one in asked.items():
        found[id] = max(found.get(id, 0), one.at)
    return found


def signal_items(rule: EffectiveRule, opt_outs: Mapping[str, int], dates: Mapping[str, int]) -> dict[str, Item]:
    """Signals as profile items, dated just before the signal, so that an interaction at the same time wins."""
    items: dict[str, Item] = {
        f"x:{kind}-since": Item(PurposeStatus.ACTIVE, at) for kind, at in dates.items() if kind != PAST
    }
    for category in rule.askable:
        at = opt_outs.get(category.id) or opt_outs.get(category.parent)
        if at:
            items["p:" + category.purpose_id] = Item(PurposeStatus.OPT_OUT, max(at - 1, 1))
    return items


def kept_dates(items: Mapping[str, Item]) -> dict[str, int]:
    """When a profile first saw each kind of signal."""
    return {kind: items[f"x:{kind}-since"].at for kind in (GPC, STRING) if f"x:{kind}-since" in items}


def without(rule: EffectiveRule, answers: Choices, opt_outs: Mapping[str, int], chosen_at: int | None) -> Choices:
    """A device's answers without what was opted out of after they were given."""
    newer = {id for id, at in opt_outs.items() if chosen_at is None or at > chosen_at}
    newer |= {member for id in newer for member in members_of(rule.site, id)}
    if not newer:
        return answers
    site, linked = rule.site, rule.vendor_groups
    return Choices(
        groups=answers.groups | dict.fromkeys(newer & site.by_id.keys(), 0),
        legitimate=answers.legitimate,
        sdks={id: on for id, on in answers.sdks.items() if site.sdk_category.get(id) not in newer},
        vendors={id: on for id, on in answers.vendors.items() if newer.isdisjoint(linked.get(id, ()))},
        universal=answers.universal,
        options=answers.options,
    )
