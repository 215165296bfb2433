"""Receipts that others report: the documented form, the form browsers post, many at once (cmp-api.md §17.1, §17.2)."""

import base64
import json
from typing import Any

import pytest

from placet.app.derived_secrets import secrets_of
from placet.formats.crypto.jwt_sign import sign_collection_point
from tests.api.cmp.device import Device, problem, why
from tests.api.node_context import MASTER, Answer, Server, token

PATH = "/request/v1/consentreceipts"
WHO = "shopper-42"
MEASUREMENT, ADVERTISING = "883e1831-8659-4ee8-b233-78948935188d", "21191b4c-2668-403e-b828-bcfbd676941f"


def point(server: Server, site: str = "outfitter/shop-web", secret: bytes = MASTER) -> str:
    """The token of a collection point, as a published website carries it."""
    claims = {"otJwtVersion": 1, "processId": server.app_id(site), "moc": "COOKIE"}
    return sign_collection_point(claims, secrets_of(secret).receipts)


def documented(server: Server, **more: Any) -> dict[str, Any]:
    """The body of the reference's example."""
    return {
        "requestInformation": point(server),
        "identifier": WHO,
        "identifierType": "Customer Id",
        "test": False,
        "interactionDate": "2026-03-04T03:16:15.000Z",
        "language": "de",
        "purposes": [
            {"Id": MEASUREMENT, "Version": 1, "TransactionType": "CONFIRMED"},
            {"Id": ADVERTISING, "TransactionType": "OPT_OUT"},
        ],
        "dsDataElements": {"Country": "de", "UserAgent": "…", "InteractionType": "Banner - Allow All"},
        "customPayload": {"campaign": "spring"},
        "geoLocation": {"country": "DE", "state": "BE", "stateName": "Berlin"},
    } | more


def browsers(server: Server, **more: Any) -> dict[str, Any]:
    """The body that the web SDK really posts."""
    return {
        "requestInformation": point(server),
        "identifier": WHO,
        "identifierType": "Cookie Unique Id",
        "customPayload": {"Interaction": 1, "AddDefaultInteraction": False},
        "isAnonymous": False,
        "test": False,
        "purposes": [
            {"Id": MEASUREMENT.upper(), "TransactionType": "CONFIRMED"},
            {"Id": ADVERTISING, "TransactionType": "OPT_OUT"},
        ],
        "dsDataElements": {"InteractionType": 1, "Country": "de", "UserAgent": "Firefox", "ConsentModel": "opt-in"},
        "source": {"purposeIds": [MEASUREMENT], "content": "https://www.outfitter.example/", "type": "WEB"},
        "syncGroup": "5047449c-3852-4691-b7a2-c8b0ebfae699",
        "geolocation": {"country": "de", "state": "be", "stateName": "Berlin"},
        "consentString": {"type": "tcfeu", "content": "CQtcstring"},
    } | more


async def post(server: Server, body: Any, path: str = PATH, **headers: str) -> Answer:
    """Post a receipt, proven unless told otherwise."""
    known = {"Authorization": token(WHO), "Content-Type": "application/json"}
    return await server.ask("POST", path, known | {n.replace("_", "-"): v for n, v in headers.items()}, body)


async def told(server: Server) -> dict[str, str]:
    """The person's profile, purpose by purpose."""
    headers = {"tenantId": server.organisation.id, "identifier": WHO, "Authorization": token(WHO)}
    answer = await server.ask("GET", "/v1/preferences", headers)
    return {one["id"]: one["status"] for one in answer.json["preferences"]}


async def rows(server: Server) -> list[Any]:
    """Every receipt in the ledger, oldest first: (row, what it says)."""
    ledger: Any = server.node.context.stores.ledger
    return [(row, json.loads(row.body)) for row in ledger.rows.values()]


def claims(answer: Answer) -> Any:
    """What a receipt token says."""
    body = answer.json["receipt"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@pytest.mark.parametrize("form", [documented, browsers])
async def test_both_forms_reach_the_profile(server: Server, form: Any) -> None:
    answer = await post(server, form(server))

    assert answer.status == 200
    assert set(answer.json) == {"receipt"}
    assert (await told(server))[MEASUREMENT] == "ACTIVE"
    assert (await told(server))[ADVERTISING] == "OPT_OUT"


async def test_the_receipt_keeps_what_was_said(server: Server) -> None:
    body = json.dumps(browsers(server), indent=3).encode()
    await post(server, body)
    ((row, said),) = await rows(server)

    assert row.evidence == body, "the evidence is what was sent, byte for byte"
    assert said["data"]["Interaction"] == "1"
    assert said["data"]["AddDefaultInteraction"] == "false"
    assert (said["country"], said["region"]) == ("DE", "BE")
    assert said["signals"] == {"tc": "CQtcstring"}
    assert said["name"] == "s********2"


@pytest.mark.parametrize("name", ["geoLocation", "geolocation"])
async def test_the_place_is_read_under_either_name(server: Server, name: str) -> None:
    body = documented(server)
    del body["geoLocation"]
    await post(server, body | {name: {"country": "fr", "state": "IDF"}})
    ((_, said),) = await rows(server)

    assert (said["country"], said["region"]) == ("FR", "IDF")


@pytest.mark.parametrize("kind", ["tcfeu", "TCF_EU"])
async def test_the_kind_of_a_consent_string_is_read_in_either_spelling(server: Server, kind: str) -> None:
    await post(server, documented(server, consentString={"type": kind, "content": "CQtc"}))
    ((_, said),) = await rows(server)

    assert said["signals"] == {"tc": "CQtc"}


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8", "", "application/json"])
async def test_a_beacon_of_plain_text_is_taken_and_answered_in_json(server: Server, kind: str) -> None:
    answer = await post(server, browsers(server), Content_Type=kind, Authorization="")

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("proof", ["", "hello", "Bearer nothing"])
async def test_a_claimed_identifier_is_recorded_but_writes_no_profile(server: Server, proof: str) -> None:
    answer = await post(server, browsers(server), Authorization=proof)

    assert claims(answer)["isAnonymous"] is True
    assert await told(server) == {}
    assert len(await rows(server)) == 1


async def test_bearer_and_bare_tokens_prove_alike(server: Server) -> None:
    await post(server, browsers(server), Authorization=f"Bearer {token(WHO)}")

    assert (await told(server))[MEASUREMENT] == "ACTIVE"


async def test_an_unknown_purpose_is_recorded_but_not_passed_on(server: Server) -> None:
    purposes = [
        {"Id": "9e610000-0000-4000-8000-000000000000", "TransactionType": "CONFIRMED"},
        {"Id": ADVERTISING, "TransactionType": "SOMETHING_NEW"},
        {"Id": MEASUREMENT, "TransactionType": "CONFIRMED"},
    ]
    await post(server, documented(server, purposes=purposes))
    ((_, said),) = await rows(server)
    profile = await told(server)

    assert said["purposes"][0][0] == "9e610000-0000-4000-8000-000000000000"
    assert said["data"][f"unknown:{ADVERTISING}"] == "SOMETHING_NEW"
    assert "9e610000-0000-4000-8000-000000000000" not in profile
    assert (profile[MEASUREMENT], profile[ADVERTISING]) == ("ACTIVE", "NO_CONSENT")


TRANSACTIONS = [
    ("CONFIRMED", "ACTIVE"),
    ("IMPLICIT", "ACTIVE"),
    ("PENDING", "PENDING"),
    ("WITHDRAWN", "WITHDRAWN"),
    ("OPT_OUT", "OPT_OUT"),
    ("HARD_OPT_OUT", "HARD_OPT_OUT"),
    ("EXPIRED", "EXPIRED"),
    ("confirmed", "ACTIVE"),
]


@pytest.mark.parametrize(("transaction", "status"), TRANSACTIONS)
async def test_a_transaction_leaves_its_status(server: Server, transaction: str, status: str) -> None:
    await post(server, documented(server, purposes=[{"Id": ADVERTISING, "TransactionType": transaction}]))

    assert (await told(server))[ADVERTISING] == status


@pytest.mark.parametrize("transaction", ["NOTGIVEN", "NO_CHOICE", "EXTEND", "CHANGE_PREFERENCES", "CANCEL"])
async def test_a_transaction_that_is_no_answer_changes_nothing(server: Server, transaction: str) -> None:
    await post(server, documented(server))
    await post(server, browsers(server, purposes=[{"Id": ADVERTISING, "TransactionType": transaction}]))

    assert (await told(server))[ADVERTISING] == "OPT_OUT"


async def test_a_hard_opt_out_cannot_be_undone_by_its_person(server: Server) -> None:
    await post(server, documented(server, purposes=[{"Id": ADVERTISING, "TransactionType": "HARD_OPT_OUT"}]))
    server.clock.wait(1000)
    await post(server, browsers(server, purposes=[{"Id": ADVERTISING, "TransactionType": "CONFIRMED"}]))
    phone = Device(server, who=WHO, proof=token(WHO))
    said = await phone.press("BANNER_ALLOW_ALL")

    assert (await told(server))[ADVERTISING] == "HARD_OPT_OUT"
    assert said["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
    assert said["storageKeys"]["OT_GroupConsents"]["C0005"] == 1


async def test_an_older_answer_does_not_replace_a_newer_one(server: Server) -> None:
    await post(server, documented(server, interactionDate="2026-03-04T03:00:00Z"))
    older = [{"Id": ADVERTISING, "TransactionType": "CONFIRMED"}]
    await post(server, documented(server, interactionDate="2026-03-01T00:00:00Z", purposes=older))

    assert (await told(server))[ADVERTISING] == "OPT_OUT"


async def test_a_clock_that_runs_ahead_is_not_believed(server: Server) -> None:
    granted = [{"Id": ADVERTISING, "TransactionType": "CONFIRMED"}]
    await post(server, documented(server, interactionDate="2031-01-01T00:00:00Z", purposes=granted))
    await post(server, documented(server))

    assert (await told(server))[ADVERTISING] == "OPT_OUT"


@pytest.mark.parametrize("name", ["interactionDate", "ExpiryDate"])
@pytest.mark.parametrize("date", ["yesterday", "2026-13-45", "1772600000", "T"])
async def test_what_is_no_date_is_refused_by_name(server: Server, name: str, date: str) -> None:
    body = documented(server)
    (body if name == "interactionDate" else body["purposes"][0])[name] = date

    answer = await post(server, body)

    assert problem(answer) == (400, "ERROR_CODE_INVALID_REQUEST_BODY")
    assert name in answer.json["errors"][0]["message"]


@pytest.mark.parametrize(
    "date", ["2027-01-01T12:00-05:00", "9999-12-31T23:59:59-23:59", "2026-03-05", "2026-03-05T10:00:00+00:00"]
)
async def test_an_expiry_is_kept_and_told(server: Server, date: str) -> None:
    purposes = [{"Id": MEASUREMENT, "TransactionType": "CONFIRMED", "ExpiryDate": date}]
    await post(server, documented(server, purposes=purposes))

    assert (await told(server))[MEASUREMENT] == "ACTIVE"


async def test_what_has_run_out_is_expired(server: Server) -> None:
    purposes = [{"Id": MEASUREMENT, "TransactionType": "CONFIRMED", "ExpiryDate": "0001-01-01T00:00:00Z"}]
    purposes += [{"Id": ADVERTISING, "TransactionType": "CONFIRMED", "ExpiryDate": "2026-03-04T00:00:00Z"}]
    await post(server, documented(server, purposes=purposes))

    assert (await told(server))[ADVERTISING] == "EXPIRED"
    assert (await told(server))[MEASUREMENT] == "EXPIRED"


async def test_custom_preferences_in_both_spellings(server: Server) -> None:
    news, how_often = "0c525ea1-096d-49e2-a7fd-ae2fc0268a70", "accfba41-6075-4622-b6e9-ae7d9f5dde05"
    weekly, monthly = "bc8b1b9d-fdb4-46e1-b148-69fe19386243", "42c26ebb-2675-45ad-a275-46e2e89c2713"
    chosen = [{"Id": how_often, "Options": [monthly], "Choices": [{"OptionId": weekly, "TransactionType": "OPT_IN"}]}]
    purposes = [{"Id": news, "TransactionType": "CONFIRMED", "CustomPreferences": chosen}]
    await post(server, documented(server, purposes=purposes))
    headers = {"tenantId": server.organisation.id, "identifier": WHO, "Authorization": token(WHO)}
    read = (await server.ask("GET", "/v1/preferences", headers)).json["preferences"]

    (one,) = [one for one in read if one["id"] == news]
    assert sorted(one["customPreferences"][how_often]) == sorted([weekly, monthly])


async def test_a_test_receipt_is_of_the_test_publication(server: Server) -> None:
    answer = await post(server, documented(server, test=True))

    assert claims(answer)["test"] is True
    assert await told(server) == {}
    ((row, _),) = await rows(server)
    assert row.test is True


async def test_a_site_that_wants_a_token_takes_nothing_without_one(server: Server) -> None:
    body = documented(server, requestInformation=point(server, "stream/stream-tv"))

    for proof in ("", token("somebody-else"), "Bearer nonsense"):
        for path in (PATH, f"{PATH}/bulk", f"{PATH}/identified"):
            answer = await post(server, body, path, Authorization=proof)
            assert problem(answer) == (401, "ERROR_CODE_INVALID_CONSENT_REQUEST")
    assert await rows(server) == []
    assert (await post(server, body)).status == 200


@pytest.mark.parametrize("path", ["bulk", "identified"])
@pytest.mark.parametrize("many", [False, True])
async def test_bulk_and_identified_take_an_object_or_an_array(server: Server, path: str, many: bool) -> None:
    body = [documented(server), browsers(server)] if many else documented(server)

    answer = await post(server, body, f"{PATH}/{path}")

    assert [set(one) for one in answer.json] == [{"receipt"}] * (2 if many else 1)
    assert len(await rows(server)) == len(answer.json)


async def test_of_many_either_all_are_kept_or_none(server: Server) -> None:
    good, tv = documented(server), documented(server, requestInformation=point(server, "stream/stream-tv"))
    unread, elsewhere = documented(server, identifier=""), documented(server, identifier="bert")

    assert (await post(server, [good, unread], f"{PATH}/bulk")).status == 400
    assert (await post(server, [good, "text"], f"{PATH}/bulk")).status == 400
    assert (await post(server, [good, tv | {"identifier": "bert"}], f"{PATH}/bulk")).status == 401
    assert await rows(server) == []
    assert (await post(server, [good, elsewhere], f"{PATH}/bulk")).status == 200


async def test_the_same_dated_receipt_again_is_kept_once(server: Server) -> None:
    first, again = await post(server, documented(server)), await post(server, documented(server))

    assert claims(first)["jti"] == claims(again)["jti"]
    assert len(await rows(server)) == 1


async def test_to_refuse_again_after_accepting_is_heard(server: Server) -> None:
    refuses = browsers(server, purposes=[{"Id": ADVERTISING, "TransactionType": "OPT_OUT"}])
    accepts = browsers(server, purposes=[{"Id": ADVERTISING, "TransactionType": "CONFIRMED"}])
    for body in (refuses, accepts, refuses):
        server.clock.wait(20_000)
        await post(server, body)

    assert (await told(server))[ADVERTISING] == "OPT_OUT"
    assert len(await rows(server)) == 3


async def test_an_idempotency_key_names_a_receipt_without_a_date(server: Server) -> None:
    for key in ("one", "one", "two"):
        await post(server, browsers(server), Idempotency_Key=key)

    assert len(await rows(server)) == 2


REFUSED: list[tuple[str, Any]] = [
    ("empty", b""),
    ("no JSON", b"hello"),
    ("cut off", b'{"identifier":'),
    ("invalid UTF-8", b'{"identifier":"\xff"}'),
    ("a list", b"[1]"),
    ("a number", b"5"),
    ("null", b"null"),
    ("deep nesting", b"[" * 100_000),
    ("no collection point", {"requestInformation": None}),
    ("forged collection point", {"requestInformation": "a.b.c"}),
    ("collection point that is an object", {"requestInformation": {}}),
    ("no identifier", {"identifier": None}),
    ("identifier that is a list", {"identifier": ["a"]}),
    ("purposes that are a text", {"purposes": "all"}),
    ("purposes that are texts", {"purposes": ["all"]}),
    ("too many purposes", {"purposes": [{"Id": "a"}] * 401}),
    ("purpose without text", {"purposes": [{"Id": {}}]}),
]


@pytest.mark.parametrize(("what", "body"), REFUSED, ids=[what for what, _ in REFUSED])
@pytest.mark.parametrize("path", ["", "/bulk", "/identified"])
async def test_what_cannot_be_read_is_a_400_and_nothing_is_kept(
    server: Server, what: str, body: Any, path: str
) -> None:
    sent = body if isinstance(body, bytes) else documented(server, **body)

    assert problem(await post(server, sent, PATH + path))[0] == 400
    assert await rows(server) == []


TAKEN: list[dict[str, Any]] = [
    {"purposes": None},
    {"purposes": []},
    {"identifier": 42},
    {"language": 5},
    {"dsDataElements": "none"},
    {"dsDataElements": {"a": None, "b": [1], "c": {"d": True}}},
    {"customPayload": [1, 2]},
    {"geoLocation": "DE"},
    {"consentString": "C"},
    {"source": 5, "attachments": {}, "privacyNotices": "x", "parentPrimaryIdentifiers": 1},
    {"purposes": [{"Id": 5, "Version": "two", "TransactionType": 7, "CustomPreferences": 5}]},
    {"purposes": [{"Id": MEASUREMENT, "CustomPreferences": [{"Options": 5, "Choices": "x"}]}]},
    {"purposes": [{"Id": MEASUREMENT, "Version": 10**30, "TransactionType": "CONFIRMED"}]},
    {"purposes": [{"Id": MEASUREMENT, "Version": -(2**63), "TransactionType": "CONFIRMED"}]},
    {"purposes": [{"Id": "\u0000", "TransactionType": "CONFIRMED"}]},
    {"identifier": "nul \u0000 inside", "language": "\u0000"},
]


@pytest.mark.parametrize("more", TAKEN, ids=str)
async def test_data_types_are_not_validated(server: Server, more: dict[str, Any]) -> None:
    assert (await post(server, documented(server, **more))).status == 200
    assert len(await rows(server)) == 1
    assert (await server.ask("GET", "/v1/preferences", {})).status == 401


async def test_a_collection_point_of_another_server_is_not_believed(server: Server) -> None:
    strange = point(server, secret=b"another master secret, long enough to be one")

    assert problem(await post(server, documented(server, requestInformation=strange)))[0] == 400


async def test_a_profile_made_by_receipts_answers_the_banner(server: Server) -> None:
    await post(server, browsers(server))
    phone = Device(server, who=WHO, proof=token(WHO))

    assert why(await phone.look()) == (True, 107), "two purposes of the shop were not answered yet"


@pytest.mark.parametrize(
    "field, limit, too_much",
    [
        ("dsDataElements", {"Note": "é" * 750}, {"Note": "é" * 751}),
        ("customPayload", {"note": "é" * 3989}, {"note": "é" * 3990}),
        ("customPayload", {"a": {"b": "c" * 3000}}, {"a": "b" * 2000, "c": "d" * 2000}),
    ],
)
async def test_what_is_too_long_is_refused_by_name(
    server: Server, field: str, limit: dict[str, Any], too_much: dict[str, Any]
) -> None:
    assert (await post(server, documented(server, **{field: limit}))).status == 200
    answer = await post(server, documented(server, **{field: too_much}))
    assert problem(answer) == (400, "ERROR_CODE_INVALID_REQUEST_BODY")
    assert field in answer.json["errors"][0]["message"]
    assert len(server.node.context.stores.ledger.rows) == 1


def grants(server: Server, **more: Any) -> dict[str, Any]:
    """A receipt that agrees to advertising."""
    return browsers(server, purposes=[{"Id": ADVERTISING, "TransactionType": "CONFIRMED"}], **more)


async def test_a_key_with_another_receipt_is_refused(server: Server) -> None:
    assert (await post(server, grants(server), Idempotency_Key="k")).status == 200
    server.clock.wait(1000)
    again = await post(server, browsers(server), Idempotency_Key="k")
    assert problem(again) == (422, "ERROR_CODE_INVALID_REQUEST_BODY")
    assert len(await rows(server)) == 1
    assert (await post(server, browsers(server), Idempotency_Key="new")).status == 200
    assert (await told(server))[ADVERTISING] == "OPT_OUT"


@pytest.mark.parametrize("path", [f"{PATH}/bulk", f"{PATH}/identified"])
async def test_a_key_with_other_receipts_in_bulk_is_refused(server: Server, path: str) -> None:
    both = [grants(server), browsers(server, interactionDate="2026-03-04T03:16:15.000Z")]
    assert (await post(server, both, path, Idempotency_Key="k")).status == 200
    assert (await post(server, both, path, Idempotency_Key="k")).status == 200
    assert len(await rows(server)) == 2
    assert problem(await post(server, both[::-1], path, Idempotency_Key="k"))[0] == 422
    assert len(await rows(server)) == 2


async def test_a_key_of_another_person_is_refused_for_a_receipt(server: Server) -> None:
    assert (await post(server, browsers(server), Idempotency_Key="k", Authorization="")).status == 200
    other = browsers(server, identifier="somebody-else")
    assert problem(await post(server, other, Idempotency_Key="k", Authorization=""))[0] == 422
