"""A button is pressed: what becomes of the answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from placet.consent.choices.apply_interaction import AgeGate, StatedChoices, admits, apply_interaction
from placet.consent.rules.effective_rule import Choices, EffectiveRule, recall
from placet.settings.interactions import INTERACTIONS
from placet.settings.purposes import CategoryKind, GeneralVendor, Status
from placet.settings.regions import AgeGroup, Model, RejectAll
from tests.consent.sites import CATEGORIES, a_ruling, category

CASES = [json.loads(line) for line in Path("vectors/press.jsonl").read_text().splitlines()]


def described(given: dict[str, Any]) -> EffectiveRule:
    """The site a case describes, under its rule."""
    categories = tuple(
        category(
            one["id"],
            *one.get("sdks", ()),
            parent=one.get("parent", ""),
            kind=CategoryKind(one.get("kind", "COOKIE")),
            vendors=tuple(one.get("vendors", ())),
            legitimate_interest=one.get("legitimate", False),
        )
        for one in given["categories"]
    )
    vendors = tuple(GeneralVendor(id, f"guid-{id}", id) for id in given.get("vendors", ()))
    return a_ruling(
        categories,
        site={"vendors": vendors, "universal": ()},
        statuses={one["id"]: Status(one["status"]) for one in given["categories"]},
        reject_all=RejectAll(given.get("rejectAll", "LIActiveIfLegalBasis")),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_shared_cases_hold(case: dict[str, Any]) -> None:
    given, value = case["given"], case["value"]
    rule = described(given)
    before = recall(rule, Choices(**given.get("now", {})))
    after = apply_interaction(
        rule, before, INTERACTIONS[given["interaction"]], StatedChoices(**given.get("stated", {}))
    )
    assert (after.groups, after.legitimate, after.sdks, after.vendors) == (
        value["groups"],
        value.get("legitimate", {}),
        value.get("sdks", {}),
        value.get("vendors", {}),
    )


def interaction(
    rule: EffectiveRule, name: str, now: Choices | None = None, age: AgeGate | None = None, **stated: Any
) -> Choices:
    return apply_interaction(rule, now or rule.default_choices, INTERACTIONS[name], StatedChoices(**stated), age)


@pytest.mark.parametrize("name", ["BANNER_ALLOW_ALL", "BANNER_REJECT_ALL", "PREFERENCE_CENTER_CONFIRM", "BANNER_CLOSE"])
def test_under_a_notice_only_rule_nothing_can_be_switched(name: str) -> None:
    rule = a_ruling(model=Model.NOTICE_ONLY)
    after = interaction(rule, name, groups={"C0002": False}, sdks={"s-count": False}, vendors={"V1": False})
    assert set(after.groups.values()) == set(after.sdks.values()) == set(after.vendors.values()) == {1}


ADULTS = {"C0004": (AgeGroup("adults", upper=120, lower=18),)}


@pytest.mark.parametrize(
    ("lower", "upper", "admitted"),
    [
        (18, 120, True),
        (18, None, True),
        (30, 40, True),
        (None, 17, False),
        (13, 17, False),
        (17, 40, False),
        (None, None, False),
    ],
)
def test_an_age_range_must_lie_inside_the_allowed_one_as_a_whole(
    lower: int | None, upper: int | None, admitted: bool
) -> None:
    assert admits(ADULTS["C0004"][0], AgeGate(lower, upper)) is admitted


def test_what_an_age_does_not_admit_goes_off_with_its_sdks_and_vendors() -> None:
    rule = a_ruling(age_limits=ADULTS)
    after = interaction(rule, "BANNER_ALLOW_ALL", age=AgeGate(13, 17))
    assert (after.groups["C0004"], after.sdks["s-ads"], after.vendors["V1"]) == (0, 0, 0)
    assert after.groups["C0002"] == 1


def test_an_age_that_is_admitted_changes_nothing() -> None:
    rule = a_ruling(age_limits=ADULTS)
    assert interaction(rule, "BANNER_ALLOW_ALL", age=AgeGate(18, 30)) == interaction(rule, "BANNER_ALLOW_ALL")


def test_a_prompt_that_is_not_configured_changes_nothing() -> None:
    rule = a_ruling()
    for name in ("ATT_CONFIRM", "ATT_OPTOUT", "GOOGLE_ADS_CONFIRM", "GOOGLE_ADS_OPTOUT"):
        assert interaction(rule, name) == rule.default_choices


def test_each_prompt_speaks_for_its_own_categories() -> None:
    rule = a_ruling(att_categories=("C0002",), google_ads_categories=("C0004",))
    assert interaction(rule, "ATT_CONFIRM").groups["C0002"] == 1
    assert interaction(rule, "ATT_CONFIRM").groups["C0004"] == 0
    assert interaction(rule, "GOOGLE_ADS_CONFIRM").groups["C0004"] == 1


@pytest.mark.parametrize("status", [status for status in Status if status.locked])
def test_a_locked_category_takes_its_legitimate_interest_along_only_when_it_is_off(status: Status) -> None:
    rule = a_ruling(statuses={"C0004": status})
    assert ("C0004" in rule.default_choices.legitimate) is (status is Status.ALWAYS_ACTIVE)


def test_universal_purposes_are_bulk_set_only_by_their_own_word() -> None:
    rule = a_ruling()
    name = "PREFERENCE_CENTER_CONFIRM"
    assert interaction(rule, name, bulk={"purposes": True}).universal == {"news": 0}
    assert interaction(rule, name, bulk={"ucp": True}).universal == {"news": 1}
    assert interaction(rule, name, bulk={"ucp": True}, universal={"news": False}).universal == {"news": 0}


def test_ids_that_nobody_knows_are_ignored_in_every_dimension() -> None:
    rule = a_ruling()
    unknown = {"elsewhere": True}
    after = interaction(
        rule,
        "PREFERENCE_CENTER_CONFIRM",
        groups=unknown,
        legitimate=unknown,
        sdks=unknown,
        vendors=unknown,
        universal=unknown,
        options=unknown,
        bulk=unknown,
    )
    assert after == rule.default_choices


def test_the_answers_that_held_are_left_as_they_were() -> None:
    rule = a_ruling()
    before = recall(rule, Choices(groups={"C0002": 1}))
    held = {name: dict(getattr(before, name)) for name in before.__struct_fields__}
    for interaction in INTERACTIONS.values():
        apply_interaction(rule, before, interaction, StatedChoices(groups={"C0002": False}, sdks={"s-ads": True}))
    assert {name: getattr(before, name) for name in before.__struct_fields__} == held
    assert [c.id for c in CATEGORIES] == list(before.groups)
