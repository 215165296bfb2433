"""Fetched vendor lists in a folder: every version a file, and a note of what is current and how fresh it is."""

import os
import re
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from placet.errors import Busy
from placet.stores.ports.vendor_list_cache import CachedList

METADATA: Final = "current.json"
_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")


class VendorListFolder:
    """A cabinet of plain files: `europe/v143`, `europe/current.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known(self, name: str) -> CachedList | None:
        """What is known of the list of this name."""
        try:
            return msgspec.json.decode((self._place(name) / METADATA).read_bytes(), type=CachedList)
        except (OSError, ValueError, RecursionError):
            return None

    def data(self, name: str) -> bytes | None:
        """The bytes of its current version, as fetched."""
        known = self.known(name)
        if known is None or not _NAME.fullmatch(known.file):
            return None
        try:
            return (self._place(name) / known.file).read_bytes()
        except OSError:
            return None

    def store(self, name: str, version: str, data: bytes, kept: CachedList) -> None:
        """Make these bytes the current version; earlier ones stay. Raises Busy."""
        self._write(self._place(name) / version, data)
        self._write(self._place(name) / METADATA, msgspec.json.encode(replace(kept, file=version)))

    def touch(self, name: str, kept: CachedList) -> None:
        """Remember when it was asked for; the current version stays what it is. Raises Busy."""
        known = self.known(name)
        file = known.file if known else ""
        self._write(self._place(name) / METADATA, msgspec.json.encode(replace(kept, file=file)))

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a list")
        return self._folder / name

    def _write(self, path: Path, data: bytes) -> None:
        """The file with these bytes, whole or not at all, also after a crash."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as why:
            raise Busy(f"the folder of vendor lists can not be written ({why.strerror})") from why
