"""Copies of a SQLite database: made while servers write, verified before they count, put in place in one step."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from placet.stores.private_files import make_private_file, sync_file, sync_folder
from placet.stores.sql.migrate import APPLIED, missing_steps
from placet.stores.sql.sqlite.dialect import connect_to_read
from placet.stores.sql.sqlite.inspect_file import inspect_file

LOGS: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, by the end of its name."""

TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
FINGERPRINT: Final = "SELECT fingerprint FROM secret_fingerprint"


class BadCopy(Exception):
    """A file is no sound database of ours; the message says what is wrong."""


class Copied(Struct, frozen=True):
    """A finished copy: its size in bytes, how many rows of how many tables, and whose master secret it belongs to."""

    file: str
    size: int
    tables: int
    rows: int
    fingerprint: str


def back_up(source: Path, target: Path) -> Copied:
    """Copy a database that may be in use to a new file, or over the one that is there; verified, then renamed.

    Raises BadCopy, sqlite3.Error and OSError; then nothing is left at `target` that was not there before.
    """
    with closing(connect_to_read(source)) as connection, _draft_beside(target) as draft:
        connection.execute("BEGIN")
        try:
            counted = _copy(connection, draft)
        finally:
            connection.rollback()
        _verify(draft, counted)
        _put(draft, target)
    return _described(target, counted)


def bring_back(backup: Path, target: Path) -> Copied:
    """Put a backup in the place of a database that nobody uses; the caller holds its lock.

    Raises BadCopy when the backup is damaged or made by a newer placet, sqlite3.Error and OSError; then the database
    is as it was.
    """
    _usable(backup)
    with closing(_open_only(backup)) as connection, _draft_beside(target) as draft:
        connection.execute("BEGIN")
        counted = _copy(connection, draft)
        _verify(draft, counted)
        _drop_logs(target)
        _put(draft, target)
    return _described(target, counted)


def fingerprint_of(path: Path) -> str:
    """The fingerprint in a database; "" where there is none. Raises sqlite3.Error."""
    with closing(_open_only(path)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'secret_fingerprint'").fetchone()
        row = connection.execute(FINGERPRINT).fetchone() if known else None
    return str(row[0]) if row else ""


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """A new private file in the folder of the target; gone in the end unless it was renamed."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    make_private_file(draft)
    try:
        yield draft
    finally:
        for suffix in ("", *LOGS):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _copy(connection: sqlite3.Connection, draft: Path) -> dict[str, int]:
    """Copy what an open transaction sees; the number of rows in each table of it."""
    counted = _counts(connection)
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        connection.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    return counted


def _verify(draft: Path, counted: dict[str, int]) -> None:
    """Return when a copy is whole. Raises BadCopy."""
    if damage := inspect_file(draft, full=True).damage:
        raise BadCopy(f"the copy is damaged, and so may be what it was made of: {damage}")
    with closing(_open_only(draft)) as copy:
        found = _counts(copy)
    if found != counted:
        differing = sorted(name for name in counted | found if counted.get(name) != found.get(name))
        raise BadCopy(f"the copy has another number of rows in {', '.join(differing)}")


def _usable(backup: Path) -> None:
    """Return when a file is a sound database that this program knows. Raises BadCopy, OSError and SchemaMismatch."""
    if not backup.is_file():
        raise BadCopy(f"there is no file {backup}")
    if damage := inspect_file(backup, full=True).damage:
        raise BadCopy(f"{backup} is damaged: {damage}")
    with closing(_open_only(backup)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_steps'").fetchone():
            raise BadCopy(f"{backup} is no database of placet")
        missing_steps(connection.execute(APPLIED))


def _put(draft: Path, target: Path) -> None:
    """Rename a finished copy to its name, and have both on disk."""
    sync_file(draft)
    draft.replace(target)
    sync_folder(target.parent)


def _drop_logs(target: Path) -> None:
    """Take away the logs of a database that is about to be replaced: SQLite would apply them to its successor."""
    with suppress(sqlite3.Error), closing(_open_only(target)) as old:
        # So that the old database is whole if the machine stops before the new one has its name.
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in LOGS:
        target.with_name(target.name + suffix).unlink(missing_ok=True)


def _open_only(path: Path) -> sqlite3.Connection:
    """A connection to a file that exists; none is made. Raises sqlite3.Error."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = [str(row[0]) for row in connection.execute(TABLES)]
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}


def _described(target: Path, counted: dict[str, int]) -> Copied:
    """A finished copy in numbers."""
    return Copied(str(target), target.stat().st_size, len(counted), sum(counted.values()), fingerprint_of(target))
