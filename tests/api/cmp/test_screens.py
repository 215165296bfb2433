"""What is on a screen: languages, phones and televisions, when a screen is left out, and the platforms' prompts."""

from typing import Any

import pytest
from msgspec.structs import replace

from placet.settings.notices import Prompt
from placet.settings.organisation import Organisation
from tests.api.cmp.device import API, Device
from tests.api.node_context import Server, put_live


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("de", "Bevor es losgeht"),
        ("DE-at", "Bevor es losgeht"),
        ("de_CH", "Bevor es losgeht"),
        ("fr-CA", "Avant de partir"),
        ("en", "Before you set out"),
        ("ja", "Before you set out"),
        ("", "Before you set out"),
    ],
)
async def test_the_nearest_published_language_is_spoken_else_the_default(server: Server, wanted: str, got: str) -> None:
    said = await Device(server).look(OT_Language=wanted)

    assert said["bannerUIData"]["summary"]["title"]["text"] == got


async def test_a_site_with_another_default_falls_back_to_that(server: Server) -> None:
    said = await Device(server, "news/news-app").look(OT_Language="ja")

    assert said["bannerUIData"]["summary"]["title"]["text"] == "Goed om te weten"


async def test_the_language_reaches_vendors_purposes_and_receipts(server: Server) -> None:
    device = Device(server)
    vendors = await device.look("vendors", OT_Language="de")
    universal = await device.look("uc-purposes", OT_Language="de")

    assert vendors["generalVendors"]["V1"]["description"] == "Platziert unsere Anzeigen auf anderen Seiten."
    assert [one["label"] for one in universal["ucPurposesData"]["purposes"]] == ["Newsletter", "Gedruckter Katalog"]


ONLY_ON = {
    "mobile": {"layoutHeight"},
    "ctv": {"layout", "buttonFocusColor", "buttonFocusTextColor", "buttonBorderShow"},
}


@pytest.mark.parametrize(("kind", "other"), [("mobile", "ctv"), ("ctv", "mobile")])
async def test_phone_and_television_get_their_own_fields(server: Server, kind: str, other: str) -> None:
    banner = (await Device(server, "stream/stream-tv", kind=kind).look())["bannerUIData"]

    assert ONLY_ON[kind] <= set(banner["general"])
    assert not ONLY_ON[other] & set(banner["general"])
    assert ("vendorList" in banner["buttons"]) == (kind == "ctv")


async def test_a_television_has_a_menu(server: Server) -> None:
    phone = await Device(server, "stream/stream-tv").look("preferences")
    tv = await Device(server, "stream/stream-tv", kind="ctv").look("preferences")

    assert "menu" not in phone["pcUIData"]
    assert set(tv["pcUIData"]["menu"]) == {
        "color",
        "textColor",
        "focusColor",
        "focusTextColor",
        "activeColor",
        "activeTextColor",
    }


async def test_the_screen_is_left_out_when_it_is_not_due_unless_it_is_forced(server: Server) -> None:
    device = Device(server)
    assert "bannerUIData" in await device.look()
    await device.press("BANNER_REJECT_ALL")

    assert "bannerUIData" not in await device.look()
    assert "bannerUIData" not in await device.look(OT_Force_Fetch="false")
    forced = await device.look(OT_Force_Fetch="true")
    assert forced["appConfig"]["showBanner"] is False
    assert forced["bannerUIData"]["buttons"]["acceptAll"]["text"] == "Accept all"


async def test_the_preference_centre_is_always_there(server: Server) -> None:
    device = Device(server)
    await device.press("BANNER_ALLOW_ALL")

    assert (await device.look("preferences"))["pcUIData"]["purposeTree"]["purposes"]


async def test_a_button_that_is_not_shown_is_left_out(server: Server) -> None:
    buttons = (await Device(server).look())["bannerUIData"]["buttons"]

    assert set(buttons) == {"acceptAll", "rejectAll", "showPreferences"}
    assert "interactionType" not in buttons["showPreferences"]


INTERACTIONS = {
    ("banner", "bannerUIData"): {"acceptAll": "BANNER_ALLOW_ALL", "rejectAll": "BANNER_REJECT_ALL"},
    ("preferences", "pcUIData"): {
        "acceptAll": "PREFERENCE_CENTER_ALLOW_ALL",
        "rejectAll": "PREFERENCE_CENTER_REJECT_ALL",
        "savePreferencesButton": "PREFERENCE_CENTER_CONFIRM",
        "closeButton": "PREFERENCE_CENTER_CLOSE",
    },
}


@pytest.mark.parametrize(("screen", "does"), INTERACTIONS.items())
async def test_each_button_carries_what_the_client_posts_back(
    server: Server, screen: tuple[str, str], does: dict[str, str]
) -> None:
    route, key = screen
    buttons = (await Device(server).look(route))[key]["buttons"]

    assert {name: buttons[name]["interactionType"] for name in does} == does


async def test_the_toggles_show_what_holds(server: Server) -> None:
    device = Device(server)
    await device.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "C0002", "status": True}]})
    tree = (await device.look("preferences"))["pcUIData"]["purposeTree"]["purposes"]

    toggles = {one["groupId"]: (one["consentToggleStatus"], one["consentStatus"]) for one in tree}
    assert toggles == {"C0001": (2, 1), "C0002": (1, 1), "C0003": (0, 0), "BG1": (0, 0)}
    assert [sdk["toggleStatus"] for one in tree[:2] for sdk in one["firstPartyCookies"]] == [2, 1, 1]


@pytest.mark.parametrize(
    ("platform", "kinds"),
    [
        ("Apple", {"idfa"}),
        ("apple", {"idfa"}),
        ("Android", {"googleAd"}),
        ("Roku", {"idfa", "googleAd"}),
        ("", {"idfa", "googleAd"}),
    ],
)
async def test_prompts_are_the_platforms_own(server: Server, platform: str, kinds: set[str]) -> None:
    for route in ("banner", "preferences"):
        assert set((await Device(server).look(route, OT_Platform=platform))["prompts"]) == kinds


async def test_the_prompts_have_their_documented_form(server: Server) -> None:
    prompts = (await Device(server).look())["prompts"]

    assert prompts["idfa"]["linkedCategories"] == {"list": [{"groupId": "C0004"}]}
    assert set(prompts["idfa"]["prePrompt"]) == {
        "logoUrl",
        "titleText",
        "descriptionText",
        "primaryButtonText",
        "secondaryButtonText",
    }
    assert prompts["googleAd"] == {"general": {"enableConsent": True}}


def with_age_gate(organisation: Organisation) -> Organisation:
    """The example, asking for an age wherever a rule knows age limits."""
    gate = Prompt(
        title={"en": "How old are you?"},
        description={"en": "In years."},
        primary={"en": "Go on"},
        secondary={"en": "Leave"},
    )
    spaces = [
        replace(space, notices=tuple(replace(notice, age_gate=gate) for notice in space.notices))
        for space in organisation.workspaces
    ]
    return replace(organisation, workspaces=tuple(spaces))


async def test_the_age_gate_is_offered_where_a_rule_has_age_limits(server: Server) -> None:
    await put_live(with_age_gate(server.organisation), server.node.context.stores, server.clock())
    await server.refresh()

    gate = (await Device(server, country="US", region="CA").look())["prompts"]["ageGate"]
    assert gate["titleText"] == "How old are you?"
    assert gate["linkedCategories"] == {
        "list": [{"groupId": "C0004", "ageGroups": [{"name": "adults", "lowerBound": 16, "upperBound": 120}]}]
    }
    assert "ageGate" not in (await Device(server).look())["prompts"]


def warnings_of(said: Any) -> list[str]:
    """The codes of the warnings in an answer."""
    return [warning["code"] for warning in said.get("warnings", [])]


@pytest.mark.parametrize("route", ["banner", "preferences", "vendors", "uc-purposes"])
async def test_another_version_is_a_warning_with_the_latest_data(server: Server, route: str) -> None:
    published = server.node.context.published_settings.published(Device(server).app_id).publication.version

    assert warnings_of(await Device(server).look(route)) == ["WARNING_CODE_PUBLISHED_VERSION_MISMATCH"]
    assert warnings_of(await Device(server).look(route, OT_SDK_Version=published)) == []


async def test_the_warning_has_its_exact_words(server: Server) -> None:
    (warning,) = (await Device(server).look())["warnings"]

    assert warning["message"] == (
        "Requested data for the OT-SDK-Version does not match the published version on the OneTrust server. The latest "
        "published version will be returned instead."
    )


async def test_a_save_warns_too(server: Server) -> None:
    assert warnings_of(await Device(server).press("BANNER_ALLOW_ALL"))


async def test_universal_purposes_that_are_not_configured_are_a_200_with_an_error(server: Server) -> None:
    tv = Device(server, "stream/stream-tv", kind="ctv")
    answer = await server.ask("GET", f"{API}/uc-purposes", tv.headers())

    assert answer.status == 200
    assert answer.json["errors"] == [{"code": "ERROR_UCP_NOT_CONFIGURED", "message": "UC Purposes is disabled."}]
    assert "ucPurposesData" not in answer.json


async def test_google_consent_mode_follows_the_mapped_categories(server: Server) -> None:
    device = Device(server)
    before = (await device.look())["appConfig"]["gcmInfo"]
    after = (
        await device.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "C0004", "status": True}]})
    )["appConfig"]["gcmInfo"]

    assert before["userConsented"] is False
    assert after["userConsented"] is True
    assert before["gcmConsents"] == {
        "adPersonalization": "DENIED",
        "adStorage": "DENIED",
        "adUserData": "DENIED",
        "analyticsStorage": "DENIED",
        "functionalityStorage": "DENIED",
        "personalizationStorage": "DENIED",
        "securityStorage": "GRANTED",
    }
    assert after["gcmConsents"] == before["gcmConsents"] | {
        "adPersonalization": "GRANTED",
        "adStorage": "GRANTED",
        "adUserData": "GRANTED",
    }


async def test_a_storage_type_that_nothing_is_mapped_to_is_unassigned(server: Server) -> None:
    said = await Device(server, "stream/stream-app").look()

    assert said["appConfig"]["gcmInfo"]["gcmConsents"]["functionalityStorage"] == "UNASSIGNED"
