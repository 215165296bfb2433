"""The profile store port."""

from typing import Protocol

from placet.consent.profile.stored_profile import Id, VersionedProfile


class Profiles(Protocol):
    """Profiles, found by consent group and pseudonym."""

    async def find(self, group: Id, person: Id) -> VersionedProfile | None:
        """The profile as last kept, or None. Never older than the last `keep` that returned."""
        ...
