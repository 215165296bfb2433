"""A stored profile with its version, and the id type of all stores."""

from typing import TypeAlias

from msgspec import Struct

from placet.consent.profile.profile import Profile

Id: TypeAlias = bytes
"""Sixteen bytes."""


class VersionedProfile(Struct, frozen=True):
    """A person's profile in one consent group, and its version (0 = not stored yet)."""

    group: Id
    person: Id
    profile: Profile
    version: int = 0
