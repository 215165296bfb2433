"""Anonymous becomes known: whose memory wins, the device's or the profile's."""

from enum import Enum, auto
from typing import Final

from placet.consent.profile.profile import Profile, merge


class MergeCase(Enum):
    """The four ways a login can go (cmp-api.md §15.2), and the fifth: nothing was chosen on this device yet."""

    DOWNLOAD = auto()
    """The profile replaces what the device said."""
    CREATE = auto()
    """What the device said becomes the profile."""
    NEWEST = auto()
    """Item by item, the newer answer wins."""
    NOTHING = auto()
    """There is neither a profile nor an explicit choice: nothing is created."""


MERGE_CASES: Final = {
    # (override toggle, profile exists)
    (False, True): MergeCase.DOWNLOAD,
    (False, False): MergeCase.CREATE,
    (True, True): MergeCase.NEWEST,
    (True, False): MergeCase.CREATE,
}


def merge_case(override: bool, profile: Profile | None, device: Profile | None) -> MergeCase:
    """Which way this login goes. `device` is None when no explicit choice was made on it.

    Without an explicit choice there is nothing to bring along: being shown a banner is not consent.
    """
    way = MERGE_CASES[override, profile is not None]
    if device is not None or way is MergeCase.DOWNLOAD:
        return way
    return MergeCase.NOTHING if profile is None else MergeCase.DOWNLOAD


def merge_login(way: MergeCase, profile: Profile | None, device: Profile | None) -> Profile | None:
    """The profile at the end of the journey."""
    match way:
        case MergeCase.DOWNLOAD:
            return profile
        case MergeCase.CREATE | MergeCase.NEWEST:
            return merge(profile or Profile(), device or Profile())
        case MergeCase.NOTHING:
            return None
