"""Refusals that events claim, dated so that no clock's error makes them lose (see `consent.stamps`)."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from placet.consent.profile import Item, Profile
from placet.consent.stamps import RACE, SLOW
from placet.events.whose import Memory


def refusals_dated(said: Profile, memories: Sequence[Memory], received: int) -> Profile:
    """What an event said, its refusals dated against what is remembered under its names.

    A new refusal of the last hours that a proven grant would outweigh counts as received now, for the device's clock
    may be slow; one that every name's claims hold already is a repetition and keeps its stamp. No refusal is older
    than a grant stamped ahead of our clock. Among claims alone stamps decide, in whatever order they come.
    """
    items = {
        key: item if item.granted else replace(item, at=refused_at(key, item, memories, received))
        for key, item in said.items.items()
    }
    return Profile(items) if items != said.items else said


def refused_at(key: str, item: Item, memories: Sequence[Memory], received: int) -> int:
    """When a refusal counts as given."""
    proven = [one.at for one in granted_in(key, (memory.proven for memory in memories)) if one.at >= item.at]
    claimed = granted_in(key, (memory.claimed for memory in memories))
    repeated = all(repeats(item, memory.claimed.items.get(key)) for memory in memories)
    late = bool(proven) and not repeated and received - SLOW <= item.at
    ahead = [at + 1 for at in (*proven, *(one.at for one in claimed)) if at > received + RACE]
    return max([received if late else item.at, *ahead])


def repeats(item: Item, claimed: Item | None) -> bool:
    """True when a refusal was claimed before."""
    return claimed is not None and not claimed.granted and item.at <= claimed.at


def granted_in(key: str, profiles: Iterable[Profile]) -> list[Item]:
    """The grants of one purpose in these profiles."""
    found = (profile.items.get(key) for profile in profiles)
    return [item for item in found if item is not None and item.granted]


def refusals_of(said: Profile) -> Profile:
    """Only what was refused."""
    return Profile({key: item for key, item in said.items.items() if not item.granted})
