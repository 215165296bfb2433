"""Copies of the embedded store: backup, restore, verify."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter
from msgspec.structs import replace

from placet.app.master_secret import find_master_secret, secret_place
from placet.app.startup_checks import fingerprint, holding_store
from placet.cli.output import FOUND, NO_STORE, OutputOptions, styled, write_error, write_output
from placet.cli.running import FAMILY
from placet.cli.store import Unclear, Where, attempt, is_embedded
from placet.stores.open import file_of
from placet.stores.private_files import make_private_folder
from placet.stores.sql.sqlite.backups import BadCopy, Copied, back_up, bring_back, fingerprint_of
from placet.stores.sql.sqlite.dialect import NOT_THERE
from placet.stores.sql.sqlite.inspect_file import inspect_file

SPEAK = OutputOptions()
HERE = Where()
POSTGRES: Final = (
    "The store is a PostgreSQL database, which has tools of its own: back it up with `pg_dump --format=custom`, "
    "bring it back with `pg_restore`, look for damage with `pg_amcheck`"
)

Overwrite = Annotated[bool, Parameter(negative="", help="Replace the file that is there.")]


def add_to(app: App) -> None:
    """Add this family's commands."""
    for use_case in (backup, restore, verify):
        app.command(use_case, group=FAMILY)


async def backup(
    file: Annotated[Path, Parameter(help="The file to write.")],
    *,
    overwrite: Overwrite = False,
    where: Where = HERE,
    options: OutputOptions = SPEAK,
) -> int:
    """Copy the embedded store to one file, while the server runs, and verify the copy. The secret is not in it."""

    async def use_case() -> int:
        source = embedded_file(where)
        refuse_to_overwrite(file, overwrite)
        if file.exists() and source.exists() and file.samefile(source):
            raise Unclear(f"{file} is the store itself: name another file")
        if not source.exists():
            return write_error(options, NOT_THERE.format(source), NO_STORE)
        done = back_up(source, file)
        lines = [*copied_lines(f"{source} was copied to {file}", done), secret_lines(done, where)]
        return write_output(options, lines, done)

    return await attempt_copy(options, use_case)


async def restore(
    file: Annotated[Path, Parameter(help="A file that `placet backup` wrote.")],
    *,
    overwrite: Overwrite = False,
    where: Where = HERE,
    options: OutputOptions = SPEAK,
) -> int:
    """Put a backup in the place of the embedded store. The server must be stopped; the backup is verified first."""

    async def use_case() -> int:
        target = embedded_file(where)
        refuse_to_overwrite(target, overwrite)
        if file.exists() and target.exists() and file.samefile(target):
            raise Unclear(f"{file} is the store itself: name the backup")
        make_private_folder(target.parent)
        config = where.settings()
        with holding_store(replace(config, store_url=where.address()), "placet restore"):
            done = bring_back(file, target)
        return write_output(
            options, [*copied_lines(f"{target} is what {file} was", done), secret_lines(done, where)], done
        )

    return await attempt_copy(options, use_case)


async def verify(
    file: Annotated[Path | None, Parameter(help="A backup. Default: the embedded store.")] = None,
    *,
    where: Where = HERE,
    options: OutputOptions = SPEAK,
) -> int:
    """Look through a whole store or backup for damage. It reads every page: 10 GB take as long as the disk needs.

    Exit code 1 when the file is damaged. Safe while the server runs.
    """

    async def use_case() -> int:
        path = file or embedded_file(where)
        if not path.is_file():
            return write_error(options, f"there is no file {path}" if file else NOT_THERE.format(path), NO_STORE)
        found = inspect_file(path, full=True)
        told = {"file": str(path), "damage": found.damage}
        if found.damage:
            return write_output(options, [styled(f"{path} is damaged: {found.damage}", "error")], told, FOUND)
        owner = fingerprint_of(path) or "none"
        return write_output(options, [f"{path} is sound; master secret {owner}"], told | {"fingerprint": owner})

    return await attempt_copy(options, use_case)


def embedded_file(where: Where) -> Path:
    """The file of the embedded store. Raises Unclear for another engine."""
    address = where.address()
    if not is_embedded(address):
        raise Unclear(POSTGRES)
    return file_of(address)


def refuse_to_overwrite(file: Path, overwrite: bool) -> None:
    """Return when nothing is lost that nobody meant to lose. Raises Unclear."""
    if file.exists() and not overwrite:
        raise Unclear(f"{file} is there already: name another file, or add --overwrite")


def copied_lines(first: str, done: Copied) -> list[str]:
    """A finished copy in words."""
    return [first, f"verified: {done.size} bytes, {done.rows} rows in {done.tables} tables"]


def secret_lines(done: Copied, where: Where) -> str:
    """What to know about the master secret of a copy."""
    config = where.settings()
    held, place = find_master_secret(config), secret_place(config)
    if not done.fingerprint:
        return f"no server has used this store; keep {place} with it"
    if held is None or fingerprint(held) != done.fingerprint:
        return f"it needs the master secret {done.fingerprint}, which is not the one at {place}: put that one there"
    return f"it needs the master secret {done.fingerprint}: keep a copy of {place} too, apart from it"


async def attempt_copy(options: OutputOptions, use_case: Callable[[], Awaitable[int]]) -> int:
    """As `attempt`, for stories that touch files."""

    async def told() -> int:
        try:
            return await use_case()
        except BadCopy as why:
            return write_error(options, f"{why}; nothing was changed", FOUND)
        except (sqlite3.Error, OSError) as why:
            return write_error(options, f"the copy could not be made: {why}; nothing was changed", NO_STORE)

    return await attempt(options, told)
