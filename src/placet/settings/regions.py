"""Region rules, and the choice of the rule for a visitor's place."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from placet.settings.iab import UsSetting
from placet.settings.purposes import NEVER_BY_DEFAULT, Category, Status

OUTERMOST: Final = frozenset("AX GF GP MF MQ RE YT".split())
"""Parts of the Union with country codes of their own (TFEU article 349; Åland): its law holds there too."""

EU: Final = OUTERMOST | set("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split())
EEA: Final = EU | {"IS", "LI", "NO"}
PLACES: Final = {"EU": EU, "EEA": EEA, "UK": frozenset({"GB"})}
"""Short names a rule may use in place of country codes."""

TEMPLATES: Final = tuple(
    """
    GDPR CCPA IAB2 IAB2V2 GENERIC LGPD GENERIC_PROMPT CPRA CDPA USNATIONAL CUSTOM COLORADO CTDPA UCPA OREGON FLORIDA
    DELAWARE IOWA MONTANA NEBRASKA TENNESSEE TEXAS NEW_JERSEY NEW_HAMPSHIRE
    """.split()
)
"""The template types clients know (cmp-api.md §5)."""

UNKNOWN_PLACES: Final = frozenset({"", "XX", "T1"})
"""What an edge network says of a visitor it cannot place: nothing, unknown, Tor (cmp-api.md §16.5)."""


class Model(StrEnum):
    """How a rule treats optional categories until the person speaks (cmp-api.md §16.2)."""

    NOTICE_ONLY = "notice only"
    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"
    IMPLIED = "implied"
    CUSTOM = "custom"


MODEL_STATUS: Final = {
    Model.NOTICE_ONLY: Status.ALWAYS_ACTIVE,
    Model.OPT_OUT: Status.ACTIVE,
    Model.OPT_IN: Status.INACTIVE,
    Model.IMPLIED: Status.INACTIVE_LANDING_PAGE,
    Model.CUSTOM: Status.INACTIVE,
}
"""The status a model gives an optional category; CUSTOM states each, and what it forgets stays off."""


class RejectAll(StrEnum):
    """What "reject all" does to legitimate interest (cmp-api.md §5, `rejectAllButtonBehavior`)."""

    KEEP_LEGITIMATE_INTEREST = "LIActiveIfLegalBasis"
    OBJECT = "LIInactive"


class Place(Struct, frozen=True):
    """Where a visitor is: ISO 3166-1 alpha-2 country and the state part of ISO 3166-2, upper case, or empty."""

    country: str = ""
    region: str = ""


class AgeGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """Ages from `lower` (inclusive, none = any) to `upper` (inclusive) for which a category may be on."""

    name: str
    upper: int
    lower: int | None = None


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """Another notice that some visitors of a rule are shown, to compare the two; `share` of them, in percent."""

    id: str
    notice: str
    share: int


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """How visitors from some places are treated: consent model, notice, and how long an answer holds.

    `places` holds country codes (`DE`), states (`US-CA`), short names (`EU`, `EEA`, `UK`) or `*`.
    `statuses` overrides the model for single categories. `reconsent_days` is how long a choice holds,
    `iab_reconsent_days` the same for a TC string; 0 means for ever. `signals_off` lists the categories a
    browser's opt-out signal (GPC) switches off. `consent_mode` maps Google's storage types to categories.
    `us_strings` says which US consent strings the rule speaks. `do_not_track` lists the categories that start switched
    off for a browser that asks not to be tracked. `microsoft_consent` tells Microsoft's tag what `consent_mode` says of
    `ad_storage`; `meta_category` is the category that Meta's tag waits for.
    `variants` are other notices on trial; whoever draws none of them sees the rule's own. Web pages alone draw.
    """

    id: str
    name: str
    notice: str
    places: tuple[str, ...] = ()
    default: bool = False
    model: Model = Model.OPT_IN
    template: Annotated[str, Meta(extra_json_schema={"enum": TEMPLATES})] = "GDPR"
    statuses: dict[str, Status] = {}
    show_banner: bool = True
    reconsent_days: int = 365
    iab_reconsent_days: int = 390
    records: bool = True
    identifier_type: str = "Email"
    reject_all: RejectAll = RejectAll.KEEP_LEGITIMATE_INTEREST
    signals_off: tuple[str, ...] = ()
    do_not_track: tuple[str, ...] = ()
    consent_mode: dict[str, str] = {}
    microsoft_consent: bool = False
    meta_category: str = ""
    att_categories: tuple[str, ...] = ()
    google_ads_categories: tuple[str, ...] | None = None
    age_limits: dict[str, tuple[AgeGroup, ...]] = {}
    us_strings: UsSetting | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def notices(self) -> frozenset[str]:
        """Every notice that some of its visitors see."""
        return frozenset((self.notice, *(variant.notice for variant in self.variants)))

    @property
    def by_place(self) -> bool:
        """True where the rule governs visitors from some places only; `*` stands for every place."""
        return any(place != "*" for place in self.places)

    @property
    def iab(self) -> bool:
        """True where the rule speaks the IAB Europe framework."""
        return self.template in ("IAB2", "IAB2V2")

    def status(self, category: Category) -> Status:
        """The status of `category` under this rule before the person chooses."""
        stated = self.statuses.get(category.id)
        if category.kind in NEVER_BY_DEFAULT:
            return Status.ALWAYS_INACTIVE if stated is Status.ALWAYS_INACTIVE else Status.INACTIVE
        if stated is not None:
            return stated
        return MODEL_STATUS[self.model] if category.consentable else Status.ALWAYS_ACTIVE


def covers(rule: Rule, place: Place) -> int:
    """How exactly the rule names the place: 3 its state, 2 its country, 1 a group of countries or all, 0 not at all."""
    if place.region and f"{place.country}-{place.region}" in rule.places:
        return 3
    if place.country in rule.places:
        return 2
    if any(place.country in PLACES[name] for name in rule.places if name in PLACES):
        return 1
    return 0


def choose_rule(rules: tuple[Rule, ...], place: Place) -> Rule:
    """The rule that names the place most exactly, else the default rule (cmp-api.md §16.5, web-sdk.md §2.2).

    A known place that nobody names goes to a `*` rule before the default; an unknown place, and Tor, goes
    straight to the default, so that a visitor who hides is treated as the settings' author decided.
    """
    default = next((rule for rule in rules if rule.default), rules[-1])
    if place.country in UNKNOWN_PLACES:
        return default
    best = max(rules, key=lambda rule: covers(rule, place))
    if covers(best, place):
        return best
    return next((rule for rule in rules if "*" in rule.places), default)
