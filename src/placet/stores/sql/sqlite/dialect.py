"""What SQLite spells its own way: connections, placeholders, types, and what its errors mean to us."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from placet.errors import Busy
from placet.stores.private_files import make_private_file, make_private_folder
from placet.stores.sql.migrate import (
    APPLIED,
    NOTE_STEP,
    STEPS_TABLE,
    Migration,
    Progress,
    SchemaMismatch,
    check,
    missing_steps,
)
from placet.stores.sql.statements import ExecuteMany, Statements

T = TypeVar("T")

WORDS: Final = {
    "bytes": "BLOB",
    "serial": "INTEGER PRIMARY KEY",
    "clustered": "WITHOUT ROWID",
    "exact": "",
}

BUSY_TIMEOUT: Final = 5.0
"""Seconds to wait for another process (`placet apply`) to finish its transaction."""

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    # NORMAL would not sync the log at commit: an acknowledged save could be lost with the power.
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    # Longer between checkpoints than the default 1000 pages: a page changed often is copied home once.
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)

NOT_THERE: Final = (
    "there is no database at {}. Where the server keeps it elsewhere, name it with --store sqlite:PATH or "
    "--config FILE, or run this in the server's folder; `placet serve` makes a new one"
)

DAMAGED: Final = (
    "{} is damaged: {}. Keep a copy of the file, and bring the last backup back: placet restore BACKUP --overwrite "
    "(`placet verify` looks at the whole file)"
)

OUR_BUGS: Final = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
"""Anything else is the world's fault: disk full, file gone or read-only, locked for too long. See `Busy`."""


class Damaged(Busy):
    """The file is no sound database; the message says what SQLite found and what to do."""


@cache
def spelled(sql: str) -> str:
    """Our placeholders as SQLite's: `$1` would be a name to it, `?1` is a number."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


def connect(path: Path) -> sqlite3.Connection:
    """A connection that may write; transactions are begun and ended by hand. A new file is its owner's only."""
    if not path.exists():
        # SQLite gives the logs beside a database the mode that the database has.
        make_private_file(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def connect_to_read(path: Path, *, mapped: bool = False) -> sqlite3.Connection:
    """A connection that cannot write; `mapped`: for look-ups of many rows.

    Not opened with `mode=ro`, which cannot join a write-ahead log that nobody has opened yet.
    """
    connection = connect(path)
    connection.execute("PRAGMA query_only = TRUE")
    if mapped:
        # Pages that the system has in memory are read where they are, not copied. SQLite gives the whole mapping up
        # whenever somebody has written since, and that costs a look-up of one row more than copying does: half again.
        # The size is the most that SQLite allows.
        connection.execute("PRAGMA mmap_size = 2147418112")
    return connection


def run(connection: sqlite3.Connection, statements: Statements[T]) -> T:
    """Run a story inside whatever transaction is open. Raises what the story raises, and sqlite3.Error."""
    try:
        step = next(statements)
        while True:
            if isinstance(step, ExecuteMany):
                connection.executemany(spelled(step.sql), step.rows)
                step = statements.send([])
                continue
            step = statements.send(connection.execute(spelled(step.sql), step.values).fetchall())
    except StopIteration as end:
        answer: T = end.value
        return answer


def look(connection: sqlite3.Connection, statements: Statements[T]) -> T:
    """Run a story that only reads, all of it at one moment."""
    connection.execute("BEGIN")
    try:
        return run(connection, statements)
    finally:
        connection.rollback()


@contextmanager
def only_busy(path: Path) -> Iterator[None]:
    """Let no error of the driver or the file system out: whoever opens a file is told that it cannot be opened."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise Damaged(DAMAGED.format(path, error)) from error
        raise Busy(f"{path} cannot be opened: {error}") from error


def migrate(path: Path, progress: Progress) -> None:
    """Take the missing steps, each in its own transaction. Raises SchemaMismatch, and sqlite3.Error."""
    make_private_folder(path.parent)
    with closing(connect(path)) as connection:
        connection.execute(STEPS_TABLE)
        total = len(missing_steps(connection.execute(APPLIED)))
        # Looked up again inside each transaction: another process may be migrating too.
        while step := take_step(connection):
            progress(step.name, total - len(missing_steps(connection.execute(APPLIED))), total)


def take_step(connection: sqlite3.Connection) -> Migration | None:
    """Take the next missing step and return it, or None when there is none."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        missing = missing_steps(connection.execute(APPLIED))
        if not missing:
            return None
        for statement in missing[0].statements(WORDS):
            connection.execute(statement)
        connection.execute(spelled(NOTE_STEP), (missing[0].number, missing[0].name, missing[0].digest))
        return missing[0]


def check_schema(path: Path) -> None:
    """Return when this program can work with the file. Raises SchemaMismatch."""
    if not path.exists():
        raise SchemaMismatch(NOT_THERE.format(path))
    with closing(connect_to_read(path)) as connection:
        there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_steps'").fetchone()
        check(connection.execute(APPLIED) if there else [])
