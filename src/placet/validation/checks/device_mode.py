"""Destinations that pages send to by themselves: their scripts, and what must be agreed to first."""

from collections.abc import Iterator

from placet.formats.web_address import split
from placet.settings.connections import PageDestinationSetting
from placet.settings.organisation import Organisation, Workspace
from placet.validation.checks.connections import SALE
from placet.validation.checks.names import unknown, unknown_each
from placet.validation.paths import Path, Remark, ids, workspaces


def in_pages(organisation: Organisation) -> Iterator[tuple[Path, Workspace, PageDestinationSetting]]:
    """Every destination of this kind."""
    for path, workspace in workspaces(organisation):
        for at, destination in enumerate(workspace.page_destinations):
            yield (*path, "page_destinations", at), workspace, destination


def unknown_sources(organisation: Organisation) -> Iterator[Remark]:
    """A page destination belongs to a source of its workspace."""
    for path, workspace, destination in in_pages(organisation):
        yield from unknown((*path, "source"), destination.source, ids(workspace.sources), "source")


def unknown_purposes(organisation: Organisation) -> Iterator[Remark]:
    """A page destination needs purposes that the categories of its workspace ask for: pages know nothing else."""
    for path, workspace, destination in in_pages(organisation):
        known = frozenset(category.purpose or category.id for category in workspace.categories) - {SALE}
        yield from unknown_each((*path, "purposes"), destination.purposes, known, "purpose")


def bad_scripts(organisation: Organisation) -> Iterator[Remark]:
    """A page destination's script has an address that pages can load."""
    for path, _, destination in in_pages(organisation):
        if split(destination.script) is None:
            yield Remark((*path, "script"), f"'{destination.script}' is no address", "write https://host/path.js")


def open_scripts(organisation: Organisation) -> Iterator[Remark]:
    """A page destination's script cannot be changed on its way."""
    for path, _, destination in in_pages(organisation):
        parts = split(destination.script)
        if parts and parts.scheme == "http":
            yield Remark((*path, "script"), f"'{destination.script}' is not encrypted", "use https")


def unmapped(organisation: Organisation) -> Iterator[Remark]:
    """Somebody said for which purposes a page destination uses what it gets."""
    for path, _, destination in in_pages(organisation):
        if not destination.purposes and not destination.exempt:
            message = f"no page loads '{destination.id}': nobody said which purposes it serves"
            yield Remark(path, message, "add purposes: […], or exempt: true")
