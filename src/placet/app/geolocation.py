"""Where a request comes from: what a trusted edge says in headers, else a GeoIP database (MMDB) by its address."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import maxminddb

from placet.api.cmp.location import Locate, locate_by
from placet.api.http.rate_limit import proxied_address
from placet.api.http.request import Request
from placet.config import BadSettings, Config
from placet.settings.regions import Place

NOWHERE: Final = Place()
REMEMBERED: Final = 8192
"""Addresses whose place need not be looked up again."""
NO_PLACE: Final = (
    "rules differ from place to place, but nothing tells where visitors are: those who do not say so themselves get "
    "the default rule. Set country_header (behind an edge that names countries) or geoip_database (an MMDB file)"
)
CURE: Final = "Name a file in the MMDB format with countries, such as GeoLite2-City.mmdb or dbip-country-lite.mmdb."


def can_locate(config: Config) -> bool:
    """Is there any way to tell where a client is, unless it says so itself?"""
    return bool(config.country_header or config.geoip_database)


def locate_with(config: Config) -> Locate:
    """Finds a request's place as the settings say; nobody is anywhere without any. Raises BadSettings."""
    by_header = locate_by(config.country_header, config.region_header)
    if not config.geoip_database:
        return by_header
    look_up = open_database(Path(config.geoip_database))
    address = proxied_address(config.client_address_header, config.client_address_hops)

    def locate(request: Request) -> Place:
        told = by_header(request)
        return told if told.country else look_up(address(request))

    return locate


def open_database(path: Path) -> Callable[[str], Place]:
    """Look-ups in a database, which is read when it is opened. Raises BadSettings."""
    try:
        reader = maxminddb.open_database(str(path), maxminddb.MODE_AUTO)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as why:
        raise BadSettings(f"geoip_database {path} cannot be read ({type(why).__name__}). {CURE}") from why
    kind = reader.metadata().database_type
    if not any(word in kind.lower() for word in ("country", "city", "location", "enterprise")):
        raise BadSettings(f"geoip_database {path} holds no countries (it is a {kind}). {CURE}")

    @lru_cache(REMEMBERED)
    def look_up(address: str) -> Place:
        try:
            return place_of(reader.get(ip_address(address.partition("%")[0])))
        except (ValueError, maxminddb.InvalidDatabaseError):
            return NOWHERE

    return look_up


def place_of(record: Any) -> Place:
    """Country and subdivision of a record as MaxMind, DB-IP and IPinfo write them."""
    if not isinstance(record, dict):
        return NOWHERE
    country = code_of(record.get("country")) or code_of(record.get("country_code"))
    divisions = record.get("subdivisions")
    region = code_of(divisions[0]) if isinstance(divisions, list) and divisions else code_of(record.get("region_code"))
    return Place(country, region.removeprefix(f"{country}-")) if len(country) == 2 else NOWHERE


def code_of(value: Any) -> str:
    """An ISO code, written alone or inside a map."""
    found = value.get("iso_code") if isinstance(value, dict) else value
    return found.upper() if isinstance(found, str) else ""
