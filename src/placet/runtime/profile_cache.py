"""Profiles that this node stored recently, by consent group and person."""

from functools import lru_cache
from uuid import UUID

from placet.consent.profile.stored_profile import Id, VersionedProfile


class ProfileCache:
    """Profiles as this node last kept them, for the next save of the same people; the oldest makes room.

    Nothing here is ever told to anybody unchecked: whoever decides by it must have the decision written against the
    version it saw, and a profile that somebody else changed in between is then Stale.
    """

    def __init__(self, limit: int = 4096) -> None:
        self._max_size = limit
        self._profiles: dict[tuple[Id, Id], VersionedProfile] = {}

    def get(self, group: Id, person: Id) -> VersionedProfile | None:
        """The profile, if it was kept here lately."""
        return self._profiles.get((group, person))

    def put(self, known: VersionedProfile) -> None:
        """Remember what was just written."""
        key = (known.group, known.person)
        self._profiles.pop(key, None)
        if len(self._profiles) >= self._max_size:
            del self._profiles[next(iter(self._profiles))]
        self._profiles[key] = known

    def discard(self, known: VersionedProfile) -> None:
        """No longer believe what is remembered of this person."""
        self._profiles.pop((known.group, known.person), None)


@lru_cache(4096)
def group_key(group: str) -> Id:
    """The sixteen bytes of a consent group's GUID."""
    return UUID(group).bytes
