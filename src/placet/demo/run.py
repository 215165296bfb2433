"""Starts the demo: a fresh embedded store, the example organisation published, a server, and the tour."""

import asyncio
import logging
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from placet.app.derived_secrets import secrets_of
from placet.app.dialects import public_url
from placet.app.node import now, open_app
from placet.app.open_stores import open_store
from placet.app.startup_checks import holding_store, secret_of_opened
from placet.config import BadSettings, Config
from placet.demo.cast import SHOP_IOS
from placet.demo.device import Api, Surprise
from placet.demo.sample_destinations import SampleDestinations, open_sample_destinations, sample_destinations
from placet.demo.sites import BRANDS, Street, open_street
from placet.demo.tour import chapters
from placet.server.logs import start_logging
from placet.server.run import FAILED, STOPPED, Served, serve
from placet.services.settings.publish_settings import ApplyResult, PublishResult, Secrets, apply, publish
from placet.services.settings.published_sites import Author
from placet.settings.organisation import Organisation
from placet.settings.site import Stage
from placet.settings_files.read import read
from placet.stores.ports.catalogue import Catalogue

DEMO_PORT: Final = 8080
TOKEN_SECRET: Final = "northwind-demo-secret-not-for-production-use-0123456789abcdef"  # noqa: S105 - meant to be read
"""With it the demo's login server signs. It is public: a real organisation keeps its own."""

EXAMPLES: Final = (
    Path(__file__).parents[1] / "examples" / "northwind",
    Path(__file__).parents[3] / "examples" / "northwind",
)
"""Where the example organisation lies: inside an installed package, or in the repository."""


def run_demo(*, port: int, folder: Path | None, once: bool, show_calls: bool) -> int:
    """Run the demo; the exit code. The data is kept only where a folder is named.

    Raises BrokenPipeError where whoever read its output wants no more of it.
    """
    if folder is not None:
        return demo_in(folder, port, once, show_calls)
    with tempfile.TemporaryDirectory(prefix="placet-demo-") as fresh:
        return demo_in(Path(fresh), port, once, show_calls)


def demo_in(folder: Path, port: int, once: bool, show_calls: bool) -> int:
    """Run the demo on the data in a folder."""
    console = Console(highlight=False, soft_wrap=True)
    config = Config(data_folder=str(folder), port=free_port(port), log_level="warning")
    start_logging(config.log_level, config.log_format)
    # The example's newspaper is made up and no registered platform; `placet check` and `placet serve` say so.
    logging.getLogger("placet.strings").setLevel("ERROR")
    # Its visitors say themselves where they are.
    logging.getLogger("placet.app.geolocation").setLevel("ERROR")
    street = Street(public_url(config), tuple(free_port(config.port + n) for n in range(1, len(BRANDS) + 1)))
    destinations = sample_destinations(free_port, config.port + len(BRANDS) + 1)
    outcome, hung_up = [STOPPED], threading.Event()

    async def opening() -> Served:
        organisation = await prepare(config, street, destinations)
        served = await open_app(config)
        others = [*await open_street(street, organisation), *await open_sample_destinations(destinations)]

        async def close() -> None:
            for other in others:
                other.close()
            await served.close()

        return Served(served.app, close, lambda: start(served.ready), served.drain)

    def start(ready: Callable[[], None]) -> None:
        ready()
        sender = partial(tell_tour, config, street, destinations, console, once, show_calls)
        tour = asyncio.get_running_loop().run_in_executor(None, unless_hung_up, sender, hung_up)
        tour.add_done_callback(lambda done: outcome.append(FAILED) if done.exception() or not done.result() else None)

    code = max(serve(opening, config), *outcome)
    if hung_up.is_set():
        raise BrokenPipeError
    return code


def unless_hung_up(tell: Callable[[], bool], hung_up: threading.Event) -> bool:
    """Tell the tour; where its reader hangs up (rich raises SystemExit then), stop the server."""
    try:
        return tell()
    except SystemExit:
        hung_up.set()
        os.kill(os.getpid(), signal.SIGTERM)
        return True


def free_port(wanted: int) -> int:
    """The wanted port, or any free one when somebody else has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def prepare(config: Config, street: Street, destinations: SampleDestinations) -> Organisation:
    """Apply and publish the example organisation, web sites and destinations on this machine. Raises BadSettings."""
    with holding_store(config, "a placet demo"):
        stores = await open_store(config)
        try:
            secret_box = secrets_of(await secret_of_opened(config, stores)).secret_box
            secrets = Secrets(lambda _: TOKEN_SECRET, os.urandom, secret_box)
            return await publish_example(stores.catalogue, secrets, street, destinations)
        finally:
            await stores.close()


async def publish_example(
    catalogue: Catalogue, secrets: Secrets, street: Street, destinations: SampleDestinations
) -> Organisation:
    """The example, on both stages. Raises BadSettings when it is not there or not right."""
    folder = next((path for path in EXAMPLES if path.is_dir()), EXAMPLES[-1])
    organisation = read(folder).organisation
    if organisation is None:
        raise BadSettings(f"The example settings in {folder} cannot be read. Run: placet check {folder}")
    organisation = destinations.on(street.on(organisation))
    author = Author("demo", now())
    applied = await apply(organisation, catalogue, secrets, author)
    if not isinstance(applied, ApplyResult):
        raise BadSettings(f"The example settings in {folder} have errors. Run: placet check {folder}")
    for stage in Stage:
        if not isinstance(await publish(organisation.id, stage, catalogue, author), PublishResult):
            raise BadSettings(f"The example settings in {folder} cannot be published. Run: placet check {folder}")
    return organisation


def tell_tour(
    config: Config, street: Street, destinations: SampleDestinations, console: Console, once: bool, show_calls: bool
) -> bool:
    """Walk through the tour; False when the server surprised us. Runs beside the server, in a thread."""
    url = f"http://{config.host}:{config.port}"
    console.print(f"\n[bold]placet[/] serves [bold]Northwind[/], three brands in six languages, at [cyan]{url}[/]\n")
    api = Api(config.host, config.port, lambda line: console.print(painted(line)), show_calls)
    good = True
    try:
        for number, chapter, happens in chapters(api, TOKEN_SECRET, destinations):
            console.print(f"[bold]── {number}. {escape(chapter.title)} [/]" + "─" * max(3, 60 - len(chapter.title)))
            happens()
            console.print()
    except (Surprise, OSError) as why:
        console.print(f"[bold red]✗ {escape(str(why))}[/]")
        good = False
    farewell(console, url, street, destinations, good, once)
    if once:
        os.kill(os.getpid(), 15)
    return good


def painted(line: str) -> str:
    """A line of the tour in its colour: calls dim, answers green or yellow."""
    text = escape(line)
    if line.startswith("curl"):
        return f"[dim]{text}[/]"
    colour = "yellow" if line.startswith("← banner") else "green"
    return f"[{colour}]{text}[/]" if line.startswith("←") else text


def farewell(
    console: Console, url: str, street: Street, destinations: SampleDestinations, good: bool, once: bool
) -> None:
    """What there is to try next."""
    if good:
        console.print("[bold green]✓ every answer was as told.[/]")
    if once:
        return
    console.print(f"""
The server goes on at [cyan]{url}[/] until Ctrl-C. Open the sample sites, each on its own origin:
{chr(10).join(f"  {brand.title:<20} [cyan]{street.address(brand)}[/]" for brand in BRANDS)}

What reaches the sample destinations can be watched:
{chr(10).join(f"  {server.name:<26} [cyan]{server.address}[/]" for server in destinations.servers)}

  readiness  {url}/readyz
  numbers    {url}/metrics
  a banner   curl -s {url}/cfw/cmp/v1/banner -H 'OT-App-Id: {SHOP_IOS}' \\
               -H 'OT-CDN-Location: demo' -H 'OT-Device-Type: mobile' -H 'OT-SDK-Version: 202606.1.0' \\
               -H 'OT-Country-Code: US' -H 'OT-Region-Code: CA' -H 'OT-Language: es'
""")
