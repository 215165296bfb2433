"""Answers as a profile keeps them, purpose by purpose, and back as a site asks them."""

from typing import Final

from placet.consent.banner import DAY, Sync
from placet.consent.choices import Choices, Ruling
from placet.consent.profile import Item, Profile, Rank, Standing

STRINGS: Final = ("tc", "ac", "gpp")
"""The consent strings a profile keeps beside its items, as `x:tc` and so on."""


def told_by(ruling: Ruling, profile: Profile) -> Choices:
    """What the profile knows of this site's questions; a question it never heard is left out."""
    found: dict[str, dict[str, int]] = {}
    for dimension, id, key in ruling.keys:
        item = profile.items.get(key)
        if item is not None and item.standing is not Standing.NO_CONSENT:
            found.setdefault(dimension, {})[id] = int(item.granted)
    return Choices(**found)


def sync_state(ruling: Ruling, profile: Profile | None, reconsent_at: int, now: int) -> Sync:
    """How a known person's profile stands towards what this site asks (cmp-api.md §14.3, rows 2 to 4)."""
    if profile is None or not profile.last_interaction:
        return Sync.UNKNOWN
    days = ruling.rule.reconsent_days
    if reconsent_at > profile.last_interaction or (days and now - profile.last_interaction >= days * DAY):
        return Sync.EXPIRED
    return Sync.INCOMPLETE if unanswered(ruling, profile) else Sync.COMPLETE


def unanswered(ruling: Ruling, profile: Profile) -> bool:
    """True when this site asks for a purpose on which the profile has no standing."""
    items = profile.items
    for purpose in ruling.askable_purposes:
        item = items.get("p:" + purpose)
        if item is None or item.standing is Standing.NO_CONSENT:
            return True
    return False


def always_active_items(ruling: Ruling) -> dict[str, Item]:
    """What a profile says of the groups nobody can switch off: always active, by default, since ever."""
    item = Item(Standing.ALWAYS_ACTIVE, 0, Rank.DEFAULT)
    return {"p:" + ruling.site.by_id[id].purpose_id: item for id, value in ruling.locked.items() if value}
