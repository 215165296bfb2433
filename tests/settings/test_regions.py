"""Which rule governs a visitor from here."""

import pytest

from placet.settings.purposes import CategoryKind, Status
from placet.settings.regions import Model, Place, Rule, choose_rule
from tests.consent.sites import category


def rule(id: str, *places: str, default: bool = False) -> Rule:
    return Rule(id, id, "notice", places=places, default=default)


RULES = (
    rule("europe", "EEA"),
    rule("germany", "DE"),
    rule("california", "US-CA"),
    rule("states", "US"),
    rule("britain", "UK"),
    rule("elsewhere", "*"),
    rule("default", default=True),
)


@pytest.mark.parametrize(
    ("place", "governed_by"),
    [
        (Place("US", "CA"), "california"),
        (Place("US", "NY"), "states"),
        (Place("US"), "states"),
        (Place("DE", "BE"), "germany"),
        (Place("FR"), "europe"),
        (Place("NO"), "europe"),
        (Place("GB", "SCT"), "britain"),
        (Place("BR"), "elsewhere"),
        (Place("CA"), "elsewhere"),
        (Place(), "default"),
        (Place("XX"), "default"),
        (Place("T1"), "default"),
        (Place("", "CA"), "default"),
    ],
)
def test_the_rule_that_names_a_place_most_exactly_governs_it(place: Place, governed_by: str) -> None:
    assert choose_rule(RULES, place).id == governed_by


@pytest.mark.parametrize("rules", [RULES, RULES[::-1]], ids=["as written", "turned round"])
def test_the_order_of_rules_does_not_matter_when_one_is_more_exact(rules: tuple[Rule, ...]) -> None:
    assert choose_rule(rules, Place("DE")).id == "germany"
    assert choose_rule(rules, Place("US", "CA")).id == "california"


def test_a_known_place_nobody_names_goes_to_the_default_rule_when_no_rule_is_for_all() -> None:
    assert choose_rule((rule("europe", "EU"), rule("rest", default=True)), Place("BR")).id == "rest"


def test_the_last_rule_stands_in_for_a_missing_default() -> None:
    assert choose_rule((rule("europe", "EU"), rule("last", "US")), Place("XX")).id == "last"


@pytest.mark.parametrize(
    ("model", "status", "default"),
    [
        (Model.NOTICE_ONLY, Status.ALWAYS_ACTIVE, 1),
        (Model.OPT_OUT, Status.ACTIVE, 1),
        (Model.OPT_IN, Status.INACTIVE, 0),
        (Model.IMPLIED, Status.INACTIVE_LANDING_PAGE, 0),
        (Model.CUSTOM, Status.INACTIVE, 0),
    ],
)
def test_a_consent_model_gives_every_optional_category_its_status(model: Model, status: Status, default: int) -> None:
    found = Rule("r", "r", "n", model=model).status(category("C0002"))
    assert (found, found.default) == (status, default)


def test_a_stated_status_comes_before_the_model() -> None:
    rule = Rule("r", "r", "n", model=Model.OPT_IN, statuses={"C0002": Status.ACTIVE})
    assert rule.status(category("C0002")) is Status.ACTIVE
    assert rule.status(category("C0003")) is Status.INACTIVE


@pytest.mark.parametrize("model", Model)
def test_features_and_special_purposes_are_always_active(model: Model) -> None:
    rule = Rule("r", "r", "n", model=model)
    assert rule.status(category("IFE2V2_1", kind=CategoryKind.IAB_FEATURE)) is Status.ALWAYS_ACTIVE
    assert rule.status(category("ISP2V2_1", kind=CategoryKind.IAB_SPECIAL_PURPOSE)) is Status.ALWAYS_ACTIVE
