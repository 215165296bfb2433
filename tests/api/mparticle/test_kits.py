"""Kits get forwarding rules in the client's own words (mparticle.md §2.8, §6.3)."""

from typing import Any

import pytest

from placet.api.mparticle.kits import hashed, kit
from placet.settings.forwarding_rules import (
    AttributeRuleSetting,
    ConsentRowSetting,
    ConsentRuleSetting,
    DataSetting,
    Forward,
    KitSetting,
    RulesSetting,
)

MARKETING, SALE_OUT = "-1972997867", "-575335347"


@pytest.mark.parametrize("text, value", [
    ("1marketing", MARKETING),
    ("1Marketing", MARKETING),
    ("1analytics", "1562722933"),
    ("2data_sale_opt_out", SALE_OUT),
    ("plan", "3443497"),
    ("gold", "3178592"),
    ("", "0"),
    ("\N{ROCKET}", str(0xD83D * 31 + 0xDE80)),
])  # fmt: skip
def test_names_are_hashed_as_the_client_does(text: str, value: str) -> None:
    assert hashed(text) == value


def rule(forward: Forward, *rows: tuple[str, bool]) -> RulesSetting:
    return RulesSetting(ConsentRuleSetting(forward, tuple(ConsentRowSetting(*row) for row in rows)))


def match(only: bool, *values: tuple[str, bool]) -> dict[str, Any]:
    said = [{"consentPurpose": purpose, "hasConsented": yes} for purpose, yes in values]
    return {"includeOnMatch": only, "values": said}


@pytest.mark.parametrize("rules, told", [
    (RulesSetting(), {}),
    (rule(Forward.ONLY, ("Marketing", True)), match(True, (MARKETING, True))),
    (rule(Forward.ONLY, (" marketing ", False)), match(True, (MARKETING, False))),
    (rule(Forward.EXCEPT, ("Marketing", False)), match(False, (MARKETING, False))),
    (rule(Forward.EXCEPT, ("sale", False)), match(False, (SALE_OUT, True))),
    (rule(Forward.ONLY, ("sale", False), ("Marketing", True)), match(True, (SALE_OUT, True), (MARKETING, True))),
    (rule(Forward.ONLY, ("sale", True)), match(False, (SALE_OUT, True))),
    (rule(Forward.EXCEPT, ("sale", True)), match(True, (SALE_OUT, True))),
])  # fmt: skip
def test_a_rule_on_consent_is_told_in_the_client_s_words(rules: RulesSetting, told: Any) -> None:
    assert kit(KitSetting("Dummy", 999, rules=rules), debug=False)["filteringConsentRuleValues"] == told


def test_rules_on_attributes_and_on_who_is_logged_in_are_told_too() -> None:
    plan, event = AttributeRuleSetting(Forward.ONLY, "plan", "gold"), AttributeRuleSetting(Forward.EXCEPT, "a", "b")
    told = kit(KitSetting("Dummy", 999, {"id": "x"}, RulesSetting(None, plan, event, known_only=True)), debug=True)
    assert told["filteringUserAttributeValue"] == {
        "includeOnMatch": True, "userAttributeName": "3443497", "userAttributeValue": "3178592"}  # fmt: skip
    assert told["filteringEventAttributeValue"] == {
        "includeOnMatch": False, "eventAttributeName": "97", "eventAttributeValue": "98"}  # fmt: skip
    assert (told["excludeAnonymousUser"], told["isDebug"], told["settings"]) == (True, True, {"id": "x"})


def test_data_points_that_are_off_are_told_list_by_list() -> None:
    off = (
        ("event", "navigation"), ("event", "search", "Clicked"), ("event", "search", "Clicked", "price"),
        ("screen", "Cart"), ("screen", "Cart", "total"), ("user", "plan"), ("identity", "email"), ("identity", "other"),
    )  # fmt: skip
    told = kit(KitSetting("Dummy", 999, data=DataSetting(off)), debug=False)
    assert {name: said for name, said in told.items() if name.endswith("Filters")} == {
        "eventTypeFilters": [int(hashed("1"))],
        "eventNameFilters": [int(hashed("3Clicked"))],
        "attributeFilters": [int(hashed("3Clickedprice"))],
        "screenNameFilters": [int(hashed("0Cart"))],
        "screenAttributeFilters": [int(hashed("0Carttotal"))],
        "userAttributeFilters": [3443497],
        "userIdentityFilters": [7, 0],
    }


def test_without_data_points_every_list_is_there_and_empty() -> None:
    told = kit(KitSetting("Dummy", 999), debug=False)
    assert [said for name, said in told.items() if name.endswith("Filters")] == [[]] * 7
