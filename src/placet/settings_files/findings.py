"""Findings about settings, told by the file and line each stands on."""

from msgspec import Struct

from placet.settings_files.read import Reading, place
from placet.settings_files.yaml_tree import SettingsProblem, find
from placet.validation.finding import Finding, Severity
from placet.validation.paths import spell


class LocatedFinding(Struct, frozen=True):
    """A problem with its severity and code; `path` is empty where the file could not be read that far."""

    severity: Severity
    code: str
    problem: SettingsProblem
    path: str = ""

    def __str__(self) -> str:
        spot, what, cure = self.problem.spot, self.problem.what, self.problem.cure
        return f"{spot}: {self.severity} {self.code}: {what}" + (f" – {cure}" if cure else "")


def locate(reading: Reading, findings: tuple[Finding, ...] = ()) -> tuple[LocatedFinding, ...]:
    """What reading ran into and what checking found, file by file from the top."""
    unread = [LocatedFinding(Severity.ERROR, "unreadable", problem) for problem in reading.problems]
    found = [located(reading, finding) for finding in findings]
    return tuple(sorted(unread + found, key=lambda each: place(each.problem)))


def located(reading: Reading, finding: Finding) -> LocatedFinding:
    """One finding, at the line its path stands on, or at the nearest that is written."""
    problem = SettingsProblem(find(reading.tree, finding.path), finding.message, finding.cure)
    return LocatedFinding(finding.severity, finding.code, problem, spell(finding.path))
