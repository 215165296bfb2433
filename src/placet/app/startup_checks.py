"""What a server makes sure of before it starts: its store is sound, its own, and used by no other server."""

import asyncio
import logging
import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from placet.app.geolocation import NO_PLACE, can_locate
from placet.app.master_secret import derive, find_master_secret, master_secret, secret_place
from placet.config import BadSettings, Config, NoStore
from placet.errors import Busy
from placet.settings.iab import UNHEARD
from placet.settings.site import Site, depending_on_place, unheard
from placet.stores.open import file_of
from placet.stores.ports.stores import Stores
from placet.stores.private_files import make_private, make_private_folder
from placet.stores.sql.sqlite.backups import LOGS
from placet.stores.sql.sqlite.dialect import DAMAGED
from placet.stores.sql.sqlite.file_lock import FileLock, Locked
from placet.stores.sql.sqlite.inspect_file import inspect_file

LOG: Final = logging.getLogger("placet.app.startup_checks")
STRINGS_LOG: Final = logging.getLogger("placet.strings")
GEO_LOG: Final = logging.getLogger("placet.app.geolocation")

OTHER_CURE: Final = "Stop it first, or give this server a data_folder or store_url of its own."
FOREIGN: Final = (
    "The store belongs to the master secret with the fingerprint {stored}, but {place} has {found}. With another "
    "secret no profile could be found and no sealed key opened. Put the right secret there, or use the right store."
)
LOST: Final = (
    "The store belongs to the master secret with the fingerprint {stored}, but there is none at {place}. "
    "Restore the secret from a backup, or name it with PLACET_MASTER_SECRET."
)


def warn_of_sites(sites: Iterable[Site], config: Config) -> None:
    """Log what is published and will not do what its team expects."""
    published = tuple(sites)
    for site in unheard(published):
        STRINGS_LOG.warning("%s: %s", site, UNHEARD)
    if depending_on_place(published) and not can_locate(config):
        GEO_LOG.warning(NO_PLACE)


def store_url(config: Config) -> str:
    """Where the stores are: `sqlite:` is a file in the data folder, `sqlite:PATH` that file."""
    if not config.embedded or config.store_url.startswith("sqlite:///"):
        return config.store_url
    path = config.store_url.removeprefix("sqlite:") or Path(config.data_folder) / "placet.db"
    return f"sqlite:///{Path(path).absolute()}"


def fingerprint(master: bytes) -> str:
    """What tells two master secrets apart and says nothing about either."""
    return derive(master, "fingerprint")[:8].hex()


def lock_store(config: Config, role: str = "a placet server") -> FileLock | None:
    """Take the lock of an embedded store; None for a shared one, which many servers use. Raises NoStore."""
    if not config.embedded:
        return None
    path = file_of(store_url(config))
    since = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        make_private_folder(path.parent)
        return FileLock(path, f"{role} (process {os.getpid()} on {socket.gethostname()}, since {since})")
    except Locked as why:
        raise NoStore(f"{str(why)[0].upper()}{str(why)[1:]}. {OTHER_CURE}") from why
    except OSError as why:
        cure = "Make data_folder a folder that this user may write, or set PLACET_STORE_URL."
        raise NoStore(f"{path.parent} cannot be written ({why.strerror}). {cure}") from why


@contextmanager
def holding_store(config: Config, role: str) -> Iterator[None]:
    """The store is locked in the meantime. Raises NoStore."""
    lock = lock_store(config, role)
    try:
        yield
    finally:
        if lock:
            lock.release()


async def inspect_store(config: Config) -> None:
    """Make an embedded store private and look for damage, for as long as the settings allow. Raises NoStore."""
    path = file_of(store_url(config)) if config.embedded else None
    if path is None or not path.exists() or not path.stat().st_size:
        return
    try:
        close_to_others(path)
        seconds = config.store_check_seconds
        found = await asyncio.to_thread(inspect_file, path, full=False, seconds=seconds) if seconds else None
    except (sqlite3.Error, OSError) as why:
        raise NoStore(f"{path} cannot be opened: {why}. Check PLACET_STORE_URL and who may read the file.") from why
    if found and found.damage:
        raise NoStore(DAMAGED.format(path, found.damage))
    if found and not found.complete:
        message = "the store was not looked through to its end within store_check_seconds: run `placet verify` in quiet"
        LOG.warning(message, extra={"facts": {"file": str(path), "seconds": seconds}})


def close_to_others(path: Path) -> None:
    """Take a database and its logs away from everybody but their owner. Raises OSError."""
    opened = [each for suffix in ("", *LOGS) if make_private(each := path.with_name(path.name + suffix))]
    if opened:
        LOG.warning("files that others could read are private now", extra={"facts": {"files": list(map(str, opened))}})


async def secret_of_store(config: Config, stores: Stores, *, make: bool = True) -> bytes:
    """The master secret that this store belongs to; with `make` a new store gets the one at hand, made if need be.

    Raises BadSettings, and NoStore for a secret that is another than the store's, or missing. Raises Busy.
    """
    stored, place = await stores.fingerprint(), secret_place(config)
    found = find_master_secret(config)
    if found is None and stored:
        raise NoStore(LOST.format(stored=stored, place=place))
    if found is None and not make:
        cure = "Use the server's settings: name them with --config, or run this in the server's folder."
        raise BadSettings(f"There is no master secret at {place}. {cure}")
    master = found or master_secret(config)
    if make and not stored:
        stored = await stores.bind_secret(fingerprint(master))
    if stored and stored != fingerprint(master):
        raise NoStore(FOREIGN.format(stored=stored, place=place, found=fingerprint(master)))
    return master


async def secret_of_opened(config: Config, stores: Stores) -> bytes:
    """The same for a server that is starting: a store that does not answer stops the start. Raises BadSettings."""
    try:
        return await secret_of_store(config, stores)
    except Busy as why:
        raise NoStore(f"The store does not answer: {why}.") from why
