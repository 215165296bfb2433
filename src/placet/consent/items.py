"""Answers as a profile keeps them, purpose by purpose, and back as a site asks them."""

from typing import Final

from placet.consent.banner import DAY, Sync
from placet.consent.choices import Choices, Ruling
from placet.consent.interactions import Effect, Interaction, Scope
from placet.consent.journeys import believed
from placet.consent.press import NOTHING, Stated
from placet.consent.profile import Item, Profile, Rank, Standing
from placet.consent.receipt import STANDING_AFTER, Signals, transaction

DIMENSIONS: Final = {
    "groups": Scope.GROUPS,
    "legitimate": Scope.GROUPS,
    "sdks": Scope.SDKS,
    "vendors": Scope.VENDORS,
    "universal": Scope.UNIVERSAL,
    "options": Scope.UNIVERSAL,
}
"""Which part of a press's scope each dimension of `Choices` belongs to."""

SILENT: Final = frozenset({Effect.DEFAULT, Effect.DECLINE})
"""Effects by which a person leaves without answering: what follows has only the rank of a default."""


def told_by(ruling: Ruling, profile: Profile) -> Choices:
    """What the profile knows of this site's questions; a question it never heard is left out."""
    found: dict[str, dict[str, int]] = {}
    items = profile.items
    for dimension, id, key in ruling.keys:
        item = items.get(key)
        if item is not None and item.standing is not Standing.NO_CONSENT:
            found.setdefault(dimension, {})[id] = 1 if item.granted else 0
    return Choices(**found)


def answered(
    ruling: Ruling,
    choices: Choices,
    interaction: Interaction,
    said_at: int,
    now: int,
    *,
    stated: Stated = NOTHING,
    explicit_only: bool = False,
) -> dict[str, Item]:
    """The answers a press gave, as profile items.

    Everything within the press's scope was on the screen and counts as answered, unless `explicit_only`:
    then only what the body stated does. Universal purposes are answered only one by one.
    """
    rank = Rank.DEFAULT if interaction.effect in SILENT else Rank.CHOICE
    yes = Item(Standing.ACTIVE, believed(said_at, now, granted=True), rank)
    no = Item(Standing.OPT_OUT, believed(said_at, now, granted=False), rank)
    spoken = spoken_of(stated)
    items: dict[str, Item] = {}
    for dimension, id, key in ruling.keys:
        part = DIMENSIONS[dimension]
        if part not in interaction.scope:
            continue
        if (explicit_only or part is Scope.UNIVERSAL) and id not in spoken:
            continue
        if dimension == "groups" and not answers(ruling, id, interaction.effect):
            continue
        items[key] = yes if getattr(choices, dimension).get(id) else no
    return items


def answers(ruling: Ruling, group: str, effect: Effect) -> bool:
    """True when a press with this effect leaves an answer about the group."""
    standing = STANDING_AFTER[transaction(ruling, ruling.site.by_id[group], 1, effect)]
    return standing is not None and standing is not Standing.ALWAYS_ACTIVE


def spoken_of(stated: Stated) -> frozenset[str]:
    """Every id the body stated something about."""
    return frozenset().union(
        stated.groups, stated.legitimate, stated.sdks, stated.vendors, stated.universal, stated.options
    )


def string_items(signals: Signals, said_at: int, now: int) -> dict[str, Item]:
    """The consent strings that came with an answer; they are as old as the answer."""
    at = min(said_at, now)
    strings = {"x:tc": signals.tc, "x:ac": signals.ac, "x:gpp": signals.gpp}
    return {key: Item(Standing.ACTIVE, at, Rank.CHOICE, (text,)) for key, text in strings.items() if text}


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
    for purpose in ruling.askable_purposes:
        item = profile.items.get("p:" + purpose)
        if item is None or item.standing is Standing.NO_CONSENT:
            return True
    return False
