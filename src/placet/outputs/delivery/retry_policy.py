"""How many deliveries run at once, and when a failed one is retried."""

from typing import Final

from msgspec import Struct

from placet.outputs.destination import TryAgain

LOCKED: Final = "its secrets cannot be opened here: is this node's master secret the one they were sealed with?"
"""Why deliveries wait while secrets cannot be decrypted: requests must not be sent unsigned."""


class RetryPolicy(Struct, frozen=True):
    """How deliveries are retried: so many at once, each locked for `hold` ms; again after `first` ms, twice that, …

    The delay is at most `longest` ms, and a delivery is given up after `most` tries. A destination may ask for a longer
    delay, also up to `longest`.
    """

    at_once: int = 64
    hold: int = 60_000
    first: int = 1_000
    longest: int = 900_000
    most: int = 25

    def pause(self, reply: TryAgain, tries: int, jitter: float) -> int:
        """The delay before the next try, in ms: it doubles each time; `jitter` 0 gives half of it, 1 all of it.

        Never less than the delay the destination asked for.
        """
        grown = min(self.first << min(tries, 30), self.longest)
        return int(max(grown * (1 + jitter) / 2, min((reply.after or 0) * 1000, self.longest)))
