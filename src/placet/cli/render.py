"""What commands tell about findings, changes and publications: lines for a person, data for a script."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from placet.cli.output import FOUND, STYLES, OutputOptions, styled, write_output
from placet.services.settings.publish_settings import ApplyRefused, ApplyResult, PublishResult
from placet.services.settings.settings_history import PublicationHistory
from placet.settings.organisation import Organisation
from placet.settings.site import Publication
from placet.settings_files.findings import LocatedFinding, locate
from placet.settings_files.read import Reading
from placet.stores.ports.catalogue import AuditEntry
from placet.validation.finding import Severity


def finding_line(each: LocatedFinding) -> Text:
    """A finding as a person reads it."""
    problem = each.problem
    text = Text.assemble((str(problem.spot), "bold"), ": ", (f"{each.severity} {each.code}", STYLES[each.severity]))
    text.append(f": {problem.what}")
    if problem.cure:
        text.append(f" – {problem.cure}", "dim")
    return text


def summary(reading: Reading, found: list[LocatedFinding]) -> Text:
    """The last line of a check."""
    if found:
        errors = sum(each.severity is Severity.ERROR for each in found)
        counts = f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}"
        return Text(counts, STYLES["error" if errors else "warning"])
    assert reading.organisation is not None
    workspaces = reading.organisation.workspaces
    sites = sum(len(workspace.sites) for workspace in workspaces)
    counts = f"{counted(len(workspaces), 'workspace')}, {counted(sites, 'site')}"
    return Text(f"{reading.organisation.name}: {counts}, nothing found", "green")


def counted(number: int, noun: str) -> str:
    """So many of them."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def findings_data(found: list[LocatedFinding]) -> list[dict[str, Any]]:
    """Findings for scripts."""
    return [
        {
            "severity": each.severity,
            "code": each.code,
            "file": each.problem.spot.file,
            "line": each.problem.spot.line,
            "column": each.problem.spot.column,
            "path": each.path,
            "message": each.problem.what,
            "cure": each.problem.cure,
        }
        for each in found
    ]


def refuse(options: OutputOptions, found: tuple[LocatedFinding, ...], outcome: str = "nothing was applied") -> int:
    """Say why settings were not applied, or not published."""
    lines = [*map(finding_line, found), Text(outcome, STYLES["error"])]
    return write_output(options, lines, {"refused": findings_data(list(found))}, FOUND)


def print_applied(
    options: OutputOptions,
    reading: Reading,
    applied: ApplyResult,
    dry_run: bool,
    published: PublishResult | ApplyRefused | None = None,
) -> int:
    """Say what an apply did, and the publishing after it."""
    lines = [*map(finding_line, locate(reading, applied.findings)), *change_lines(applied, dry_run)]
    data: dict[str, Any] = {
        "version": applied.version,
        "dry_run": dry_run,
        "changes": [str(each) for each in applied.changes],
        "findings": findings_data(list(locate(reading, applied.findings))),
    }
    if isinstance(published, ApplyRefused):
        return refuse(options, locate(reading, published.findings), "applied, but not published")
    if published:
        lines += published_lines(published)
        data |= published_data(published)
    return write_output(options, lines, data)


def change_lines(applied: ApplyResult, dry_run: bool) -> list[Text]:
    """What an apply did."""
    if not applied.changes:
        return [Text(f"nothing changes: version {applied.version} stays")]
    last = "nothing was applied (dry run)" if dry_run else f"applied as version {applied.version}"
    return [*(styled(str(each), str(each)[0]) for each in applied.changes), Text(last, "bold")]


def published_lines(done: PublishResult) -> list[Text]:
    """What a publish did."""
    lines = [Text(f"{name}: unchanged", "dim") for name in done.unchanged]
    for each in done.publications:
        name = f"{each.site.workspace}/{each.site.id}"
        lines.append(styled(f"{name}: published as {each.version} (number {each.number}) on {each.stage}", "+"))
    return lines


def published_data(done: PublishResult) -> dict[str, Any]:
    """The same for scripts."""
    return {"published": [publication_data(each) for each in done.publications], "unchanged": done.unchanged}


def publication_data(each: Publication) -> dict[str, Any]:
    """A publication without its content."""
    return {
        "site": f"{each.site.workspace}/{each.site.id}",
        "app_id": each.app_id,
        "stage": each.stage,
        "number": each.number,
        "version": each.version,
        "published_at": each.published_at,
        "published_by": each.published_by,
        "content_hash": each.content_hash,
        "reconsent_at": each.reconsent_at,
    }


def audit_lines(entries: tuple[AuditEntry, ...], organisation: Organisation) -> Iterator[Text]:
    """Who did what to which site, with the changes below each apply."""
    names = {site.app_id.lower(): f"{w.id}/{site.id}" for w in organisation.workspaces for site in w.sites}
    for entry in entries:
        app_id = entry.subject.removesuffix("-test")
        subject = names.get(app_id, app_id) + (" (test)" if app_id != entry.subject else "")
        if entry.subject == organisation.id.lower():
            subject = organisation.name
        lines = entry.detail.splitlines()
        single = f"  {lines[0]}" if len(lines) == 1 else ""
        yield Text.assemble(
            (moment(entry.at), "dim"), f"  {entry.by}  ", (entry.action, "bold"), f"  {subject}{single}"
        )
        yield from (styled(f"    {line}", line[:1]) for line in lines if not single)


def site_lines(told_of: PublicationHistory, limit: int) -> Iterator[Text]:
    """A site's publications, the current one marked."""
    if not told_of.publications:
        yield Text(f"{told_of.site} has not been published there")
    for each in told_of.publications[:limit]:
        current = each.number == told_of.current
        mark = "→" if current else " "
        line = f"{mark} {each.number:>4}  {each.version:<12} {moment(each.published_at)}  {each.published_by}"
        asked = "  everybody asked anew" if each.reconsent_at == each.published_at else ""
        yield Text(line + asked, "bold green" if current else "")


def site_data(told_of: PublicationHistory, limit: int) -> dict[str, Any]:
    """The same for scripts."""
    publications = [publication_data(each) for each in told_of.publications[:limit]]
    return {"site": told_of.site, "current": told_of.current, "publications": publications}


def moment(at: int) -> str:
    """A time (epoch ms) to the second, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
