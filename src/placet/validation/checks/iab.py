"""The IAB frameworks: who is worked with exists, what is shown may be shown, and the strings say something.

Vendors are looked up in the list that came with this version: a newer one may know more, so the unknown are a warning.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from placet.consent.rules.framework import Framework
from placet.formats.gpp.gpp import SECTION_IDS, USP
from placet.formats.gpp.us_layouts import US_SECTIONS
from placet.formats.ids import Ids
from placet.formats.lists.library import bundled_vendor_lists
from placet.formats.lists.stacks import needed_purposes, needed_special_features, usable_stacks
from placet.formats.places import is_country
from placet.formats.tcf.compose import NEVER_ON_INTEREST
from placet.settings.iab import UNHEARD, UNREGISTERED, Basis, IabSetting
from placet.settings.organisation import Organisation, Workspace
from placet.validation.paths import Path, Remark, ids, rules, sites, workspaces

TWELVE_BITS: Final = 4095
SIX_BITS: Final = 63
SECTIONS: Final = frozenset(prefix for prefix, number in SECTION_IDS.items() if number in US_SECTIONS or number == USP)


def settings(organisation: Organisation) -> Iterator[tuple[Path, Workspace, IabSetting]]:
    """Every part in the framework, where it stands."""
    for path, workspace in workspaces(organisation):
        if workspace.iab:
            yield (*path, "iab"), workspace, workspace.iab
    for path, workspace, site in sites(organisation):
        if site.iab:
            yield (*path, "iab"), workspace, site.iab


def iab_without_settings(organisation: Organisation) -> Iterator[Remark]:
    """A site under a rule with an IAB template says which vendors it works with."""
    for path, workspace, site in sites(organisation):
        names = [rule.id for each in workspace.region_rules if each.id == site.rules for rule in each.rules if rule.iab]
        if names and not (site.iab or workspace.iab):
            message = f"the rule '{names[0]}' asks for IAB purposes, but '{site.id}' names no vendors"
            yield Remark(path, message, "give the workspace (or the site) an iab block, or use the template GDPR")


def unregistered(organisation: Organisation) -> Iterator[Remark]:
    """The consent platform is registered: without a number, registered vendors ignore its strings."""
    for path, _, setting in settings(organisation):
        if setting.cmp_id == UNREGISTERED:
            yield Remark((*path, "cmp_id"), UNHEARD, "register with IAB Europe and write the number you get")


def bad_platforms(organisation: Organisation) -> Iterator[Remark]:
    """Platform id and version fit into 12 bits, and the publisher's country is one, or AA."""
    for path, _, setting in settings(organisation):
        for name in ("cmp_id", "cmp_version"):
            if not 0 <= getattr(setting, name) <= TWELVE_BITS:
                yield Remark((*path, name), f"{name} is not between 0 and {TWELVE_BITS}", "write the registered number")
        if setting.country != "AA" and not is_country(setting.country):
            cure = "write two capital letters, AA if unknown"
            yield Remark((*path, "country"), f"there is no country '{setting.country}'", cure)


def no_vendors(organisation: Organisation) -> Iterator[Remark]:
    """Vendors are chosen, or all of them deliberately; not both."""
    for path, _, setting in settings(organisation):
        if not setting.vendors and not setting.all_vendors:
            yield Remark((*path, "vendors"), "no vendor is chosen: nobody is asked for anything", "name the vendors")
        if setting.vendors and setting.all_vendors:
            yield Remark(
                (*path, "vendors"), "all_vendors is set, so the named ones mean nothing", "keep one of the two"
            )


def unknown_iab_vendors(organisation: Organisation) -> Iterator[Remark]:
    """Chosen vendors and Google providers are in the lists that came with this version, and have not left."""
    vendor_lists = bundled_vendor_lists()
    vendors = vendor_lists.vendors
    gone = vendors.deleted(vendors.updated)
    for path, _, setting in settings(organisation):
        for at, number in enumerate(setting.vendors):
            here = (*path, "vendors", at)
            if number not in vendors.vendors:
                message = f"vendor {number} is not in vendor list {vendors.version}"
                yield Remark(here, message, "look it up, or update the list: placet lists update")
            elif number in gone:
                yield Remark(here, f"vendor {number} has left the framework: it is not shown", "take it out")
        for at, number in enumerate(setting.google_providers):
            if number not in vendor_lists.providers.by_id:
                message = f"Google's list has no provider {number}"
                yield Remark((*path, "google_providers", at), message, "look it up, or update: placet lists update")


def unknown_iab_purposes(organisation: Organisation) -> Iterator[Remark]:
    """Purposes, special features, stacks and own purposes that are named exist."""
    words = bundled_vendor_lists().vendors.headings
    for path, workspace, setting in settings(organisation):
        for name, published_settings in (
            ("purposes", words.purposes),
            ("special_features", words.special_features),
            ("stacks", words.stacks),
        ):
            for at, number in enumerate(getattr(setting, name)):
                if number not in published_settings:
                    message = f"the framework has no {name.removesuffix('s').replace('_', ' ')} {number}"
                    yield Remark((*path, name, at), message, f"choose of {span(published_settings)}")
        for at, each in enumerate(setting.restrictions):
            if each.purpose not in words.purposes:
                cure = f"choose of {span(words.purposes)}"
                yield Remark((*path, "restrictions", at, "purpose"), f"there is no purpose {each.purpose}", cure)
        for at, name in enumerate(setting.custom_purposes):
            if name not in ids(workspace.categories) or at >= SIX_BITS:
                message = f"'{name}' can not be a purpose of your own"
                yield Remark((*path, "custom_purposes", at), message, "name up to 63 categories of this workspace")


def span(numbers: Iterable[int]) -> str:
    """The numbers there are."""
    return str(Ids.of(numbers))


def forbidden_interest(organisation: Organisation) -> Iterator[Remark]:
    """Nobody is told to use legitimate interest for a purpose that never allows it."""
    for path, _, setting in settings(organisation):
        for at, each in enumerate(setting.restrictions):
            if each.allowed is Basis.INTEREST and each.purpose in NEVER_ON_INTEREST:
                message = f"purpose {each.purpose} never rests on legitimate interest"
                yield Remark((*path, "restrictions", at, "allowed"), message, "write 'by consent only' or 'not at all'")


def clashing_stacks(organisation: Organisation) -> Iterator[Remark]:
    """A purpose stands in one of the shown stacks only."""
    stacks = bundled_vendor_lists().vendors.headings.stacks
    for path, _, setting in settings(organisation):
        owners: dict[int, int] = {}
        for at, number in enumerate(setting.stacks):
            purposes = stacks[number].purposes if number in stacks else ()
            taken = {owners[each] for each in purposes if each in owners}
            if taken:
                message = f"stack {number} and stack {min(taken)} hold the same purpose: they can not be shown together"
                yield Remark((*path, "stacks", at), message, "keep one of the two")
            owners.update(dict.fromkeys(purposes, number))


def idle_stacks(organisation: Organisation) -> Iterator[Remark]:
    """A stack holds only what a chosen vendor needs and the screens show."""
    for path, _, setting in settings(organisation):
        framework = Framework(setting, bundled_vendor_lists())
        usable = {each.id for each in usable_stacks(framework.list, framework.chosen)}
        for at, number in enumerate(setting.stacks):
            stack = framework.list.headings.stacks.get(number)
            if stack is not None and (number not in usable or not Ids.of(stack.purposes) <= framework.purposes):
                message = f"stack {number} names something that no chosen vendor needs, or that is hidden"
                yield Remark((*path, "stacks", at), message, "choose a stack of what is asked for")


def hidden_purposes(organisation: Organisation) -> Iterator[Remark]:
    """What a chosen vendor needs is shown; what is shown, somebody needs."""
    for path, _, setting in settings(organisation):
        framework = Framework(setting, bundled_vendor_lists())
        for name, needed in (
            ("purposes", needed_purposes(framework.list, framework.chosen)),
            ("special_features", needed_special_features(framework.list, framework.chosen)),
        ):
            named = Ids.of(each for each in getattr(setting, name) if 0 < each <= TWELVE_BITS)
            if named and (hidden := needed - named):
                message = f"{name.replace('_', ' ')} {hidden} are hidden: vendors get no signal for them"
                yield Remark((*path, name), message, "show them, or leave the line out")
            if setting.vendors and (idle := named - needed):
                message = f"no chosen vendor needs {name.replace('_', ' ')} {idle}"
                yield Remark((*path, name), message, "do not ask for what nobody uses")


def unknown_sections(organisation: Organisation) -> Iterator[Remark]:
    """A rule's GPP sections are ones we can write, and its categories exist."""
    for path, workspace, rule in rules(organisation):
        us, here = rule.us_strings, (*path, "us_strings")
        for at, prefix in enumerate(us.sections if us else ()):
            if prefix not in SECTIONS:
                cure = f"choose of {', '.join(sorted(SECTIONS))}"
                yield Remark((*here, "sections", at), f"there is no US section '{prefix}'", cure)
        for name in ("sale", "sharing", "targeted_advertising"):
            for at, id in enumerate(getattr(us, name) if us else ()):
                if id not in ids(workspace.categories):
                    yield Remark((*here, name, at), f"there is no category '{id}'", "name one of this workspace")


def silent_strings(organisation: Organisation) -> Iterator[Remark]:
    """US strings are spoken where US law applies, and are about some category."""
    for path, _, rule in rules(organisation):
        us, here = rule.us_strings, (*path, "us_strings")
        if us and rule.iab:
            message = f"the template {rule.template} speaks TC strings: the US strings are not written"
            yield Remark(here, message, "take us_strings out, or choose a US template")
        elif us and (us.sections or us.usp) and not us.categories:
            message = "the strings are about no category: nothing can be opted out of"
            yield Remark(here, message, "name the categories that are sale, sharing or targeted_advertising")
