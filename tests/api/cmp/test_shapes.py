"""The fields of every answer and their types: required ones are there (cmp-api.md §5 to §10, §13)."""

from typing import Any

import pytest

from tests.api.cmp.device import Device, confirm
from tests.api.node_context import Server

TEXT, YES_NO, NUMBER, LIST, OBJECT = str, bool, int, list, dict


def at(said: Any, path: str) -> Any:
    """What stands at `a.b.0.c`. Fails with the path when there is nothing."""
    for step in path.split("."):
        assert step.isdigit() or step in said, f"{path}: no {step} in {sorted(said)}"
        said = said[int(step)] if step.isdigit() else said[step]
    return said


def is_a(value: Any, kind: type) -> bool:
    """A boolean is no number here, as it is none in JSON."""
    return type(value) is kind


APP_CONFIG = {
    "showBanner": YES_NO,
    "bannerReason": TEXT,
    "bannerReasonCode": NUMBER,
    "templateType": TEXT,
    "countryCode": TEXT,
    "regionCode": TEXT,
    "shouldResetLocalState": YES_NO,
    "rejectAllButtonBehavior": TEXT,
    "gcmInfo.userConsented": YES_NO,
    "gcmInfo.gcmConsents.adStorage": TEXT,
    "gcmInfo.gcmConsents.adUserData": TEXT,
    "gcmInfo.gcmConsents.adPersonalization": TEXT,
    "gcmInfo.gcmConsents.analyticsStorage": TEXT,
    "gcmInfo.gcmConsents.functionalityStorage": TEXT,
    "gcmInfo.gcmConsents.personalizationStorage": TEXT,
    "gcmInfo.gcmConsents.securityStorage": TEXT,
}

BUTTON = {
    "text": TEXT,
    "color": TEXT,
    "colorDark": TEXT,
    "textColor": TEXT,
    "textColorDark": TEXT,
    "fontSize": TEXT,
    "borderRadius": TEXT,
    "interactionType": TEXT,
    "position": NUMBER,
}

BANNER = {
    "general.backgroundColor": TEXT,
    "general.useRTL": YES_NO,
    "general.cookieSettingButtonText": TEXT,
    "logo.url": TEXT,
    "logo.logoVoiceOverText": TEXT,
    "summary.title.text": TEXT,
    "summary.description.text": TEXT,
    "summary.description.fontSize": TEXT,
    **{f"buttons.acceptAll.{name}": kind for name, kind in BUTTON.items()},
    **{f"buttons.rejectAll.{name}": kind for name, kind in BUTTON.items()},
    "buttons.showPreferences.text": TEXT,
    "buttons.showPreferences.showAsLink": YES_NO,
    "links.policyLink.text": TEXT,
    "links.policyLink.textAlign": TEXT,
    "links.policyLink.fontSize": TEXT,
    "links.policyLink.textColor": TEXT,
    "links.policyLink.textColorDark": TEXT,
    "links.policyLink.url": TEXT,
    "links.policyLink.linkVoiceOverText": TEXT,
}

PREFERENCES = {
    "general.backgroundColor": TEXT,
    "general.backgroundColorDark": TEXT,
    "general.sdkListShow": YES_NO,
    "general.sdkListManageServicesLabel": TEXT,
    "general.sdkListLabel": TEXT,
    "general.sdkLevelOptOutShow": YES_NO,
    "general.useRTL": YES_NO,
    "general.consentText": TEXT,
    "general.legitInterestText": TEXT,
    "general.allowAllConsentText": TEXT,
    "buttons.backButton.color": TEXT,
    "buttons.backButton.colorDark": TEXT,
    "buttons.backButton.backBtnVoiceOverText": TEXT,
    "buttons.closeButton.interactionType": TEXT,
    "buttons.closeButton.showAsLink": YES_NO,
    "buttons.acceptAll.interactionType": TEXT,
    "buttons.rejectAll.interactionType": TEXT,
    "buttons.savePreferencesButton.interactionType": TEXT,
    "buttons.savePreferencesButton.positionBeforePurpose": NUMBER,
    "purposeTree.styling.headerTitle.show": YES_NO,
    "purposeTree.styling.alwaysActiveLabel.text": TEXT,
    "purposeTree.styling.alwaysActiveLabel.fontSize": TEXT,
    "purposeTree.styling.itemTitle.fontSize": TEXT,
    "purposeTree.styling.itemDetailsLinks.position": TEXT,
    "purposeTree.styling.itemDetailsLinks.sdkListText": TEXT,
    "purposeTree.styling.itemDetailsLinks.fullLegalText": TEXT,
    "purposeTree.styling.itemDetailsLinks.descriptionDetails": TEXT,
    "purposeTree.purposes": LIST,
    "dsIdDetails.showDividerBar": YES_NO,
    "dsIdDetails.titleText": TEXT,
    "dsIdDetails.notYetConsentedText": TEXT,
    "dsIdDetails.copyButtonVoiceOverLabel": TEXT,
    "dsIdDetails.dsidText": TEXT,
    **{
        f"filter.{name}": TEXT
        for name in (
            "onColor",
            "onColorDark",
            "color",
            "colorDark",
            "filterVoiceOverTextsSDKs",
            "filterApplyText",
            "filterApplyVoiceOverText",
            "filterCloseText",
            "filterClearText",
            "filterSelectedAriaLabel",
            "filterUnSelectedAriaLabel",
        )
    },
    "searchBar.searchPlaceholderText": TEXT,
    "searchBar.resultsFoundText": TEXT,
}

PURPOSE = {
    "groupId": TEXT,
    "parent": TEXT,
    "groupName": TEXT,
    "groupDescription": TEXT,
    "descriptionLegal": TEXT,
    "iabIllustrations": LIST,
    "isIabPurpose": YES_NO,
    "type": TEXT,
    "purposeId": TEXT,
    "showSDKListLink": YES_NO,
    "firstPartyCookies": LIST,
    "consentToggleStatus": NUMBER,
    "consentStatus": NUMBER,
    "legIntStatus": NUMBER,
    "generalVendorsIds": LIST,
}

VENDORS = {
    "googleVendors.vendors": OBJECT,
    "generalVendors.V1.id": TEXT,
    "generalVendors.V1.name": TEXT,
    "generalVendors.V1.vendorCustomId": TEXT,
    "generalVendors.V1.description": TEXT,
    "generalVendors.V1.privacyPolicyUrl": TEXT,
    "generalVendors.V1.sdks": LIST,
    "generalVendors.V1.toggleStatus": NUMBER,
    "generalVendors.V1.linkedGroupIds": LIST,
    "vendorListUIData.general.useRTL": YES_NO,
    "vendorListUIData.general.filter.onColor": TEXT,
    "vendorListUIData.general.searchBar.resultsFoundText": TEXT,
    "vendorListUIData.general.segmentControl.tintColor": TEXT,
    "vendorListUIData.general.buttons.savePreferencesButton.interactionType": TEXT,
    "vendorListUIData.vendorDetailsUIData.title.text": TEXT,
    "vendorListUIData.vendorDetailsUIData.title.show": YES_NO,
    "vendorListUIData.vendorDetailsUIData.description.show": YES_NO,
    "vendorListUIData.vendorDetailsUIData.link.url": TEXT,
    "vendorListUIData.vendorDetailsUIData.link.show": YES_NO,
}

UNIVERSAL = {
    "id": TEXT,
    "label": TEXT,
    "description": TEXT,
    "consentStatus": NUMBER,
    "version": NUMBER,
    "order": NUMBER,
    "consentLifeSpan": NUMBER,
    "createdDate": TEXT,
    "lastModifiedDate": TEXT,
    "expiryDateType": TEXT,
    "reconsent": YES_NO,
    "attributes": OBJECT,
    "customPreferences": LIST,
}

STORAGE_KEYS = {
    "OT_GroupConsents": OBJECT,
    "OT_GroupLIConsents": OBJECT,
    "OT_SdkConsents": OBJECT,
    "OT_GeneralVendorsConsents": OBJECT,
    "OT_UCPConsents": OBJECT,
    "OT_Identifier": TEXT,
    "OT_AlwaysActiveIds.groups": LIST,
    "OT_AlwaysActiveIds.sdks": LIST,
}


@pytest.mark.parametrize(("path", "kind"), APP_CONFIG.items())
@pytest.mark.parametrize("route", ["banner", "preferences", "vendors"])
async def test_app_config(server: Server, route: str, path: str, kind: type) -> None:
    assert is_a(at((await Device(server).look(route))["appConfig"], path), kind)


@pytest.mark.parametrize(("path", "kind"), BANNER.items())
async def test_the_banner_screen(server: Server, path: str, kind: type) -> None:
    assert is_a(at((await Device(server).look())["bannerUIData"], path), kind)


@pytest.mark.parametrize(("path", "kind"), PREFERENCES.items())
async def test_the_preference_centre(server: Server, path: str, kind: type) -> None:
    assert is_a(at((await Device(server).look("preferences"))["pcUIData"], path), kind)


async def test_every_purpose_and_every_child_of_the_tree(server: Server) -> None:
    purposes = (await Device(server).look("preferences"))["pcUIData"]["purposeTree"]["purposes"]
    children = [child for one in purposes for child in one["children"]]

    for one in purposes + children:
        wrong = {name: one.get(name) for name, kind in PURPOSE.items() if not is_a(one.get(name), kind)}
        assert not wrong, one["groupId"]
        for sdk in one["firstPartyCookies"]:
            assert {name: type(value) for name, value in sdk.items()} == {
                "name": TEXT,
                "description": TEXT,
                "sdkId": TEXT,
                "toggleStatus": NUMBER,
            }
    assert [one["groupId"] for one in purposes] == ["C0001", "C0002", "C0003", "BG1"]
    assert [child["parent"] for child in children] == ["BG1", "BG1"]
    assert all("children" not in child for child in children), "two levels only"


@pytest.mark.parametrize(("path", "kind"), VENDORS.items())
async def test_the_vendor_lists(server: Server, path: str, kind: type) -> None:
    assert is_a(at(await Device(server).look("vendors"), path), kind)


async def test_a_general_vendor_stands_under_its_own_id(server: Server) -> None:
    vendors = (await Device(server).look("vendors"))["generalVendors"]

    assert {key: vendor["vendorCustomId"] for key, vendor in vendors.items()} == {"V1": "V1", "V2": "V2", "V3": "V3"}


async def test_universal_purposes(server: Server) -> None:
    said = (await Device(server).look("uc-purposes"))["ucPurposesData"]

    assert set(said) == {"general", "summary", "purposes"}
    assert is_a(at(said, "summary.title.text"), TEXT)
    assert is_a(at(said, "summary.description.text"), TEXT)
    for purpose in said["purposes"]:
        assert {name for name, kind in UNIVERSAL.items() if not is_a(purpose.get(name), kind)} == set()
        assert purpose["detail"] is None or is_a(purpose["detail"], TEXT)
        for preference in purpose["customPreferences"]:
            assert set(preference) == {"id", "name", "description", "displayAs", "options"}
            for option in preference["options"]:
                kinds = {name: type(value) for name, value in option.items()}
                assert kinds == {
                    "id": TEXT,
                    "label": TEXT,
                    "order": NUMBER,
                    "isDefault": YES_NO,
                    "consentStatus": NUMBER,
                }


@pytest.mark.parametrize("route", ["banner", "preferences", "save"])
async def test_storage_keys_are_complete(server: Server, route: str) -> None:
    device = Device(server)
    said = await (device.press("BANNER_ALLOW_ALL") if route == "save" else device.look(route))

    keys = said["storageKeys"]
    assert {path for path, kind in STORAGE_KEYS.items() if not is_a(at(keys, path), kind)} == set()
    for name in ("OT_GroupConsents", "OT_GroupLIConsents", "OT_SdkConsents", "OT_GeneralVendorsConsents"):
        assert set(keys[name].values()) <= {0, 1}
        assert all(is_a(value, NUMBER) for value in keys[name].values())
    for answer in keys["OT_UCPConsents"].values():
        assert answer["consentStatus"] in (0, 1)
        assert set(answer["options"].values()) <= {0, 1}
    assert ("OT_LastConsentedDate" in keys) == (route == "save")


TOP_LEVEL = {
    "banner": {
        "errors",
        "warnings",
        "appConfig",
        "bannerUIData",
        "prompts",
        "storageKeys",
        "groupsHierarchy",
        "otConsentString",
    },
    "preferences": {
        "errors",
        "warnings",
        "appConfig",
        "pcUIData",
        "prompts",
        "storageKeys",
        "groupsHierarchy",
        "otConsentString",
    },
    "vendors": {
        "errors",
        "warnings",
        "appConfig",
        "googleVendors",
        "generalVendors",
        "vendorListUIData",
        "otConsentString",
    },
    "uc-purposes": {"errors", "warnings", "ucPurposesData", "storageKeys"},
}


@pytest.mark.parametrize(("route", "keys"), TOP_LEVEL.items())
async def test_each_read_has_its_top_level_keys_and_no_others(server: Server, route: str, keys: set[str]) -> None:
    assert set(await Device(server).look(route)) == keys


async def test_a_save_has_no_screen_and_no_hierarchy(server: Server) -> None:
    said = await Device(server).press("PREFERENCE_CENTER_CONFIRM", confirm(C0002=True))

    assert set(said) == {"errors", "warnings", "appConfig", "receipt", "storageKeys", "otConsentString"}
    assert said["receipt"].count(".") == 2


async def test_universal_purposes_carry_only_six_storage_keys(server: Server) -> None:
    device = Device(server)
    await device.press("BANNER_ALLOW_ALL")

    assert set((await device.look("uc-purposes"))["storageKeys"]) == {
        "OT_GroupConsents",
        "OT_GroupLIConsents",
        "OT_SdkConsents",
        "OT_GeneralVendorsConsents",
        "OT_UCPConsents",
        "OT_LastConsentedDate",
    }


async def test_the_hierarchy_names_sdks_and_children(server: Server) -> None:
    hierarchy = (await Device(server).look())["groupsHierarchy"]

    assert set(hierarchy) == {"C0001", "C0002", "C0003", "BG1"}
    assert [list(child) for child in hierarchy["BG1"]["children"]] == [["C0004"], ["C0005"]]
    assert hierarchy["BG1"]["canToggleSubgroups"] is True
    assert len(hierarchy["C0002"]["sdks"]) == 2


async def test_the_date_of_a_choice_has_its_one_form(server: Server) -> None:
    server.clock.at = 1_772_619_375_007
    device = Device(server)
    said = await device.press("BANNER_ALLOW_ALL")

    assert said["storageKeys"]["OT_LastConsentedDate"] == "2026-03-04T10:16:15.007Z"
    assert (await device.look("preferences"))["pcUIData"]["dsIdDetails"]["timeStamp"] == "2026-03-04T10:16:15.007Z"
