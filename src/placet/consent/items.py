"""Answers as a profile keeps them, purpose by purpose, and back as a site asks them."""

from typing import Final

from msgspec.structs import replace

from placet.consent.banner import DAY, Sync
from placet.consent.choices import Choices, Question, Ruling
from placet.consent.interactions import Effect, Interaction, Scope
from placet.consent.journeys import believed
from placet.consent.press import NOTHING, Stated, in_force, spoken_groups
from placet.consent.profile import Item, Profile, Rank, Standing
from placet.consent.purposes import UniversalPurpose
from placet.consent.receipt import Signals

PARTS: Final[dict[str, tuple[Scope, str | None]]] = {
    "groups": (Scope.GROUPS, "purposes"),
    "legitimate": (Scope.GROUPS, None),
    "sdks": (Scope.SDKS, "sdks"),
    "vendors": (Scope.VENDORS, "generalVendors"),
    "universal": (Scope.UNIVERSAL, "ucp"),
    "options": (Scope.UNIVERSAL, None),
}
"""Each dimension of `Choices`: the part of a press's scope it belongs to, and its name in a bulk statement, if any."""

WHOLE: Final = frozenset({Effect.GRANT, Effect.REFUSE})
"""Effects that answer everything in their scope at once."""


def answers_of(
    ruling: Ruling,
    interaction: Interaction,
    before: Choices,
    after: Choices,
    stated: Stated = NOTHING,
    *,
    explicit_only: bool = False,
) -> Choices:
    """The part of `after` that this press answered.

    A confirmation answers all that was on its screen, unless `explicit_only`: then only what the body stated,
    and what followed from that. Universal purposes, and whatever a prompt or an age changes, are answered one by one.
    """
    stated = in_force(ruling, interaction, stated)
    whole = interaction.effect in WHOLE or (interaction.effect is Effect.STATE and not explicit_only)
    found = {}
    for dimension, (part, bulk) in PARTS.items():
        held, values = getattr(before, dimension), getattr(after, dimension)
        if (whole and part in interaction.scope and part is not Scope.UNIVERSAL) or bulk in stated.bulk:
            found[dimension] = values
        elif held is not values or stated is not NOTHING:
            said = spoken_groups(ruling, stated) if dimension == "groups" else getattr(stated, dimension)
            found[dimension] = {id: v for id, v in values.items() if id in said or v != held[id]}
    return Choices(**found)


def items_of(
    ruling: Ruling, answers: Choices, said_at: int, now: int, profile: Profile | None = None
) -> dict[str, Item]:
    """Answers given at `said_at` (the device's clock) as profile items; of a purpose's two categories the stricter."""
    yes = Item(Standing.ACTIVE, believed(said_at, now, granted=True))
    no = Item(Standing.OPT_OUT, believed(said_at, now, granted=False))
    items: dict[str, Item] = {}
    for dimension, id, key, _ in ruling.questions:
        answer = getattr(answers, dimension).get(id)
        if answer is not None and items.get(key) is not no:
            items[key] = yes if answer else no
    for purpose in ruling.site.universal if answers.universal else ():
        key = "u:" + purpose.id
        if key in items:
            items[key] = lasting(purpose, items[key], profile.items.get(key) if profile else None)
    return items


def lasting(purpose: UniversalPurpose, item: Item, before: Item | None) -> Item:
    """The answer to a universal purpose, with the version it was given to and the time at which consent runs out.

    With `CONSENT_DATE` a consent that still holds keeps its time when it is given again.
    """
    if not item.granted or not purpose.life_days:
        return replace(item, version=purpose.version)
    expires = item.at + purpose.life_days * DAY
    if purpose.expires_from == "CONSENT_DATE" and before and before.granted and item.at < before.expires:
        expires = before.expires
    return replace(item, version=purpose.version, expires=expires)


def items_left(
    ruling: Ruling, after: Choices, interaction: Interaction, now: int, stale: dict[str, Item]
) -> dict[str, Item]:
    """What a banner leaves behind that was closed, or left without accepting, instead of answered.

    Closing answers nothing: a default that is on counts until the person speaks, a default that is off is no
    consent, a refusal stays one. To continue without accepting is a choice, against whatever was granted before.
    Answers that had run out (`stale`) are not brought back to life: a grant is EXPIRED, a refusal renewed.
    """
    chose = Rank.CHOICE if interaction.effect is Effect.DECLINE else Rank.DEFAULT
    none = Item(Standing.NO_CONSENT, now, chose)
    by_answer = (Item(Standing.OPT_OUT, now), Item(Standing.ACTIVE, now, Rank.DEFAULT))
    items = {}
    for category in ruling.askable:
        starts_on = ruling.statuses[category.id].default
        items["p:" + category.purpose_id] = by_answer[after.groups[category.id]] if starts_on else none
    for key, item in stale.items():
        items[key] = replace(item, standing=Standing.EXPIRED, at=now) if item.granted else replace(item, at=now)
    return items


def told_by(ruling: Ruling, profile: Profile, now: int) -> Choices:
    """What the profile knows of this site's questions; a question it never heard is left out.

    A newer answer about a purpose binds its SDKs and vendors too, wherever it was given; consent that ran out is a no.
    """
    found: dict[str, dict[str, int]] = {dimension: {} for dimension in PARTS}
    items = profile.items
    for question in ruling.questions:
        item = items.get(question.key)
        if (
            item is None
            or item.standing is Standing.NO_CONSENT
            or (question.follows and overruled(items, question, item))
        ):
            continue
        found[question.dimension][question.id] = 1 if item.granted and not 0 < item.expires <= now else 0
    return Choices(**found)


def overruled(items: dict[str, Item], question: Question, item: Item) -> bool:
    """True when a newer answer about one of the purposes it works for stands above this one."""
    for key in question.follows:
        above = items.get(key)
        if above is not None and (above.rank, above.at) > (item.rank, item.at):
            return True
    return False


def string_items(ruling: Ruling, signals: Signals, said_at: int, now: int) -> dict[str, Item]:
    """The consent strings that came with an answer; they are as old as the answer, and as much believed as a grant.

    Outside the IAB framework TC and AC strings are not listened to (cmp-api.md §20, trap 11).
    """
    at = believed(said_at, now, granted=True)
    iab = ruling.rule.iab
    strings = {"x:tc": iab and signals.tc, "x:ac": iab and signals.ac, "x:gpp": signals.gpp}
    return {key: Item(Standing.ACTIVE, at, Rank.CHOICE, (text,)) for key, text in strings.items() if text}


def stale_before(ruling: Ruling, reconsent_at: int, now: int) -> int:
    """Answers given before this moment (epoch ms) have run out here."""
    days = ruling.rule.reconsent_days
    return max(reconsent_at, now - days * DAY + 1 if days else 0)


def stale_items(ruling: Ruling, profile: Profile, reconsent_at: int, now: int) -> dict[str, Item]:
    """The profile's answers about purposes this site asks for that have run out here."""
    since = stale_before(ruling, reconsent_at, now)
    keys = ("p:" + purpose for purpose in ruling.askable_purposes)
    return {key: item for key in keys if (item := profile.items.get(key)) and item.at < since}


def sync_state(ruling: Ruling, profile: Profile | None, reconsent_at: int, now: int) -> Sync:
    """How a known person's profile stands towards what this site asks (cmp-api.md §14.3, rows 2 to 4).

    The oldest answer decides whether it has run out: a choice made on another site renews only what was asked there.
    A purpose that was put to the person and got no answer (a closed banner) is not asked again, nor is it an answer:
    the date of the last choice decides then.
    """
    if profile is None or not profile.last_interaction:
        return Sync.UNKNOWN
    items = profile.items
    answers = [items.get("p:" + purpose) for purpose in ruling.askable_purposes]
    oldest = min((item.at for item in answers if item), default=profile.last_interaction)
    if oldest < stale_before(ruling, reconsent_at, now):
        return Sync.EXPIRED
    if None in answers:
        return Sync.INCOMPLETE
    silent = any(item.standing is Standing.NO_CONSENT for item in answers if item)
    return Sync.UNKNOWN if silent else Sync.COMPLETE
