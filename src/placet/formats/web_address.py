"""URLs that people follow or pages load: of a web page, or a path on the site itself."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

SCHEMES: Final = ("https", "http")
UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")
ADDRESS: Final = "^(https?://|/(?!/))|^$"
"""The JSON Schema pattern of a URL that people may follow."""


def split(text: str) -> SplitResult | None:
    """The parts of a URL; None for an invalid one."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return None
    return parts if parts.scheme in SCHEMES and parts.hostname else None


def may_be_followed(text: str) -> bool:
    """Is this an address of a web page, or a path on the same site? `javascript:` and its like are not."""
    if UNPRINTABLE.search(text):
        return False
    return (text.startswith("/") and not text.startswith("//")) or split(text) is not None


@lru_cache(maxsize=8192)
def safe_address(text: str | None) -> str:
    """The URL if it may be followed, else an empty text.

    Settings are checked before they are published, but an older version may have published them, and vendor lists are
    external: every URL written into a page or response must pass through here.
    """
    return text if text and may_be_followed(text) else ""
