"""The settings catalogue port: drafts, publications, audit."""

from typing import Protocol

from msgspec import Struct

from placet.settings.organisation import Organisation
from placet.settings.site import Publication, Stage


class Draft(Struct, frozen=True):
    """An organisation's settings as last applied, and their version (counted from 1)."""

    organisation: Organisation
    version: int
    applied_at: int
    applied_by: str


class AuditEntry(Struct, frozen=True):
    """Who changed what, when: one line of an organisation's history."""

    at: int
    by: str
    action: str
    subject: str
    detail: str = ""


class CatalogueSnapshot(Struct, frozen=True):
    """What a running node needs of the catalogue: current publications and drafts, at one revision.

    `revision` changes with every write to the catalogue, in any process.
    """

    revision: int
    publications: tuple[Publication, ...]
    drafts: tuple[Draft, ...]


class Catalogue(Protocol):
    """Settings: drafts replaced by compare-and-swap, publications added and pointed at, all of it audited.

    `site` is a site's `app_id` here, since two workspaces may both have a site called `web`. Organisations
    are named by their GUID in lower case.
    """

    async def draft(self, organisation: str) -> Draft | None:
        """An organisation's settings as last applied."""
        ...

    async def apply(self, organisation: Organisation, seen: int, by: str, now: int, detail: str = "") -> Draft:
        """Replace the draft whose version is `before` (0 = there is none). Raises Stale."""
        ...

    async def publish(self, publications: list[Publication]) -> None:
        """Add these and make each current for its site and stage, all at once.

        Raises Stale when a number is not the next one of its site and stage.
        """
        ...

    async def point(self, organisation: str, site: str, stage: Stage, number: int, by: str, now: int) -> None:
        """Make an earlier publication current again (rollback). Raises Missing."""
        ...

    async def history(self, organisation: str, site: str, stage: Stage) -> list[Publication]:
        """Every publication of a site, newest first, whether current or not."""
        ...

    async def revision(self) -> int:
        """The current revision; cheap enough to ask four times a second."""
        ...

    async def snapshot(self) -> CatalogueSnapshot:
        """Everything current, of all organisations, at one moment."""
        ...

    async def append_audit(self, organisation: str, entry: AuditEntry) -> None:
        """Add a line to an organisation's history that no change of settings is behind."""
        ...

    async def audit(self, organisation: str, limit: int = 100) -> list[AuditEntry]:
        """The newest entries of an organisation's history, newest first."""
        ...
