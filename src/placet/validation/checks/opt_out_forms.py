"""Forms of a global opt-out: what is on them can be refused, is kept, and reaches further than one device."""

from collections.abc import Iterator

from placet.settings.notices import OptOutForm
from placet.settings.organisation import Organisation, Workspace
from placet.settings.purposes import Status
from placet.settings.regions import MODEL_STATUS
from placet.validation.checks.region_rules import stated
from placet.validation.paths import Remark, opt_out_forms, rules, workspaces


def empty_forms(organisation: Organisation) -> Iterator[Remark]:
    """A form of a global opt-out names what people can opt out of."""
    for path, workspace, form in opt_out_forms(organisation):
        if not form.categories:
            message = f"a notice of '{workspace.id}' has an opt-out form without a category: nobody can use it"
            yield Remark((*path, "categories"), message, "name the categories that count as sale or sharing")


def form_of(workspace: Workspace, notice: str) -> OptOutForm | None:
    """The form of the notice with this id, if it is shown."""
    form = next((each.global_opt_out for each in workspace.notices if each.id == notice), None)
    return form if form and form.enabled else None


def idle_forms(organisation: Organisation) -> Iterator[Remark]:
    """A rule whose notice has an opt-out form keeps records, and lets every category on the form be refused."""
    for path, workspace, rule in rules(organisation):
        form = form_of(workspace, rule.notice)
        if form is None:
            continue
        if not rule.records:
            message = f"the rule '{rule.id}' keeps no records, so the opt-out form of '{rule.notice}' is not offered"
            yield Remark((*path, "notice"), message, "keep records, or show another notice")
        for category in workspace.categories:
            status = stated(rule, category) or MODEL_STATUS[rule.model]
            if category.id in form.categories and status is Status.ALWAYS_ACTIVE:
                message = f"'{category.id}' is on the opt-out form but cannot be refused under the rule '{rule.id}'"
                yield Remark((*path, "statuses", category.id), message, "make it active, or take it off the form")


def lone_forms(organisation: Organisation) -> Iterator[Remark]:
    """A site with an opt-out form is in a consent group, through which an opt-out reaches other devices."""
    grouped = {site for group in organisation.consent_groups for site in group.sites}
    for path, workspace in workspaces(organisation):
        notices = {each.id: {rule.notice for rule in each.rules} for each in workspace.region_rules}
        for at, site in enumerate(workspace.sites):
            offers = any(form_of(workspace, notice) for notice in notices.get(site.rules, ()))
            if offers and f"{workspace.id}/{site.id}" not in grouped:
                message = f"an opt-out on '{site.id}' reaches no other device: the site is in no consent group"
                yield Remark((*path, "sites", at), message, "list it in one of consent_groups")
