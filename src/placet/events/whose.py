"""Whose an event is, and what that person agreed to: the names that count, and what is remembered under each.

House rules: consent is remembered under names, never under people, so that it comes along whenever people join and
in whatever order · a memory changes only under its own name, by the one `merge` · across names a refusal binds ·
what anybody may write (write keys are public) never outweighs what was proven, but to refuse.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile import Item, Profile, later, weight
from placet.events.event import Event
from placet.events.identity import Identity, IdentityRules, ours

PROVABLE: Final = frozenset({"user_id", "email"})
"""Names that somebody can prove to be theirs, where they choose at a banner (consent/person.py)."""

SPOKEN: Final = PROVABLE | {"anonymous_id", "device_application_stamp"}
"""Names by which a banner may know somebody: what was said there counts for events, and the other way round."""

MOST_GIVEN: Final = 16
"""So many names of one event count, those that rank highest."""

NOTHING: Final = Profile()


class Memory(Struct, frozen=True):
    """What is remembered under one name: what its bearer said having proven it, and what anybody claimed."""

    proven: Profile = NOTHING
    claimed: Profile = NOTHING


FORGOTTEN: Final = Memory()


def named(event: Event, rules: IdentityRules) -> Event:
    """The event with the names that count, in our own words, the one that counts most first."""
    names, previous = counted(event.identities, rules), counted(event.previous, rules)
    if names == event.identities and previous == event.previous:
        return event
    return replace(event, identities=names, previous=previous)


def counted(names: tuple[Identity, ...], rules: IdentityRules) -> tuple[Identity, ...]:
    """Those of the names that may name somebody."""
    if not names:
        return ()
    return tuple(rules.ranked(map(ours, names))[:MOST_GIVEN])


def names_in(events: Iterable[Event]) -> tuple[Identity, ...]:
    """Every name in these events, each once."""
    return tuple(dict.fromkeys(name for event in events for name in (*event.identities, *event.previous)))


def agreed(memories: Sequence[Memory]) -> Profile:
    """What somebody agreed to, by what is remembered under their names, in whatever order.

    1 proven, and claimed: across names the refusal binds, else the newer answer
    2 the two together: a claim counts where nothing was proven, and where it refuses later than what was proven
    """
    if not memories:
        return NOTHING
    if len(memories) == 1 and not memories[0].proven.items:
        return memories[0].claimed
    return proven_first(*(reduce(both, side, NOTHING) for side in zip(*map(sides, memories), strict=True)))


def sides(memory: Memory) -> tuple[Profile, Profile]:
    """What was proven, and what was claimed."""
    return memory.proven, memory.claimed


def both(one: Profile, other: Profile) -> Profile:
    """Two memories of the same sort under different names: a refusal in either binds, silence decides nothing."""
    if not one.items or not other.items:
        return one if one.items else other
    items = {key: binding(item, other.items.get(key)) for key, item in one.items.items()}
    return replace(one, items={**other.items, **items})


def binding(one: Item, other: Item | None) -> Item:
    """The one of higher rank, then the refusal, then the later: a maximum, so the order of asking does not matter."""
    if other is None:
        return one
    return max(one, other, key=lambda item: (item.rank, not item.granted, weight(item)))


def proven_first(proven: Profile, claimed: Profile) -> Profile:
    """What was proven, but for what was refused since, with or without proof."""
    if not proven.items or not claimed.items:
        return proven if proven.items else claimed
    items = {key: since(item, claimed.items.get(key)) for key, item in proven.items.items()}
    return replace(proven, items={**claimed.items, **items})


def since(proven: Item, claimed: Item | None) -> Item:
    """The claim if it is a refusal that is not older, else what was proven. A mere default yields to a choice."""
    if claimed is None or (claimed.granted and claimed.rank <= proven.rank):
        return proven
    return later(proven, claimed)
