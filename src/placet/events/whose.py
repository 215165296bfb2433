"""Whose an event is while nobody's names are joined: the person it names first, and both of their memories.

A person whom somebody merely names and the same person proven are kept apart (consent/person.py). What anybody
may write counts beside what was proven, but only to refuse: no unproven yes outweighs a proven no.
"""

from typing import Final

from msgspec.structs import replace

from placet.consent.profile import Item, Profile, later
from placet.events.event import Event
from placet.events.identity import Identity, IdentityRules, Strategy

USERS: Final = frozenset({"user_id", "customer_id"})
"""What a company calls its people, in either dialect: names that a login can prove."""

NAMES: Final = ("user_id", "customer_id", "anonymous_id", "mpid", "device_application_stamp")
"""By what an event may say whom it is about, the one that counts most first."""

ONE_NAME: Final = IdentityRules(
    strategy=Strategy.BEST_MATCH,
    priority=NAMES,
    login=USERS,
    unique=frozenset(),
    single=frozenset(),
)
"""Events are about whom they name first; no two names are taken for one person."""


def first_named(event: Event) -> Event:
    """The event with the one name that counts: the user's, else the device's, if it names anybody."""
    ranked = [one for one in ONE_NAME.ranked(event.identities) if one.kind in NAMES]
    return replace(event, identities=tuple(ranked[:1]), previous=())


def names_in(events: list[Event]) -> tuple[Identity, ...]:
    """Everybody these events are about, each once."""
    return tuple(dict.fromkeys(name for event in events for name in event.identities))


def both(proven: Profile, claimed: Profile) -> Profile:
    """Two memories of one person as judges see them: a refusal in either binds, silence leaves it to the other."""
    items = {key: binding(item, claimed.items.get(key)) for key, item in proven.items.items()}
    return replace(proven, items={**claimed.items, **items})


def binding(one: Item, other: Item | None) -> Item:
    """The refusal, if one of two answers is one; else the later."""
    if other is None or one.granted == other.granted:
        return one if other is None else later(one, other)
    return other if one.granted else one
