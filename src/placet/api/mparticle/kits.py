"""Kits as the web client loads them: forwarding rules in its own words, names hashed (mparticle.md §2.8, §6.3)."""

from typing import Any, Final

from placet.events.policy.purposes import SALE, spelled
from placet.settings.forwarding_rules import (
    EVENT_TYPES,
    IDENTITY_KINDS,
    AttributeRuleSetting,
    ConsentRowSetting,
    ConsentRuleSetting,
    DataSetting,
    Forward,
    KitSetting,
)

GDPR: Final = "1"
CCPA: Final = "2data_sale_opt_out"
FILTERS: Final = {
    ("event", 2): "eventTypeFilters",
    ("event", 3): "eventNameFilters",
    ("event", 4): "attributeFilters",
    ("screen", 2): "screenNameFilters",
    ("screen", 3): "screenAttributeFilters",
    ("identity", 2): "userIdentityFilters",
    ("user", 2): "userAttributeFilters",
}
"""What the client calls the list that a data point belongs in, by where the point begins and how many words it has."""

SCREEN: Final = "0"
"""The type that the client gives to screens."""


def kit(setting: KitSetting, debug: bool) -> dict[str, Any]:
    """One kit's entry; it runs only in pages whose mode is `debug`."""
    rules = setting.rules
    return {
        "name": setting.name,
        "moduleId": setting.module,
        "isDebug": debug,
        "isDebugString": str(debug).lower(),
        "hasDebugString": "true",
        "isVisible": True,
        "settings": setting.settings,
        "eventSubscriptionId": setting.module,
        "excludeAnonymousUser": rules.known_only,
        **filters(setting.data),
        "filteringEventAttributeValue": attribute(rules.event, "event"),
        "filteringUserAttributeValue": attribute(rules.person, "user"),
        "filteringConsentRuleValues": consent(rules.consent),
    }


def filters(data: DataSetting) -> dict[str, list[int]]:
    """The data points that are off, list by list; the check of settings lets no others through."""
    found: dict[str, list[int]] = {name: [] for name in FILTERS.values()}
    for point in data.off:
        found[FILTERS[point[0], len(point)]].append(number_of(point))
    return found


def number_of(point: tuple[str, ...]) -> int:
    """A data point as the client knows it: types of events and kinds of names by number, all else hashed."""
    first, *rest = point
    if first == "identity":
        return IDENTITY_KINDS.index(rest[0])
    if first == "event":
        return int(hashed("".join((str(EVENT_TYPES.index(rest[0])), *rest[1:]))))
    return int(hashed("".join((SCREEN, *rest) if first == "screen" else rest)))


def consent(rule: ConsentRuleSetting | None) -> dict[str, Any]:
    """A rule on consent. "Did not opt out" is written as "except who opted out", so that silence passes it."""
    if rule is None:
        return {}
    only = rule.forward is Forward.ONLY
    if [(row.purpose, row.given) for row in rule.when] == [(SALE, True)]:
        return {"includeOnMatch": not only, "values": [{"consentPurpose": hashed(CCPA), "hasConsented": True}]}
    return {"includeOnMatch": only, "values": [consent_row(row) for row in rule.when]}


def consent_row(row: ConsentRowSetting) -> dict[str, Any]:
    """A row; whoever refused the sale of their data has "consented" to opting out of it."""
    if row.purpose == SALE:
        return {"consentPurpose": hashed(CCPA), "hasConsented": not row.given}
    return {"consentPurpose": hashed(GDPR + spelled(row.purpose)), "hasConsented": row.given}


def attribute(rule: AttributeRuleSetting | None, whose: str) -> dict[str, Any]:
    """A rule on an attribute of the user or of the event."""
    if rule is None:
        return {}
    return {
        "includeOnMatch": rule.forward is Forward.ONLY,
        f"{whose}AttributeName": hashed(rule.name),
        f"{whose}AttributeValue": hashed(rule.value),
    }


def hashed(text: str) -> str:
    """The client's hash, in decimal: 31 times what was, plus the next UTF-16 unit, in 32 signed bits."""
    units = text.lower().encode("utf-16-le", "surrogatepass")
    value = 0
    for at in range(0, len(units), 2):
        value = (value * 31 + int.from_bytes(units[at : at + 2], "little")) & 0xFFFFFFFF
    return str(value - (1 << 32) if value >> 31 else value)
