"""Which data points a destination gets: switches on events, their attributes, and people's (mparticle.md §6.4)."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final, TypeAlias

from msgspec import Struct

from placet.events.case import Case
from placet.events.event import Event, Kind
from placet.events.filters_actions import AllowFields, DropFields, Edit

Point: TypeAlias = tuple[str, ...]
"""A data point, from the general to the special:

`event, genre, name, attribute` · `screen, name, attribute` · `user, attribute` · `identity, kind`
"""

USER_OBJECTS: Final = ("traits", "context.traits", "user_attributes")
IDENTITY_FIELDS: Final = {
    "user_id": "userId",
    "customer_id": "userId",
    "anonymous_id": "anonymousId",
    "device_application_stamp": "anonymousId",
    "group_id": "groupId",
}
"""Names at the top of an event; they go out unless they are switched off one by one."""


class Switch(Struct, frozen=True):
    """One data point, on or off."""

    point: Point
    on: bool


class DataFilter(Struct, frozen=True, dict=True):
    """The switches of a connection. Turning a point off turns everything below it off.

    `new` says whether points nobody has switched are sent.
    """

    switches: tuple[Switch, ...] = ()
    new: bool = True

    @cached_property
    def by_point(self) -> dict[Point, bool]:
        """Each switch by its point."""
        return {switch.point: switch.on for switch in self.switches}

    def sends(self, point: Point) -> bool:
        """Is this data point sent?"""
        above = (point[:length] for length in range(1, len(point)))
        if any(self.by_point.get(one) is False for one in above):
            return False
        return self.by_point.get(point, self.new)

    def objection(self, case: Case) -> str:
        """Why the event as a whole must not go out; empty when it may. Events that only describe a person may."""
        point = point_of(case.event)
        return "" if not point or self.sends(point) else f"the data point {' > '.join(point)} is switched off"

    def edits(self, case: Case) -> tuple[Edit, ...]:
        """The attributes and identities that must not go out with it."""
        below = point_of(case.event)
        found = [*(self.cut(("properties",), below) if below else ()), *self.cut(USER_OBJECTS, ("user",))]
        found.extend(self.cut(("user_identities",), ("identity",)))
        named = tuple(
            IDENTITY_FIELDS[name] for name, on in self.below(("identity",)) if not on and name in IDENTITY_FIELDS
        )
        return (*found, DropFields({"": named})) if named else tuple(found)

    def cut(self, objects: tuple[str, ...], parent: Point) -> Iterable[Edit]:
        """The edit that leaves in these objects only what is sent below the parent; none when all of it is."""
        switched = self.below(parent)
        if self.new:
            off = tuple(name for name, on in switched if not on)
            return (DropFields(dict.fromkeys(objects, off)),) if off else ()
        return (AllowFields(dict.fromkeys(objects, tuple(name for name, on in switched if on))),)

    def below(self, parent: Point) -> list[tuple[str, bool]]:
        """The switched points right below one, by their last name."""
        size = len(parent)
        return [
            (point[-1], on) for point, on in self.by_point.items() if len(point) == size + 1 and point[:size] == parent
        ]


def point_of(event: Event) -> Point:
    """The data point of an event; empty for calls that only say who somebody is."""
    if event.kind is Kind.TRACK:
        return ("event", event.genre, event.name)
    return ("screen", event.name) if event.kind in (Kind.SCREEN, Kind.PAGE) else ()
