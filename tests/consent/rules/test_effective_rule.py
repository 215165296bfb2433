"""A person's answers, and what is left of them under a rule."""

import pytest

from placet.consent.rules.effective_rule import NO_CHOICES, Choices, recall
from placet.settings.purposes import CategoryKind, Sdk, Status
from placet.settings.regions import Model
from tests.consent.sites import a_ruling, category, on, with_model


@pytest.mark.parametrize(
    ("model", "groups"),
    [
        (Model.OPT_IN, {"C0001", "IFE2V2_1"}),
        (Model.IMPLIED, {"C0001", "IFE2V2_1"}),
        (Model.CUSTOM, {"C0001", "IFE2V2_1"}),
        (Model.OPT_OUT, {"C0001", "IFE2V2_1", "C0002", "C0003", "C0004", "C0005", "BG1"}),
        (Model.NOTICE_ONLY, {"C0001", "IFE2V2_1", "C0002", "C0003", "C0004", "C0005", "BG1"}),
    ],
)
def test_before_the_person_speaks_the_model_decides(model: Model, groups: set[str]) -> None:
    assert on(recall(with_model(model), NO_CHOICES).groups) == groups


def test_an_answer_comes_before_the_default() -> None:
    answers = Choices(groups={"C0002": 0}, sdks={"s-ads": 0}, vendors={"V1": 0}, legitimate={"C0004": 0})
    recalled = recall(with_model(Model.OPT_OUT), answers)
    assert (recalled.groups["C0002"], recalled.groups["C0004"]) == (0, 1)
    assert (recalled.sdks["s-ads"], recalled.vendors["V1"], recalled.legitimate["C0004"]) == (0, 0, 0)


def test_an_sdk_without_an_answer_of_its_own_follows_its_category() -> None:
    recalled = recall(a_ruling(), Choices(groups={"C0002": 1}, sdks={"s-crash": 0}))
    assert recalled.sdks == {"s-core": 1, "s-count": 1, "s-crash": 0, "s-ads": 0}


def test_what_is_locked_now_does_not_listen_to_what_was_answered_then() -> None:
    rule = a_ruling(statuses={"C0002": Status.ALWAYS_ACTIVE, "C0004": Status.ALWAYS_INACTIVE})
    recalled = recall(rule, Choices(groups={"C0002": 0, "C0004": 1}, sdks={"s-count": 0, "s-ads": 1}))
    assert (recalled.groups["C0002"], recalled.sdks["s-count"]) == (1, 1)
    assert (recalled.groups["C0004"], recalled.sdks["s-ads"]) == (0, 0)


def test_answers_about_things_this_site_does_not_have_are_left_out() -> None:
    elsewhere = Choices(groups={"C9": 1}, sdks={"s9": 1}, vendors={"V9": 1}, universal={"u9": 1}, options={"o9": 1})
    assert recall(a_ruling(), elsewhere) == recall(a_ruling(), NO_CHOICES)


@pytest.mark.parametrize("value", [-1, 2, 7, 1 << 60])
def test_anything_but_1_is_a_no(value: int) -> None:
    forged = Choices(groups={"C0002": value}, sdks={"s-ads": value}, vendors={"V1": value}, universal={"news": value})
    assert recall(a_ruling(), forged) == recall(a_ruling(), NO_CHOICES)


def test_a_parent_is_what_its_children_make_it_whatever_was_remembered() -> None:
    assert recall(a_ruling(), Choices(groups={"BG1": 1, "C0003": 1})).groups["BG1"] == 0
    assert recall(a_ruling(), Choices(groups={"BG1": 0, "C0003": 1, "C0005": 1})).groups["BG1"] == 1


def test_recalling_twice_is_recalling_once() -> None:
    once = recall(a_ruling(), Choices(groups={"C0002": 1, "C0003": 1}, sdks={"s-crash": 0}))
    assert recall(a_ruling(), once) == once


def test_pre_ticked_options_are_no_consent() -> None:
    assert on(recall(with_model(Model.OPT_OUT), NO_CHOICES).options) == set()


def test_profile_keys_are_lasting_ids_and_only_for_what_can_be_answered() -> None:
    keys = [question.key for _, questions in a_ruling().questions for question in questions]
    assert keys == [
        "p:purpose-c0002",
        "p:purpose-c0004",
        "p:purpose-c0003",
        "p:purpose-c0005",
        "l:purpose-c0004",
        "s:s-count",
        "s:s-crash",
        "s:s-ads",
        "v:guid-v1",
        "u:news",
        "o:daily",
        "o:weekly",
    ]


def test_an_opt_out_signal_switches_off_only_what_was_on_by_default() -> None:
    rule = with_model(Model.OPT_OUT, signals_off=("C0001", "C0004", "C0404")).under_signal
    recalled = recall(rule, NO_CHOICES)
    assert (recalled.groups["C0001"], recalled.groups["C0004"], recalled.groups["C0002"]) == (1, 0, 1)
    assert recall(rule, Choices(groups={"C0004": 1})).groups["C0004"] == 1


def test_a_rule_that_no_signal_bends_is_itself_under_one() -> None:
    rule = a_ruling(signals_off=("C0004",))
    assert rule.under_signal is rule


def test_a_stack_holds_no_answer_of_its_own() -> None:
    stack = category("V2STACK42", kind=CategoryKind.IAB_STACK)
    rule = a_ruling((stack, category("IAB2V2_1", kind=CategoryKind.IAB_PURPOSE, parent="V2STACK42")))
    assert rule.askable_purposes == {"purpose-iab2v2_1"}
    assert [purpose for purpose, _, _ in rule.purposes] == ["purpose-iab2v2_1"]


def test_always_active_lists_groups_and_their_sdks() -> None:
    assert a_ruling().always_active == (("C0001", "IFE2V2_1"), ("s-core",))
    assert Sdk("s-core", "s-core") in a_ruling().site.by_id["C0001"].sdks
