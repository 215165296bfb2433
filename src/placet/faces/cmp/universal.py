"""Universal-consent purposes as the CMP dialect draws them (cmp-api.md §9)."""

from placet.consent.choices import Choices, Ruling
from placet.consent.purposes import CustomPreference
from placet.consent.settle import Call
from placet.consent.storage_keys import iso
from placet.faces.cmp.labels import Words
from placet.faces.cmp.parts import Json

SECONDS_A_DAY = 86_400


def universal_data(call: Call, ruling: Ruling, words: Words, choices: Choices, consented_at: int | None) -> Json:
    """`ucPurposesData`: purposes, custom preferences and their answers."""
    published = iso(call.publication.published_at)
    return {
        "general": {"pageHeader": words.label("universalHeader"), "cpOptionsTitle": words.label("universalOptions")},
        "summary": {
            "title": {"text": words.say(words.notice.universal_title)},
            "description": {"text": words.say(words.notice.universal_description)},
        },
        "purposes": [
            {
                "id": purpose.id,
                "label": words.say(purpose.label),
                "description": words.say(purpose.description),
                "detail": words.say(purpose.detail) or None,
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
            for order, purpose in enumerate(ruling.site.universal)
        ],
    }


def preference(words: Words, asked: CustomPreference, choices: Choices) -> Json:
    """One custom preference with its options."""
    return {
        "id": asked.id,
        "name": words.say(asked.name),
        "description": words.say(asked.description),
        "displayAs": asked.display_as,
        "options": [
            {
                "id": option.id,
                "label": words.say(option.label),
                "order": order,
                "isDefault": option.default,
                "consentStatus": choices.options[option.id],
            }
            for order, option in enumerate(asked.options)
        ],
    }
