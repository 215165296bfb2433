"""The process that writes the SQLite file: takes frames of changes, makes each frame one transaction.

A process and not a thread: a thread would share the interpreter lock with the HTTP server and lose half its
speed to it. It has no life of its own: when the server's end of the socket closes, for whatever reason, it
finishes the frame it has and ends. Run as `python -m placet.stores.sql.sqlite.writer_process PATH FD`.
"""

import signal
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Final

from msgspec import Raw

from placet.errors import Missing, Stale
from placet.stores.sql.sqlite.dialect import OUR_BUGS, connect, run
from placet.stores.sql.sqlite.writer_protocol import (
    LENGTH,
    Change,
    Failed,
    Reply,
    Succeeded,
    changes_from,
    encode,
    framed,
)

NOTHING: Final = Succeeded(Raw(encode(None)))


def receive(sock: socket.socket, size: int) -> bytes | None:
    """Exactly `size` bytes, or None when the server has gone."""
    parts = bytearray()
    while len(parts) < size:
        part = sock.recv(min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


def next_frame(sock: socket.socket) -> list[Change] | None:
    """What the server wants written next, or None when it has gone."""
    length = receive(sock, LENGTH)
    body = receive(sock, int.from_bytes(length)) if length else None
    return changes_from(body) if body else None


def make(connection: sqlite3.Connection, change: Change) -> Reply:
    """Make one change inside the open transaction; a refused one has written nothing."""
    try:
        value = run(connection, change.statements())
    except Stale as refusal:
        return Failed("stale", str(refusal))
    except Missing as refusal:
        return Failed("missing", str(refusal))
    return NOTHING if value is None else Succeeded(Raw(encode(value)))


def commit(connection: sqlite3.Connection, changes: list[Change]) -> list[Reply]:
    """Make all changes in one transaction; on disk when this returns. Raises sqlite3.Error, with nothing written."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        answers = [make(connection, change) for change in changes]
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return answers


def settle(connection: sqlite3.Connection, changes: list[Change]) -> list[Reply]:
    """An answer for every change, whatever happens.

    A change that only a bug of ours explains spoils its batch; then each is made on its own, so that it
    spoils nothing but itself.
    """
    try:
        return commit(connection, changes)
    except (*OUR_BUGS, OverflowError, ValueError, TypeError) as error:
        if len(changes) == 1:
            return [Failed("bug", f"{type(error).__name__}: {error}")]
        return [answer for change in changes for answer in settle(connection, [change])]
    except sqlite3.Error as error:
        return [Failed("busy", f"the database cannot be written: {error}")] * len(changes)


def serve(sock: socket.socket, path: Path) -> None:
    """Write until the server goes away."""
    try:
        connection = connect(path)
    except (sqlite3.Error, OSError) as error:
        sock.sendall(framed([Failed("busy", f"{path} cannot be opened: {error}")]))
        return
    sock.sendall(framed([NOTHING]))
    while changes := next_frame(sock):
        sock.sendall(framed(settle(connection, changes)))
    connection.close()


def main() -> None:
    """Leave the signals of a terminal or a supervisor to the server, which closes the socket when it is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    path, fd = sys.argv[1:]
    with socket.socket(fileno=int(fd)) as sock:
        try:
            serve(sock, Path(path))
        except (BrokenPipeError, ConnectionResetError):
            return  # nobody is left to answer


if __name__ == "__main__":
    main()
