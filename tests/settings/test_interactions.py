"""The twenty-eight things a person can press, and what each does to their answers."""

import pytest

from placet.consent.choices.apply_interaction import NOTHING, StatedChoices, apply_interaction
from placet.consent.rules.effective_rule import Choices, recall
from placet.settings.interactions import INTERACTIONS
from placet.settings.regions import Model, RejectAll
from tests.consent.sites import a_ruling

TYPES = """
    BANNER_ALLOW_ALL BANNER_REJECT_ALL BANNER_CLOSE BANNER_CONTINUE_WITHOUT_ACCEPTING
    PREFERENCE_CENTER_ALLOW_ALL PREFERENCE_CENTER_REJECT_ALL PREFERENCE_CENTER_CONFIRM PREFERENCE_CENTER_CLOSE
    PREFERENCE_CENTER_CONTINUE_WITHOUT_ACCEPTING UC_PREFERENCE_CENTER_CONFIRM
    VENDOR_LIST_ALLOW_ALL VENDOR_LIST_REJECT_ALL VENDOR_LIST_CONFIRM VENDOR_LIST_CONTINUE_WITHOUT_ACCEPTING
    VENDOR_LIST_CLOSE
    SDK_LIST_ALLOW_ALL SDK_LIST_REJECT_ALL SDK_LIST_CONFIRM SDK_LIST_CONTINUE_WITHOUT_ACCEPTING SDK_LIST_CLOSE
    ATT_CONFIRM ATT_OPTOUT ATT_NOTGIVEN AGEGATE_RANGE GOOGLE_ADS_CONFIRM GOOGLE_ADS_OPTOUT
    TRUST_CENTER_PREFERENCE_CONSENT SYNC_PROFILE
""".split()


def test_there_are_exactly_the_twenty_eight_types_of_the_reference() -> None:
    assert list(INTERACTIONS) == TYPES
    assert len(TYPES) == 28


def test_every_record_name_is_its_own() -> None:
    assert len({row.record for row in INTERACTIONS.values()}) == 28


MIXED = Choices(
    groups={"C0002": 1, "C0004": 0},
    legitimate={"C0004": 1},
    sdks={"s-count": 1, "s-crash": 0, "s-ads": 0},
    vendors={"V1": 1},
    universal={"news": 1},
    options={"daily": 1, "weekly": 0},
)
"""Somebody who allowed some things and refused others; the bundle's members were never answered."""

BODY = StatedChoices(
    groups={"C0002": False, "C0004": True},
    legitimate={"C0004": False},
    sdks={"s-crash": True},
    vendors={"V1": False},
    universal={"news": False},
    options={"weekly": True},
)

# What is on afterwards: groups C0002 C0004 C0003 C0005 · interest of C0004 · SDKs count crash ads · vendor V1 ·
# newsletter · options daily weekly. The rule is opt-in; C0001 is always on. The prompts are linked to C0004.
KEPT = ("1000", "1", "100", "1", "1", "10")
TABLE = {
    "BANNER_ALLOW_ALL": ("1111", "1", "111", "1", "1", "10"),
    "BANNER_REJECT_ALL": ("0000", "1", "000", "0", "1", "10"),
    "BANNER_CLOSE": ("0000", "1", "000", "0", "1", "10"),
    "BANNER_CONTINUE_WITHOUT_ACCEPTING": ("0000", "1", "000", "0", "1", "10"),
    "PREFERENCE_CENTER_ALLOW_ALL": ("1111", "1", "111", "1", "1", "10"),
    "PREFERENCE_CENTER_REJECT_ALL": ("0000", "1", "000", "0", "1", "10"),
    "PREFERENCE_CENTER_CONFIRM": ("0100", "0", "011", "0", "0", "11"),
    "PREFERENCE_CENTER_CLOSE": KEPT,
    "PREFERENCE_CENTER_CONTINUE_WITHOUT_ACCEPTING": ("0000", "1", "000", "0", "1", "10"),
    "UC_PREFERENCE_CENTER_CONFIRM": ("1000", "1", "100", "1", "0", "11"),
    "VENDOR_LIST_ALLOW_ALL": KEPT,
    "VENDOR_LIST_REJECT_ALL": ("1000", "1", "100", "0", "1", "10"),
    "VENDOR_LIST_CONFIRM": ("0100", "0", "011", "0", "1", "10"),
    "VENDOR_LIST_CONTINUE_WITHOUT_ACCEPTING": KEPT,
    "VENDOR_LIST_CLOSE": KEPT,
    "SDK_LIST_ALLOW_ALL": ("1100", "1", "111", "1", "1", "10"),
    "SDK_LIST_REJECT_ALL": ("0000", "1", "000", "1", "1", "10"),
    "SDK_LIST_CONFIRM": ("0100", "0", "011", "0", "1", "10"),
    "SDK_LIST_CONTINUE_WITHOUT_ACCEPTING": KEPT,
    "SDK_LIST_CLOSE": KEPT,
    "ATT_CONFIRM": ("1100", "1", "101", "1", "1", "10"),
    "ATT_OPTOUT": ("1000", "1", "100", "0", "1", "10"),
    "ATT_NOTGIVEN": KEPT,
    "AGEGATE_RANGE": KEPT,
    "GOOGLE_ADS_CONFIRM": ("1100", "1", "101", "1", "1", "10"),
    "GOOGLE_ADS_OPTOUT": ("1000", "1", "100", "0", "1", "10"),
    "TRUST_CENTER_PREFERENCE_CONSENT": ("1000", "1", "100", "1", "0", "11"),
    "SYNC_PROFILE": KEPT,
}
RULING = a_ruling(att_categories=("C0004",), google_ads_categories=("C0004",))


def digits(choices: Choices) -> tuple[str, ...]:
    def of(answers: dict[str, int], *ids: str) -> str:
        return "".join(str(answers[id]) for id in ids)

    return (
        of(choices.groups, "C0002", "C0004", "C0003", "C0005"),
        of(choices.legitimate, "C0004"),
        of(choices.sdks, "s-count", "s-crash", "s-ads"),
        of(choices.vendors, "V1"),
        of(choices.universal, "news"),
        of(choices.options, "daily", "weekly"),
    )


@pytest.mark.parametrize("name", TYPES)
def test_each_type_has_its_effect_on_every_dimension(name: str) -> None:
    before = recall(RULING, MIXED)
    assert digits(before) == KEPT
    assert digits(apply_interaction(RULING, before, INTERACTIONS[name], BODY)) == TABLE[name]


@pytest.mark.parametrize("name", TYPES)
def test_what_is_always_on_stays_on(name: str) -> None:
    after = apply_interaction(RULING, recall(RULING, MIXED), INTERACTIONS[name], BODY)
    assert (after.groups["C0001"], after.sdks["s-core"], after.groups["IFE2V2_1"]) == (1, 1, 1)


@pytest.mark.parametrize("name", [name for name in TYPES if not name.endswith(("CONFIRM", "PREFERENCE_CONSENT"))])
def test_a_body_is_heard_only_with_a_confirmation(name: str) -> None:
    before = recall(RULING, MIXED)
    assert apply_interaction(RULING, before, INTERACTIONS[name], BODY) == apply_interaction(
        RULING, before, INTERACTIONS[name], NOTHING
    )


@pytest.mark.parametrize("screen", ["BANNER", "PREFERENCE_CENTER"])
@pytest.mark.parametrize(
    ("behaviour", "before", "after"),
    [
        (RejectAll.KEEP_LEGITIMATE_INTEREST, 1, 1),
        (RejectAll.KEEP_LEGITIMATE_INTEREST, 0, 0),
        (RejectAll.OBJECT, 1, 0),
        (RejectAll.OBJECT, 0, 0),
    ],
)
def test_reject_all_objects_to_legitimate_interest_only_where_the_rule_says_so(
    screen: str, behaviour: RejectAll, before: int, after: int
) -> None:
    rule = a_ruling(reject_all=behaviour)
    held = recall(rule, Choices(legitimate={"C0004": before}))
    assert apply_interaction(rule, held, INTERACTIONS[f"{screen}_REJECT_ALL"]).legitimate == {"C0004": after}


@pytest.mark.parametrize("model", [Model.OPT_IN, Model.OPT_OUT])
def test_closing_a_banner_records_defaults_but_takes_back_no_refusal(model: Model) -> None:
    rule = a_ruling(model=model)
    close = INTERACTIONS["BANNER_CLOSE"]
    assert apply_interaction(rule, rule.default_choices, close) == rule.default_choices
    refused = apply_interaction(rule, rule.default_choices, INTERACTIONS["BANNER_REJECT_ALL"])
    assert apply_interaction(rule, refused, close).groups == refused.groups


@pytest.mark.parametrize("name", TYPES)
def test_only_what_answers_the_banner_moves_the_date_of_the_last_choice(name: str) -> None:
    beside = name.startswith(("UC_", "TRUST_", "ATT_", "AGEGATE", "GOOGLE_ADS")) or name == "SYNC_PROFILE"
    no_choice = name.endswith("_CLOSE") and name != "BANNER_CLOSE"
    lists = name.startswith(("VENDOR_LIST_CONTINUE", "SDK_LIST_CONTINUE"))
    assert INTERACTIONS[name].renews == (not beside and not no_choice and not lists)
