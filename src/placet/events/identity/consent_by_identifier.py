"""Whose an event is, and what that person agreed to: the names that count, and what is remembered under each.

House rules: consent is remembered under names, never under people, so that it comes along whenever people join and
in whatever order · a memory changes only under its own name, by the one `merge` · across names a refusal binds ·
what anybody may write (write keys are public) never outweighs what was proven, but to refuse · of claims under a
name that anybody may know, each device has a voice of its own: it may take back its own refusal and nobody else's.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile, later, merge, weight
from placet.events.event import Event, Identity, ours
from placet.events.identity.graph import DEVICE_KINDS, MAX_NAMES, IdentityPerson, IdentityRules
from placet.settings.identity_strategy import Strategy

PROVABLE: Final = frozenset({"user_id", "email"})
"""Names that somebody can prove to be theirs, where they choose at a banner (consent/profile/person.py)."""

SPOKEN: Final = PROVABLE | {"anonymous_id", "device_application_stamp"}
"""Names by which a banner may know somebody: what was said there counts for events, and the other way round."""

MAX_GIVEN: Final = 16
"""So many names of one event count, those that rank highest."""

VOICE: Final = "v:"
"""How items begin that one device claimed under a name which others may use too: `v:DEVICE:KEY`, `v::KEY` where
none was named. Apart from `KEY` itself, since one pseudonym may be somebody's user id and a device of that name."""

MAX_VOICES: Final = 16
"""So many devices have a voice of their own under a name; what further ones refuse binds until there is proof."""

NOTHING: Final = Profile()


class IdentifierConsent(Struct, frozen=True):
    """What is remembered under one name: what its bearer said having proven it, and what anybody claimed."""

    proven: Profile = NOTHING
    claimed: Profile = NOTHING


NO_CONSENT: Final = IdentifierConsent()


class Speaker(Struct, frozen=True):
    """Who claims something: the device ("" where none is named), and whether the key came with proof."""

    device: str = ""
    proven: bool = False


SOMEBODY: Final = Speaker()


def plainly(name: Identity) -> str:
    """A device by its own name, for whoever keeps nothing."""
    return f"{name.kind}={name.value}".replace(":", ".")


class Trust(Struct, frozen=True):
    """Did the batch's key come with proof? And how a device is called where what it claims is kept."""

    proven: bool = False
    device: Callable[[Identity], str] = plainly


PUBLIC: Final = Trust()


def claim(held: Profile, said: Profile, name: Identity, by: Speaker) -> Profile:
    """What is claimed under a name after one more claim.

    Under the name of a device: the later answer. Under any other each device is remembered apart, so that it takes
    back its own answers only; a server that proved its key and names no device takes back what was said without one;
    any other who names none, or comes after too many others, can only refuse.
    """
    if name.kind in DEVICE_KINDS:
        return merge(held, said)
    start = f"{VOICE}{by.device}:"
    own = bool(by.device) and has_room(held, start)
    start = start if own else f"{VOICE}:"
    if own or (by.proven and not by.device):
        return merge(held, replace(said, items={start + key: item for key, item in said.items.items()}))
    known = heard(held).items
    new = {start + key: item for key, item in said.items.items() if not (item.granted and stands(known.get(key), item))}
    bound = {key: binding(item, held.items.get(key)) for key, item in new.items()}
    return replace(held, items={**held.items, **bound}) if bound else held


def stands(held: Item | None, said: Item) -> bool:
    """Does a refusal bind that this grant could not lift anyway?"""
    return held is not None and not held.granted and held.rank >= said.rank


def has_room(held: Profile, start: str) -> bool:
    """Has this voice spoken already, or is there room for another?"""
    signals = {key.partition(":")[2].partition(":")[0] for key in held.items if key.startswith(VOICE)}
    return start[len(VOICE) : -1] in signals or len(signals - {""}) < MAX_VOICES


def heard(claimed: Profile) -> Profile:
    """What all voices together claim: a refusal of any of them binds."""
    if not any(key.startswith(VOICE) for key in claimed.items):
        return claimed
    items: dict[str, Item] = {}
    for key, item in claimed.items.items():
        about = key.split(":", 2)[2] if key.startswith(VOICE) else key
        items[about] = binding(item, items.get(about))
    return replace(claimed, items=items)


def binding_names(
    person: IdentityPerson, others: Iterable[IdentityPerson], rules: IdentityRules
) -> frozenset[Identity]:
    """Names that somebody does not go by whose refusals hold for an event of theirs all the same.

    Those that are bound to them; with strategy merge also all names of people with whom they share a name that the
    event carries: they would be one person, but for the limits.
    """
    merging = rules.strategy is Strategy.MERGE
    return person.bound.union(*(one.identities | one.bound for one in others if merging))


def crowded(people: Iterable[IdentityPerson]) -> bool:
    """Is one of them bound to so many names that refusals under further ones would be missed?"""
    return any(len(one.bound) >= MAX_NAMES for one in people)


def refused(memory: IdentifierConsent) -> IdentifierConsent:
    """The refusals of a memory, as claims: how it counts for somebody who does not go by its name."""
    everything = both(memory.proven, heard(memory.claimed))
    return IdentifierConsent(claimed=Profile({key: item for key, item in everything.items.items() if not item.granted}))


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
    return tuple(rules.ranked(map(ours, names))[:MAX_GIVEN])


def names_in(events: Iterable[Event]) -> tuple[Identity, ...]:
    """Every name in these events, each once."""
    return tuple(dict.fromkeys(name for event in events for name in (*event.identities, *event.previous)))


def agreed(memories: Sequence[IdentifierConsent]) -> Profile:
    """What somebody agreed to, by what is remembered under their names, in whatever order.

    1 proven, and claimed: across names the refusal binds, else the newer answer
    2 the two together: a claim counts where nothing was proven, and where it refuses later than what was proven
    """
    if not memories:
        return NOTHING
    if len(memories) == 1 and not memories[0].proven.items:
        return heard(memories[0].claimed)
    return proven_first(*(reduce(both, side, NOTHING) for side in zip(*map(sides, memories), strict=True)))


def sides(memory: IdentifierConsent) -> tuple[Profile, Profile]:
    """What was proven, and what was claimed."""
    return memory.proven, heard(memory.claimed)


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
