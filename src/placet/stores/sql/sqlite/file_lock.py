"""The lock beside a SQLite file: one server at a time, and its name for whoever is refused.

The kernel holds the lock (flock) and lets go when the process ends, however it ends. The file stays: taking it away
would let a third process lock another file of the same name.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from placet.errors import Busy
from placet.stores.private_files import OWNER_ONLY

SUFFIX: Final = ".lock"
LONGEST: Final = 500


class Locked(Busy):
    """Another process holds the lock; the message names it."""


class FileLock:
    """A lock that is held until `release`, or until the process ends."""

    def __init__(self, path: Path, holder: str) -> None:
        """Take the lock of a database file. Raises Locked, and OSError when the folder cannot be written."""
        self.path = lock_path(path)
        self._handle: int | None = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(self._handle, LONGEST, 0).decode("utf-8", "replace").strip() or "another process"
            self.release()
            raise Locked(f"{path} is in use by {other}") from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, holder.encode()[:LONGEST], 0)

    def release(self) -> None:
        """Let go. The file stays."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def lock_path(path: Path) -> Path:
    """The lock of a database file."""
    return path.with_name(path.name + SUFFIX)
