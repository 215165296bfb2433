"""Brings a database to the form this program knows, step by numbered step, or says why it cannot."""

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple, TypeAlias

from placet.stores.sql.statements import Row

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the name of each step once it is done, how many are done, and how many there are to do."""

STEPS_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS schema_steps (
        number INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        hash TEXT NOT NULL
    )
"""

APPLIED: Final = "SELECT number, name, hash FROM schema_steps ORDER BY number"

NOTE_STEP: Final = "INSERT INTO schema_steps (number, name, hash) VALUES ($1, $2, $3)"


class SchemaMismatch(Exception):
    """The database does not have the form this program knows. The message names the cure."""


class Migration(NamedTuple):
    """One file of `schema/`: its number, its name, and what it does."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the file: a step that was applied must never be edited."""
        return sha256(self.sql.encode()).hexdigest()

    def statements(self, words: dict[str, str]) -> list[str]:
        """The statements, with the words in braces spelled the engine's way."""
        lines = [line for line in self.sql.splitlines() if not line.lstrip().startswith("--")]
        return [one.strip() for one in "\n".join(lines).format(**words).split(";") if one.strip()]


@cache
def known_steps() -> tuple[Migration, ...]:
    """All steps this program knows, in order."""
    found = [file for file in (files(__package__) / "schema").iterdir() if file.name.endswith(".sql")]
    statements = [
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in found
    ]
    return tuple(sorted(statements))


def missing_steps(applied: Iterable[Row]) -> list[Migration]:
    """The steps still to take, given the rows of `APPLIED`. Raises SchemaMismatch."""
    known = {step.number: step for step in known_steps()}
    for number, name, digest in applied:
        step = known.pop(number, None)
        if step is None:
            raise SchemaMismatch(
                f"the database was migrated by a newer placet (step {name} is unknown here): upgrade placet, "
                "or restore the backup made before the migration"
            )
        if step.digest != digest:
            raise SchemaMismatch(
                f"step {name} was applied in another wording than this program's: install the placet that "
                "made this database, or restore a backup"
            )
    return list(known.values())


def check(applied: Iterable[Row]) -> None:
    """Return when there is nothing left to do. Raises SchemaMismatch."""
    if missing := missing_steps(applied):
        names = ", ".join(step.name for step in missing)
        raise SchemaMismatch(f"the database lacks {names}: run `placet migrate`")
