"""The demo's sample sites: three brands, each on an origin of its own, each a plain page with one script tag."""

import asyncio
import html
from functools import partial
from pathlib import Path
from string import Template
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.settings.organisation import Organisation, SiteSetting, Workspace


class Brand(Struct, frozen=True):
    """A sample site: which site of the example it is, its name on this machine, and its looks."""

    workspace: str
    site: str
    host: str
    title: str
    promise: str
    colour: str
    language: str = "en"


BRANDS: Final = (
    Brand("outfitter", "shop-web", "outfitter.localhost", "Northwind Outfitter", "Boots for bad weather.", "#1d5c4d"),
    Brand("stream", "stream-web", "stream.localhost", "Northwind Stream", "Films for long evenings.", "#4a2a80"),
    Brand("news", "news-web", "news.localhost", "De Noordenwind", "The news, before the wind turns.", "#8a3324"),
)
"""Names below `localhost` lead to this machine, and keep the brands' cookies apart, as ports would not."""

PAGE: Final = Template((Path(__file__).parent / "site.html").read_text())


class Street(Struct, frozen=True):
    """The sample sites as they stand on this machine: ports in the order of `BRANDS`, and where placet is."""

    server: str
    ports: tuple[int, ...]

    def address(self, brand: Brand) -> str:
        """The origin of a sample site."""
        return f"http://{brand.host}:{self.ports[BRANDS.index(brand)]}"

    def page(self, brand: Brand, organisation: Organisation) -> bytes:
        """The one page of a sample site."""
        others = [other for other in BRANDS if other is not brand]
        links = " · ".join(f'<a href="{self.address(other)}">{html.escape(other.title)}</a>' for other in others)
        return PAGE.substitute(
            language=brand.language,
            title=html.escape(brand.title),
            promise=html.escape(brand.promise),
            colour=brand.colour,
            server=self.server,
            app_id=setting_of(organisation, brand).app_id,
            others=links,
        ).encode()

    def on(self, organisation: Organisation) -> Organisation:
        """The organisation with its web sites on this machine's origins, and without logos that no server here has."""
        return replace(organisation, workspaces=tuple(self._moved(one) for one in organisation.workspaces))

    def _moved(self, workspace: Workspace) -> Workspace:
        homes = {brand.site: self.address(brand) for brand in BRANDS if brand.workspace == workspace.id}
        sites = (replace(one, origins=(homes[one.id],)) if one.id in homes else one for one in workspace.sites)
        notices = (replace(notice, logo_url="") for notice in workspace.notices)
        return replace(workspace, sites=tuple(sites), notices=tuple(notices))


def setting_of(organisation: Organisation, brand: Brand) -> SiteSetting:
    """The site of the example that a sample site is."""
    spaces = (space for space in organisation.workspaces if space.id == brand.workspace)
    return next(site for space in spaces for site in space.sites if site.id == brand.site)


async def open_street(street: Street, organisation: Organisation) -> list[asyncio.Server]:
    """Serve every sample site; whatever path is asked for, it is the one page."""
    return [
        await asyncio.start_server(partial(answer, street.page(brand, organisation)), "127.0.0.1", port)
        for brand, port in zip(BRANDS, street.ports, strict=True)
    ]


async def answer(page: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, one page, and goodbye."""
    try:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {len(page)}\r\n"
        writer.write(head.encode() + b"connection: close\r\n\r\n" + page)
        await writer.drain()
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()
