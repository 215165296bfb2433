"""Tells the operator of web origins that are not among a site's: answers given there cannot be recorded."""

import logging
from typing import Final

LOG: Final = logging.getLogger("placet.origins")
EVERY: Final = 60_000
"""Milliseconds between two lines about the same site."""

MAX_SITES: Final = 1000


class Strangers:
    """Logs at most one line a minute for each site."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def note(self, site: str, origin: str, now: int) -> None:
        """A page of `origin` could not send its receipt at `now` (epoch ms)."""
        if now - self._told.get(site, -EVERY) < EVERY:
            return
        if len(self._told) >= MAX_SITES:
            self._told.clear()
        self._told[site] = now
        shown = origin[:200].encode("ascii", "backslashreplace").decode() or "(none)"
        LOG.warning(
            "site %s: answers given on %s are not recorded; add it to the site's origins and publish", site, shown
        )
