"""Google's consent mode, derived from the answers (cmp-api.md §5, `gcmInfo`)."""

from typing import Final

from placet.api.cmp.style_parts import Json
from placet.consent.context import ConsentStatus
from placet.consent.rules.effective_rule import EffectiveRule

STORAGE_TYPES: Final = {
    "adPersonalization": "ad_personalization",
    "adStorage": "ad_storage",
    "adUserData": "ad_user_data",
    "analyticsStorage": "analytics_storage",
    "functionalityStorage": "functionality_storage",
    "personalizationStorage": "personalization_storage",
    "securityStorage": "security_storage",
}
"""The dialect's name for each of Google's storage types."""

STANDINGS: Final = {1: "GRANTED", 0: "DENIED", None: "UNDEFINED"}
"""What the answer about a category makes of the storage types it governs."""


def consent_mode(rule: EffectiveRule, status: ConsentStatus) -> Json:
    """`gcmInfo`: UNASSIGNED where no category is mapped, UNDEFINED where it is one this site does not have."""
    mapped, groups = rule.rule.consent_mode, status.choices.groups
    return {
        "userConsented": status.consented_at is not None,
        "gcmConsents": {
            name: STANDINGS[groups.get(mapped[google])] if google in mapped else "UNASSIGNED"
            for name, google in STORAGE_TYPES.items()
        },
    }
