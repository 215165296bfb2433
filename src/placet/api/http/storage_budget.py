"""How many bytes unauthenticated callers may have stored: a budget for each site and source, in bounded memory.

A site's own pages post without a secret, so whoever knows a public key can fill the disk with it. A budget ends that
after so many bytes an hour; one network may use up a tenth of it, so that a single caller cannot silence a site.
"""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import Final, TypeAlias

from placet.api.http.rate_limit import address_prefix
from placet.api.http.request import HttpRefusal, Request

Spend: TypeAlias = Callable[[str, Request, int], None]
"""Charge a site or source, for a request of a caller, so many bytes. Raises Refusal (429)."""

HOUR: Final = 3600.0
NETWORK_SHARE: Final = 10
"""One network may use up one part in so many of a budget."""

MAX_KEYS: Final = 100_000


def unlimited(owner: str, request: Request, size: int) -> None:
    """Charge nothing."""
    del owner, request, size


class ByteBudget:
    """Bytes an hour for each key, refilled steadily (GCRA); the key unused for longest is forgotten first.

    Times are seconds, handed in.
    """

    def __init__(self, bytes_per_hour: int, most_keys: int = MAX_KEYS) -> None:
        self._seconds_per_byte = HOUR / bytes_per_hour
        self._most_keys = most_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def early(self, key: str, size: int, now: float) -> float:
        """How many seconds too early `size` bytes of `key` are; 0.0 when there is room. Charges nothing."""
        return max(0.0, max(now, self._full_at.get(key, now)) + size * self._seconds_per_byte - now - HOUR)

    def charge(self, key: str, size: int, now: float) -> None:
        """Take `size` bytes from the budget of `key`."""
        full_at = max(now, self._full_at.pop(key, now)) + size * self._seconds_per_byte
        if len(self._full_at) >= self._most_keys:
            self._full_at.popitem(last=False)
        self._full_at[key] = full_at

    def __len__(self) -> int:
        return len(self._full_at)


class StorageBudget:
    """The budgets of all sites, or of all sources. `refused` is called for each refusal, with the owner's key."""

    def __init__(
        self,
        bytes_per_hour: int,
        address: Callable[[Request], str],
        clock: Callable[[], float],
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._owners = ByteBudget(bytes_per_hour)
        self._networks = ByteBudget(max(1, bytes_per_hour // NETWORK_SHARE))
        self._address = address
        self._clock = clock
        self._refused = refused

    def spend(self, owner: str, request: Request, size: int) -> None:
        """Charge what a request would have stored for `owner`, a site or source that exists. Raises Refusal (429)."""
        now = self._clock()
        network = f"{owner} {address_prefix(self._address(request))}"
        early = max(self._owners.early(owner, size, now), self._networks.early(network, size, now))
        if early:
            self._refused(owner)
            raise HttpRefusal(
                429,
                "too many bytes were stored for this site or source in the last hour; send this again later",
                ((b"retry-after", b"%d" % min(ceil(early), HOUR)),),
            )
        self._owners.charge(owner, size, now)
        self._networks.charge(network, size, now)
