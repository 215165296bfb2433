"""Names: what must be unique is, and what is referred to exists."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from placet.settings.organisation import Organisation
from placet.validation.paths import Path, Remark, categories, ids, opt_out_forms, rule_sets, rules, sites, workspaces

SEPARABLE: Final = re.compile(r"[A-Za-z0-9_]+")
LISTS: Final = (
    *("categories", "vendors", "universal", "notices", "region_rules", "sites"),
    *("sources", "destinations", "connections", "page_destinations"),
)
"""The lists of a workspace whose items have ids."""

Named = Iterator[tuple[Path, str]]
"""Names, and where each stands."""


def guids(organisation: Organisation) -> Named:
    """Everything that must be a GUID."""
    yield ("id",), organisation.id
    for at, purpose in enumerate(organisation.purposes):
        if purpose.guid:
            yield ("purposes", at, "guid"), purpose.guid
    for at, group in enumerate(organisation.consent_groups):
        if group.guid:
            yield ("consent_groups", at, "guid"), group.guid
    yield from app_ids(organisation)
    yield from sdk_ids(organisation)
    for path, workspace in workspaces(organisation):
        yield from (((*path, "vendors", at, "guid"), v.guid) for at, v in enumerate(workspace.vendors))
        yield from (((*path, "universal", at, "id"), u.id) for at, u in enumerate(workspace.universal))


def app_ids(organisation: Organisation) -> Named:
    """The ids clients send."""
    return (((*path, "app_id"), site.app_id) for path, _, site in sites(organisation))


def sdk_ids(organisation: Organisation) -> Named:
    """The ids of all SDKs."""
    for path, _, category in categories(organisation):
        yield from (((*path, "sdks", at, "id"), sdk.id) for at, sdk in enumerate(category.sdks))


def bad_guids(organisation: Organisation) -> Iterator[Remark]:
    """GUIDs are 8-4-4-4-12 hexadecimal digits."""
    for path, text in guids(organisation):
        if not is_guid(text):
            cure = "write a GUID such as 7f6c2a10-5b1e-4c8d-9a34-0d2f8e61b7c5 (uuidgen makes one)"
            yield Remark(path, f"'{text}' is not a GUID", cure)


def is_guid(text: str) -> bool:
    """True for the usual spelling, in either case."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def same_guids(organisation: Organisation) -> Iterator[Remark]:
    """App ids, SDK ids, and the GUIDs of purposes and of groups, are each unique in the organisation."""
    purposes = [(("purposes", at, "guid"), p.guid) for at, p in enumerate(organisation.purposes) if p.guid]
    groups = [(("consent_groups", at, "guid"), g.guid) for at, g in enumerate(organisation.consent_groups) if g.guid]
    for kind in (app_ids(organisation), sdk_ids(organisation), purposes, groups):
        yield from twice(kind, "is already used above", "give it a GUID of its own")


def twice(named: Iterable[tuple[Path, str]], what: str, cure: str) -> Iterator[Remark]:
    """A remark on every name that came before, whatever its letter case."""
    seen = set()
    for path, name in named:
        if name.lower() in seen:
            yield Remark(path, f"'{name}' {what}", cure)
        seen.add(name.lower())


def lists(organisation: Organisation) -> Iterator[tuple[Path, tuple[Any, ...]]]:
    """Every list whose items have ids."""
    for field in ("purposes", "workspaces", "consent_groups", "keys"):
        yield (field,), getattr(organisation, field)
    for path, workspace in workspaces(organisation):
        for field in LISTS:
            yield (*path, field), getattr(workspace, field)
        for at, purpose in enumerate(workspace.universal):
            yield (*path, "universal", at, "preferences"), purpose.preferences
            for number, preference in enumerate(purpose.preferences):
                yield (*path, "universal", at, "preferences", number, "options"), preference.options
    for path, _, rule_set in rule_sets(organisation):
        yield (*path, "rules"), rule_set.rules
        for at, rule in enumerate(rule_set.rules):
            yield (*path, "rules", at, "variants"), rule.variants


def same_ids(organisation: Organisation) -> Iterator[Remark]:
    """An id names one thing in its list."""
    for path, items in lists(organisation):
        named = [((*path, at, "id"), item.id) for at, item in enumerate(items)]
        yield from twice(named, f"names two {str(path[-1]).replace('_', ' ')}", "rename one of the two")


def bad_ids(organisation: Organisation) -> Iterator[Remark]:
    """An id is not empty and free of blanks; workspaces and sites also have no '/', which stands between the two."""
    for path, items in lists(organisation):
        for at, item in enumerate(items):
            joined = path[-1] in ("workspaces", "sites") and "/" in item.id
            if not item.id or item.id.split() != [item.id] or joined:
                yield Remark((*path, at, "id"), f"'{item.id}' is no id", "use letters, digits, '-' and '_'")


def separators_in_ids(organisation: Organisation) -> Iterator[Remark]:
    """Ids of categories and general vendors are letters, digits and '_'; what separates them on pages is refused."""
    for path, workspace in workspaces(organisation):
        for field in ("categories", "vendors"):
            for at, item in enumerate(getattr(workspace, field)):
                if not SEPARABLE.fullmatch(item.id) and item.id.split() == [item.id]:
                    message = (
                        f"'{item.id}' cannot stand in a class such as 'optanon-category-C0002-C0004' or in a cookie"
                    )
                    yield Remark((*path, field, at, "id"), message, "use letters, digits and '_' only")


def unknown(path: Path, name: str, known: frozenset[str], kind: str) -> Iterator[Remark]:
    """A remark when nothing of this kind has the name."""
    if name in known:
        return
    some = ", ".join(sorted(known)[:8])
    yield Remark(path, f"there is no {kind} '{name}'", f"known: {some}" if some else f"add a {kind} first")


def unknown_each(path: Path, names: Iterable[str], known: frozenset[str], kind: str) -> Iterator[Remark]:
    """The same for every name of a list."""
    for at, name in enumerate(names):
        yield from unknown((*path, at), name, known, kind)


def unknown_purposes(organisation: Organisation) -> Iterator[Remark]:
    """A category's purpose is one of the organisation's."""
    known = ids(organisation.purposes)
    for path, _, category in categories(organisation):
        if category.purpose:
            yield from unknown((*path, "purpose"), category.purpose, known, "purpose")


def unknown_vendors(organisation: Organisation) -> Iterator[Remark]:
    """Categories and sites name general vendors of their workspace."""
    for path, workspace, category in categories(organisation):
        yield from unknown_each((*path, "vendors"), category.vendors, ids(workspace.vendors), "vendor")
    for path, workspace, site in sites(organisation):
        yield from unknown_each((*path, "vendors"), site.vendors or (), ids(workspace.vendors), "vendor")


def unknown_sdks(organisation: Organisation) -> Iterator[Remark]:
    """A vendor's SDKs stand in one of the workspace's categories."""
    for path, workspace in workspaces(organisation):
        known = frozenset(sdk.id for category in workspace.categories for sdk in category.sdks)
        for at, vendor in enumerate(workspace.vendors):
            yield from unknown_each((*path, "vendors", at, "sdks"), vendor.sdks, known, "SDK")


def unknown_universal(organisation: Organisation) -> Iterator[Remark]:
    """Sites name universal-consent purposes of their workspace."""
    for path, workspace, site in sites(organisation):
        known = ids(workspace.universal)
        yield from unknown_each((*path, "universal"), site.universal or (), known, "universal purpose")


def unknown_categories(organisation: Organisation) -> Iterator[Remark]:
    """Sites, rules and opt-out forms name categories of their workspace."""
    for path, workspace, site in sites(organisation):
        yield from unknown_each((*path, "categories"), site.categories, ids(workspace.categories), "category")
    for path, workspace, form in opt_out_forms(organisation):
        yield from unknown_each((*path, "categories"), form.categories, ids(workspace.categories), "category")
    for path, workspace, rule in rules(organisation):
        known = ids(workspace.categories)
        for field in ("statuses", "age_limits"):
            for name in getattr(rule, field):
                yield from unknown((*path, field, name), name, known, "category")
        for field in ("signals_off", "do_not_track", "att_categories", "google_ads_categories"):
            yield from unknown_each((*path, field), getattr(rule, field) or (), known, "category")
        for storage, name in rule.consent_mode.items():
            yield from unknown((*path, "consent_mode", storage), name, known, "category")
        if rule.meta_category:
            yield from unknown((*path, "meta_category"), rule.meta_category, known, "category")


def unknown_notices(organisation: Organisation) -> Iterator[Remark]:
    """A rule's notice is one of its workspace's."""
    for path, workspace, rule in rules(organisation):
        yield from unknown((*path, "notice"), rule.notice, ids(workspace.notices), "notice")
        for at, variant in enumerate(rule.variants):
            yield from unknown((*path, "variants", at, "notice"), variant.notice, ids(workspace.notices), "notice")


def unknown_rule_sets(organisation: Organisation) -> Iterator[Remark]:
    """A site names the rule set that governs it."""
    for path, workspace, site in sites(organisation):
        if site.rules:
            yield from unknown((*path, "rules"), site.rules, ids(workspace.region_rules), "rule set")
            continue
        yield Remark(path, f"the site '{site.id}' names no rule set", "add rules: with the id of one")


def unknown_members(organisation: Organisation) -> Iterator[Remark]:
    """Consent groups list sites that exist, as `workspace/site`."""
    known = frozenset(f"{workspace.id}/{site.id}" for _, workspace, site in sites(organisation))
    for at, group in enumerate(organisation.consent_groups):
        yield from unknown_each(("consent_groups", at, "sites"), group.sites, known, "site")


def members_twice(organisation: Organisation) -> Iterator[Remark]:
    """A site is in one consent group at most, once."""
    groups = enumerate(organisation.consent_groups)
    members = [(("consent_groups", at, "sites", n), site) for at, g in groups for n, site in enumerate(g.sites)]
    yield from twice(members, "is in a consent group already", "a site shares one profile: keep one mention")


def idle(organisation: Organisation, field: str, used: Callable[[Any], set[str]], kind: str) -> Iterator[Remark]:
    """A remark on everything in a workspace's list that nothing names."""
    for path, workspace in workspaces(organisation):
        named = used(workspace)
        for at, item in enumerate(getattr(workspace, field)):
            if item.id not in named:
                yield Remark((*path, field, at), f"nothing uses the {kind} '{item.id}'", "use it or take it out")


def idle_notices(organisation: Organisation) -> Iterator[Remark]:
    """Every notice is shown by some rule."""
    return idle(
        organisation, "notices", lambda w: {n for s in w.region_rules for r in s.rules for n in r.notices}, "notice"
    )


def idle_rule_sets(organisation: Organisation) -> Iterator[Remark]:
    """Every rule set governs some site."""
    return idle(organisation, "region_rules", lambda w: {site.rules for site in w.sites}, "rule set")


def idle_purposes(organisation: Organisation) -> Iterator[Remark]:
    """Every purpose is served by some category."""
    used = {category.purpose for _, _, category in categories(organisation)}
    for at, purpose in enumerate(organisation.purposes):
        if purpose.id not in used:
            yield Remark(("purposes", at), f"no category serves the purpose '{purpose.id}'", "use it or take it out")
