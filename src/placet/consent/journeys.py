"""Anonymous becomes known: whose memory wins, the device's or the profile's."""

from enum import Enum, auto
from typing import Final

from placet.consent.profile import Profile, merge
from placet.consent.stamps import TRUSTED_AHEAD as TRUSTED_AHEAD
from placet.consent.stamps import believed as believed


class Journey(Enum):
    """The four ways a login can go (cmp-api.md §15.2), and the fifth: nothing was chosen on this device yet."""

    DOWNLOAD = auto()
    """The profile replaces what the device said."""
    CREATE = auto()
    """What the device said becomes the profile."""
    NEWEST = auto()
    """Item by item, the newer answer wins."""
    NOTHING = auto()
    """There is neither a profile nor an explicit choice: nothing is created."""


JOURNEYS: Final = {
    # (override toggle, profile exists)
    (False, True): Journey.DOWNLOAD,
    (False, False): Journey.CREATE,
    (True, True): Journey.NEWEST,
    (True, False): Journey.CREATE,
}


def journey(override: bool, profile: Profile | None, device: Profile | None) -> Journey:
    """Which way this login goes. `device` is None when no explicit choice was made on it.

    Without an explicit choice there is nothing to bring along: being shown a banner is not consent.
    """
    way = JOURNEYS[override, profile is not None]
    if device is not None or way is Journey.DOWNLOAD:
        return way
    return Journey.NOTHING if profile is None else Journey.DOWNLOAD


def travel(way: Journey, profile: Profile | None, device: Profile | None) -> Profile | None:
    """The profile at the end of the journey."""
    match way:
        case Journey.DOWNLOAD:
            return profile
        case Journey.CREATE | Journey.NEWEST:
            return merge(profile or Profile(), device or Profile())
        case Journey.NOTHING:
            return None
