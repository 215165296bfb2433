"""Running a server: serve, migrate, demo."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Group, Parameter
from msgspec.structs import replace
from rich.console import Console
from rich.progress import Progress

from placet.app.node import open_app
from placet.cli.output import USAGE, OutputOptions, write_error, write_output
from placet.cli.store import Where, attempt, shown_address
from placet.config import BadSettings, Config, check, load_config
from placet.demo.run import DEMO_PORT, run_demo
from placet.server.logs import start_logging
from placet.server.run import serve as serve_app
from placet.stores.open import migrate as migrate_store

LAST_PORT: Final = 65535
FAMILY = Group("Running")
OUTPUT = OutputOptions()
STORE_OPTIONS = Where()

ConfigFile = Annotated[str, Parameter(name="--config", help="A configuration file (TOML), instead of PLACET_CONFIG.")]
Port = Annotated[int | None, Parameter(help="TCP port, instead of the setting; 0 lets the system choose.")]


def add_to(app: App) -> None:
    """Add this family's commands."""
    for use_case in (serve, migrate, demo):
        app.command(use_case, group=FAMILY)


def serve(
    *, config: ConfigFile = "", host: str | None = None, port: Port = None, options: OutputOptions = OUTPUT
) -> int:
    """Start the server and answer until it is told to stop (Ctrl-C or SIGTERM).

    With the embedded store nothing else is needed: the file is made and brought up to date. A PostgreSQL store
    wants `placet migrate` first. Every setting is in docs/reference/settings.md.

    Parameters
    ----------
    host
        Address to listen on, instead of the setting.
    """
    try:
        settings = with_address(load_config(config or None), host, port)
        check(settings)
    except BadSettings as why:
        return write_error(options, str(why), USAGE)
    start_logging(settings.log_level, settings.log_format)
    return serve_app(partial(open_app, settings), settings)


def with_address(config: Config, host: str | None, port: int | None) -> Config:
    """The settings, listening where the command line says."""
    return replace(config, host=config.host if host is None else host, port=config.port if port is None else port)


def migrate(*, where: Where = STORE_OPTIONS, options: OutputOptions = OUTPUT) -> int:
    """Bring the database to the form this version knows. Safe to run twice, and from several machines at once."""

    async def use_case() -> int:
        address = where.address()
        with Progress(console=Console(stderr=True), transient=True, disable=options.quiet or options.as_json) as shown:
            task = shown.add_task("migrating", total=None)

            def tell(step: str, done: int, total: int) -> None:
                shown.update(task, description=step, completed=done, total=total)

            await migrate_store(address, tell)
        return write_output(options, [f"the database is up to date: {shown_address(address)}"], {"migrated": True})

    return asyncio.run(attempt(options, use_case))


def demo(
    *,
    port: Port = DEMO_PORT,
    folder: Annotated[Path | None, Parameter(help="Keep the data here instead of deleting it.")] = None,
    once: Annotated[bool, Parameter(negative="", help="Stop after the tour, instead of serving on.")] = False,
    calls: Annotated[bool, Parameter(help="Show each call as the curl command that repeats it.")] = True,
) -> int:
    """Start everything on an embedded store, walk through the main job, and serve on until Ctrl-C.

    The organisation is examples/northwind: three brands in six languages. Every call of the tour is real HTTP.
    """
    os.environ.pop("PLACET_CONFIG", None)
    if port is not None and not 0 <= port <= LAST_PORT:
        return write_error(OUTPUT, f"port {port} is no TCP port. Use a number from 0 to {LAST_PORT}.", USAGE)
    return run_demo(port=DEMO_PORT if port is None else port, folder=folder, once=once, show_calls=calls)
