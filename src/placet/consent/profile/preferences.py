"""A person's status for every purpose of a consent group, in the form other systems read."""

from collections.abc import Iterable

from msgspec import Struct

from placet.consent.profile.profile import Item, Profile, PurposeStatus
from placet.consent.rules.effective_rule import EffectiveRule
from placet.consent.rules.published import Published
from placet.settings.purposes import UniversalPurpose


class Preference(Struct, frozen=True):
    """One purpose: the person's status, since when (epoch ms, 0 = never), and which options they chose.

    `options` maps a custom preference to the ids of its chosen options.
    """

    id: str
    status: PurposeStatus
    answered_at: int = 0
    version: int = 1
    expires: int = 0
    options: dict[str, tuple[str, ...]] = {}


def preferences(profile: Profile, sites: Iterable[Published], now: int) -> tuple[Preference, ...]:
    """Every purpose that the sites ask for or the profile knows, in a fixed order.

    A purpose without a record is NO_CONSENT, or ALWAYS_ACTIVE where no site allows refusing it; one that has run out
    at `now` (epoch ms) is EXPIRED.
    """
    rules = [rule for site in sites for rule in site.rules.values()]
    standings = {id: status_of(profile.items.get("p:" + id), now, fixed=fixed) for id, fixed in asked(rules).items()}
    known = {key[2:]: item for key, item in profile.items.items() if key.startswith("p:")}
    cookies = [
        Preference(id, standings.get(id) or status_of(known[id], now), *since(known.get(id)))
        for id in sorted(standings.keys() | known.keys())
    ]
    universal = {purpose.id: purpose for rule in rules for purpose in rule.site.universal}
    return (*cookies, *(universal_preference(profile, universal[id], now) for id in sorted(universal)))


def asked(rules: Iterable[EffectiveRule]) -> dict[str, bool]:
    """Purpose id to: is it always active, whichever site and rule asks?"""
    fixed: dict[str, bool] = {}
    for rule in rules:
        for category in rule.site.categories:
            if category.id not in rule.site.children:
                always = rule.locked.get(category.id) == 1
                fixed[category.purpose_id] = fixed.get(category.purpose_id, True) and always
    return fixed


def status_of(item: Item | None, now: int, *, fixed: bool = False) -> PurposeStatus:
    """The status with this record, or without one."""
    if item is not None:
        return PurposeStatus.EXPIRED if item.granted and 0 < item.expires <= now else item.status
    return PurposeStatus.ALWAYS_ACTIVE if fixed else PurposeStatus.NO_CONSENT


def since(item: Item | None) -> tuple[int, int, int]:
    """When the answer was given, to which version of the purpose, and until when it holds."""
    return (item.at, item.version, item.expires) if item else (0, 1, 0)


def universal_preference(profile: Profile, purpose: UniversalPurpose, now: int) -> Preference:
    """A universal purpose, with the options chosen in each of its custom preferences."""
    item = profile.items.get("u:" + purpose.id)
    options = {
        preference.id: tuple(option.id for option in preference.options if is_chosen(profile, option.id))
        for preference in purpose.preferences
    }
    chosen = {id: ids for id, ids in options.items() if ids}
    return Preference(purpose.id, status_of(item, now), *since(item), options=chosen)


def is_chosen(profile: Profile, option: str) -> bool:
    """Was this option opted into?"""
    item = profile.items.get("o:" + option)
    return item is not None and item.granted
