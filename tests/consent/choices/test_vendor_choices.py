"""Single vendors after a press: stated, as in the string that came along, or as the purposes have them."""

import pytest

from placet.consent.choices.apply_interaction import StatedChoices
from placet.consent.choices.vendor_choices import VendorChoices, after_interaction, changed, following, untouched
from placet.consent.rules.effective_rule import Choices
from placet.consent.rules.framework import Framework
from placet.formats.ids import NONE, Ids
from placet.formats.lists.library import bundled_vendor_lists
from placet.settings.iab import IabSetting
from placet.settings.interactions import INTERACTIONS
from placet.settings.regions import RejectAll

FRAMEWORK = Framework(IabSetting(vendors=(2, 8, 25), google_providers=(89, 108)), bundled_vendor_lists())
ALL = Ids.of([2, 8, 25])
GOOGLE = Ids.of([89, 108])
HELD = VendorChoices(Ids.of([2]), Ids.of([8]), Ids.of([89]))


def answers(*on: int, objected: tuple[int, ...] = ()) -> Choices:
    """Consent to these purposes, no objection but to those."""
    return Choices(
        groups={f"IAB2V2_{each}": int(each in on) for each in range(1, 12)},
        legitimate={f"IAB2V2_{each}": int(each not in objected) for each in FRAMEWORK.interest},
    )


def interaction(
    name: str, held: VendorChoices | None = HELD, choices: Choices | None = None, **stated: object
) -> VendorChoices:
    return after_interaction(
        FRAMEWORK,
        INTERACTIONS[name],
        StatedChoices(**stated),
        held,
        choices or answers(1),
        RejectAll.KEEP_LEGITIMATE_INTEREST,
    )


@pytest.mark.parametrize("name, expected", [
    ("BANNER_ALLOW_ALL", VendorChoices(ALL, ALL, GOOGLE)),
    ("VENDOR_LIST_ALLOW_ALL", VendorChoices(ALL, ALL, GOOGLE)),
    ("BANNER_REJECT_ALL", VendorChoices(NONE, Ids.of([8]), NONE)),
    ("VENDOR_LIST_REJECT_ALL", VendorChoices(NONE, Ids.of([8]), NONE)),
    ("BANNER_CLOSE", VendorChoices(NONE, Ids.of([8]), NONE)),
    ("BANNER_CONTINUE_WITHOUT_ACCEPTING", VendorChoices(NONE, Ids.of([8]), NONE)),
    ("PREFERENCE_CENTER_CONFIRM", HELD),
    ("VENDOR_LIST_CONFIRM", HELD),
    ("PREFERENCE_CENTER_CLOSE", HELD),
    ("SDK_LIST_ALLOW_ALL", HELD),
    ("SDK_LIST_REJECT_ALL", HELD),
    ("UC_PREFERENCE_CENTER_CONFIRM", HELD),
    ("ATT_OPTOUT", HELD),
    ("AGEGATE_RANGE", HELD),
])  # fmt: skip
def test_a_press_does_this_to_vendors(name: str, expected: VendorChoices) -> None:
    assert interaction(name) == expected


def test_objecting_to_all_leaves_no_interest() -> None:
    choices = answers(1)
    done = after_interaction(
        FRAMEWORK, INTERACTIONS["BANNER_REJECT_ALL"], StatedChoices(), HELD, choices, RejectAll.OBJECT
    )
    assert done == VendorChoices()


@pytest.mark.parametrize("choices, consents, google", [
    (answers(), NONE, NONE), (answers(1), ALL, GOOGLE), (answers(5), Ids.of([25]), NONE), (answers(3), ALL, NONE),
])  # fmt: skip
def test_where_nobody_was_singled_out_vendors_follow_the_purposes(choices: Choices, consents: Ids, google: Ids) -> None:
    assert following(FRAMEWORK, choices).consents == consents
    for held in (None, untouched(FRAMEWORK)):
        done = interaction("PREFERENCE_CENTER_CONFIRM", held, choices)
        assert (done.consents, done.interests, done.google) == (consents, ALL, google)


def test_a_vendor_whose_every_interest_was_objected_to_has_none() -> None:
    assert following(FRAMEWORK, answers(1, objected=(2, 7, 8, 9))).interests == Ids.of([2, 25])
    assert following(FRAMEWORK, answers(1, objected=(2, 7, 8))).interests == ALL


@pytest.mark.parametrize("whole, single, expected", [
    (None, {}, Ids.of([2])),
    (None, {"8": True}, Ids.of([2, 8])),
    (None, {"2": False}, NONE),
    (True, {"2": False}, Ids.of([8, 25])),
    (False, {"25": True}, Ids.of([25])),
    (None, {"3": True, "0": True, "-1": True, "x": True, "99999999": True, "²": True}, Ids.of([2])),
])  # fmt: skip
def test_a_whole_dimension_first_then_single_vendors(
    whole: bool | None, single: dict[str, bool], expected: Ids
) -> None:
    assert changed(Ids.of([2]), ALL, whole, single) == expected
