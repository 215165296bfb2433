"""Applies an interaction to a person's answers."""

from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.rules.effective_rule import Choices, EffectiveRule, couple, members_of, sdks_under, vendors_under
from placet.settings.interactions import PARTS, Effect, Interaction, Scope
from placet.settings.regions import AgeGroup, RejectAll


class StatedChoices(Struct, frozen=True):
    """The choices stated in the body of a save; what is missing was not stated.

    `bulk` sets a whole dimension at once (`purposes`, `sdks`, `generalVendors`, `ucp`) before the single
    entries are applied. Vendors of the IAB and Google lists live in their strings and are carried along.
    """

    groups: dict[str, bool] = {}
    legitimate: dict[str, bool] = {}
    sdks: dict[str, bool] = {}
    vendors: dict[str, bool] = {}
    universal: dict[str, bool] = {}
    options: dict[str, bool] = {}
    bulk: dict[str, bool] = {}
    iab_vendors: dict[str, bool] = {}
    iab_vendors_legitimate: dict[str, bool] = {}
    google_vendors: dict[str, bool] = {}

    @property
    def empty(self) -> bool:
        """True when nothing at all was said."""
        return self == NOTHING


NOTHING = StatedChoices()

BULK: Final = {"groups": "purposes", "sdks": "sdks", "vendors": "generalVendors", "universal": "ucp"}
"""What a bulk statement calls those dimensions of `Choices` that it can set as a whole."""


class AgeGate(Struct, frozen=True):
    """The age range a person said they are in, in years; none = open on that side."""

    lower: int | None = None
    upper: int | None = None


def apply_interaction(
    rule: EffectiveRule,
    now: Choices,
    interaction: Interaction,
    stated: StatedChoices = NOTHING,
    age: AgeGate | None = None,
) -> Choices:
    """The answers after the interaction; `now` are the answers that held, complete (as `recall` gives them).

    1. The interaction's effect, within its scope.
    2. SDKs and general vendors follow their categories unless they were stated themselves.
    3. A category whose SDKs have become equal by their own statement takes their value, unless stated itself.
    4. What the rule locks is put back, and parents are made true to their children.
    5. What the person's age range does not admit is off.
    """
    return admitted(rule, effected(rule, now, interaction, in_force(rule, interaction, stated)), age)


def effected(rule: EffectiveRule, now: Choices, interaction: Interaction, stated: StatedChoices) -> Choices:
    """The interaction's own effect, within its scope."""
    match interaction.effect:
        case Effect.GRANT:
            return sweep(rule, now, interaction.scope, 1, 1)
        case Effect.REFUSE:
            objects = rule.rule.reject_all is RejectAll.OBJECT
            return sweep(rule, now, interaction.scope, 0, 0 if objects else None)
        case Effect.DECLINE:
            return sweep(rule, now, interaction.scope, 0, None)
        case Effect.DEFAULT:
            return stricter(rule, now, rule.default_choices)
        case Effect.STATE | Effect.TRACKING_ON | Effect.TRACKING_OFF | Effect.OPT_OUT:
            return state(rule, now, stated, interaction.scope)
        case Effect.KEEP | Effect.SYNC | Effect.AGE:
            return now


def in_force(rule: EffectiveRule, interaction: Interaction, stated: StatedChoices) -> StatedChoices:
    """What counts as stated: the body for a confirmation or opt-out, the linked categories for a platform's own prompt.

    Any other interaction is complete by itself, and its body is ignored.
    """
    match interaction.effect:
        case Effect.STATE | Effect.OPT_OUT:
            return within(stated, interaction.scope)
        case Effect.TRACKING_ON | Effect.TRACKING_OFF:
            linked = linked_groups(rule, interaction)
            return StatedChoices(groups=dict.fromkeys(linked, interaction.effect is Effect.TRACKING_ON))
        case _:
            return NOTHING


def within(stated: StatedChoices, scope: Scope) -> StatedChoices:
    """The body's statements inside the interaction's scope; the rest is ignored."""
    incoming = [dimension for dimension, part in PARTS.items() if part in scope]
    bulk = {BULK.get(dimension) for dimension in incoming}
    return replace(
        stated,
        **{dimension: {} for dimension in PARTS if dimension not in incoming},
        bulk={name: value for name, value in stated.bulk.items() if name in bulk},
    )


def sweep(rule: EffectiveRule, now: Choices, scope: Scope, value: int, legitimate: int | None) -> Choices:
    """All answers in scope set at once; `legitimate` None leaves legitimate interest as it is.

    "Reject all" that leaves legitimate interest as it is keeps earlier objections.
    """
    if scope is Scope.SDKS:
        return state_sdks(rule, now, StatedChoices(bulk={"sdks": bool(value)}))
    if scope is Scope.VENDORS:
        return replace(now, vendors=rule.swept[value].vendors)
    return replace(
        rule.swept[value],
        legitimate=now.legitimate if legitimate is None else rule.swept[legitimate].legitimate,
        universal=now.universal,
        options=now.options,
    )


def stricter(rule: EffectiveRule, one: Choices, other: Choices) -> Choices:
    """Only what both allow. Closing a banner records the defaults but does not withdraw an earlier refusal."""
    return replace(
        one,
        groups=couple(rule, both(one.groups, other.groups)),
        legitimate=both(one.legitimate, other.legitimate),
        sdks=both(one.sdks, other.sdks),
        vendors=both(one.vendors, other.vendors),
    )


def both(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """The lower of two answers to the same questions."""
    return {id: value & other[id] for id, value in one.items()}


def state(rule: EffectiveRule, now: Choices, stated: StatedChoices, scope: Scope) -> Choices:
    """The stated answers over those that hold now; ids this site does not know change nothing."""
    if Scope.GROUPS in scope:
        now = state_groups(rule, now, stated)
    if Scope.SDKS in scope:
        now = state_sdks(rule, now, stated)
    if Scope.VENDORS in scope:
        vendors = told(now.vendors, stated.bulk.get("generalVendors"), stated.vendors)
        now = replace(now, vendors=vendors | rule.fixed_vendors)
    if Scope.UNIVERSAL in scope:
        universal = told(now.universal, stated.bulk.get("ucp"), stated.universal)
        now = replace(now, universal=universal, options=told(now.options, None, stated.options))
    return now


def spoken_groups(rule: EffectiveRule, stated: StatedChoices) -> dict[str, bool]:
    """The stated categories; a parent's answer applies to its children when none of them was stated.

    Clients send a parent off because one child went off (cmp-api.md §10.4.1); this does not answer the others.
    """
    said = dict(stated.groups)
    for parent, answer in stated.groups.items():
        members = members_of(rule.site, parent)
        if not any(member in stated.groups for member in members):
            said |= dict.fromkeys(members, answer)
    return said


def state_groups(rule: EffectiveRule, now: Choices, stated: StatedChoices) -> Choices:
    """Categories and legitimate interest; SDKs and general vendors follow the categories that were stated."""
    said, whole = spoken_groups(rule, stated), stated.bulk.get("purposes")
    groups = couple(rule, told(now.groups, whole, said))
    touched = (
        groups.keys() if whole is not None else {id for id in groups if id in said or groups[id] != now.groups[id]}
    )
    owner = rule.site.sdk_category
    return replace(
        now,
        groups=groups,
        legitimate=told(now.legitimate, None, stated.legitimate),
        sdks=sdks_under(rule, groups, {sdk: value for sdk, value in now.sdks.items() if owner[sdk] not in touched}),
        vendors=vendors_after(rule, now, groups, touched),
    )


def vendors_after(
    rule: EffectiveRule, now: Choices, groups: dict[str, int], touched: AbstractSet[str]
) -> dict[str, int]:
    """General vendors once `touched` categories were answered: those that work for one of them follow."""
    linked = rule.vendor_groups
    return vendors_under(rule, groups, {id: on for id, on in now.vendors.items() if touched.isdisjoint(linked[id])})


def state_sdks(rule: EffectiveRule, now: Choices, stated: StatedChoices) -> Choices:
    """SDKs, and the categories that follow: one whose SDKs now all agree takes their value (cmp-api.md §10.4.2)."""
    site, whole = rule.site, stated.bulk.get("sdks")
    sdks = told(now.sdks, whole, stated.sdks) | rule.fixed_sdks
    spoken = sdks.keys() if whole is not None else stated.sdks.keys() & sdks.keys()
    groups = dict(now.groups)
    for group in {site.sdk_category[sdk] for sdk in spoken} - stated.groups.keys():
        values = {sdks[sdk.id] for sdk in site.by_id[group].sdks}
        if len(values) == 1:
            groups[group] = values.pop()
    groups = couple(rule, groups)
    changed = {id for id in groups if groups[id] != now.groups[id]}
    return replace(now, sdks=sdks, groups=groups, vendors=vendors_after(rule, now, groups, changed))


def told(now: dict[str, int], whole: bool | None, single: dict[str, bool]) -> dict[str, int]:
    """The answers after a bulk statement, then the single ones; only keys that exist are answered."""
    base = now if whole is None else dict.fromkeys(now, int(whole))
    return base | {key: int(answer) for key, answer in single.items() if key in base}


def linked_groups(effective_rule: EffectiveRule, interaction: Interaction) -> tuple[str, ...]:
    """The categories a platform's own tracking prompt answers."""
    rule = effective_rule.rule
    return rule.att_categories if interaction.name.startswith("ATT") else rule.google_ads_categories or ()


def is_offered(rule: EffectiveRule, interaction: Interaction) -> bool:
    """Is this interaction offered here? Android's advertising prompt only where the rule has it (cmp-api.md §10.3)."""
    return rule.rule.google_ads_categories is not None or not interaction.name.startswith("GOOGLE_ADS")


def admitted(rule: EffectiveRule, choices: Choices, age: AgeGate | None) -> Choices:
    """The answers with everything off that the person's age range does not admit."""
    young = too_young(rule, age)
    return state_groups(rule, choices, StatedChoices(groups=dict.fromkeys(young, False))) if young else choices


def too_young(rule: EffectiveRule, age: AgeGate | None) -> tuple[str, ...]:
    """The categories whose age groups leave the stated range out; a range open on both sides leaves out none."""
    if age is None or not rule.rule.age_limits or (age.lower is None and age.upper is None):
        return ()
    return tuple(group for group, allowed in rule.rule.age_limits.items() if not any(admits(a, age) for a in allowed))


def admits(allowed: AgeGroup, age: AgeGate) -> bool:
    """True when the whole stated range lies inside the allowed one; an open side reaches to birth or to 120."""
    lower, upper = age.lower or 0, 120 if age.upper is None else age.upper
    return (allowed.lower or 0) <= lower and upper <= allowed.upper
