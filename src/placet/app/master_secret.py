"""Finds or makes the one secret from which all others are derived."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from placet.config import BadSettings, Config
from placet.stores.private_files import OTHERS, OWNER_ONLY, make_private_folder

FILE: Final = "master.secret"


def master_secret(config: Config) -> bytes:
    """The secret of the settings, else of the data folder, where it is made once, readable by its owner only.

    Whoever loses it loses every pseudonym and session derived from it: back it up with the store.
    """
    found = find_master_secret(config)
    if found is not None:
        return found
    path = Path(config.data_folder) / FILE
    try:
        make_private_folder(path.parent)
        _make(path)
    except OSError as why:
        raise _unreadable(path) from why
    made = find_master_secret(config)
    if made is None:
        raise _unreadable(path)
    return made


def secret_place(config: Config) -> str:
    """Where the secret is looked for, in words."""
    return "the setting master_secret" if config.master_secret else str((Path(config.data_folder) / FILE).absolute())


def find_master_secret(config: Config) -> bytes | None:
    """The secret of the settings, else of the data folder; None where there is none. Raises BadSettings."""
    if config.master_secret:
        return config.master_secret.encode()
    path = Path(config.data_folder) / FILE
    try:
        if not path.exists():
            return None
        if path.stat().st_mode & OTHERS:
            path.chmod(OWNER_ONLY)
        found = path.read_text("ascii").strip()
    except (OSError, ValueError) as why:
        raise _unreadable(path) from why
    if len(found) < 32:
        raise BadSettings(f"{path} is damaged. Restore it from a backup; a new one would orphan every profile.")
    return found.encode()


def _unreadable(path: Path) -> BadSettings:
    cure = "Make data_folder a folder that this user may write, or set PLACET_MASTER_SECRET."
    return BadSettings(f"The master secret {path} cannot be read or made. {cure}")


def derive(master: bytes, purpose: str) -> bytes:
    """A secret of 64 bytes for one purpose; it says nothing about the master secret or that of another purpose."""
    return hmac.digest(master, f"placet {purpose}".encode(), "sha512")


def _make(path: Path) -> None:
    """Write a new secret whole, under another name first; of two processes that start at once one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(handle)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
