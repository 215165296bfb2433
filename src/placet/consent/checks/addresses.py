"""Addresses that people follow or pages load: of a web page, or a path on the site itself."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

from placet.consent.checks.walk import Path, Remark, workspaces
from placet.consent.notices import Notice
from placet.consent.organisation import Organisation

SCHEMES: Final = ("https", "http")
UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")
CURE: Final = "write https://host/path, or /path for a page of the site itself"


def split(text: str) -> SplitResult | None:
    """An address in its parts; None for what is none."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return None
    return parts if parts.scheme in SCHEMES and parts.hostname else None


def may_be_followed(text: str) -> bool:
    """Is this an address of a web page, or a path on the same site? `javascript:` and its like are not."""
    if UNPRINTABLE.search(text):
        return False
    return (text.startswith("/") and not text.startswith("//")) or split(text) is not None


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
