"""Families: categories above and below one another, in a workspace and on a site."""

from collections.abc import Iterator

from placet.settings.organisation import Organisation
from placet.settings.purposes import CategoryKind
from placet.validation.paths import Remark, categories, ids, sites


def unknown_parents(organisation: Organisation) -> Iterator[Remark]:
    """A parent is a category of the same workspace, and not the child itself."""
    for path, workspace, category in categories(organisation):
        if not category.parent:
            continue
        if category.parent == category.id or category.parent not in ids(workspace.categories):
            message = f"'{category.parent}' cannot be the parent of '{category.id}'"
            yield Remark((*path, "parent"), message, "name another category of this workspace, or leave parent out")


def nested_too_deep(organisation: Organisation) -> Iterator[Remark]:
    """A parent has no parent: clients know two levels."""
    for path, workspace, category in categories(organisation):
        above = {c.id: c.parent for c in workspace.categories}
        if category.parent != category.id and above.get(category.parent):
            message = f"'{category.id}' lies three levels deep: '{category.parent}' has a parent too"
            yield Remark((*path, "parent"), message, f"put it below '{above[category.parent]}'")


def parents_left_out(organisation: Organisation) -> Iterator[Remark]:
    """A site that asks for a child asks for its parent."""
    for path, workspace, site in sites(organisation):
        above = {category.id: category.parent for category in workspace.categories}
        for at, name in enumerate(site.categories):
            if above.get(name) and above[name] not in site.categories:
                message = f"the site asks for '{name}' but not for '{above[name]}' above it"
                yield Remark((*path, "categories", at), message, f"add '{above[name]}' to the site's categories")


def empty_bundles(organisation: Organisation) -> Iterator[Remark]:
    """A bundle has categories below it."""
    for path, workspace, category in categories(organisation):
        if category.kind is CategoryKind.BRANCH and category.id not in {c.parent for c in workspace.categories}:
            message = f"the bundle '{category.id}' has nothing below it"
            yield Remark(path, message, f"give some category 'parent: {category.id}', or take the bundle out")
