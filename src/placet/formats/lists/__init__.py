"""The lists bundled with the package, so that it works without a network (their sources: SOURCES.md).

They are constants stored in files, read on first use.
"""

import gzip
from functools import cache
from importlib.resources import files

from placet.formats.lists.cmps import CmpList, read_cmps
from placet.formats.lists.google_providers import Providers, read_providers
from placet.formats.lists.gvl import VendorList, read_list, read_translation

LANGUAGES = ("en", "fr")
"""The languages that the bundled European list can be shown in."""


def _unpacked(name: str) -> bytes:
    return gzip.decompress(files(__name__).joinpath(name).read_bytes())


@cache
def bundled_list(language: str = "en") -> VendorList:
    """The European vendor list, in one of `LANGUAGES`."""
    if language == "en":
        return read_list(_unpacked("gvl.json.gz"))
    return bundled_list().translated(read_translation(_unpacked(f"gvl-{language}.json.gz")))


@cache
def bundled_canadian_list() -> VendorList:
    """The Canadian vendor list."""
    return read_list(_unpacked("gvl-ca.json.gz"))


@cache
def bundled_providers() -> Providers:
    """Google's ad technology providers."""
    return read_providers(_unpacked("google-providers.csv.gz").decode())


@cache
def bundled_cmps() -> CmpList:
    """The registered consent platforms."""
    return read_cmps(_unpacked("cmps.json.gz"))
