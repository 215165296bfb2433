"""Which web pages may read which answers, and where a visitor is (cmp-api.md §15.3; the Fetch standard's CORS)."""

import pytest

from placet.config import Config
from tests.api.cmp.device import API, Device
from tests.api.node_context import Server, start

SHOP, NEWS, STRANGER = "https://www.outfitter.example", "https://denoordenwind.example", "https://evil.example"
READS = [f"{API}/{route}" for route in ("banner", "preferences", "vendors", "uc-purposes")]


@pytest.mark.parametrize("path", READS)
async def test_a_page_of_the_sites_own_origin_may_read_its_answers(server: Server, path: str) -> None:
    shop = Device(server, "outfitter/shop-web")

    allowed = await server.ask("GET", path, shop.headers() | {"Origin": SHOP})

    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert allowed.headers["access-control-expose-headers"] == "ETag"
    assert allowed.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in allowed.headers


@pytest.mark.parametrize("origin", [NEWS, STRANGER, "null", "https://www.outfitter.example.evil.example", ""])
@pytest.mark.parametrize("path", READS)
async def test_no_other_page_may(server: Server, path: str, origin: str) -> None:
    shop = Device(server, "outfitter/shop-web")

    answer = await server.ask("GET", path, shop.headers() | {"Origin": origin})

    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_template_made_for_one_origin_lets_no_other_read_it(server: Server) -> None:
    shop = Device(server, "outfitter/shop-web")
    for origin, allowed in ((SHOP, SHOP), (STRANGER, None), (SHOP, SHOP), (NEWS, None)):
        answer = await server.ask("GET", f"{API}/banner", shop.headers() | {"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed


async def test_errors_can_be_read_by_the_page_too(server: Server) -> None:
    shop = Device(server, "outfitter/shop-web")

    answer = await server.ask("GET", f"{API}/banner", shop.headers(OT_Country_Code="QQ") | {"Origin": SHOP})

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (400, SHOP)


PREFLIGHTS = [
    ("GET", f"{API}/banner", "ot-app-id,ot-cdn-location,ot-device-type,ot-sdk-version"),
    ("POST", f"{API}/save-log-consent", "content-type,ot-app-id,ot-consent-string"),
    ("GET", "/v1/preferences", "authorization,identifier,tenantid"),
    ("GET", "/v2/preferences", "authorization,identifier,tenantid"),
    ("POST", "/request/v1/consentreceipts", "content-type,authorization"),
    ("POST", "/request/v1/consentreceipts/bulk", "content-type"),
]


@pytest.mark.parametrize(("method", "path", "wanted"), PREFLIGHTS)
async def test_a_preflight_of_a_registered_origin_is_allowed_all_it_asks(
    server: Server, method: str, path: str, wanted: str
) -> None:
    headers = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": wanted}

    allowed = await server.ask("OPTIONS", path, headers | {"Origin": SHOP})
    refused = await server.ask("OPTIONS", path, headers | {"Origin": STRANGER})

    assert allowed.status == 204
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert method in allowed.headers["access-control-allow-methods"]
    assert allowed.headers["access-control-allow-headers"] == wanted
    assert "access-control-allow-origin" not in refused.headers


async def test_a_preflight_cannot_smuggle_a_header_line(server: Server) -> None:
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}

    answer = await server.ask(
        "OPTIONS", f"{API}/banner", headers | {"Access-Control-Request-Headers": "a\r\nset-cookie: b=c"}
    )

    assert "access-control-allow-headers" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/preferences", "/v2/preferences"])
async def test_profiles_may_be_read_from_any_registered_origin(server: Server, path: str) -> None:
    for origin, allowed in ((SHOP, SHOP), (NEWS, NEWS), (STRANGER, None)):
        answer = await server.ask("GET", path, {"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_other_methods_are_told_which_there_are(server: Server, method: str) -> None:
    answer = await server.ask(method, f"{API}/banner", Device(server).headers())

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


PLACED = [
    ({"X-Country": "DE", "X-Region": "BE"}, {"country": "DE", "state": "BE", "continent": "EU"}),
    ({"X-Country": "us", "X-Region": "US-CA"}, {"country": "US", "state": "CA", "continent": ""}),
    ({"X-Country": "T1"}, {"country": "T1", "state": "", "continent": ""}),
    ({}, {"country": "XX", "state": "", "continent": ""}),
]


@pytest.mark.parametrize(("edge", "place"), PLACED)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_edges_headers_say_where_a_visitor_is(
    edge: dict[str, str], place: dict[str, str], slash: str
) -> None:
    server = await start(config=Config(country_header="X-Country", region_header="X-Region"))
    answer = await server.ask("GET", f"/cookieconsentpub/v1/geo/location{slash}", edge | {"Origin": STRANGER})
    await server.node.close()

    assert answer.json == place | {"stateName": ""}
    assert answer.headers["access-control-allow-origin"] == STRANGER
    assert answer.headers["cache-control"] == "private, no-store"


async def test_nobodys_header_is_believed_unless_it_is_configured(server: Server) -> None:
    answer = await server.ask("GET", "/cookieconsentpub/v1/geo/location", {"X-Country": "DE", "CF-IPCountry": "DE"})

    assert answer.json["country"] == "XX"


async def test_the_network_places_a_call_that_names_no_place() -> None:
    server = await start(config=Config(country_header="X-Country", region_header="X-Region"))
    silent = Device(server, country="")
    edge = {"X-Country": "US", "X-Region": "CA"}
    placed = await server.ask("GET", f"{API}/banner", silent.headers() | edge)
    said = await server.ask("GET", f"{API}/banner", silent.headers(OT_Country_Code="JP") | edge)
    strange = await server.ask("GET", f"{API}/banner", silent.headers() | {"X-Country": "ZZZZ"})
    await server.node.close()

    assert placed.json["appConfig"]["templateType"] == "CPRA"
    assert said.json["appConfig"]["templateType"] == "GENERIC"
    assert strange.status == 200
