"""Files that only their owner may read: databases, backups, locks."""

import os
import stat
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def make_private_file(path: Path) -> None:
    """Make an empty file readable by its owner only; one that is there already keeps its content. Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY))


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it, for its owner only; folders that exist stay as they are. Raises OSError."""
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def make_private(path: Path) -> bool:
    """Take a file away from everybody but its owner. True when it was open to others. Raises OSError."""
    if not path.exists() or not path.stat().st_mode & OTHERS:
        return False
    path.chmod(OWNER_ONLY)
    return True


def sync_file(path: Path) -> None:
    """Have the content of a file on disk. Raises OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Have the names in a folder on disk. Raises OSError."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
