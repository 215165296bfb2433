"""Vendors, purposes and stacks on the screens (cmp-api.md §7.1, §8; §20 traps 3, 4 and 5)."""

from typing import Any

import pytest

from placet.formats.lists import bundled_list
from tests.api.cmp.device import Device
from tests.api.cmp.iab_device import Reader
from tests.api.node_context import Server


async def vendors(reader: Reader, **more: str) -> Any:
    """The vendor lists, taken over as clients do; they carry no storage keys."""
    return await reader.look("vendors", **more)


async def test_the_chosen_vendors_are_listed_with_statuses_as_texts(server: Server) -> None:
    reader = Reader(server)
    await reader.look()
    said = {
        "purposesStatus": [{"groupId": "IAB2V2_1", "status": True}],
        "iabVendorsStatus": [{"vId": "8", "status": False, "liStatus": False}],
        "googleVendorsStatus": [{"vId": "89", "status": False}],
    }
    await reader.press("PREFERENCE_CENTER_CONFIRM", said)
    answer = await vendors(reader)
    listed = answer["iab2V2Vendors"]["vendors"]

    assert list(listed) == ["2", "8", "10", "11", "25", "28", "52", "91", "755", "793"]
    answers = {id: (one["consentStatus"], one["legIntStatus"]) for id, one in listed.items()}
    assert (answers["2"], answers["8"], answers["755"]) == (("1", "-1"), ("0", "0"), ("1", "1"))
    google = answer["googleVendors"]["vendors"]
    assert {id: one["consentStatus"] for id, one in google.items()} == {"89": 0, "108": 1, "149": 1, "259": 1}
    assert set(google["89"]) == {"id", "name", "policyUrl", "consentStatus"}


async def test_a_vendor_is_described_as_in_the_list(server: Server) -> None:
    part = (await vendors(Reader(server)))["iab2V2Vendors"]
    google, declared = part["vendors"]["755"], bundled_list().vendors[755]

    assert google["purposes"] == list(declared.purposes)
    assert google["legIntPurposes"] == list(declared.leg_int_purposes or ())
    assert google["urls"]["langId"] == "nl"
    assert set(google["dataRetention"]) == {"stdRetention", "purposes", "specialPurposes"}
    assert google["iab2V2GVLVersion"] == part["vendorListVersion"] == 45
    assert part["lastUpdated"] == "2024-03-21T16:07:33Z"
    assert part["iabDataCategories"] == part["IABDataCategories"]
    assert part["iabDataCategories"]["1"] == {"id": 1, "name": "IP addresses"}
    assert part["groupPrefixes"]["stack"] == "V2STACK"
    assert {name: len(part[name]) for name in ("purposes", "specialPurposes", "features", "specialFeatures")} == {
        "purposes": 11, "specialPurposes": 2, "features": 3, "specialFeatures": 2,
    }  # fmt: skip
    assert part["purposes"]["1"]["iabIllustrations"]


async def test_elsewhere_there_are_no_iab_vendors(server: Server) -> None:
    for device in (Reader(server, country="US", region="CA"), Device(server)):
        answer = await device.look("vendors")
        assert "iab2V2Vendors" not in answer
        assert answer["googleVendors"] == {"vendors": {}}


async def test_purposes_stand_in_their_stacks_with_the_number_of_partners(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    tree = {
        row["groupId"]: row
        for row in (await reader.look("preferences", OT_Language="en"))["pcUIData"]["purposeTree"]["purposes"]
    }

    assert {"IAB2V2_1", "V2STACK42", "V2STACK1", "ISP2V2_1", "IFE2V2_1"} <= set(tree)
    assert [child["groupId"] for child in tree["V2STACK42"]["children"]] == [f"IAB2V2_{each}" for each in range(2, 12)]
    purpose = tree["V2STACK42"]["children"][0]
    assert (purpose["type"], purpose["isIabPurpose"], purpose["parent"]) == ("IAB2V2_PURPOSE", True, "V2STACK42")
    assert purpose["groupName"] == "Use limited data to select advertising"
    assert (purpose["consentToggleStatus"], purpose["consentStatus"], purpose["legIntStatus"]) == (1, 1, 1)
    assert purpose["vendorsLinkedInfo"].startswith("10 partners")
    assert purpose["iabIllustrations"] and purpose["purposeId"] == purpose["purposeId"].upper()
    assert tree["IAB2V2_1"]["legIntStatus"] == -1
    assert (tree["ISP2V2_1"]["consentToggleStatus"], tree["ISP2V2_1"]["consentStatus"]) == (-1, 1)
    assert "vendorsLinkedInfo" not in tree["C0001"]


async def test_a_stack_speaks_for_its_purposes_and_is_true_to_them(server: Server) -> None:
    reader = Reader(server)
    await reader.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "V2STACK42", "status": True}]})
    assert list(reader.tc.purpose_consents) == list(range(2, 12))
    assert reader.keys["OT_GroupConsents"]["V2STACK42"] == 1
    await reader.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "IAB2V2_5", "status": False}]})
    assert reader.keys["OT_GroupConsents"]["V2STACK42"] == 0
    assert 5 not in reader.tc.purpose_consents


@pytest.mark.parametrize("language, name", [
    ("en", "Store and/or access information on a device"), ("nl", "Store and/or access information on a device"),
    ("de", "Store and/or access information on a device"),
])  # fmt: skip
async def test_words_are_the_list_s_own(server: Server, language: str, name: str) -> None:
    rows = (await Reader(server).look("preferences", OT_Language=language))["pcUIData"]["purposeTree"]["purposes"]
    assert next(row["groupName"] for row in rows if row["groupId"] == "IAB2V2_1") == name


@pytest.mark.parametrize("plain, number", [("", "<b>15</b> partners"), ("true", "our 15 partners")])
async def test_the_banner_names_the_number_of_partners(server: Server, plain: str, number: str) -> None:
    for _ in range(2):
        said = await Reader(server).look(OT_Language="en", OT_Exclude_Html_Tags=plain)
        assert number in said["bannerUIData"]["summary"]["description"]["text"]
