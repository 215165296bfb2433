"""Opens the store a command works on, and says plainly when it cannot be had."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from cyclopts import Parameter
from msgspec.structs import replace

from placet.app.master_secret import find_master_secret
from placet.app.startup_checks import secret_of_store, store_url
from placet.cli.output import FOUND, NO_STORE, USAGE, OutputOptions, write_error
from placet.config import BadSettings, Config, NoStore, load_config
from placet.errors import Busy, Invalid, Missing, Stale
from placet.stores.open import SQLITE, file_of, migrate, open_stores
from placet.stores.ports.stores import Stores
from placet.stores.sql.migrate import SchemaMismatch
from placet.stores.sql.sqlite.dialect import Damaged

STORE: Final = "Address of the store, instead of the server's setting (PLACET_STORE_URL): sqlite:PATH or postgresql://…"
CONFIG: Final = "The server's configuration file (TOML), instead of PLACET_CONFIG."


IMAGINED: Final = "memory:"
NO_SERVER: Final = (
    "{} {}. Where the server keeps it elsewhere, name it with --store sqlite:PATH or --config FILE, or run this in the "
    "server's folder. For a new store here, add --create"
)


class Unclear(Exception):
    """The command line leaves open what is meant; the message says what to add."""


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Which store to work on."""

    store: Annotated[str, Parameter(name="--store", help=STORE)] = ""
    config: Annotated[str, Parameter(name="--config", help=CONFIG)] = ""

    def settings(self) -> Config:
        """The server's settings. Raises BadSettings."""
        return load_config(self.config or None)

    def address(self) -> str:
        """The store's address as stores know it. Raises BadSettings."""
        config = self.settings()
        return store_url(replace(config, store_url=self.store) if self.store else config)


def is_embedded(address: str) -> bool:
    """Is this the address of a file?"""
    return address.startswith(SQLITE)


@asynccontextmanager
async def opened(where: Where) -> AsyncIterator[Stores]:
    """The stores, closed again in the end."""
    stores = await open_stores(where.address())
    try:
        yield stores
    finally:
        await stores.close()


@asynccontextmanager
async def opened_to_apply(where: Where, *, dry_run: bool, create: bool) -> AsyncIterator[tuple[Stores, bytes]]:
    """The stores and their master secret. A new embedded store is made with `create` only, or imagined for a dry run.

    Raises NoStore for an embedded store that no server has used, without `create`.
    """
    address, config = where.address(), where.settings()
    missing = is_embedded(address) and not file_of(address).exists()
    if missing and not (dry_run or create):
        raise NoStore(NO_SERVER.format("There is no store at", file_of(address)))
    if missing:
        address = IMAGINED if dry_run else address
        await migrate(address)
    stores = await open_stores(address)
    try:
        if is_embedded(address) and not (create or dry_run or await stores.fingerprint()):
            raise NoStore(NO_SERVER.format("No server has used the store at", file_of(address)))
        yield stores, await (imagined_secret(config, stores) if dry_run else secret_of_store(config, stores))
    finally:
        await stores.close()


async def imagined_secret(config: Config, stores: Stores) -> bytes:
    """The master secret, or, where there is none yet, one that is forgotten again: a dry run makes nothing."""
    if find_master_secret(config) is None and not await stores.fingerprint():
        return secrets.token_bytes(32)
    return await secret_of_store(config, stores, make=False)


def here_or_not(where: Where) -> None:
    """Refuse a folder without the embedded store that the settings name. Raises BadSettings, NoStore."""
    address = where.address()
    if is_embedded(address) and not file_of(address).exists():
        raise NoStore(NO_SERVER.format("There is no store at", file_of(address)).partition(" For a new store")[0])


def shown_address(address: str) -> str:
    """Which store is meant, without a password."""
    if is_embedded(address):
        return str(file_of(address))
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


async def attempt(options: OutputOptions, use_case: Callable[[], Awaitable[int]]) -> int:
    """Carry out a story; what a store or the settings refuse becomes a sentence and an exit code."""
    try:
        return await use_case()
    except (Missing, Stale) as error:
        return write_error(options, str(error), FOUND)
    except NoStore as error:
        return write_error(options, str(error), NO_STORE)
    except UnicodeEncodeError:
        return write_error(options, "an argument is no UTF-8 text: give it as UTF-8", USAGE)
    except (BadSettings, Unclear, Invalid, ValueError) as error:
        return write_error(options, str(error), USAGE)
    except RecursionError:
        return write_error(options, "what is kept nests too deep to be read by this version of Python", FOUND)
    except SchemaMismatch as error:
        return write_error(options, str(error), NO_STORE)
    except Damaged as error:
        return write_error(options, str(error), NO_STORE)
    except Busy as error:
        return write_error(options, f"the store cannot be reached: {error}", NO_STORE)
