"""A button is pressed: what becomes of the answers."""

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.choices import Choices, Ruling, couple, members_of
from placet.consent.interactions import Effect, Interaction, Scope
from placet.consent.regions import AgeGroup, RejectAll


class Stated(Struct, frozen=True):
    """What the body of a save says, item by item; only what is here was said.

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


NOTHING = Stated()


class AgeGate(Struct, frozen=True):
    """The age range a person said they are in, in years; none = open on that side."""

    lower: int | None = None
    upper: int | None = None


def pressed(
    ruling: Ruling, now: Choices, interaction: Interaction, stated: Stated = NOTHING, age: AgeGate | None = None
) -> Choices:
    """The answers after the press.

    1. The interaction's effect, within its scope.
    2. SDKs follow their category unless they were stated themselves.
    3. A category whose SDKs have become equal by their own statement takes their value.
    4. Parents are made true to their children.
    5. What the rule locks is put back.
    6. What the person's age range does not admit is off.
    """
    after = effected(ruling, now, interaction, stated)
    young = too_young(ruling, age)
    return state(ruling, after, Stated(groups=dict.fromkeys(young, False)), Scope.ALL) if young else after


def effected(ruling: Ruling, now: Choices, interaction: Interaction, stated: Stated) -> Choices:
    """The interaction's own effect, within its scope."""
    match interaction.effect:
        case Effect.GRANT:
            return sweep(ruling, now, interaction.scope, 1, 1)
        case Effect.REFUSE:
            objected = ruling.rule.reject_all is RejectAll.OBJECT
            return sweep(ruling, now, interaction.scope, 0, 0 if objected else 1)
        case Effect.DECLINE:
            return sweep(ruling, now, interaction.scope, 0, None)
        case Effect.DEFAULT:
            return replace(ruling.default_choices, universal=now.universal, options=now.options)
        case Effect.STATE:
            return state(ruling, now, stated, interaction.scope)
        case Effect.TRACKING_ON | Effect.TRACKING_OFF:
            linked = linked_groups(ruling, interaction)
            answer = interaction.effect is Effect.TRACKING_ON
            return state(ruling, now, Stated(groups=dict.fromkeys(linked, answer)), Scope.ALL)
        case Effect.KEEP | Effect.SYNC | Effect.AGE:
            return now


def sweep(ruling: Ruling, now: Choices, scope: Scope, value: int, legitimate: int | None) -> Choices:
    """All answers in scope set at once; `legitimate` None leaves legitimate interest as it is."""
    if scope is Scope.SDKS:
        return settle_sdks(ruling, replace(now, sdks=dict.fromkeys(now.sdks, value)), set(now.sdks))
    if scope is Scope.VENDORS:
        return replace(now, vendors=dict.fromkeys(now.vendors, value))
    groups = couple(ruling, dict.fromkeys(now.groups, value) | ruling.locked) | ruling.locked
    interests = now.legitimate if legitimate is None else dict.fromkeys(now.legitimate, legitimate)
    return replace(
        now,
        groups=groups,
        legitimate=interests,
        sdks={sdk: groups[group] for sdk, group in ruling.site.sdk_category.items()},
        vendors=dict.fromkeys(now.vendors, value),
    )


def state(ruling: Ruling, now: Choices, stated: Stated, scope: Scope) -> Choices:
    """The stated answers over those that hold now; ids this site does not know change nothing."""
    if Scope.GROUPS in scope:
        now = state_groups(ruling, now, stated)
    if Scope.SDKS in scope:
        now = state_sdks(ruling, now, stated)
    if Scope.VENDORS in scope:
        now = replace(now, vendors=told(now.vendors, stated.bulk.get("generalVendors"), stated.vendors))
    if Scope.UNIVERSAL in scope:
        universal = told(now.universal, stated.bulk.get("ucp"), stated.universal)
        now = replace(now, universal=universal, options=told(now.options, None, stated.options))
    return now


def state_groups(ruling: Ruling, now: Choices, stated: Stated) -> Choices:
    """Categories and legitimate interest: a stated parent speaks for those children that were not stated."""
    said = {
        child: answer
        for parent, answer in stated.groups.items()
        for child in members_of(ruling.site, parent)
        if child not in stated.groups
    } | stated.groups
    before = now.groups
    after = couple(ruling, told(before, stated.bulk.get("purposes"), said) | ruling.locked) | ruling.locked
    touched = {id for id in after if after[id] != before.get(id) or id in said}
    sdks = {
        sdk: after[group] if group in touched else now.sdks.get(sdk, after[group])
        for sdk, group in ruling.site.sdk_category.items()
    }
    return replace(now, groups=after, sdks=sdks, legitimate=told(now.legitimate, None, stated.legitimate))


def state_sdks(ruling: Ruling, now: Choices, stated: Stated) -> Choices:
    """SDKs, and the categories that follow from them."""
    sdks = told(now.sdks, stated.bulk.get("sdks"), stated.sdks)
    spoken = set(sdks) if "sdks" in stated.bulk else stated.sdks.keys() & sdks.keys()
    return settle_sdks(ruling, replace(now, sdks=sdks), spoken)


def settle_sdks(ruling: Ruling, now: Choices, spoken: set[str]) -> Choices:
    """Locked SDKs put back; a category all of whose SDKs now agree takes their value (cmp-api.md §10.4.2)."""
    owner = ruling.site.sdk_category
    sdks = {sdk: ruling.locked.get(owner[sdk], value) for sdk, value in now.sdks.items()}
    groups = dict(now.groups)
    for group in {owner[sdk] for sdk in spoken}:
        values = {sdks[sdk.id] for sdk in ruling.site.by_id[group].sdks}
        if len(values) == 1:
            groups[group] = values.pop()
    return replace(now, sdks=sdks, groups=couple(ruling, groups | ruling.locked) | ruling.locked)


def told(now: dict[str, int], whole: bool | None, single: dict[str, bool]) -> dict[str, int]:
    """The answers after a bulk statement, then the single ones; only keys that exist are answered."""
    base = now if whole is None else dict.fromkeys(now, int(whole))
    return base | {key: int(answer) for key, answer in single.items() if key in base}


def linked_groups(ruling: Ruling, interaction: Interaction) -> tuple[str, ...]:
    """The categories a platform's own tracking prompt speaks for."""
    rule = ruling.rule
    return rule.att_categories if interaction.name.startswith("ATT") else rule.google_ads_categories or ()


def too_young(ruling: Ruling, age: AgeGate | None) -> tuple[str, ...]:
    """The categories whose age groups leave the stated range out."""
    if age is None:
        return ()
    return tuple(group for group, allowed in ruling.rule.age_limits.items() if not any(admits(a, age) for a in allowed))


def admits(allowed: AgeGroup, age: AgeGate) -> bool:
    """True when the whole stated range lies inside the allowed one; an open side reaches to birth or to 120."""
    lower, upper = age.lower or 0, 120 if age.upper is None else age.upper
    return (allowed.lower or 0) <= lower and upper <= allowed.upper
