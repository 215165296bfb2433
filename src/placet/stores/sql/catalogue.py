"""Settings in SQL: drafts, publications, what is current, who changed it, and one revision over all."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from msgspec import Struct, json

from placet.errors import Missing, Stale
from placet.settings.organisation import Organisation
from placet.settings.site import Publication, Stage
from placet.stores.ports.catalogue import AuditEntry, CatalogueSnapshot, Draft
from placet.stores.sql.statements import Engine, ExecuteMany, Query, Row, Statements

DRAFT: Final = "SELECT body, version, applied_at, applied_by FROM drafts WHERE organisation = $1"

DRAFTS: Final = "SELECT body, version, applied_at, applied_by FROM drafts ORDER BY organisation"

APPLY: Final = """
    INSERT INTO drafts (organisation, version, applied_at, applied_by, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (organisation) DO UPDATE SET version = excluded.version, applied_at = excluded.applied_at,
        applied_by = excluded.applied_by, body = excluded.body
"""

LAST_NUMBER: Final = """
    SELECT coalesce(max(number), 0) FROM publications WHERE organisation = $1 AND app_id = $2 AND stage = $3
"""

PUBLISH: Final = """
    INSERT INTO publications (organisation, app_id, stage, number, body) VALUES ($1, $2, $3, $4, $5)
"""

POINT: Final = """
    INSERT INTO current_publications (organisation, app_id, stage, number) VALUES ($1, $2, $3, $4)
    ON CONFLICT (organisation, app_id, stage) DO UPDATE SET number = excluded.number
"""

IS_THERE: Final = """
    SELECT 1 FROM publications WHERE organisation = $1 AND app_id = $2 AND stage = $3 AND number = $4
"""

HISTORY: Final = """
    SELECT body FROM publications WHERE organisation = $1 AND app_id = $2 AND stage = $3 ORDER BY number DESC
"""

CURRENT: Final = """
    SELECT p.body FROM current_publications AS c
    JOIN publications AS p USING (organisation, app_id, stage, number)
    ORDER BY p.organisation, p.app_id, p.stage
"""

APPEND_AUDIT: Final = """
    INSERT INTO audit (organisation, at, who, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)
"""

AUDIT: Final = """
    SELECT at, who, action, subject, detail FROM audit WHERE organisation = $1 ORDER BY seq DESC LIMIT $2
"""

REVISION: Final = "SELECT number FROM revision"

NEXT_REVISION: Final = "UPDATE revision SET number = number + 1"

encode: Final = json.Encoder().encode
organisation_from: Final = json.Decoder(Organisation).decode
publication_from: Final = json.Decoder(Publication).decode


def draft_from(row: Row) -> Draft:
    """The draft in a row of body, version, time and name."""
    body, version, at, by = row
    return Draft(organisation_from(body), version, at, by)


def changed(organisation: str, entry: AuditEntry) -> Generator[Query | ExecuteMany, Any, None]:
    """Write a change down, and tell every node that there is one."""
    yield Query(APPEND_AUDIT, (organisation, entry.at, entry.by, entry.action, entry.subject, entry.detail))
    yield Query(NEXT_REVISION)


class Apply(Struct, frozen=True, tag=True):
    """Replace the draft that was seen; `body` is the organisation as JSON."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    organisation: str
    body: bytes
    seen: int
    by: str
    now: int
    detail: str

    def statements(self) -> Statements[None]:
        """Compare, then swap."""
        rows = yield Query(DRAFT, (self.organisation,))
        if (rows[0][1] if rows else 0) != self.seen:
            raise Stale(f"the settings of {self.organisation} are no longer at version {self.seen}")
        yield Query(APPLY, (self.organisation, self.seen + 1, self.now, self.by, self.body))
        entry = AuditEntry(self.now, self.by, "apply", self.organisation, self.detail)
        yield from changed(self.organisation, entry)


class AppendAudit(Struct, frozen=True, tag=True):
    """Add a line to an organisation's history."""

    lock_group: ClassVar[str] = ""
    answer: ClassVar[Any] = None

    organisation: str
    entry: AuditEntry

    def statements(self) -> Statements[None]:
        """One statement; nodes need not look."""
        one = self.entry
        yield Query(APPEND_AUDIT, (self.organisation, one.at, one.by, one.action, one.subject, one.detail))


class Sealed(Struct, frozen=True):
    """A publication as the database needs it: where it belongs, and the whole of it as JSON."""

    organisation: str
    app_id: str
    stage: str
    number: int
    body: bytes
    entry: AuditEntry


class Publish(Struct, frozen=True, tag=True):
    """Add publications and make them current."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    all: list[Sealed]

    def statements(self) -> Statements[None]:
        """Check every number before anything is written."""
        last: dict[tuple[str, str, str], int] = {}
        for one in self.all:
            spot = (one.organisation, one.app_id, one.stage)
            if spot not in last:
                rows = yield Query(LAST_NUMBER, spot)
                last[spot] = rows[0][0]
            if one.number != last[spot] + 1:
                raise Stale(f"{one.entry.subject} has {last[spot]} publications by now")
            last[spot] = one.number
        for one in self.all:
            yield Query(PUBLISH, (one.organisation, one.app_id, one.stage, one.number, one.body))
            yield Query(POINT, (one.organisation, one.app_id, one.stage, one.number))
            yield from changed(one.organisation, one.entry)


class Point(Struct, frozen=True, tag=True):
    """Make an earlier publication current again."""

    lock_group: ClassVar[str] = "catalogue"
    answer: ClassVar[Any] = None

    organisation: str
    app_id: str
    stage: str
    number: int
    by: str
    now: int

    def statements(self) -> Statements[None]:
        """Only at what is there."""
        place = (self.organisation, self.app_id, self.stage, self.number)
        rows = yield Query(IS_THERE, place)
        if not rows:
            raise Missing(f"{self.app_id} has no {self.stage} publication {self.number}")
        yield Query(POINT, place)
        subject = self.app_id + "-test" if self.stage == Stage.TEST else self.app_id
        yield from changed(self.organisation, AuditEntry(self.now, self.by, "point", subject, str(self.number)))


def seal(publication: Publication) -> Sealed:
    """A publication on its way into the database."""
    site, subject = publication.site, publication.app_id
    entry = AuditEntry(publication.published_at, publication.published_by, "publish", subject, publication.version)
    return Sealed(
        site.organisation, site.app_id, publication.stage.value, publication.number, encode(publication), entry
    )


def draft(organisation: str) -> Statements[Draft | None]:
    """The settings as last applied."""
    rows = yield Query(DRAFT, (organisation,))
    return draft_from(rows[0]) if rows else None


def history(organisation: str, app_id: str, stage: Stage) -> Statements[list[Publication]]:
    """Every publication of a site, newest first."""
    rows = yield Query(HISTORY, (organisation, app_id, stage.value))
    return [publication_from(body) for (body,) in rows]


def revision() -> Statements[int]:
    """How often the catalogue was written."""
    rows = yield Query(REVISION)
    return int(rows[0][0])


def snapshot() -> Statements[CatalogueSnapshot]:
    """Everything current, at one moment: the engine reads a story's statements from one snapshot."""
    number = yield from revision()
    publications = yield Query(CURRENT)
    drafts = yield Query(DRAFTS)
    return CatalogueSnapshot(
        number, tuple(publication_from(body) for (body,) in publications), tuple(map(draft_from, drafts))
    )


def audit(organisation: str, limit: int) -> Statements[list[AuditEntry]]:
    """The newest entries of an organisation's history."""
    rows = yield Query(AUDIT, (organisation, limit))
    return [AuditEntry(*row) for row in rows]


@dataclass(frozen=True)
class SqlCatalogue:
    """The `Catalogue` port over either engine."""

    engine: Engine

    async def draft(self, organisation: str) -> Draft | None:
        """See `Catalogue.draft`."""
        return await self.engine.read(draft(organisation))

    async def apply(self, organisation: Organisation, seen: int, by: str, now: int, detail: str = "") -> Draft:
        """See `Catalogue.apply`."""
        await self.engine.write(Apply(organisation.id.lower(), encode(organisation), seen, by, now, detail))
        return Draft(organisation, seen + 1, now, by)

    async def publish(self, publications: list[Publication]) -> None:
        """See `Catalogue.publish`."""
        await self.engine.write(Publish([seal(publication) for publication in publications]))

    async def point(self, organisation: str, site: str, stage: Stage, number: int, by: str, now: int) -> None:
        """See `Catalogue.point`."""
        await self.engine.write(Point(organisation, site, stage.value, number, by, now))

    async def history(self, organisation: str, site: str, stage: Stage) -> list[Publication]:
        """See `Catalogue.history`."""
        return await self.engine.read(history(organisation, site, stage))

    async def revision(self) -> int:
        """See `Catalogue.revision`."""
        return await self.engine.read(revision())

    async def snapshot(self) -> CatalogueSnapshot:
        """See `Catalogue.snapshot`."""
        return await self.engine.read(snapshot())

    async def append_audit(self, organisation: str, entry: AuditEntry) -> None:
        """See `Catalogue.append_audit`."""
        await self.engine.write(AppendAudit(organisation, entry))

    async def audit(self, organisation: str, limit: int = 100) -> list[AuditEntry]:
        """See `Catalogue.audit`."""
        return await self.engine.read(audit(organisation, limit))
