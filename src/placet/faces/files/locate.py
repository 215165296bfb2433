"""Findings about settings, told by the file and line each stands on."""

from msgspec import Struct

from placet.consent.check import Finding, Severity
from placet.consent.checks.walk import spell
from placet.faces.files.read import Reading, place
from placet.faces.files.tree import Problem, find


class Located(Struct, frozen=True):
    """A problem with its severity and code; `path` is empty where the file could not be read that far."""

    severity: Severity
    code: str
    problem: Problem
    path: str = ""

    def __str__(self) -> str:
        spot, what, cure = self.problem.spot, self.problem.what, self.problem.cure
        return f"{spot}: {self.severity} {self.code}: {what}" + (f" – {cure}" if cure else "")


def locate(reading: Reading, findings: tuple[Finding, ...] = ()) -> tuple[Located, ...]:
    """What reading ran into and what checking found, file by file from the top."""
    unread = [Located(Severity.ERROR, "unreadable", problem) for problem in reading.problems]
    found = [located(reading, finding) for finding in findings]
    return tuple(sorted(unread + found, key=lambda each: place(each.problem)))


def located(reading: Reading, finding: Finding) -> Located:
    """One finding, at the line its path stands on, or at the nearest that is written."""
    problem = Problem(find(reading.tree, finding.path), finding.message, finding.cure)
    return Located(finding.severity, finding.code, problem, spell(finding.path))
