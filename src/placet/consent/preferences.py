"""A person's standing on every purpose of a consent group, as other systems read it."""

from collections.abc import Iterable

from msgspec import Struct

from placet.consent.choices import Ruling
from placet.consent.profile import Item, Profile, Standing
from placet.consent.published import Published
from placet.consent.purposes import UniversalPurpose


class Preference(Struct, frozen=True):
    """One purpose: where the person stands, since when (epoch ms, 0 = never), and which options they chose.

    `options` maps a custom preference to the ids of its chosen options.
    """

    id: str
    standing: Standing
    answered_at: int = 0
    version: int = 1
    expires: int = 0
    options: dict[str, tuple[str, ...]] = {}


def preferences(profile: Profile, sites: Iterable[Published], now: int) -> tuple[Preference, ...]:
    """Every purpose that the sites ask for or the profile knows, in a fixed order.

    A purpose without a record stands at NO_CONSENT, or ALWAYS_ACTIVE where no site lets anybody refuse it; one whose
    time has run out at `now` (epoch ms) at EXPIRED.
    """
    rulings = [ruling for site in sites for ruling in site.rulings.values()]
    standings = {id: standing(profile.items.get("p:" + id), now, fixed=fixed) for id, fixed in asked(rulings).items()}
    known = {key[2:]: item for key, item in profile.items.items() if key.startswith("p:")}
    cookies = [
        Preference(id, standings.get(id) or standing(known[id], now), *since(known.get(id)))
        for id in sorted(standings.keys() | known.keys())
    ]
    universal = {purpose.id: purpose for ruling in rulings for purpose in ruling.site.universal}
    return (*cookies, *(universal_preference(profile, universal[id], now) for id in sorted(universal)))


def asked(rulings: Iterable[Ruling]) -> dict[str, bool]:
    """Purpose id to: is it always active, whichever site and rule asks?"""
    fixed: dict[str, bool] = {}
    for ruling in rulings:
        for category in ruling.site.categories:
            if category.id not in ruling.site.children:
                always = ruling.locked.get(category.id) == 1
                fixed[category.purpose_id] = fixed.get(category.purpose_id, True) and always
    return fixed


def standing(item: Item | None, now: int, *, fixed: bool = False) -> Standing:
    """Where somebody stands with this record, or without one."""
    if item is not None:
        return Standing.EXPIRED if item.granted and 0 < item.expires <= now else item.standing
    return Standing.ALWAYS_ACTIVE if fixed else Standing.NO_CONSENT


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
    return Preference(purpose.id, standing(item, now), *since(item), options=chosen)


def is_chosen(profile: Profile, option: str) -> bool:
    """Was this option opted into?"""
    item = profile.items.get("o:" + option)
    return item is not None and item.granted
