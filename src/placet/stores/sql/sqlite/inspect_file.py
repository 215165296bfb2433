"""Looks for damage in a SQLite file: all of it, or as much as a time limit allows."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec import Struct

NOT_DAMAGE: Final = (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)
SOUND: Final = "ok"
REPEAT_SECONDS: Final = 0.005
HEADING: Final = "*** in database main ***"


class Inspection(Struct, frozen=True):
    """What a look at a file found: the damage in SQLite's words ("" for none), and whether all of it was seen."""

    damage: str = ""
    complete: bool = True


def inspect_file(path: Path, *, full: bool, seconds: float | None = None) -> Inspection:
    """Look for damage: pages and their order, with `full` also every index against its table.

    `seconds` ends a look that takes longer; it is incomplete then. Raises sqlite3.Error for what is no damage, such
    as a file that may not be opened.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as connection:
            return _look(connection, "integrity_check" if full else "quick_check", seconds)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in NOT_DAMAGE:
            raise
        return Inspection(str(error))


def _look(connection: sqlite3.Connection, check: str, seconds: float | None) -> Inspection:
    """One check on a connection, stopped by a timer."""
    done = threading.Event()
    watch = threading.Thread(target=_interrupt_after, args=(connection, seconds, done)) if seconds is not None else None
    try:
        if watch:
            watch.start()
        rows = connection.execute(f"PRAGMA {check}(1)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return Inspection(complete=False)
    finally:
        done.set()
        if watch:
            watch.join()
    said = " ".join(str(rows[0][0]).removeprefix(HEADING).split()) if rows else SOUND
    return Inspection("" if said == SOUND else said)


def _interrupt_after(connection: sqlite3.Connection, seconds: float, done: threading.Event) -> None:
    """Interrupt again and again: SQLite forgets an interruption that comes while no statement runs."""
    done.wait(seconds)
    while not done.wait(REPEAT_SECONDS):
        connection.interrupt()
