"""A finding of the checks: severity, code, path, message and cure."""

from enum import StrEnum

from msgspec import Struct

from placet.validation.paths import Path, spell


class Severity(StrEnum):
    """Whether a finding stands in the way."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """One thing wrong: how bad, its code, where, what, and what to do about it."""

    severity: Severity
    code: str
    path: Path
    message: str
    cure: str

    def __str__(self) -> str:
        return f"{spell(self.path)}: {self.severity} {self.code}: {self.message} – {self.cure}"
