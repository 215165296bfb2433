"""What a site's part in the framework comes to: vendors, purposes, stacks, words."""

import pytest

from placet.consent.rules.framework import Framework, moment
from placet.formats.ids import NONE, Ids
from placet.formats.lists.library import bundled_vendor_lists
from placet.settings.iab import Basis, IabSetting, RestrictionSetting
from placet.settings.purposes import Category, CategoryKind, Status
from placet.settings.regions import Model
from tests.consent.sites import a_rule

ORGANISATION = "74415a07-57d5-4663-8f6f-9501d34cf56f"
NOW = 1_772_619_330_000


def framework(**setting: object) -> Framework:
    return Framework(IabSetting(**{"vendors": (2, 8, 755), **setting}), bundled_vendor_lists())


def drawn(*languages: str, **setting: object) -> dict[str, Category]:
    return {each.id: each for each in framework(**setting).categories(ORGANISATION, languages)}


def test_what_a_chosen_vendor_needs_is_asked_for_and_nothing_else() -> None:
    ids = list(drawn("en"))
    assert ids[:8] == [f"IAB2V2_{each}" for each in (1, 2, 3, 4, 7, 8, 9, 10)]
    assert ids[8:] == ["ISF2V2_2", "ISP2V2_1", "ISP2V2_2", "IFE2V2_1", "IFE2V2_2"]


def test_purposes_stand_behind_their_stack() -> None:
    found = drawn("en", stacks=(2, 99))
    assert list(found)[:4] == ["IAB2V2_1", "V2STACK2", "IAB2V2_2", "IAB2V2_3"]
    assert {each.id for each in found.values() if each.parent == "V2STACK2"} == {"IAB2V2_2", "IAB2V2_7"}


def test_words_are_in_every_language_there_are_words_for_and_in_english() -> None:
    purpose = drawn("fr", "nl")["IAB2V2_1"]
    assert set(purpose.name) == {"fr", "en"}
    assert purpose.name["fr"].startswith("Stocker")


def test_purposes_have_lasting_ids_of_their_own_in_each_organisation() -> None:
    here, again = drawn("en"), drawn("de", vendors=(25,))
    there = framework().categories("00000000-0000-4000-8000-000000000000", ["en"])
    assert here["IAB2V2_1"].purpose_id == again["IAB2V2_1"].purpose_id
    assert here["IAB2V2_1"].purpose_id != there[0].purpose_id
    assert len({each.purpose_id for each in here.values()}) == len(here)


@pytest.mark.parametrize("restriction, purposes", [
    (None, {2, 7, 8, 9, 10}),
    (RestrictionSetting(7, Basis.NOT_AT_ALL), {2, 8, 9, 10}),
    (RestrictionSetting(8, Basis.CONSENT), {2, 7, 8, 9, 10}),
    (RestrictionSetting(9, Basis.CONSENT), {2, 7, 8, 10}),
    (RestrictionSetting(2, Basis.CONSENT, (8,)), {2, 7, 8, 9, 10}),
    (RestrictionSetting(3, Basis.INTEREST), {2, 7, 8, 9, 10}),
    (RestrictionSetting(7, Basis.NOT_AT_ALL, (60_000, 10**9)), {2, 7, 8, 9, 10}),
])  # fmt: skip
def test_restrictions_decide_where_interest_may_be_objected_to(
    restriction: RestrictionSetting | None, purposes: set[int]
) -> None:
    # Vendor 8 may be turned to consent for purposes 2 and 9, vendor 755 for all it claims.
    found = framework(restrictions=(restriction,) if restriction else ())
    assert set(found.interest) == purposes
    rows = found.categories(ORGANISATION, ["en"])
    assert {each.id for each in rows if each.legitimate_interest} == {f"IAB2V2_{each}" for each in purposes}


def test_all_vendors_must_be_said() -> None:
    assert framework(vendors=()).chosen == NONE
    everyone = framework(vendors=(), all_vendors=True)
    assert everyone.chosen == bundled_vendor_lists().vendors.index.vendors
    gone = everyone.chosen - everyone.disclosed(NOW)
    assert gone == bundled_vendor_lists().vendors.deleted(moment(NOW)) != NONE


@pytest.mark.parametrize("model", list(Model))
def test_no_model_switches_an_iab_purpose_on(model: Model) -> None:
    rule = a_rule(model=model, statuses={"IAB2V2_1": Status.ALWAYS_ACTIVE, "IAB2V2_2": Status.ALWAYS_INACTIVE})
    statuses = {each.id: rule.status(each) for each in framework().categories(ORGANISATION, ["en"])}
    assert statuses["IAB2V2_1"] is statuses["ISF2V2_2"] is Status.INACTIVE
    assert statuses["IAB2V2_2"] is Status.ALWAYS_INACTIVE


def test_partners_are_counted_by_what_they_declare() -> None:
    found = framework(stacks=(2,))
    assert found.users(CategoryKind.IAB_PURPOSE, 8) == Ids.of([8])
    assert found.users(CategoryKind.IAB_STACK, 2) == Ids.of([2, 8, 755])
    assert found.users(CategoryKind.IAB_SPECIAL_FEATURE, 2) == Ids.of([2])
