"""Headers of routes 1 to 5: which are required, which values are refused, and what is tolerated (cmp-api.md §2, §3)."""

import pytest

from tests.api.cmp.device import API, Device, opened, problem, sealed
from tests.api.node_context import Answer, Server

ROUTES = ("banner", "preferences", "vendors", "uc-purposes", "save-log-consent")
READS = ROUTES[:4]


async def call(device: Device, route: str, headers: dict[str, str]) -> Answer:
    """One call of any route; a save presses "allow all"."""
    if route == "save-log-consent":
        return await device.server.ask("POST", f"{API}/{route}", headers, {"interactionType": "BANNER_ALLOW_ALL"})
    return await device.server.ask("GET", f"{API}/{route}", headers)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["OT-CDN-Location", "OT-App-Id", "OT-Device-Type", "OT-SDK-Version"])
@pytest.mark.parametrize("value", [None, ""])
async def test_the_four_required_headers_are_named_when_they_are_missing_or_empty(
    server: Server, route: str, name: str, value: str | None
) -> None:
    device = Device(server)
    headers = device.headers()
    headers[name] = value or ""
    if value is None:
        del headers[name]

    answer = await call(device, route, headers)

    assert problem(answer) == (400, "ERROR_CODE_MISSING_REQUIRED_HEADER")
    assert name in answer.json["errors"][0]["message"]


REFUSED = [
    ("OT-Device-Type", "toaster", "ERROR_CODE_INVALID_DEVICE_TYPE"),
    ("OT-Fetch-Type", "EVERYTHING", "ERROR_CODE_INVALID_FETCH_TYPE"),
    ("OT-CDN-Location", "not a host", "ERROR_CODE_INVALID_LOCATION"),
    ("OT-Country-Code", "GERMANY", "ERROR_CODE_INVALID_COUNTRY_OR_REGION"),
    ("OT-Country-Code", "QQ", "ERROR_CODE_INVALID_COUNTRY_OR_REGION"),
    ("OT-Region-Code", "California", "ERROR_CODE_INVALID_COUNTRY_OR_REGION"),
    ("OT-App-Id", "00000000-0000-4000-8000-000000000000", "ERROR_CODE_BLOB_LOCATIONS_UNAVAILABLE"),
    ("OT-App-Id", "no app at all", "ERROR_CODE_BLOB_LOCATIONS_UNAVAILABLE"),
    ("OT-Consent-String", "%%%", "ERROR_CODE_INVALID_OT_CONSENT_STRING"),
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("name", "value", "code"), REFUSED)
async def test_a_value_that_means_nothing_is_a_400_with_its_code(
    server: Server, route: str, name: str, value: str, code: str
) -> None:
    device = Device(server)
    headers = device.headers() | {name: value}

    assert problem(await call(device, route, headers)) == (400, code)


TOLERATED = [
    {"OT-Platform": "Roku"},
    {"OT-SDK-Identification": "Roku/12.5/latest"},
    {"OT-SDK-Identification": ""},
    {"OT-Language": ""},
    {"OT-Language": "klingon; drop table"},
    {"OT-Country-Code": "", "OT-Region-Code": ""},
    {"OT-Country-Code": "XX"},
    {"OT-Country-Code": "T1"},
    {"OT-Country-Code": "us", "OT-Region-Code": "ca"},
    {"OT-Identifier": "", "OT-Identifier-Type": "", "OT-Sync-Profile-Auth": ""},
    {"OT-Identifier-UpdateType": "Rename-Identifier"},
    {"OT-Identifier-UpdateType": "Something-Else"},
    {"OT-Force-Fetch": "maybe"},
    {"OT-Force-Fetch": "TRUE"},
    {"OT-Exclude-Html-Tags": "true"},
    {"OT-Fetch-Type": ""},
    {"OT-Fetch-Type": "APP_DATA_AND_PROFILE"},
    {"OT-GPP-String": "not a string of the GPP"},
    {"OT-Tcf-Eu2v2-Consent-String": "broken", "OT-Addtl-Consent-String": "1~"},
    {"Accept": "*", "Accept-Charset": "utf-8", "Accept-Language": "en;q=1"},
    {"Accept": "text/plain"},
    {"Content-Type": "application/json;charset=utf-8"},
    {"OT-Something-New": "of a newer client", "X-Unknown": "ä".encode().decode("latin-1")},
    {"OT-SDK-Version": "latest"},
    {"OT-Device-Type": "CTV"},
    {"OT-CDN-Location": "consent.northwind.example:8443"},
    {"OT-Geolocation-Skip-Validation": "true", "OT-Country-Code": "ZZZ", "OT-Region-Code": "too long"},
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("more", TOLERATED, ids=str)
async def test_what_clients_of_many_ages_send_is_taken(server: Server, route: str, more: dict[str, str]) -> None:
    device = Device(server)

    answer = await call(device, route, device.headers() | more)

    assert answer.status == 200
    assert answer.json["errors"] == []
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("route", READS)
async def test_header_names_and_the_app_id_are_read_in_any_letter_case(server: Server, route: str) -> None:
    device = Device(server)
    shouted = {name.upper(): value for name, value in device.headers().items()} | {"OT-APP-ID": device.app_id.upper()}

    assert (await call(device, route, shouted)).json["errors"] == []


async def test_a_get_may_carry_any_content_type_or_none(server: Server) -> None:
    device = Device(server)
    for kind in ("application/json;charset=utf-8", "text/plain", ""):
        assert (await call(device, "banner", device.headers() | {"Content-Type": kind})).status == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_a_save_must_say_that_it_is_json(server: Server, kind: str) -> None:
    device = Device(server)

    answer = await call(device, "save-log-consent", device.headers() | {"Content-Type": kind})

    assert problem(answer) == (400, "ERROR_CODE_INVALID_CONTENT_TYPE_HEADER")


async def test_explicit_codes_win_over_the_network(server: Server) -> None:
    said = await Device(server, country="US", region="CA").look()

    config = said["appConfig"]
    assert (config["countryCode"], config["regionCode"], config["templateType"]) == ("US", "CA", "CPRA")


@pytest.mark.parametrize(
    ("country", "region", "template"),
    [
        ("DE", "BE", "GDPR"),
        ("CH", "", "GDPR"),
        ("GB", "", "GDPR"),
        ("US", "CA", "CPRA"),
        ("US", "TX", "USNATIONAL"),
        ("US", "", "USNATIONAL"),
        ("JP", "", "GENERIC"),
        ("", "", "GDPR"),
        ("XX", "", "GDPR"),
        ("T1", "", "GDPR"),
    ],
)
async def test_the_most_specific_rule_governs_and_strangers_get_the_default(
    server: Server, country: str, region: str, template: str
) -> None:
    said = await Device(server, country=country, region=region).look()

    assert said["appConfig"]["templateType"] == template


async def test_the_consent_string_must_be_this_apps_and_of_this_stage(server: Server) -> None:
    phone = Device(server)
    await phone.look()

    for site, test in (("stream/stream-app", False), ("outfitter/shop-ios", True)):
        other = Device(server, site, test=test, memory=phone.memory)
        assert problem(await other.ask()) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")


async def test_an_identifier_that_contradicts_the_memory_needs_the_rename(server: Server) -> None:
    phone = Device(server, memory=sealed(dsId="somebody"))
    refused = await phone.ask(OT_Identifier="shopper-42")
    taken = await phone.look(OT_Identifier="shopper-42", OT_Identifier_UpdateType="rename-identifier")

    assert problem(refused) == (400, "ERROR_IDENTIFIER_MISMATCH")
    assert refused.json["errors"][0]["message"] == "Input Identifier does not match with one in consent string"
    assert opened(taken["otConsentString"])["dsId"] == "shopper-42"


async def test_the_rename_may_be_sent_on_every_call(server: Server) -> None:
    phone = Device(server)
    first = await phone.look(OT_Identifier_UpdateType="Rename-Identifier")
    second = await phone.look(OT_Identifier_UpdateType="Rename-Identifier")

    assert first["storageKeys"]["OT_Identifier"] == second["storageKeys"]["OT_Identifier"]


async def test_a_header_that_is_no_text_is_refused_by_name(server: Server) -> None:
    scope_headers = {**Device(server).headers(), "OT-Identifier": "caf\udce9"}
    raw = [(name.lower().encode(), value.encode("utf-8", "surrogateescape")) for name, value in scope_headers.items()]

    answer = await server.ask("GET", f"{API}/banner", raw_headers=raw)

    assert problem(answer) == (400, "ERROR_CODE_INVALID_REQUEST_BODY")
    assert "ot-identifier" in answer.json["errors"][0]["message"]
