"""Login of an anonymous person: whether the device's or the profile's answers win."""

from enum import Enum, auto
from typing import Final

from placet.consent.profile.profile import Profile, merge


class MergeCase(Enum):
    """The four cases of a login (cmp-api.md §15.2), and a fifth: no choice was made on this device yet."""

    DOWNLOAD = auto()
    """The profile replaces the device's answers."""
    CREATE = auto()
    """The device's answers become the profile."""
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
    """The case of this login. `device` is None when no explicit choice was made on it.

    Without an explicit choice the device contributes nothing: being shown a banner is not consent.
    """
    way = MERGE_CASES[override, profile is not None]
    if device is not None or way is MergeCase.DOWNLOAD:
        return way
    return MergeCase.NOTHING if profile is None else MergeCase.DOWNLOAD


def merge_login(way: MergeCase, profile: Profile | None, device: Profile | None) -> Profile | None:
    """The profile after the login."""
    match way:
        case MergeCase.DOWNLOAD:
            return profile
        case MergeCase.CREATE | MergeCase.NEWEST:
            return merge(profile or Profile(), device or Profile())
        case MergeCase.NOTHING:
            return None
