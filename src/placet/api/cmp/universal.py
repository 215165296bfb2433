"""Universal-consent purposes as the CMP dialect draws them (cmp-api.md §9)."""

from placet.api.cmp.labels import NoticeTexts
from placet.api.cmp.style_parts import Json
from placet.consent.context import RequestContext
from placet.consent.rules.effective_rule import Choices, EffectiveRule
from placet.consent.storage_keys import iso
from placet.settings.purposes import CustomPreference

SECONDS_A_DAY = 86_400


def universal_data(
    context: RequestContext, rule: EffectiveRule, words: NoticeTexts, choices: Choices, consented_at: int | None
) -> Json:
    """`ucPurposesData`: purposes, custom preferences and their answers."""
    published = iso(context.publication.published_at)
    return {
        "general": {"pageHeader": words.label("universalHeader"), "cpOptionsTitle": words.label("universalOptions")},
        "summary": {
            "title": {"text": words.text(words.notice.universal_title)},
            "description": {"text": words.text(words.notice.universal_description)},
        },
        "purposes": [
            {
                "id": purpose.id,
                "label": words.text(purpose.label),
                "description": words.text(purpose.description),
                "detail": words.text(purpose.detail) or None,
                "consentStatus": choices.universal[purpose.id],
                **({"lastConsentedDate": iso(consented_at)} if consented_at else {}),
                "version": purpose.version,
                "order": order,
                "consentLifeSpan": purpose.life_days * SECONDS_A_DAY,
                "createdDate": published,
                "lastModifiedDate": published,
                "expiryDateType": purpose.expires_from,
                "reconsent": False,
                "attributes": purpose.attributes,
                "customPreferences": [preference(words, one, choices) for one in purpose.preferences],
            }
            for order, purpose in enumerate(rule.site.universal)
        ],
    }


def preference(words: NoticeTexts, asked: CustomPreference, choices: Choices) -> Json:
    """One custom preference with its options."""
    return {
        "id": asked.id,
        "name": words.text(asked.name),
        "description": words.text(asked.description),
        "displayAs": asked.display_as,
        "options": [
            {
                "id": option.id,
                "label": words.text(option.label),
                "order": order,
                "isDefault": option.default,
                "consentStatus": choices.options[option.id],
            }
            for order, option in enumerate(asked.options)
        ],
    }
