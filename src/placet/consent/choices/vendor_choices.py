"""A person's answers about single vendors of the IAB and Google lists, and how an interaction changes them.

These answers are stored only in the strings (cmp-api.md §20, trap 10). The rules, in this order:

1. "Allow all" and "reject all" answer every vendor in their scope; legitimate interest follows the rule's `reject_all`.
2. A vendor stated in the body is as stated; a bulk statement goes first.
3. Every other vendor is as in the string that came along …
4. … unless that string answers no vendor separately (there was none, or it holds no consent at all, and neither does
   any purpose in it): then vendors follow the purposes, and have consent when one of the purposes they declare has it.
   In a string whose purposes have consent and whose vendors have none, every vendor was refused separately.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import StatedChoices
from placet.consent.rules.effective_rule import NO_CHOICES, Choices
from placet.consent.rules.framework import Framework, union
from placet.formats.ids import NONE, Ids
from placet.settings.interactions import Effect, Interaction, Scope
from placet.settings.regions import RejectAll

FIRST = 1
"""The purpose without which Google treats an Additional Consent string as void (iab.md §3)."""


class VendorChoices(Struct, frozen=True):
    """Vendors with consent, vendors whose legitimate interest was not objected to, Google's providers with consent."""

    consents: Ids = NONE
    interests: Ids = NONE
    google: Ids = NONE


def untouched(framework: Framework) -> VendorChoices:
    """The answers before any interaction: no consent, no objection."""
    return VendorChoices(interests=framework.chosen)


def following(framework: Framework, choices: Choices) -> VendorChoices:
    """The vendors as derived from the purposes."""
    return VendorChoices(
        consents=by_purposes(framework, choices),
        interests=by_interests(framework, choices),
        google=framework.google if choices.groups.get(f"IAB2V2_{FIRST}") == 1 else NONE,
    )


def by_purposes(framework: Framework, choices: Choices) -> Ids:
    """Chosen vendors that declare a purpose with consent."""
    groups = framework.purpose_groups
    return union(framework.asking[number] for id, number in groups.items() if choices.groups.get(id) == 1)


def by_interests(framework: Framework, choices: Choices) -> Ids:
    """Chosen vendors except those whose every purpose on legitimate interest was objected to."""
    claimed = union(framework.interest.values())
    left = union(ids for number, ids in framework.interest.items() if choices.legitimate.get(f"IAB2V2_{number}") != 0)
    return framework.chosen - claimed | left


def after_interaction(
    framework: Framework,
    interaction: Interaction,
    stated: StatedChoices,
    held: VendorChoices | None,
    choices: Choices,
    reject_all: RejectAll,
    said: Choices = NO_CHOICES,
) -> VendorChoices:
    """The vendors after an interaction: `held` are those of the incoming string, `said` the answers about
    purposes in it, `choices` the new answers.
    """
    before = held or untouched(framework)
    if not interaction.scope & (Scope.VENDORS | Scope.GROUPS):
        return before
    match interaction.effect:
        case Effect.GRANT if Scope.VENDORS in interaction.scope:
            return VendorChoices(framework.chosen, framework.chosen, framework.google)
        case Effect.REFUSE if Scope.VENDORS in interaction.scope:
            return VendorChoices(interests=NONE if reject_all is RejectAll.OBJECT else before.interests)
        case Effect.DEFAULT | Effect.DECLINE:
            return VendorChoices(interests=before.interests)
        case Effect.STATE:
            return told(framework, singled_out(framework, held, choices, said), stated)
    return before


def singled_out(
    framework: Framework, held: VendorChoices | None, choices: Choices, said: Choices = NO_CHOICES
) -> VendorChoices:
    """The incoming answers about single vendors; if no vendor was answered separately, those derived from the purposes.

    None of them has consent although the purposes `said` with them would give it: all were refused singly.
    """
    follows = following(framework, choices)
    if held is None:
        return follows
    claimed = by_interests(framework, said) & framework.claiming if said.legitimate else NONE
    return VendorChoices(
        consents=held.consents if held.consents or by_purposes(framework, said) else follows.consents,
        interests=held.interests if held.interests or claimed else follows.interests,
        google=held.google if held.google or said.groups.get(f"IAB2V2_{FIRST}") == 1 else follows.google,
    )


def told(framework: Framework, now: VendorChoices, stated: StatedChoices) -> VendorChoices:
    """The body's vendor answers applied over those that hold."""
    bulk = stated.bulk
    return replace(
        now,
        consents=changed(now.consents, framework.chosen, bulk.get("iabVendorsConsent"), stated.iab_vendors),
        interests=changed(now.interests, framework.chosen, bulk.get("iabVendorsLegInt"), stated.iab_vendors_legitimate),
        google=changed(now.google, framework.google, bulk.get("googleVendors"), stated.google_vendors),
    )


def changed(now: Ids, chosen: Ids, whole: bool | None, single: Mapping[str, bool]) -> Ids:
    """The ids after a bulk statement, then the single ones; an id that is not shown changes nothing."""
    base = now if whole is None else chosen if whole else NONE
    on = numbers(id for id, answer in single.items() if answer)
    off = numbers(id for id, answer in single.items() if not answer)
    return (base | on & chosen) - off


def numbers(ids: Iterable[str]) -> Ids:
    """Texts as ids; a text that is not a list id is left out."""
    texts = [text for text in ids if text.isascii() and text.isdecimal() and len(text) < 6]
    return Ids.of(number for number in map(int, texts) if 0 < number < 65_536)
