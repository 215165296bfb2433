"""The end-to-end traces of cmp-api.md §18, and the four journeys of §15.2, over HTTP."""

import pytest
from msgspec.structs import replace

from tests.api.cmp.device import Device, confirm, opened, why
from tests.api.cmp.test_receipts import told
from tests.api.node_context import Server, put_live, token

WHO = "shopper-42"
DAY = 86_400_000
ADVERTISING = "21191b4c-2668-403e-b828-bcfbd676941f"


async def test_first_launch(server: Server) -> None:
    phone = Device(server, test=True)
    said = await phone.look()

    assert said["appConfig"]["bannerReason"] == "Geo rule Banner is enabled and is first launch."
    assert why(said) == (True, 101)
    assert "bannerUIData" in said
    assert "OT_LastConsentedDate" not in said["storageKeys"]
    assert opened(phone.memory)["dsId"] == said["storageKeys"]["OT_Identifier"]


async def test_accept_all_then_relaunch(server: Server) -> None:
    phone = Device(server)
    await phone.look()
    saved = await phone.press("BANNER_ALLOW_ALL")
    relaunched = await phone.look(OT_Tcf_Eu2v2_Consent_String="CQstring")

    assert why(saved) == why(relaunched) == (False, 151)
    assert saved["appConfig"]["bannerReason"] == "Banner will not be shown as consent validity holds true."
    assert "bannerUIData" not in relaunched
    assert saved["storageKeys"] == relaunched["storageKeys"]


async def test_login_and_synchronisation(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    said = await phone.log_in(WHO, token(WHO))

    assert why(said) == (False, 152)
    assert said["storageKeys"]["OT_Identifier"] == WHO
    memory = opened(phone.memory)
    assert (memory["dsId"], memory["isAnonymous"]) == (WHO, 0)


async def test_another_device_and_another_site_recognise_the_person(server: Server) -> None:
    phone = Device(server)
    await phone.press("PREFERENCE_CENTER_CONFIRM", confirm(C0002=True))
    await phone.log_in(WHO, token(WHO))

    web = Device(server, "outfitter/shop-web", who=WHO, proof=token(WHO))
    seen = await web.look()
    news = Device(server, "news/news-app", who=WHO, proof=token(WHO))
    asked = await news.look()

    assert why(seen) == (False, 152)
    assert seen["storageKeys"]["OT_GroupConsents"] == phone.keys["OT_GroupConsents"]
    assert why(asked) == (True, 107), "the newspaper asks for one purpose more"
    assert asked["storageKeys"]["OT_GroupConsents"]["C0002"] == 1


JOURNEYS = [
    # override toggle, profile: what was answered about advertising on the other device, days before or after; result
    (True, None, 0, 1),
    (True, 0, -1, 1),
    (True, 0, +1, 0),
    (False, None, 0, 1),
    (False, 0, -1, 0),
    (False, 0, +1, 0),
]
SITES = {True: ("outfitter/shop-web", "outfitter/shop-ios"), False: ("stream/stream-web", "stream/stream-app")}


@pytest.mark.parametrize(("override", "profile", "days", "result"), JOURNEYS)
async def test_the_journeys_from_anonymous_to_known(
    server: Server, override: bool, profile: int | None, days: int, result: int
) -> None:
    elsewhere, here = (Device(server, site) for site in SITES[override])
    noon = server.clock.wait(10 * DAY)
    if profile is not None and days < 0:
        server.clock.at = noon + days * DAY
        elsewhere.who, elsewhere.proof = WHO, token(WHO)
        await elsewhere.press("BANNER_REJECT_ALL")
    server.clock.at = noon
    await here.press("BANNER_ALLOW_ALL")
    if profile is not None and days > 0:
        server.clock.at = noon + days * DAY
        elsewhere.who, elsewhere.proof = WHO, token(WHO)
        await elsewhere.press("BANNER_REJECT_ALL")

    server.clock.at = noon + 2 * DAY
    said = await here.log_in(WHO, token(WHO))

    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == result
    assert (await told(server))[ADVERTISING] == ("ACTIVE" if result else "OPT_OUT")
    assert why(said) == (False, 152)


async def test_the_televisions_login_reads_before_it_writes(server: Server) -> None:
    web = Device(server, "stream/stream-web", who=WHO, proof=token(WHO))
    await web.press("BANNER_REJECT_ALL")

    tv = Device(server, "stream/stream-tv", kind="ctv")
    await tv.press("BANNER_ALLOW_ALL")
    pure = Device(server, "stream/stream-tv", kind="ctv", who=WHO, proof=token(WHO))
    seen = await pure.look()

    assert seen["storageKeys"]["OT_LastConsentedDate"]
    assert seen["storageKeys"]["OT_GroupConsents"]["C0004"] == 0


@pytest.mark.parametrize("site", ["stream/stream-tv", "outfitter/shop-ios"])
async def test_the_next_person_on_a_shared_device_is_asked_for_themselves(server: Server, site: str) -> None:
    tv = Device(server, site, kind="ctv")
    await tv.press("BANNER_ALLOW_ALL")
    await tv.log_in("anna", token("anna"))
    server.clock.wait(1000)
    said = await tv.log_in("bert", token("bert"))

    assert why(said) == (True, 101)
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
    assert "OT_LastConsentedDate" not in said["storageKeys"]
    assert why(await tv.log_in("anna", token("anna"))) == (False, 152)


@pytest.mark.parametrize("interaction", ["PREFERENCE_CENTER_CLOSE", "VENDOR_LIST_CLOSE", "ATT_NOTGIVEN"])
async def test_a_press_that_is_no_choice_tells_what_the_profile_holds(server: Server, interaction: str) -> None:
    phone, web = (Device(server, site, who=WHO, proof=token(WHO)) for site in SITES[True])
    await phone.look()
    await web.press("BANNER_ALLOW_ALL")
    said = await phone.press(interaction)

    assert why(said) == (False, 152)
    assert said["storageKeys"]["OT_LastConsentedDate"] == web.keys["OT_LastConsentedDate"]
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 1


async def test_consent_runs_out_after_the_rules_days(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.wait(180 * DAY - 1)
    assert why(await phone.look()) == (False, 151)
    server.clock.wait(1)
    said = await phone.look()

    assert why(said) == (True, 103)
    assert said["appConfig"]["bannerReason"] == "Sdk's Automatic reconsent has expired."
    assert said["appConfig"]["shouldResetLocalState"] is True
    assert "bannerUIData" in said


async def test_a_rule_that_shows_no_banner(server: Server) -> None:
    spaces = tuple(
        replace(
            space,
            region_rules=tuple(
                replace(group, rules=tuple(replace(rule, show_banner=False) for rule in group.rules))
                for group in space.region_rules
            ),
        )
        for space in server.organisation.workspaces
    )
    await put_live(replace(server.organisation, workspaces=spaces), server.node.context.stores, server.clock())
    await server.refresh()
    said = await Device(server).look()

    assert why(said) == (False, 150)
    assert said["appConfig"]["bannerReason"] == "Geo rule Banner is not enabled."
    assert "bannerUIData" not in said
