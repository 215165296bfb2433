"""Opens the store a command works on, and says plainly when it cannot be had."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import Parameter
from msgspec.structs import replace

from placet.app import store_url
from placet.cli.say import FOUND, NO_STORE, USAGE, Voice, complain
from placet.config import BadSettings, Config, load_config
from placet.stores.open import SQLITE, SchemaMismatch, file_of, migrate, open_stores
from placet.stores.ports import Busy, Missing, Stale, Stores

STORE: Final = "Address of the store, instead of the server's setting (PLACET_STORE_URL): sqlite:PATH or postgresql://…"
CONFIG: Final = "The server's configuration file (TOML), instead of PLACET_CONFIG."


IMAGINED: Final = "memory:"


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
async def opened_to_apply(where: Where, *, dry_run: bool) -> AsyncIterator[Stores]:
    """The stores; an embedded one that is not there yet is made, or, for a dry run, only imagined."""
    address = where.address()
    if is_embedded(address) and not file_of(address).exists():
        address = IMAGINED if dry_run else address
        await migrate(address)
    stores = await open_stores(address)
    try:
        yield stores
    finally:
        await stores.close()


async def attempt(voice: Voice, story: Callable[[], Awaitable[int]]) -> int:
    """Carry out a story; what a store or the settings refuse becomes a sentence and an exit code."""
    try:
        return await story()
    except (Missing, Stale) as error:
        return complain(voice, str(error), FOUND)
    except UnicodeEncodeError:
        return complain(voice, "an argument is no UTF-8 text: give it as UTF-8", USAGE)
    except (BadSettings, Unclear, ValueError) as error:
        return complain(voice, str(error), USAGE)
    except RecursionError:
        return complain(voice, "what is kept nests too deep to be read by this version of Python", FOUND)
    except SchemaMismatch as error:
        return complain(voice, str(error), NO_STORE)
    except Busy as error:
        return complain(voice, f"the store cannot be reached: {error}", NO_STORE)
