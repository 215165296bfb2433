"""Refusals that events claim, dated so that no clock's error makes them lose (see `consent.stamps`)."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from placet.consent.profile.profile import Item, Profile
from placet.consent.profile.timestamps import RACE, SLOW
from placet.events.identity.consent_by_identifier import IdentifierConsent


def refusals_dated(said: Profile, memories: Sequence[IdentifierConsent], received: int) -> Profile:
    """What an event said, its refusals dated against what is remembered under its names.

    A new refusal of the last hours that a proven grant would outweigh counts as received now, for the device's clock
    may be slow; one that every name's claims hold with the same stamp is a repetition and keeps it. No refusal is older
    than a grant stamped ahead of our clock. Among claims alone stamps decide, in whatever order they come.
    """
    items = {
        key: item if item.granted else replace(item, at=refused_at(key, item, memories, received))
        for key, item in said.items.items()
    }
    return Profile(items) if items != said.items else said


def refused_at(key: str, item: Item, memories: Sequence[IdentifierConsent], received: int) -> int:
    """When a refusal counts as given."""
    proven = [one.at for one in granted_in(key, (memory.proven for memory in memories)) if one.at >= item.at]
    claimed = granted_in(key, (memory.claimed for memory in memories))
    newest = max(proven, default=0)
    repeated = all(repeats(item, memory.claimed.items.get(key), newest) for memory in memories)
    late = bool(proven) and not repeated and received - SLOW <= item.at
    ahead = [at + 1 for at in (*proven, *(one.at for one in claimed)) if at > received + RACE]
    return max([received if late else item.at, *ahead])


def repeats(item: Item, claimed: Item | None, proven: int) -> bool:
    """True when a refusal was claimed before: with the same stamp, or with a later one that outweighs what is proven.

    An earlier stamp than the first one's may be a new refusal by a clock that is slow.
    """
    if claimed is None or claimed.granted:
        return False
    return item.at == claimed.at or (item.at < claimed.at and claimed.at >= proven)


def granted_in(key: str, profiles: Iterable[Profile]) -> list[Item]:
    """The grants of one purpose in these profiles."""
    found = (profile.items.get(key) for profile in profiles)
    return [item for item in found if item is not None and item.granted]


def refusals_of(said: Profile) -> Profile:
    """Only what was refused."""
    return Profile({key: item for key, item in said.items.items() if not item.granted})
