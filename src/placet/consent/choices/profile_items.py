"""Converts answers to profile items, one per purpose, and profile items to a site's answers."""

from collections.abc import Collection
from typing import Final, TypeAlias

from msgspec.structs import replace

from placet.consent.choices.apply_interaction import BULK, NOTHING, StatedChoices, in_force, spoken_groups
from placet.consent.profile.profile import ACTIVE, Item, Profile, PurposeStatus, Rank
from placet.consent.profile.timestamps import believed
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.banner import DAY, Sync
from placet.consent.rules.effective_rule import MAX_FOLLOWED, Choices, EffectiveRule
from placet.settings.interactions import PARTS, Effect, Interaction
from placet.settings.purposes import UniversalPurpose

TwoSorts: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]

NO_CONSENT: Final = PurposeStatus.NO_CONSENT
NOTHING_WHOLE: Final[frozenset[str]] = frozenset()


def answers_of(
    rule: EffectiveRule,
    interaction: Interaction,
    before: Choices,
    after: Choices,
    stated: StatedChoices = NOTHING,
    *,
    explicit_only: bool = False,
) -> Choices:
    """The part of `after` that this interaction answered.

    A confirmation answers all that was on its screen, unless `explicit_only`: then only what the body stated,
    and what followed from it. Universal purposes and the categories of a platform's prompt are answered singly.
    """
    stated = in_force(rule, interaction, stated)
    whole = NOTHING_WHOLE if explicit_only and interaction.effect is Effect.STATE else interaction.answers_whole
    found = {}
    for dimension in PARTS:
        values = getattr(after, dimension)
        if dimension in whole or BULK.get(dimension) in stated.bulk:
            found[dimension] = values
        elif (held := getattr(before, dimension)) is not values or stated is not NOTHING:
            said = spoken_groups(rule, stated) if dimension == "groups" else getattr(stated, dimension)
            found[dimension] = {id: v for id, v in values.items() if id in said or v != held[id]}
    return Choices(**found)


def items_of(
    rule: EffectiveRule, answers: Choices, said_at: int, now: int, profile: Profile | None = None
) -> dict[str, Item]:
    """Answers given at `said_at` by the device as profile items; of two categories of one purpose the stricter.

    An SDK or vendor whose answer follows from its purposes in the same interaction needs no item: readers derive
    it from the purposes. An SDK has its own item only where it was answered separately.
    """
    yes = Item(PurposeStatus.ACTIVE, believed(said_at, now, granted=True))
    no = Item(PurposeStatus.OPT_OUT, believed(said_at, now, granted=False))
    agreed, declined = told_apart(rule, answers)
    granted, refused = dict.fromkeys(agreed, yes), dict.fromkeys(declined, no)
    for purpose in rule.site.universal if answers.universal else ():
        key = "u:" + purpose.id
        if key in granted:
            granted[key] = lasting(purpose, yes, profile.items.get(key) if profile else None)
        elif key in refused:
            refused[key] = replace(no, version=purpose.version)
    granted |= refused
    return granted


def told_apart(rule: EffectiveRule, answers: Choices) -> TwoSorts:
    """The keys of what was agreed to and of what was refused, without followers that only follow.

    Cached: most people press one of two buttons, which a comparison recognises.
    """
    ends = rule.swept
    key = ends.index(answers) if answers in ends else spelled(answers)
    found = rule.told_apart.get(key)
    if found is None:
        if len(rule.told_apart) >= MAX_FOLLOWED:
            rule.told_apart.clear()
        found = rule.told_apart[key] = tell_apart(rule, answers)
    return found


def spelled(answers: Choices) -> tuple[tuple[str | int, ...], ...]:
    """Answers as a hashable cache key."""
    return tuple([(*(said := getattr(answers, dimension)), *said.values()) for dimension in PARTS])


def tell_apart(rule: EffectiveRule, answers: Choices) -> TwoSorts:
    """The same without the cache; of two categories of one purpose the refusal counts."""
    granted: dict[str, None] = {}
    refused: dict[str, None] = {}
    for dimension, questions in rule.questions:
        said = getattr(answers, dimension)
        for id, key, follows, alone in questions:
            answer = said.get(id)
            if answer is None or (follows and not alone and goes_along(answer, follows, granted, refused)):
                continue
            (granted if answer else refused)[key] = None
    return tuple(key for key in granted if key not in refused), tuple(refused)


def goes_along(answer: int, follows: tuple[str, ...], granted: Collection[str], refused: Collection[str]) -> bool:
    """True when all the purposes it follows were answered too, and this answer follows from them."""
    off = False
    for key in follows:
        if key in refused:
            off = True
        elif key not in granted:
            return False
    return off is not bool(answer)


def lasting(purpose: UniversalPurpose, item: Item, before: Item | None) -> Item:
    """Consent to a universal purpose, with the version it was given to and the time at which it runs out.

    With `CONSENT_DATE` a consent that still holds keeps its time when it is given again.
    """
    if not purpose.life_days:
        return replace(item, version=purpose.version)
    expires = item.at + purpose.life_days * DAY
    if purpose.expires_from == "CONSENT_DATE" and before and before.granted and item.at < before.expires:
        expires = before.expires
    return replace(item, version=purpose.version, expires=expires)


def items_left(
    rule: EffectiveRule, after: Choices, interaction: Interaction, now: int, stale: dict[str, Item]
) -> dict[str, Item]:
    """The items left by a banner that was closed, or left without accepting, instead of answered.

    Closing answers nothing: a default that is on counts until the person answers, a default that is off is no
    consent, a refusal stays one. To continue without accepting is a choice, against whatever was granted before.
    Expired answers (`stale`) are not restored: a grant is EXPIRED, a refusal is renewed.
    """
    chose = Rank.CHOICE if interaction.effect is Effect.DECLINE else Rank.DEFAULT
    none = Item(PurposeStatus.NO_CONSENT, now, chose)
    by_answer = (Item(PurposeStatus.OPT_OUT, now), Item(PurposeStatus.ACTIVE, now, Rank.DEFAULT))
    items = {}
    for category in rule.askable:
        starts_on = rule.statuses[category.id].default
        items["p:" + category.purpose_id] = by_answer[after.groups[category.id]] if starts_on else none
    for key, item in stale.items():
        items[key] = replace(item, status=PurposeStatus.EXPIRED, at=now) if item.granted else replace(item, at=now)
    return items


def told_by(rule: EffectiveRule, profile: Profile, now: int, without: frozenset[str] = NOTHING_WHOLE) -> Choices:
    """The profile's answers to this site's questions; questions it has no answer to are left out.

    A newer answer about a purpose, from any site, also applies to its SDKs and vendors. Expired consent is a refusal.
    The dimensions in `without` are skipped.
    """
    items, asked = profile.items, rule.asked_but(without)
    found: dict[str, dict[str, int]] = {}
    for key, item in items.items():
        if key not in asked or (status := item.status) is NO_CONSENT:
            continue
        answer = 1 if (status is ACTIVE or item.granted) and not 0 < item.expires <= now else 0
        for dimension, question in asked[key]:
            if question.follows and overruled(items, question.follows, item):
                continue
            found.setdefault(dimension, {})[question.id] = answer
    return Choices(**found)


def overruled(items: dict[str, Item], follows: tuple[str, ...], item: Item) -> bool:
    """True when a newer answer about one of the purposes it follows overrides this one."""
    for key in follows:
        above = items.get(key)
        if above is not None and above.at != item.at and (above.rank, above.at) > (item.rank, item.at):
            return True
    return False


def string_items(rule: EffectiveRule, signals: ReceiptSignals, said_at: int, now: int) -> dict[str, Item]:
    """The consent strings that came with an answer; they take the answer's time, and are trusted like a grant.

    Outside the IAB framework TC and AC strings are ignored (cmp-api.md §20, trap 11).
    """
    if not (signals.tc or signals.ac or signals.gpp):
        return {}
    at = believed(said_at, now, granted=True)
    iab = rule.rule.iab
    strings = {"x:tc": iab and signals.tc, "x:ac": iab and signals.ac, "x:gpp": signals.gpp}
    return {key: Item(PurposeStatus.ACTIVE, at, Rank.CHOICE, (text,)) for key, text in strings.items() if text}


def stale_before(rule: EffectiveRule, reconsent_at: int, now: int) -> int:
    """Answers given before this moment (epoch ms) have run out here."""
    days = rule.rule.reconsent_days
    return max(reconsent_at, now - days * DAY + 1 if days else 0)


def stale_items(rule: EffectiveRule, profile: Profile, reconsent_at: int, now: int) -> dict[str, Item]:
    """The profile's answers about purposes this site asks for that have run out here."""
    since = stale_before(rule, reconsent_at, now)
    return {key: item for key in rule.purpose_keys if (item := profile.items.get(key)) and item.at < since}


def sync_state(rule: EffectiveRule, profile: Profile | None, reconsent_at: int, now: int) -> Sync:
    """The sync state of a known person's profile for this site's questions (cmp-api.md §14.3, rows 2 to 4).

    The oldest answer decides whether it has run out: a choice made on another site renews only what was asked there.
    A purpose that was put to the person and got no answer (a closed banner) is not asked again, nor is it an answer:
    the date of the last choice decides then.
    """
    if profile is None or not profile.last_interaction:
        return Sync.UNKNOWN
    since, items = stale_before(rule, reconsent_at, now), profile.items
    incoming, silent, missing = False, False, False
    for key in rule.purpose_keys:
        item = items.get(key)
        if item is None:
            missing = True
            continue
        if item.at < since:
            return Sync.EXPIRED
        incoming, silent = True, silent or item.status is NO_CONSENT
    if not incoming and profile.last_interaction < since:
        return Sync.EXPIRED
    if missing:
        return Sync.INCOMPLETE
    return Sync.UNKNOWN if silent else Sync.COMPLETE
