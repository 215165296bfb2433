"""Whose choices this node wrote down lately: what was read before that must be read again before anything leaves.

A store answers in its own time: between a profile that was read and the event that then leaves, its person may withdraw
and be told that it is done. Whoever notes the change before telling them, and looks here right before the first byte
leaves, never sends what was withdrawn. A change made on another node is not known here: there the two are as far apart
as one read takes.
"""

from collections.abc import Iterable
from typing import Final

from placet.consent.profile.stored_profile import Id

MOST: Final = 100_000
"""So many people are remembered; whoever read before the oldest of them reads again.

At 8,000 saves a second that is twelve seconds, longer than a destination may take: a slow one is not held off for ever.
"""


class RecentChanges:
    """People by the number of their last change."""

    def __init__(self, limit: int = MOST) -> None:
        """Nobody has changed."""
        self.most = limit
        self.number = 0
        self.floor = 0
        self.latest: dict[Id, int] = {}

    def record(self, person: Id) -> None:
        """This person's profile was just written, and nobody was told yet."""
        self.number += 1
        self.latest.pop(person, None)
        self.latest[person] = self.number
        if len(self.latest) > self.most:
            self.floor = self.latest.pop(next(iter(self.latest)))

    def since(self, number: int, people: Iterable[Id]) -> bool:
        """May one of these have changed since this number?"""
        return number < self.floor or any(self.latest.get(person, 0) > number for person in people)
