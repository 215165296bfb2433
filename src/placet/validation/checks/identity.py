"""Telling people apart: settings of one strategy do nothing with another, and limits are counts."""

from collections.abc import Iterator
from typing import Final

from placet.settings.identity_strategy import IdentitySetting, Strategy
from placet.settings.organisation import Organisation
from placet.validation.paths import Path, Remark, workspaces

MERGE_ONLY: Final = ("limits", "most", "windows")
OTHERS_ONLY: Final = ("unique", "immutable")
UNSAID: Final = IdentitySetting()


def identities(organisation: Organisation) -> Iterator[tuple[Path, IdentitySetting]]:
    """How each workspace tells people apart."""
    for path, workspace in workspaces(organisation):
        yield (*path, "identity"), workspace.identity


def bad_limits(organisation: Organisation) -> Iterator[Remark]:
    """How many names somebody may have is 0 (no limit) or more."""
    for path, setting in identities(organisation):
        counts = {("limits", kind): max_count for kind, max_count in setting.limits.items()} | {("most",): setting.most}
        for where, limit in counts.items():
            if limit < 0:
                yield Remark((*path, *where), f"{limit} is no number of names", "write 0 for no limit")


def idle_settings(organisation: Organisation) -> Iterator[Remark]:
    """Limits belong to strategy merge; unique and immutable names to the others."""
    for path, setting in identities(organisation):
        merging = setting.strategy is Strategy.MERGE
        for field in OTHERS_ONLY if merging else MERGE_ONLY:
            if getattr(setting, field) != getattr(UNSAID, field):
                message = f"'{field}' does nothing with strategy {setting.strategy.value}"
                yield Remark((*path, field), message, "leave it out, or choose another strategy")
