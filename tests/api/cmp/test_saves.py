"""Saves over HTTP: what each of the 28 interactions does, what is refused, and what happens twice or at once."""

import asyncio
import base64
import json
from typing import Any

import pytest

from placet.settings.interactions import INTERACTIONS
from tests.api.cmp.device import API, Device, confirm, opened, problem, why
from tests.api.node_context import Server, token

WHO = "shopper-42"
ON, OFF = {"C0002": 1, "C0003": 1, "C0004": 1, "C0005": 1}, {"C0002": 0, "C0003": 0, "C0004": 0, "C0005": 0}
SOME = {"C0002": 1, "C0003": 0, "C0004": 0, "C0005": 0}
SDK = "8d33dbe6-d148-47e4-a476-3f57f0a0b068"
NEWS, CATALOGUE = "0c525ea1-096d-49e2-a7fd-ae2fc0268a70", "796e6b3b-5926-4129-b55b-eea572e56398"
WEEKLY, MONTHLY = "bc8b1b9d-fdb4-46e1-b148-69fe19386243", "42c26ebb-2675-45ad-a275-46e2e89c2713"

STATES = {"purposesStatus": [{"groupId": "C0002", "status": True}]}
NEWSLETTER = {"ucPurposesStatus": [{"id": NEWS, "status": True}]}

EFFECTS = [
    # interaction, consent, categories after it (None = the defaults), counts as the date of a choice
    ("BANNER_ALLOW_ALL", None, ON, True),
    ("BANNER_REJECT_ALL", None, OFF, True),
    ("BANNER_CLOSE", None, OFF, True),
    ("BANNER_CONTINUE_WITHOUT_ACCEPTING", None, OFF, True),
    ("PREFERENCE_CENTER_ALLOW_ALL", None, ON, True),
    ("PREFERENCE_CENTER_REJECT_ALL", None, OFF, True),
    ("PREFERENCE_CENTER_CONFIRM", STATES, SOME, True),
    ("PREFERENCE_CENTER_CLOSE", None, OFF, False),
    ("PREFERENCE_CENTER_CONTINUE_WITHOUT_ACCEPTING", None, OFF, True),
    ("UC_PREFERENCE_CENTER_CONFIRM", NEWSLETTER, OFF, False),
    ("VENDOR_LIST_ALLOW_ALL", None, OFF, True),
    ("VENDOR_LIST_REJECT_ALL", None, OFF, True),
    ("VENDOR_LIST_CONFIRM", STATES, SOME, True),
    ("VENDOR_LIST_CONTINUE_WITHOUT_ACCEPTING", None, OFF, False),
    ("VENDOR_LIST_CLOSE", None, OFF, False),
    ("SDK_LIST_ALLOW_ALL", None, ON, True),
    ("SDK_LIST_REJECT_ALL", None, OFF, True),
    ("SDK_LIST_CONFIRM", STATES, SOME, True),
    ("SDK_LIST_CONTINUE_WITHOUT_ACCEPTING", None, OFF, False),
    ("SDK_LIST_CLOSE", None, OFF, False),
    ("ATT_CONFIRM", None, OFF | {"C0004": 1}, False),
    ("ATT_OPTOUT", None, OFF, False),
    ("ATT_NOTGIVEN", None, OFF, False),
    ("AGEGATE_RANGE", None, OFF, False),
    ("GOOGLE_ADS_CONFIRM", None, OFF | {"C0004": 1}, False),
    ("GOOGLE_ADS_OPTOUT", None, OFF, False),
    ("TRUST_CENTER_PREFERENCE_CONSENT", NEWSLETTER, OFF, False),
    ("SYNC_PROFILE", None, OFF, False),
]


def test_the_table_knows_every_interaction() -> None:
    assert sorted(row[0] for row in EFFECTS) == sorted(INTERACTIONS)
    assert len(EFFECTS) == 28


def asked(keys: dict[str, Any]) -> dict[str, int]:
    """The categories a person can answer."""
    return {id: value for id, value in keys["OT_GroupConsents"].items() if id not in ("C0001", "BG1")}


@pytest.mark.parametrize(("name", "consent", "groups", "counts"), EFFECTS, ids=[row[0] for row in EFFECTS])
async def test_what_an_interaction_does(
    server: Server, name: str, consent: dict[str, Any] | None, groups: dict[str, int], counts: bool
) -> None:
    phone = Device(server)
    more = {"ageGate": {"lowerBound": 18, "upperBound": 120}} if name == "AGEGATE_RANGE" else {}

    said = await phone.press(name, consent, **more)

    assert asked(said["storageKeys"]) == groups
    assert said["storageKeys"]["OT_GroupConsents"]["C0001"] == 1
    assert ("OT_LastConsentedDate" in said["storageKeys"]) == counts
    assert why(said) == ((False, 151) if counts else (True, 101))
    if counts:
        assert opened(phone.memory)["lastInteractionType"] == INTERACTIONS[name].record


REFUSED: list[tuple[bytes | dict[str, Any], str]] = [
    (b"", "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b"   ", "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b"hello", "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b"[]", "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b"null", "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b'{"interactionType":"BANNER_ALLOW_ALL"', "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b'{"interactionType":"\xff"}', "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b'{"interactionType":"\\ud800"}', "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b"[" * 100_000, "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b'{"customDataElements":{"a":' + b"[" * 50_000, "ERROR_CODE_INVALID_REQUEST_BODY"),
    (
        b'{"interactionType":"AGEGATE_RANGE","ageGate":{"lowerBound":1' + b"0" * 400 + b"}}",
        "ERROR_CODE_INVALID_REQUEST_BODY",
    ),
    (b'{"interactionType":"AGEGATE_RANGE","ageGate":{"lowerBound":-1}}', "ERROR_CODE_INVALID_REQUEST_BODY"),
    (b'{"interactionType":"AGEGATE_RANGE","ageGate":{"lowerBound":9999999}}', "ERROR_CODE_INVALID_REQUEST_BODY"),
    ({}, "ERROR_CODE_INVALID_INTERACTION_TYPE"),
    ({"interactionType": ""}, "ERROR_CODE_INVALID_INTERACTION_TYPE"),
    ({"interactionType": "PC_CONFIRM"}, "ERROR_CODE_INVALID_INTERACTION_TYPE"),
    ({"interactionType": "banner_allow_all"}, "ERROR_CODE_INVALID_INTERACTION_TYPE"),
    ({"interactionType": 5}, "ERROR_CODE_INVALID_REQUEST_BODY"),
    ({"interactionType": "BANNER_ALLOW_ALL", "consent": []}, "ERROR_CODE_INVALID_REQUEST_BODY"),
    ({"interactionType": "BANNER_ALLOW_ALL", "userAgent": 7}, "ERROR_CODE_INVALID_REQUEST_BODY"),
    (
        {"interactionType": "PREFERENCE_CENTER_CONFIRM", "consent": {"purposesStatus": [{"status": True}]}},
        "ERROR_CODE_INVALID_REQUEST_BODY",
    ),
    (
        {
            "interactionType": "PREFERENCE_CENTER_CONFIRM",
            "consent": {"purposesStatus": [{"groupId": "C1", "status": 1}]},
        },
        "ERROR_CODE_INVALID_REQUEST_BODY",
    ),
    ({"interactionType": "PREFERENCE_CENTER_CONFIRM"}, "ERROR_CODE_EMPTY_CONSENT"),
    ({"interactionType": "PREFERENCE_CENTER_CONFIRM", "consent": {}}, "ERROR_CODE_EMPTY_CONSENT"),
    ({"interactionType": "PREFERENCE_CENTER_CONFIRM", "consent": confirm()}, "ERROR_CODE_EMPTY_CONSENT"),
    ({"interactionType": "UC_PREFERENCE_CENTER_CONFIRM"}, "ERROR_CODE_EMPTY_CONSENT"),
    ({"interactionType": "AGEGATE_RANGE"}, "ERROR_CODE_INVALID_AGE_RANGE"),
    ({"interactionType": "AGEGATE_RANGE", "ageGate": {}}, "ERROR_CODE_INVALID_AGE_RANGE"),
    (
        {"interactionType": "AGEGATE_RANGE", "ageGate": {"lowerBound": 18, "upperBound": 18}},
        "ERROR_CODE_INVALID_AGE_RANGE",
    ),
    (
        {"interactionType": "AGEGATE_RANGE", "ageGate": {"lowerBound": 18, "upperBound": 3}},
        "ERROR_CODE_INVALID_AGE_RANGE",
    ),
    (
        {"interactionType": "BANNER_ALLOW_ALL", "customDataElements": {"a": "x" * 751}},
        "ERROR_CODE_INVALID_REQUEST_BODY",
    ),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=lambda value: str(value)[:50])
async def test_a_body_that_cannot_be_meant_is_a_400_and_nothing_is_kept(
    server: Server, body: bytes | dict[str, Any], code: str
) -> None:
    phone = Device(server)

    answer = await server.ask("POST", f"{API}/save-log-consent", phone.headers(), body)

    assert problem(answer) == (400, code)
    assert await receipts(server) == 0


TAKEN = [
    {"customDataElements": {"big": 10**300, "small": 1e-300, "negative": -(2**70)}},
    {"consent": {}},
    {"consent": None},
    {"consent": confirm()},
    {"consent": {"purposesStatus": None, "sdkStatus": None}},
    {"consent": {"purposesStatus": [{"groupId": "C0002"}]}},
    {"consent": {"purposesStatus": [{"groupId": "no such group", "status": True}]}},
    {"consent": {"sdkStatus": [{"sdkId": "no such sdk", "status": True}]}},
    {"consent": {"bulkOperation": {"purposes": True, "somethingNew": False, "sdks": None}}},
    {"userAgent": ""},
    {"userAgent": None},
    {"customDataElements": {"storefront": "DE-01", "count": 3, "nested": {"a": [1, 2]}}},
    {"aKeyOfTheFuture": {"deep": [1, 2, 3]}},
    {"ageGate": {"lowerBound": 9, "upperBound": 1}},
]


@pytest.mark.parametrize("body", TAKEN, ids=str)
async def test_what_clients_add_or_leave_out_is_taken(server: Server, body: dict[str, Any]) -> None:
    said = await Device(server).press("BANNER_ALLOW_ALL", **body)

    assert asked(said["storageKeys"]) == ON


@pytest.mark.parametrize("name", ["GOOGLE_ADS_CONFIRM", "GOOGLE_ADS_OPTOUT"])
async def test_google_ads_where_the_prompt_is_not_configured(server: Server, name: str) -> None:
    phone = Device(server, country="JP")

    assert problem(await phone.post(name)) == (400, "ERROR_GOOGLE_ADS_DISABLED")
    assert await receipts(server) == 0


async def receipts(server: Server) -> int:
    """How many receipts there are."""
    return await server.node.context.stores.ledger.count(server.organisation.id)


async def test_the_same_bytes_again_are_answered_alike_and_recorded_once(server: Server) -> None:
    phone = Device(server)
    await phone.look()
    first = await phone.post("PREFERENCE_CENTER_CONFIRM", STATES)
    server.clock.wait(30_000)
    again = await phone.post("PREFERENCE_CENTER_CONFIRM", STATES)

    assert first.body == again.body
    assert await receipts(server) == 1


async def test_after_ten_minutes_the_same_bytes_are_a_new_choice(server: Server) -> None:
    phone = Device(server)
    await phone.look()
    first = await phone.post("BANNER_ALLOW_ALL")
    server.clock.wait(601_000)
    again = await phone.post("BANNER_ALLOW_ALL")

    assert first.json["receipt"] != again.json["receipt"]
    assert await receipts(server) == 2


async def test_an_idempotency_key_names_a_request_for_a_day(server: Server) -> None:
    phone, body = Device(server), {"interactionType": "BANNER_ALLOW_ALL"}
    await phone.look()
    headers = phone.headers() | {"Idempotency-Key": "press-1"}
    first = await server.ask("POST", f"{API}/save-log-consent", headers, body)
    server.clock.wait(86_000_000)
    again = await server.ask("POST", f"{API}/save-log-consent", headers, body)
    another = await server.ask("POST", f"{API}/save-log-consent", headers | {"Idempotency-Key": "press-2"}, body)

    assert receipt_id(first.json) == receipt_id(again.json) != receipt_id(another.json)
    assert await receipts(server) == 2


def receipt_id(said: Any) -> str:
    """The id inside the receipt token of a save."""
    return claims(said["receipt"])["jti"]


def claims(jwt: str) -> Any:
    """What a token says."""
    body = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


async def test_two_first_presses_of_two_devices_are_two_receipts(server: Server) -> None:
    one, other = Device(server), Device(server)
    answers = await asyncio.gather(one.press("BANNER_ALLOW_ALL"), other.press("BANNER_ALLOW_ALL"))

    assert len({receipt_id(said) for said in answers}) == 2
    assert len({said["storageKeys"]["OT_Identifier"] for said in answers}) == 2
    assert await receipts(server) == 2


async def test_many_devices_of_one_person_saving_at_once_all_count(server: Server) -> None:
    devices = [Device(server, who=WHO, proof=token(WHO)) for _ in range(12)]
    names = ["C0002", "C0003", "C0004"]

    await asyncio.gather(
        *(
            device.press("PREFERENCE_CENTER_CONFIRM", confirm(**{names[n % 3]: True}))
            for n, device in enumerate(devices)
        )
    )

    assert await receipts(server) == 12
    known = Device(server, who=WHO, proof=token(WHO))
    assert why(await known.look()) == (False, 152)


async def test_the_answers_of_saves_at_once_are_the_profiles_in_the_end(server: Server) -> None:
    phone, tablet = (Device(server, who=WHO, proof=token(WHO)) for _ in range(2))
    await asyncio.gather(phone.press("BANNER_ALLOW_ALL"), tablet.press("BANNER_REJECT_ALL"))
    one, other = await phone.look(), await tablet.look()

    assert one["storageKeys"]["OT_GroupConsents"] == other["storageKeys"]["OT_GroupConsents"]
    assert asked(one["storageKeys"]) == OFF, "of two answers of one moment the stricter binds"


async def test_a_stated_sdk_differs_from_its_category(server: Server) -> None:
    consent = {"purposesStatus": [{"groupId": "C0004", "status": True}], "sdkStatus": [{"sdkId": SDK, "status": False}]}
    said = await Device(server).press("PREFERENCE_CENTER_CONFIRM", consent)

    assert said["storageKeys"]["OT_SdkConsents"][SDK] == 0
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 1


async def test_a_bulk_statement_comes_before_the_single_ones(server: Server) -> None:
    consent = {"bulkOperation": {"purposes": True}, "purposesStatus": [{"groupId": "C0003", "status": False}]}
    said = await Device(server).press("PREFERENCE_CENTER_CONFIRM", consent)

    assert asked(said["storageKeys"]) == ON | {"C0003": 0}


async def test_a_child_that_goes_off_takes_its_parent_along(server: Server) -> None:
    phone = Device(server)
    assert (await phone.press("BANNER_ALLOW_ALL"))["storageKeys"]["OT_GroupConsents"]["BG1"] == 1
    said = await phone.press("PREFERENCE_CENTER_CONFIRM", confirm(C0005=False))

    assert said["storageKeys"]["OT_GroupConsents"]["BG1"] == 0
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 1


async def test_a_vendor_is_kept_by_an_anonymous_device(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    await phone.press("VENDOR_LIST_CONFIRM", {"generalVendorsStatus": [{"vId": "V2", "status": False}]})

    assert (await phone.look())["storageKeys"]["OT_GeneralVendorsConsents"] == {"V1": 1, "V2": 0, "V3": 1}
    assert (await phone.look("vendors"))["generalVendors"]["V2"]["toggleStatus"] == 0


async def test_an_age_outside_a_categorys_limits_forces_it_off(server: Server) -> None:
    child = Device(server, country="US", region="CA")
    assert (await child.look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 1
    said = await child.press("AGEGATE_RANGE", ageGate={"lowerBound": 0, "upperBound": 12})

    assert said["storageKeys"]["OT_AgeGate"] == {"lastUpdated": server.clock(), "lowerBound": 0, "upperBound": 12}
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
    allowed = await child.press("BANNER_ALLOW_ALL")
    assert allowed["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
    assert allowed["storageKeys"]["OT_GroupConsents"]["C0005"] == 1


async def test_a_range_may_be_open_on_one_side(server: Server) -> None:
    said = await Device(server, country="US", region="CA").press("AGEGATE_RANGE", ageGate={"lowerBound": 21})

    assert said["storageKeys"]["OT_AgeGate"] == {"lastUpdated": server.clock(), "lowerBound": 21}


async def test_universal_purposes_are_saved_with_their_options_and_read_back(server: Server) -> None:
    phone = Device(server)
    preference = {"id": "accfba41-6075-4622-b6e9-ae7d9f5dde05", "options": [{"id": WEEKLY, "status": True}]}
    said = await phone.press(
        "UC_PREFERENCE_CENTER_CONFIRM",
        {"ucPurposesStatus": [{"id": NEWS, "status": True, "customPreferences": [preference]}]},
    )

    saved = said["storageKeys"]["OT_UCPConsents"]
    assert saved[NEWS]["consentStatus"] == 1
    assert (saved[NEWS]["options"][WEEKLY], saved[NEWS]["options"][MONTHLY]) == (1, 0)
    assert saved[CATALOGUE] == {"consentStatus": 0, "options": {}}
    read = (await phone.look("uc-purposes"))["ucPurposesData"]["purposes"]
    assert [one["consentStatus"] for one in read] == [1, 0]
    options = {option["id"]: option["consentStatus"] for option in read[0]["customPreferences"][0]["options"]}
    assert options == {WEEKLY: 1, MONTHLY: 0}


async def test_explicit_consent_records_only_what_the_body_states(server: Server) -> None:
    phone = Device(server, who=WHO, proof=token(WHO))
    body = {"interactionType": "PREFERENCE_CENTER_CONFIRM", "consent": confirm(C0002=True)}
    answer = await server.ask(
        "POST", f"{API}/save-log-consent", phone.headers() | {"OT-Explicit-Consent": "true"}, body
    )

    told = {one["Id"]: one["TransactionType"] for one in claims(answer.json["receipt"])["purposes"]}
    assert sorted(told.values()) == ["CONFIRMED", "NOTGIVEN", "NOTGIVEN", "NOTGIVEN", "NO_CHOICE"]


async def test_the_receipt_has_the_documented_claims(server: Server) -> None:
    phone = Device(server, who=WHO, proof=token(WHO))
    said = await phone.press("BANNER_REJECT_ALL", customDataElements={"storefront": "DE-01"})
    told = claims(said["receipt"])

    assert told["otJwtVersion"] == 1
    assert told["tenantId"] == server.organisation.id
    assert told["identifier"] == "s********2"
    assert told["isAnonymous"] is False
    assert told["syncGroup"] == "5047449c-3852-4691-b7a2-c8b0ebfae699"
    assert told["dsDataElements"][:2] == ["InteractionType", "Country"]
    assert {"UserAgent", "storefront"} <= set(told["dsDataElements"])
    assert {one["TransactionType"] for one in told["purposes"]} == {"NO_CHOICE", "OPT_OUT"}
    assert told["iat"] == "2026-03-04T04:53:20.000"


async def test_a_signal_of_the_browser_refuses_for_the_person(server: Server) -> None:
    plain = Device(server, "outfitter/shop-web", country="US", region="CA")
    signalled = Device(server, "outfitter/shop-web", country="US", region="CA")

    assert (await plain.look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 1
    assert (await signalled.look(Sec_GPC="1"))["storageKeys"]["OT_GroupConsents"]["C0004"] == 0


async def test_a_test_publication_keeps_its_consent_to_itself(server: Server) -> None:
    tester = Device(server, test=True, who=WHO, proof=token(WHO))
    said = await tester.press("BANNER_ALLOW_ALL")

    assert claims(said["receipt"])["test"] is True
    assert opened(tester.memory)["appId"].endswith("-test")
    assert why(await Device(server, who=WHO, proof=token(WHO)).look()) == (True, 101)
