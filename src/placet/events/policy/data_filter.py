"""Which data points a destination gets: switches on events, their attributes, and people's (mparticle.md §6.4)."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final, TypeAlias

from msgspec import Struct

from placet.events.event import Event, EventKind
from placet.events.filters.actions import AllowFields, DropFields, Edit
from placet.events.policy.evaluation_context import EvaluationContext

Point: TypeAlias = tuple[str, ...]
"""A data point, from the general to the special:

`event, genre, name, attribute` · `screen, name, attribute` · `user, attribute` · `identity, kind`
"""

USER_OBJECTS: Final = ("traits", "context.traits", "user_attributes")
IDENTITY_PLACES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "user_id": (("", "userId"),),
    "customer_id": (("", "userId"),),
    "anonymous_id": (("", "anonymousId"),),
    "device_application_stamp": (("", "anonymousId"), ("", "mp_deviceid")),
    "mpid": (("", "anonymousId"), ("", "mpid")),
    "group_id": (("", "groupId"),),
    "ios_idfa": (("device_info", "ios_advertising_id"),),
    "ios_idfv": (("device_info", "ios_idfv"),),
    "android_aaid": (("device_info", "android_advertising_id"),),
    "android_uuid": (("device_info", "android_uuid"),),
    "roku_aid": (("device_info", "roku_advertising_id"),),
    "roku_publisher_id": (("device_info", "roku_publisher_id"),),
    "fire_aid": (("device_info", "fire_advertising_id"),),
    "microsoft_aid": (("device_info", "microsoft_advertising_id"),),
    "microsoft_publisher_id": (("device_info", "microsoft_publisher_id"),),
    "amp_id": (("device_info", "amp_id"),),
    "push_token": (("device_info", "push_token"),),
}
"""Where names stand outside `user_identities` (object and field); there they go out unless they are switched off."""


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
        return not self.shut(point[:-1]) and self.by_point.get(point, self.new)

    def shut(self, point: Point) -> bool:
        """Is this point, or one above it, switched off?"""
        return any(self.by_point.get(point[:length]) is False for length in range(1, len(point) + 1))

    def objection(self, context: EvaluationContext) -> str:
        """Why the event as a whole must not go out; empty when it may. Events that only describe a person may."""
        point = point_of(context.event)
        return "" if not point or self.sends(point) else f"the data point {' > '.join(point)} is switched off"

    def edits(self, context: EvaluationContext) -> tuple[Edit, ...]:
        """The attributes and identities that must not go out with it."""
        below = point_of(context.event)
        found = [*(self.cut(("properties",), below) if below else ()), *self.cut(USER_OBJECTS, ("user",))]
        found.extend(self.cut(("user_identities",), ("identity",)))
        return (*found, *self.unnamed())

    def unnamed(self) -> Iterable[Edit]:
        """The edit that takes away the names which are switched off, wherever else they stand."""
        every = self.shut(("identity",))
        places = [place for name, found in IDENTITY_PLACES.items() if every or self.is_off(name) for place in found]
        objects = {each: tuple(dict.fromkeys(field for one, field in places if one == each)) for each, _ in places}
        return (DropFields(objects),) if objects else ()

    def is_off(self, name: str) -> bool:
        """Is this kind of name switched off?"""
        return self.by_point.get(("identity", name)) is False

    def cut(self, objects: tuple[str, ...], parent: Point) -> Iterable[Edit]:
        """The edit that leaves in these objects only what is sent below the parent; none when all of it is."""
        switched = self.below(parent)
        if self.shut(parent):
            return (AllowFields(dict.fromkeys(objects, ())),)
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
    if event.kind is EventKind.TRACK:
        return ("event", event.genre, event.name)
    return ("screen", event.name) if event.kind in (EventKind.SCREEN, EventKind.PAGE) else ()
