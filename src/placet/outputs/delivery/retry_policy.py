"""How patiently deliveries are tried, and when a failed one is tried again."""

from typing import Final

from msgspec import Struct

from placet.outputs.destination import TryAgain

LOCKED: Final = "its secrets cannot be opened here: is this node's master secret the one they were sealed with?"
"""Why what is due must wait: nothing leaves without its signature."""


class RetryPolicy(Struct, frozen=True):
    """How deliveries are tried: so many at once, each held for `hold` ms; again after `first` ms, twice that, …

    Never later than `longest` ms, and given up after `most` tries. A destination may ask for a later time, up to
    `longest` as well.
    """

    at_once: int = 64
    hold: int = 60_000
    first: int = 1_000
    longest: int = 900_000
    most: int = 25

    def pause(self, reply: TryAgain, tries: int, jitter: float) -> int:
        """How long to wait, in ms: twice as long each time, between half (`jitter` 0) and whole (1) of that.

        Never less than was asked.
        """
        grown = min(self.first << min(tries, 30), self.longest)
        return int(max(grown * (1 + jitter) / 2, min((reply.after or 0) * 1000, self.longest)))
