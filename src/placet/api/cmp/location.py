"""Where a request comes from, as clients of the CMP ask for it (web-sdk.md §2.1)."""

from collections.abc import Callable
from typing import Final

from msgspec import json

from placet.api.http.request import JSON, Header, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.settings.regions import EU, Place

PATHS: Final = ("/cookieconsentpub/v1/geo/location", "/cookieconsentpub/v1/geo/location/")
NOT_KEPT: Final[Header] = (b"cache-control", b"private, no-store")
UNKNOWN: Final = "XX"

Locate = Callable[[Request], Place]


def locate_by(country_header: str, region_header: str) -> Locate:
    """Finds a request's place in the headers that a trusted edge adds; without such headers nobody is anywhere."""
    country_name, region_name = country_header.lower().encode(), region_header.lower().encode()
    nowhere = Place()

    def locate(request: Request) -> Place:
        country = request.headers.get(country_name, b"").decode("latin-1").strip().upper()
        if not country:
            return nowhere
        region = request.headers.get(region_name, b"").decode("latin-1").strip().upper()
        return Place(country, region.removeprefix(f"{country}-"))

    return locate if country_header else lambda _: nowhere


class LocationDialect:
    """Tells a browser where it is, so that it can choose its rule."""

    def __init__(self, locate: Locate) -> None:
        self._locate = locate
        self.dialect = Dialect("location", allows=lambda *_: True)

    def routes(self) -> list[Route]:
        """The one path, in both spellings."""
        return [Route("GET", path, self.location, self.dialect) for path in PATHS]

    async def location(self, request: Request) -> Response:
        """Country, state and continent; `XX` for a visitor nobody could place."""
        place = self._locate(request)
        body = {
            "country": place.country or UNKNOWN,
            "state": place.region,
            "stateName": "",
            "continent": "EU" if place.country in EU else "",
        }
        return Response(200, json.encode(body), (JSON, NOT_KEPT))
