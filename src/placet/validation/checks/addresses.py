"""Addresses that people follow or pages load: of a web page, or a path on the site itself."""

from collections.abc import Iterator
from typing import Final

from placet.formats.web_address import may_be_followed
from placet.settings.notices import Notice
from placet.settings.organisation import Organisation
from placet.validation.paths import Path, Remark, workspaces

CURE: Final = "write https://host/path, or /path for a page of the site itself"


def configured(organisation: Organisation) -> Iterator[tuple[Path, str]]:
    """Every address that people are shown, and where it stands."""
    for path, workspace in workspaces(organisation):
        for at, notice in enumerate(workspace.notices):
            yield from of_notice((*path, "notices", at), notice)
        for at, vendor in enumerate(workspace.vendors):
            yield (*path, "vendors", at, "policy_url"), vendor.policy_url


def of_notice(path: Path, notice: Notice) -> Iterator[tuple[Path, str]]:
    """The addresses of one notice."""
    yield (*path, "logo_url"), notice.logo_url
    yield from (((*path, "policy_url", tag), address) for tag, address in notice.policy_url.items())
    for name in ("age_gate", "att_before", "att_after"):
        if prompt := getattr(notice, name):
            yield (*path, name, "logo_url"), prompt.logo_url


def bad_links(organisation: Organisation) -> Iterator[Remark]:
    """An address that people follow is one of a web page, or a path on the site itself."""
    for path, text in configured(organisation):
        if text and not may_be_followed(text):
            yield Remark(path, f"'{text}' is no address of a web page", CURE)
