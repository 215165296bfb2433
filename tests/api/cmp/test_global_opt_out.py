"""Opting out everywhere by e-mail (route 6, cmp-api.md §11): where the form is told, what it does, what is refused."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from msgspec.structs import replace

from placet.settings.notices import Notice
from tests.api.cmp.device import API, Device, opened, problem, why
from tests.api.cmp.iab_device import Reader
from tests.api.node_context import Server, northwind, put_live, token

SAM = "sam@example.org"
OUT, DSAR = "ERROR_CODE_GLOBAL_OPT_OUT_NOT_CONFIGURED", "ERROR_CODE_DSAR"


def american(server: Server, site: str = "outfitter/shop-ios", **more: Any) -> Device:
    """A device in California."""
    return Device(server, site, "US", "CA", **more)


def groups(device: Device) -> dict[str, int]:
    """The answers its app has stored."""
    found: dict[str, int] = device.keys["OT_GroupConsents"]
    return found


def claims(receipt: str) -> Any:
    """What a receipt's token says."""
    part = receipt.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_the_form_is_told_with_the_categories_it_is_about(server: Server) -> None:
    said = await american(server).look()

    assert said["appConfig"]["globalOptOutData"] == {
        "linkedCategories": [
            {"id": "C0004", "groupName": "Advertising"},
            {"id": "C0005", "groupName": "Social networks"},
        ],
        "communicationMedium": "EMAIL",
        "mobileSectionHeader": "Do not sell or share my personal information",
        "instructionalMessage": (
            "Enter your e-mail address. From then on we neither sell nor share your data, on this device and wherever "
            "you sign in with this address."
        ),
        "emailFieldPlaceholderText": "Your e-mail address",
        "submitButtonText": "Opt out",
        "cancelButtonText": "Cancel",
        "closeButtonText": "Close",
        "confirmationMessage": "Done. We no longer sell or share your data.",
        "inputValidationError": "This is not an e-mail address.",
        "submissionError": "That did not work. Please try again.",
        "knownUserError": "You are signed in; your choice is kept in your profile.",
    }


@pytest.mark.parametrize("route", ["banner", "preferences", "vendors"])
@pytest.mark.parametrize("language, submit", [("nl", "Bezwaar maken"), ("de-AT", "Widersprechen"), ("xx", "Opt out")])
async def test_it_is_told_on_every_screen_in_the_language_asked_for(
    server: Server, route: str, language: str, submit: str
) -> None:
    said = await american(server).look(route, OT_Language=language)

    assert said["appConfig"]["globalOptOutData"]["submitButtonText"] == submit


@pytest.mark.parametrize("country", ["DE", "GB", "JP", ""])
@pytest.mark.parametrize("route", ["banner", "preferences", "vendors"])
async def test_elsewhere_there_is_no_form(server: Server, country: str, route: str) -> None:
    assert "globalOptOutData" not in (await Device(server, country=country).look(route))["appConfig"]


@pytest.mark.parametrize("country", ["DE", "GB", "JP", ""])
async def test_elsewhere_it_is_not_configured(server: Server, country: str) -> None:
    assert problem(await Device(server, country=country).send_form(SAM, "C0004")) == (400, OUT)


async def test_an_opt_out_is_a_201_with_receipt_and_the_devices_new_state(server: Server) -> None:
    phone = american(server)
    await phone.press("BANNER_ALLOW_ALL")
    at = server.clock.wait(1000)
    said = await phone.opt_out(SAM, "C0004")

    mark = {"lastOptedOut": "2026-03-04T04:53:21.000Z", "identifier": SAM}
    assert set(said) - {"warnings"} == {"errors", "response", "storageKeys", "otConsentString"}
    assert said["storageKeys"]["OT_GlobalOptOut"] == {"C0004": mark}
    assert {id for id, on in groups(phone).items() if not on} == {"C0004", "BG1"}
    assert opened(phone.memory)["globalOptOuts"] == {"C0004": {"lastOptedOut": at, "identifier": SAM}}
    receipt, id = claims(said["response"]["receipt"]), said["response"]["id"]
    assert (receipt["jti"], receipt["identifier"], receipt["isAnonymous"]) == (id, "s*************g", True)
    assert [one["TransactionType"] for one in receipt["purposes"]].count("OPT_OUT") == 1


async def test_it_stays_in_the_storage_keys_and_asks_nobody_again(server: Server) -> None:
    phone = american(server)
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    told = (await phone.opt_out(SAM, "C0004", "C0005"))["storageKeys"]["OT_GlobalOptOut"]
    server.clock.wait(86_400_000)

    said = await phone.look()
    assert why(said) == (False, 151)
    assert said["storageKeys"]["OT_GlobalOptOut"] == told
    assert (groups(phone)["C0004"], groups(phone)["C0005"], groups(phone)["C0002"]) == (0, 0, 1)
    assert (await phone.press("BANNER_ALLOW_ALL"))["storageKeys"]["OT_GlobalOptOut"] == told
    assert groups(phone)["C0004"] == 1, "a later choice may still grant"


async def test_the_person_finds_it_at_login_on_another_site_and_in_another_country(server: Server) -> None:
    reader = Reader(server, country="NL")
    await reader.log_in(SAM, token(SAM))
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await american(server).opt_out("Sam@example.org", "C0004")

    said = await reader.look()
    assert groups(reader)["C0004"] == 0
    assert groups(reader)["C0002"] == 1
    assert why(said) == (False, 152), "nobody is asked again for it"


async def test_a_proven_caller_keeps_it_under_both_names(server: Server) -> None:
    phone = american(server)
    await phone.log_in("shopper-42", token("shopper-42"))
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await phone.opt_out(SAM, "C0004")
    for who in ("shopper-42", SAM):
        laptop = american(server, "outfitter/shop-web")
        await laptop.log_in(who, token(who))
        assert groups(laptop)["C0004"] == 0, who


async def test_the_strings_of_the_region_say_it(server: Server) -> None:
    reader = Reader(server, country="US", region="CA")
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await reader.opt_out(SAM, "C0004")

    assert (reader.field("SaleOptOut"), reader.field("SharingOptOut")) == (1, 1)
    assert reader.keys["IABUSPrivacy_String"] == "1YYN"


async def test_a_television_opts_out_too(server: Server) -> None:
    tv = american(server, "stream/stream-tv", kind="ctv")
    said = await tv.look()
    assert [one["id"] for one in said["appConfig"]["globalOptOutData"]["linkedCategories"]] == ["C0004"]
    await tv.opt_out(SAM, "C0004", OT_Force_Fetch="true", OT_Platform="Roku", OT_GPP_String="", Accept="*")

    assert groups(tv)["C0004"] == 0


async def test_the_test_publications_people_are_others(server: Server) -> None:
    phone = Device(server, who=SAM, proof=token(SAM))
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    trial = american(server, test=True)
    said = await trial.opt_out(SAM, "C0004")
    await phone.look()

    assert claims(said["response"]["receipt"])["test"] is True
    assert (groups(trial)["C0004"], groups(phone)["C0004"]) == (0, 1)


@pytest.mark.parametrize("email, purposes, detail", [
    ("sam", ["C0004"], "e-mail address"),
    ("", ["C0004"], "e-mail address"),
    ("sam@example.org, kim@example.org", ["C0004"], "e-mail address"),
    (SAM, [], "purposes is empty: choose of C0004, C0005"),
    (SAM, ["C0001"], "choose of C0004, C0005"),
    (SAM, ["C0004", "no such thing"], "choose of C0004, C0005"),
])  # fmt: skip
async def test_what_cannot_be_taken_is_an_error_that_says_what_to_do(
    server: Server, email: str, purposes: list[str], detail: str
) -> None:
    answer = await american(server).send_form(email, *purposes)

    assert problem(answer) == (400, DSAR)
    assert detail in answer.json["errors"][0]["message"]
    assert await server.node.context.stores.ledger.count(server.organisation.id) == 0


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"{}", b"\xff", b'{"globalOptOut": null}', b'{"globalOptOut": {"identifier": 7}}',
    b'{"globalOptOut": {"purposes": "C0004"}}',
])  # fmt: skip
async def test_a_body_that_is_none_is_refused(server: Server, body: bytes) -> None:
    answer = await server.ask("POST", f"{API}/dsar", american(server).headers(), body)

    assert problem(answer) == (400, "ERROR_CODE_INVALID_REQUEST_BODY")


@pytest.mark.parametrize("headers, code", [
    ({"Content-Type": "text/plain"}, "ERROR_CODE_INVALID_CONTENT_TYPE_HEADER"),
    ({"OT-CDN-Location": ""}, "ERROR_CODE_MISSING_REQUIRED_HEADER"),
    ({"OT-Device-Type": "toaster"}, "ERROR_CODE_INVALID_DEVICE_TYPE"),
    ({"OT-App-Id": "00000000-0000-4000-8000-000000000000"}, "ERROR_CODE_BLOB_LOCATIONS_UNAVAILABLE"),
    ({"OT-Consent-String": "nonsense!"}, "ERROR_CODE_INVALID_OT_CONSENT_STRING"),
])  # fmt: skip
async def test_headers_are_held_to_what_every_call_is(server: Server, headers: dict[str, str], code: str) -> None:
    body = {"globalOptOut": {"identifier": SAM, "purposes": ["C0004"]}}
    answer = await server.ask("POST", f"{API}/dsar", american(server).headers() | headers, body)

    assert problem(answer) == (400, code)


async def test_two_names_without_a_rename_are_a_mismatch(server: Server) -> None:
    phone = american(server)
    await phone.look()

    answer = await phone.send_form(SAM, "C0004", OT_Identifier="somebody-else")
    assert problem(answer) == (400, "ERROR_IDENTIFIER_MISMATCH")


async def test_a_form_that_is_switched_off_is_not_told_and_says_so(server: Server) -> None:
    await put_live(switched_off(), server.node.context.stores, server.clock())
    await server.refresh()
    phone = american(server)

    assert "globalOptOutData" not in (await phone.look())["appConfig"]
    assert problem(await phone.send_form(SAM, "C0004")) == (400, "ERROR_CODE_GLOBAL_OPT_OUT_DISABLED")


def switched_off() -> Any:
    """Northwind with every opt-out form disabled."""

    def off(notice: Notice) -> Notice:
        form = notice.global_opt_out
        return replace(notice, global_opt_out=replace(form, enabled=False)) if form else notice

    spaces = (replace(space, notices=tuple(map(off, space.notices))) for space in northwind().workspaces)
    return replace(northwind(), workspaces=tuple(spaces))


@pytest.mark.parametrize("more", [{}, {"Idempotency_Key": "form-1"}], ids=["same bytes", "named"])
async def test_the_same_form_again_is_answered_alike_and_recorded_once(server: Server, more: dict[str, str]) -> None:
    phone = american(server)
    await phone.look()
    sent = [await phone.send_form(SAM, "C0004", **more)]
    server.clock.wait(1000)
    sent.append(await phone.send_form(SAM, "C0004", **more))

    assert [answer.status for answer in sent] == [201, 201]
    assert sent[0].json == sent[1].json
    assert await server.node.context.stores.ledger.count(server.organisation.id) == 2, "the device's and the person's"


async def test_another_version_is_a_warning(server: Server) -> None:
    said = await american(server).opt_out(SAM, "C0004", OT_SDK_Version="202601.1.0")

    assert [one["code"] for one in said["warnings"]] == ["WARNING_CODE_PUBLISHED_VERSION_MISMATCH"]


@pytest.mark.parametrize("origin, allowed", [("https://www.outfitter.example", True), ("https://evil.example", False)])
async def test_a_page_may_send_it_from_its_own_origin_only(server: Server, origin: str, allowed: bool) -> None:
    page = american(server, "outfitter/shop-web")
    body = {"globalOptOut": {"identifier": SAM, "purposes": ["C0004"]}}
    answer = await server.ask("POST", f"{API}/dsar", page.headers() | {"Origin": origin}, body)

    assert ("access-control-allow-origin" in answer.headers) == allowed


async def test_nothing_tells_whether_the_address_is_known(server: Server) -> None:
    await Device(server, who=SAM, proof=token(SAM)).press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    known, unknown = [await american(server).opt_out(email, "C0004") for email in (SAM, "kim@example.org")]
    for said in (known, unknown):
        del said["response"], said["otConsentString"], said["storageKeys"]["OT_Identifier"]
        del said["storageKeys"]["OT_GlobalOptOut"]["C0004"]["identifier"]

    assert known == unknown


async def test_it_is_counted_among_the_saves(server: Server) -> None:
    await american(server).opt_out(SAM, "C0004")

    assert b'"GLOBAL_OPT_OUT"' in (await server.ask("GET", "/metrics")).body
