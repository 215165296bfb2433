"""Region rules: every visitor is governed by exactly one, and it does what its law expects."""

from collections.abc import Iterator
from typing import Final

from placet.formats.places import is_country, is_state
from placet.settings.iab import OnGpc
from placet.settings.organisation import CategorySetting, Organisation
from placet.settings.purposes import NOTICE_ONLY_KINDS, Status
from placet.settings.regions import PLACES, TEMPLATES, Model, Rule
from placet.validation.paths import Remark, rule_sets, rules

SIGNAL_LAWS: Final = frozenset(
    "CCPA CPRA COLORADO CTDPA TEXAS MONTANA OREGON DELAWARE NEBRASKA NEW_JERSEY NEW_HAMPSHIRE".split()
)
"""Templates of laws under which a browser's opt-out signal binds."""

STORAGE_TYPES: Final = frozenset(
    """
    ad_storage ad_user_data ad_personalization analytics_storage functionality_storage personalization_storage
    security_storage
    """.split()
)
"""What Google's consent mode distinguishes."""

AD_STORAGE: Final = ("ad_storage", "ad_user_data", "ad_personalization")
MARKETING: Final = frozenset({"C0004", "C0005"})
"""The categories every client takes for targeting and social media (cmp-api.md §16.1)."""

TWO_YEARS: Final = 730
THIRTEEN_MONTHS: Final = 396


def bad_trials(organisation: Organisation) -> Iterator[Remark]:
    """The variants of a rule have some of its visitors each, and not more than all of them together."""
    for path, _, rule in rules(organisation):
        shares = [variant.share for variant in rule.variants]
        if any(share < 1 for share in shares) or sum(shares) > 100:
            message = f"the variants of '{rule.id}' have shares of {', '.join(map(str, shares))} percent"
            yield Remark((*path, "variants"), message, "write whole numbers from 1 on, together at most 100")


def no_default(organisation: Organisation) -> Iterator[Remark]:
    """One rule of a set is the default: it governs visitors nobody can place."""
    for path, _, rule_set in rule_sets(organisation):
        defaults = [rule.id for rule in rule_set.rules if rule.default]
        if not defaults:
            message = f"the rule set '{rule_set.id}' has no default rule"
            yield Remark((*path, "rules"), message, "say 'default: true' in the rule for visitors nobody can place")
        if len(defaults) > 1:
            message = f"the rule set '{rule_set.id}' has {len(defaults)} default rules: {', '.join(defaults)}"
            yield Remark((*path, "rules"), message, "keep 'default: true' in one of them")


def unknown_places(organisation: Organisation) -> Iterator[Remark]:
    """A place is `*`, EU, EEA, UK, a country or a state."""
    for path, _, rule in rules(organisation):
        for at, place in enumerate(rule.places):
            if place != "*" and place not in PLACES and not is_country(place) and not is_state(place):
                yield Remark((*path, "places", at), f"there is no place '{place}'", place_cure(place))


def place_cure(place: str) -> str:
    """What was probably meant."""
    upper = place.upper()
    if upper in PLACES or is_country(upper) or is_state(upper):
        return f"write '{upper}'"
    return "write a country (DE), a state (US-CA), EU, EEA, UK or *"


def overlapping(organisation: Organisation) -> Iterator[Remark]:
    """No place is named by two rules of a set equally exactly; a state beats its country, a country its group."""
    for path, _, rule_set in rule_sets(organisation):
        owners: dict[str, int] = {}
        for at, rule in enumerate(rule_set.rules):
            for number, place in enumerate(rule.places):
                taken = {owners[name] for name in reach(place) if name in owners} - {at}
                if taken:
                    message = f"'{place}' is governed by '{rule_set.rules[min(taken)].id}' already"
                    yield Remark((*path, "rules", at, "places", number), message, "name each place in one rule")
                owners.update(dict.fromkeys(reach(place), at))


def reach(place: str) -> set[str]:
    """What naming a place claims: itself, or every country of a group, as a group's claim."""
    if place in PLACES:
        return {f"{country} in a group" for country in PLACES[place]}
    return {place}


def placeless(organisation: Organisation) -> Iterator[Remark]:
    """A rule names places or is the default; otherwise it governs nobody."""
    for path, _, rule in rules(organisation):
        if not rule.places and not rule.default:
            yield Remark(path, f"the rule '{rule.id}' governs nobody", "give it places, or take it out")


def unknown_templates(organisation: Organisation) -> Iterator[Remark]:
    """A rule's template is one that clients know."""
    for path, _, rule in rules(organisation):
        if rule.template not in TEMPLATES:
            message = f"there is no template '{rule.template}'"
            yield Remark((*path, "template"), message, f"choose one of {', '.join(sorted(TEMPLATES))}")


def silent_opt_in(organisation: Organisation) -> Iterator[Remark]:
    """Where consent must come first, there is a banner to give it on."""
    for path, _, rule in rules(organisation):
        if rule.model is Model.OPT_IN and not rule.show_banner:
            message = f"the rule '{rule.id}' is opt-in but shows no banner: nobody is ever asked"
            yield Remark((*path, "show_banner"), message, "show the banner, or choose another model")


def stated(rule: Rule, category: CategorySetting) -> Status | None:
    """The status a rule states for one category, or what its kind fixes."""
    if category.kind in NOTICE_ONLY_KINDS:
        return Status.ALWAYS_ACTIVE
    return rule.statuses.get(category.id)


def nothing_necessary(organisation: Organisation) -> Iterator[Remark]:
    """Some category is always active: what the site cannot run without."""
    for path, workspace, rule in rules(organisation):
        if not workspace.categories or rule.model is Model.NOTICE_ONLY:
            continue
        if not any(rule.statuses.get(category.id) is Status.ALWAYS_ACTIVE for category in workspace.categories):
            message = f"under the rule '{rule.id}' no category is strictly necessary"
            first = workspace.categories[0].id
            yield Remark(
                path, message, f"state 'statuses: {{{first}: always active}}' for what the site cannot do without"
            )


def forced_marketing(organisation: Organisation) -> Iterator[Remark]:
    """Marketing is nobody's necessity."""
    for path, workspace, rule in rules(organisation):
        marketing = MARKETING | set(rule.att_categories) | {rule.consent_mode.get(storage) for storage in AD_STORAGE}
        for category in workspace.categories:
            if category.id in marketing and stated(rule, category) is Status.ALWAYS_ACTIVE:
                message = f"'{category.id}' serves marketing but cannot be refused under the rule '{rule.id}'"
                yield Remark((*path, "statuses", category.id), message, "make it active or inactive")


def unstated(organisation: Organisation) -> Iterator[Remark]:
    """A custom model states every optional category."""
    for path, workspace, rule in rules(organisation):
        missing = [c.id for c in workspace.categories if stated(rule, c) is None]
        if rule.model is Model.CUSTOM and missing:
            message = f"the custom rule '{rule.id}' says nothing of {', '.join(missing)}, which stay off"
            yield Remark((*path, "statuses"), message, "state a status for each")


def signal_ignored(organisation: Organisation) -> Iterator[Remark]:
    """Where the law makes a browser's opt-out signal binding, it switches something off."""
    for path, workspace, rule in rules(organisation):
        us = rule.us_strings
        heeds = rule.signals_off or (us and us.gpc is OnGpc.HONOUR and us.categories)
        if rule.template in SIGNAL_LAWS and workspace.categories and not heeds:
            message = (
                f"the rule '{rule.id}' does nothing on Global Privacy Control, which {rule.template} makes binding"
            )
            yield Remark(path, message, "name the categories it switches off in signals_off")


def asks_too_late(organisation: Organisation) -> Iterator[Remark]:
    """A choice is asked for again within two years; an IAB string within thirteen months."""
    for path, _, rule in rules(organisation):
        if not 0 < rule.reconsent_days <= TWO_YEARS:
            message = f"under the rule '{rule.id}' a choice holds {span(rule.reconsent_days)}"
            yield Remark(
                (*path, "reconsent_days"), message, "ask again within 24 months; many authorities expect 6 to 12"
            )
        if rule.iab and not 0 < rule.iab_reconsent_days <= THIRTEEN_MONTHS:
            message = f"under the rule '{rule.id}' an IAB string holds {span(rule.iab_reconsent_days)}"
            yield Remark((*path, "iab_reconsent_days"), message, "ask again within 13 months, as the framework demands")


def span(days: int) -> str:
    """A number of days in words."""
    return f"{days} days" if days else "for ever"


def unknown_storage(organisation: Organisation) -> Iterator[Remark]:
    """Consent mode maps the storage types Google names."""
    for path, _, rule in rules(organisation):
        for name in rule.consent_mode:
            if name not in STORAGE_TYPES:
                message = f"there is no storage type '{name}'"
                yield Remark((*path, "consent_mode", name), message, f"choose of {', '.join(sorted(STORAGE_TYPES))}")


def bad_ages(organisation: Organisation) -> Iterator[Remark]:
    """An age group ends no earlier than it begins (cmp-api.md §4.2, ERROR_CODE_INVALID_AGE_RANGE)."""
    for path, _, rule in rules(organisation):
        for name, groups in rule.age_limits.items():
            for at, group in enumerate(groups):
                if group.upper < max(group.lower or 0, 0):
                    message = f"the age group '{group.name}' ends before it begins"
                    yield Remark(
                        (*path, "age_limits", name, at, "upper"),
                        message,
                        "write the lowest age as lower, the highest as upper",
                    )


def negative_days(organisation: Organisation) -> Iterator[Remark]:
    """Days count from 0."""
    for path, _, rule in rules(organisation):
        for field in ("reconsent_days", "iab_reconsent_days"):
            if getattr(rule, field) < 0:
                yield Remark((*path, field), f"{field} is negative", "write 0 for ever, else a number of days")
