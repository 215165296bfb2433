"""The thirty traps of cmp-api.md §20, each by its number; two of them (22, 24) concern routes that are not here."""

import base64
import json

import pytest

from placet.config import Config
from tests.api.cmp.device import API, Device, confirm, opened, problem, sealed, why
from tests.api.cmp.test_receipts import ADVERTISING, MEASUREMENT, browsers, documented, post, told
from tests.api.node_context import Server, start, token

WHO = "shopper-42"
DAY = 86_400_000


async def test_trap_01_every_200_has_errors(server: Server) -> None:
    phone = Device(server)
    for route in ("banner", "preferences", "vendors", "uc-purposes"):
        assert (await phone.ask(route)).json["errors"] == []
    assert (await phone.post("BANNER_ALLOW_ALL")).json["errors"] == []


async def test_trap_02_what_an_app_should_see_is_a_400(server: Server) -> None:
    phone = Device(server)
    unknown = await phone.ask(OT_App_Id="00000000-0000-4000-8000-000000000000")

    assert problem(unknown) == (400, "ERROR_CODE_BLOB_LOCATIONS_UNAVAILABLE")
    assert unknown.json["errors"][0]["message"] == (
        "Unable to fetch data for the specified Application ID. Please check your configurations."
    )


async def test_trap_03_categories_and_vendors_are_numbers_and_requests_booleans(server: Server) -> None:
    phone = Device(server)
    tree = (await phone.look("preferences"))["pcUIData"]["purposeTree"]["purposes"]
    vendor = (await phone.look("vendors"))["generalVendors"]["V1"]

    assert all(type(one["consentToggleStatus"]) is int and type(one["consentStatus"]) is int for one in tree)
    assert type(vendor["toggleStatus"]) is int
    said = {"purposesStatus": [{"groupId": "C0002", "status": 1}]}
    assert problem(await phone.post("PREFERENCE_CENTER_CONFIRM", said)) == (400, "ERROR_CODE_INVALID_REQUEST_BODY")


async def test_trap_06_headers_of_real_clients_are_legal(server: Server) -> None:
    tv = Device(server, "stream/stream-tv", kind="ctv", country="")
    said = await tv.look(
        OT_Region_Code="",
        OT_Identifier="",
        OT_Platform="Roku",
        OT_SDK_Identification="Roku/12.5/latest",
        Accept="*",
        Accept_Charset="utf-8",
        Content_Type="application/json;charset=utf-8",
        OT_GPP_String="",
        OT_Force_Fetch="true",
    )

    assert said["bannerUIData"]


@pytest.mark.parametrize(
    "consent",
    [
        None,
        {},
        {"purposesStatus": []},
        confirm(),
        {"purposesStatus": [{"groupId": "C0002", "liStatus": True}]},
    ],
    ids=str,
)
async def test_trap_07_bodies_may_be_nearly_empty(server: Server, consent: dict[str, object] | None) -> None:
    assert (await Device(server).press("PREFERENCE_CENTER_ALLOW_ALL", consent))["storageKeys"]["OT_GroupConsents"][
        "C0004"
    ]


async def test_trap_08_the_preference_centre_may_carry_vendors(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    said = await phone.press(
        "PREFERENCE_CENTER_CONFIRM", confirm() | {"generalVendorsStatus": [{"vId": "V3", "status": False}]}
    )

    assert said["storageKeys"]["OT_GeneralVendorsConsents"]["V3"] == 0


async def test_trap_09_a_consent_string_proves_no_identity(server: Server) -> None:
    forged = sealed(DsId=WHO, isAnonymous=False, lastConsentDate=server.clock(), groupConsents={"C0002": 1})
    said = await Device(server, memory=forged, who="").look()

    assert opened(said["otConsentString"])["isAnonymous"] == 1


async def test_trap_11_outside_the_iab_framework_its_strings_are_ignored(server: Server) -> None:
    said = await Device(server).look(OT_Tcf_Eu2v2_Consent_String="CQbroken", OT_Addtl_Consent_String="1~89")

    assert not [key for key in said["storageKeys"] if key.startswith("IAB")]


async def test_trap_12_storage_keys_are_complete_on_banner_preferences_and_saves(server: Server) -> None:
    phone = Device(server)
    saved = (await phone.press("BANNER_REJECT_ALL"))["storageKeys"]

    assert (await phone.look())["storageKeys"] == saved
    assert (await phone.look("preferences"))["storageKeys"] == saved


async def test_trap_13_no_choice_no_date(server: Server) -> None:
    phone = Device(server)
    for _ in range(3):
        assert "OT_LastConsentedDate" not in (await phone.look())["storageKeys"]
    assert "OT_LastConsentedDate" not in (await phone.press("PREFERENCE_CENTER_CLOSE"))["storageKeys"]


async def test_trap_14_the_screen_vanishes_when_it_is_not_due(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_REJECT_ALL")

    assert "bannerUIData" not in await phone.look()
    assert "bannerUIData" in await phone.look(OT_Force_Fetch="true")


async def test_trap_15_a_login_without_a_choice_creates_nothing(server: Server) -> None:
    phone = Device(server)
    await phone.look()
    await phone.log_in(WHO, token(WHO))

    assert await told(server) == {}


async def test_trap_15_a_closed_banner_is_a_choice_that_grants_nothing(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_CLOSE")
    await phone.log_in(WHO, token(WHO))

    assert (await told(server))[ADVERTISING] == "NO_CONSENT"
    assert "OT_LastConsentedDate" in phone.keys


async def test_trap_16_the_rename_may_be_missing_or_superfluous(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    body = {"interactionType": "SYNC_PROFILE", "userAgent": ""}
    login = {"OT-Identifier": WHO, "OT-Sync-Profile-Auth": token(WHO), "OT-Fetch-Type": "APP_DATA_AND_SYNC_PROFILE"}
    forgotten = await server.ask("POST", f"{API}/save-log-consent", phone.headers() | login, body)

    assert problem(forgotten) == (400, "ERROR_IDENTIFIER_MISMATCH")
    await phone.log_in(WHO, token(WHO))
    assert why(await phone.look()) == (False, 152)


async def test_trap_17_a_full_sync_is_152(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_REJECT_ALL")

    assert why(await phone.look()) == (False, 151)
    assert why(await phone.log_in(WHO, token(WHO))) == (False, 152)


async def test_trap_18_profiles_say_purposes_in_lower_case_and_screens_in_upper(server: Server) -> None:
    phone = Device(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_ALLOW_ALL")
    tree = (await phone.look("preferences"))["pcUIData"]["purposeTree"]["purposes"]

    assert tree[1]["purposeId"] == MEASUREMENT.upper()
    assert MEASUREMENT in await told(server)


async def test_trap_19_authorization_and_names_come_in_several_spellings(server: Server) -> None:
    await Device(server, who=WHO, proof=token(WHO)).press("BANNER_ALLOW_ALL")
    group = "5047449c-3852-4691-b7a2-c8b0ebfae699"
    for authorization in (token(WHO), f"Bearer {token(WHO)}", f"bearer {token(WHO)}"):
        for query in ("syncGroup", "syncgroup"):
            for name in ("identifier", "Identifier"):
                headers = {"tenantId": server.organisation.id, name: WHO, "Authorization": authorization}
                answer = await server.ask("GET", f"/v1/preferences?{query}={group}", headers)
                assert answer.json["preferences"]


async def test_trap_20_receipts_come_in_many_spellings_and_stay_tests(server: Server) -> None:
    body = json.dumps(browsers(server, consentString={"type": "tcfeu", "content": "C"})).encode()
    assert (await post(server, body, Content_Type="text/plain")).headers["content-type"] == "application/json"
    await post(server, documented(server, test=True, identifier="tester"), Authorization=token("tester"))
    await post(server, documented(server, test=False, identifier="tester"), Authorization=token("tester"))

    tests = [row.test for row in server.node.context.stores.ledger.rows.values()]  # type: ignore[attr-defined]
    assert tests == [False, True, False], "no receipt that was a test has become another"


async def test_trap_21_the_two_generations_have_different_roots(server: Server) -> None:
    await Device(server, who=WHO, proof=token(WHO)).press("BANNER_ALLOW_ALL")
    headers = {"tenantId": server.organisation.id, "identifier": WHO, "Authorization": token(WHO)}
    first = (await server.ask("GET", "/v1/preferences", headers)).json
    (second,) = (await server.ask("GET", "/v2/preferences", headers)).json

    assert "latestGeoLocation" in first
    assert "latestGeolocation" in second


async def test_trap_23_answers_are_kept_by_purpose_not_by_bundle(server: Server) -> None:
    await Device(server, who=WHO, proof=token(WHO)).press("BANNER_ALLOW_ALL")

    assert not [id for id in await told(server) if id.upper().startswith("BG")]


async def test_trap_25_a_read_changes_nothing(server: Server) -> None:
    phone = Device(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_REJECT_ALL")
    before = await told(server)
    for route in ("banner", "preferences", "vendors", "uc-purposes"):
        await phone.look(route)

    assert await told(server) == before
    assert await server.node.context.stores.ledger.count(server.organisation.id) == 1


async def test_trap_26_receipts_keep_the_names_of_their_claims(server: Server) -> None:
    said = await Device(server).press("BANNER_ALLOW_ALL")

    header = json.loads(base64.urlsafe_b64decode(said["receipt"].split(".")[0] + "=="))
    assert header["alg"] == "HS512"
    assert "kid" in header


async def test_trap_27_another_version_is_a_warning(server: Server) -> None:
    said = await Device(server).look(OT_SDK_Version="202001.1.0")

    assert [warning["code"] for warning in said["warnings"]] == ["WARNING_CODE_PUBLISHED_VERSION_MISMATCH"]


async def test_trap_28_test_and_production_never_mix(server: Server) -> None:
    tester = Device(server, test=True)
    await tester.press("BANNER_ALLOW_ALL")
    assert opened(tester.memory)["appId"] == tester.app_id

    visitor = Device(server, memory=tester.memory)
    assert problem(await visitor.ask()) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")


async def test_trap_30_a_busy_caller_is_told_in_the_documented_headers() -> None:
    server = await start(config=Config(rate_per_minute=1, rate_burst=1))
    phone = Device(server)
    await phone.look()
    answer = await phone.ask()
    await server.node.close()

    assert answer.status == 429
    assert problem(answer)[0] == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["ot-requests-allowed"] == "1"
    assert int(answer.headers["ot-request-made"]) >= 1
    assert answer.headers["ot-period"] == "MINUTE"
    assert len(answer.headers["ot-ratelimit-event-id"]) == 36
