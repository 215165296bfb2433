"""What mParticle's clients load: switches, kits, and the mapping of groups to purposes (mparticle.md §2.2, §3.1)."""

import json
from html import unescape

import pytest
from msgspec.structs import replace

from placet.api.mparticle.sdk_config import onetrust
from placet.settings.forwarding_rules import VendorConsentSetting, VendorListKind
from tests.api.mparticle.sample_shop import SERVER, WEB, signed
from tests.api.node_context import Server

MAPPED = (
    "[{&quot;jsmap&quot;:null,&quot;map&quot;:&quot;run&quot;,&quot;maptype&quot;:&quot;ConsentPurposes&quot;,"
    "&quot;value&quot;:&quot;C0001&quot;},{&quot;jsmap&quot;:null,&quot;map&quot;:&quot;Marketing&quot;,"
    "&quot;maptype&quot;:&quot;ConsentPurposes&quot;,&quot;value&quot;:&quot;C0004&quot;}]"
)


@pytest.mark.parametrize("path", ["/JS/v2/{}/config", "/js/v2/{}/config", "/tags/JS/v2/{}/config"])
async def test_a_page_is_sent_back_here(server: Server, path: str) -> None:
    answer = await server.ask("GET", path.format(WEB) + "?env=1&plan_id=shop", {"Origin": "https://any.example"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://any.example"
    assert answer.json["serviceUrl"] == "127.0.0.1:8080/v2/JS/"
    flags = answer.json["flags"]
    assert flags["directURLRouting"] == "False"
    assert flags["reportBatching"] is False
    assert len(answer.json["workspaceToken"]) == 8
    assert (answer.json["pixelConfigs"], answer.json["dataPlanResult"]) == ([], None)


@pytest.mark.parametrize("env, debug", [("1", True), ("0", False)])
async def test_the_kit_runs_in_the_mode_of_its_page(server: Server, env: str, debug: bool) -> None:
    answer = await server.ask("GET", f"/JS/v2/{WEB}/config?env={env}")
    (kit,) = answer.json["kitConfigs"]
    assert (kit["name"], kit["moduleId"], kit["isDebug"]) == ("OneTrust", 134, debug)
    assert kit["filteringConsentRuleValues"] == {}


async def test_groups_are_mapped_to_purposes_in_the_words_the_kit_reads(server: Server) -> None:
    answer = await server.ask("GET", f"/JS/v2/{WEB}/config?env=0")
    assert answer.json["kitConfigs"][0]["settings"] == {"consentGroups": MAPPED}


@pytest.mark.parametrize("key", ["nobody-s-key", SERVER])
async def test_an_unknown_key_loads_nothing(server: Server, key: str) -> None:
    assert (await server.ask("GET", f"/JS/v2/{key}/config?env=0")).status == 404


@pytest.mark.parametrize("path", [f"/v4/{SERVER}/config", f"/config/v4/{SERVER}/config"])
async def test_an_app_loads_its_kits_once(server: Server, path: str) -> None:
    headers = signed("GET", f"{path}?av=1.2&sv=5.60.0")
    answer = await server.ask("GET", f"{path}?av=1.2&sv=5.60.0", headers)
    (kit,) = answer.json["eks"]
    assert (kit["id"], json.loads(kit["as"]["mobileConsentGroups"])) == (134, json.loads(unescape(MAPPED)))
    tagged = headers | {"If-None-Match": answer.headers["etag"]}
    again = await server.ask("GET", f"{path}?av=1.2&sv=5.60.0", tagged)
    assert (again.status, again.body) == (304, b"")


async def test_an_app_proves_its_key_also_when_it_loads(server: Server) -> None:
    assert (await server.ask("GET", f"/v4/{SERVER}/config")).status == 401
    assert (await server.ask("GET", f"/v4/{WEB}/config", signed("GET", f"/v4/{WEB}/config"))).status == 403


def test_a_vendor_speaks_for_its_purpose_in_place_of_the_categories(server: Server) -> None:
    found = server.node.context.published_settings.source(WEB)
    assert found is not None
    vendors = (
        VendorConsentSetting(VendorListKind.IAB, "755", "marketing"),
        VendorConsentSetting(VendorListKind.GENERAL, "adlane", "run"),
    )
    settings = onetrust(replace(found.source, vendor_consents=vendors), debug=False)["settings"]
    rows = {name: json.loads(unescape(text)) for name, text in settings.items()}
    assert rows == {
        "consentGroups": [],
        "vendorIABConsentGroups": [
            {"jsmap": None, "map": "marketing", "maptype": "ConsentPurposes", "value": "755"},
        ],
        "vendorGeneralConsentGroups": [
            {"jsmap": None, "map": "run", "maptype": "ConsentPurposes", "value": "adlane"},
        ],
    }
