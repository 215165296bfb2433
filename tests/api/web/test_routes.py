"""The paths a page loads from: what they answer, how long it may be kept, and how it is packed."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from placet.api.http.dispatch import Dispatcher
from placet.api.http.metrics import Metrics
from placet.api.http.static_files import pack
from placet.api.web.routes import WebDialect, WebServices
from placet.api.web.scripts import NAMES, TABLE, SdkScripts, auto_block, built_folder, load_scripts
from placet.api.web.site_data import Collection
from placet.consent.rules.published import Published
from placet.errors import Missing
from placet.formats.lists.gvl import read_list
from placet.formats.lists.library import bundled_vendor_lists
from placet.settings.regions import Place
from tests.api.asgi import ask
from tests.api.web.test_site_data import published
from tests.browser.sample_shop import APP

SCRIPTS = SdkScripts({name: pack(f"run('{name}', {TABLE})".encode(), b"brotli " + name.encode()) for name in NAMES})
SITE = f"/consent/{APP['bottom']}"
GZIP = (("Accept-Encoding", "gzip, deflate"),)
BROTLI = (("Accept-Encoding", "gzip, deflate, br, zstd"),)
LARGEST = 13_312
SIGNALS = 25 * 1024
NOW = 1_795_255_200_000


def find(app_id: str) -> Published:
    """The one site there is."""
    if app_id != APP["bottom"]:
        raise Missing("nobody")
    return SHOP


SHOP = published()


@pytest.fixture
def app() -> Dispatcher:
    services = WebServices(
        published=find,
        locate=lambda request: Place("DE"),
        collection=lambda found: Collection("https://consent.test/receipts", "token"),
        base="https://consent.test",
        scripts=SCRIPTS,
        vendor_lists=bundled_vendor_lists,
        now=lambda: NOW,
    )
    return Dispatcher(WebDialect(services).routes(), Metrics("test"))


@pytest.mark.parametrize("path", ["/scripttemplates/otSDKStub.js", f"{SITE}/otSDKStub.js"])
async def test_the_stub_has_stable_names(app, path):
    answer = await ask(app, "GET", path, GZIP)
    assert gzip.decompress(answer.body) == SCRIPTS["otSDKStub.js"].plain
    assert answer.headers["cache-control"].startswith("public, max-age=300")


async def test_a_script_asked_for_by_its_hash_is_kept_for_ever(app):
    mark = SCRIPTS["otBannerSdk.js"].mark
    for_ever = await ask(app, "GET", f"/scripttemplates/{mark}/otBannerSdk.js", (("Accept-Encoding", "br"),))
    assert for_ever.headers["content-encoding"] == "br" and "immutable" in for_ever.headers["cache-control"]
    older = await ask(app, "GET", "/scripttemplates/202501.2.0/otBannerSdk.js")
    assert older.body == SCRIPTS["otBannerSdk.js"].plain and "immutable" not in older.headers["cache-control"]


async def test_what_a_browser_has_is_not_sent_again(app):
    first = await ask(app, "GET", f"{SITE}/brief.json?lang=en")
    again = await ask(app, "GET", f"{SITE}/brief.json?lang=en", (("If-None-Match", first.headers["etag"]),))
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(("geo", "rule"), [("", "eu"), ("US;CA", "us"), ("us;ca", "us"), ("nonsense", "eu")])
async def test_the_rule_is_chosen_by_place(app, geo, rule):
    answer = await ask(app, "GET", f"{SITE}/brief.json?lang=en&geo={geo}")
    assert json.loads(answer.body)["rule"]["id"] == rule
    assert answer.headers["cache-control"].startswith("private")


async def test_any_page_may_read_it(app):
    answer = await ask(app, "GET", f"{SITE}/brief.json", (("Origin", "https://anywhere.test"),))
    assert answer.headers["access-control-allow-origin"] == "https://anywhere.test"


async def test_the_long_form_answers_under_its_names(app):
    domain = json.loads((await ask(app, "GET", f"{SITE}/{APP['bottom']}.json")).body)
    rule = domain["RuleSet"][0]
    language = await ask(app, "GET", f"{SITE}/{rule['Id']}/{rule['LanguageSwitcherPlaceholder']['de']}.json")
    assert json.loads(language.body)["DomainData"]["BannerTitle"] == "Ihre Cookie-Auswahl"


async def test_a_rule_of_the_framework_brings_its_scripts_and_lists(app):
    said = json.loads((await ask(app, "GET", f"{SITE}/brief.json?lang=en&geo=FR")).body)
    assert [path.rpartition("/")[2] for path, _ in said["more"]] == ["otTCF.js", "otGPP.js"]
    assert said["more"][0][1] == SCRIPTS["otTCF.js"].integrity
    for name in ("rules", "vendors"):
        answer = await ask(app, "GET", said["iab"][name])
        assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
    older = await ask(app, "GET", f"{SITE}/iab/0123456789abcdef/rules.json")
    assert older.status == 200 and "immutable" not in older.headers["cache-control"]


async def test_other_rules_bring_what_they_speak_and_no_more(app):
    assert "more" not in json.loads((await ask(app, "GET", f"{SITE}/brief.json?geo=DE")).body)
    american = json.loads((await ask(app, "GET", f"{SITE}/brief.json?geo=US;CO")).body)
    assert [path.rpartition("/")[2] for path, _ in american["more"]] == ["otGPP.js"]
    assert american["us"]["sections"] == [7, 10, 6] and "iab" not in american


@pytest.mark.parametrize("path", ["/consent/tcf.stub.js", "/opt-out/otCCPAiab.js"])
async def test_companion_scripts_have_stable_names(app, path):
    answer = await ask(app, "GET", path)
    assert answer.body == SCRIPTS[path.rpartition("/")[2]].plain
    assert answer.headers["cache-control"].startswith("public, max-age=300")


@pytest.mark.parametrize("file", ["vendor-list.json", "iab2V2Data.json"])
async def test_the_vendor_list_is_served_as_published(app, file):
    answer = await ask(app, "GET", f"/vendorlist/{file}", GZIP)
    assert read_list(gzip.decompress(answer.body)) == bundled_vendor_lists().vendors


async def test_lists_beside_it_are_served(app):
    words = json.loads((await ask(app, "GET", "/vendorlist/purposes-fr.json")).body)
    assert words["purposes"]["1"]["name"].startswith("Stocker")
    google = json.loads((await ask(app, "GET", "/vendorlist/googleData.json")).body)
    assert len(google["vendors"]) == len(bundled_vendor_lists().providers.by_id)


async def test_do_not_track_switches_off_what_the_rule_says(app):
    for header, status in ((("DNT", "1"),), "inactive"), ((), "active"):
        said = json.loads((await ask(app, "GET", f"{SITE}/brief.json?geo=JP", header)).body)
        assert said["groups"][1]["status"] == status


@pytest.mark.parametrize(
    "path",
    [
        "/vendorlist/other.json",
        "/vendorlist/purposes-xx.json",
        f"{SITE}/iab/0123456789abcdef/xx.json",
        "/scripttemplates/1/tcf.stub.js",
        "/consent/nobody/brief.json",
        f"{SITE}/other.json",
        f"{SITE}/eu/xx.json",
        f"{SITE}/nowhere/en.json",
        "/scripttemplates/1/nothing.js",
        "/scripttemplates/1/OtAutoBlock.js",
    ],
)
async def test_what_is_not_there_is_not_there(app, path):
    assert (await ask(app, "GET", path)).status == 404


async def test_every_script_can_be_pinned(app):
    hashes = json.loads((await ask(app, "GET", "/scripttemplates/1/sri-hashes.json")).body)
    assert hashes["otBannerSdk.js"] == SCRIPTS["otBannerSdk.js"].integrity


async def test_the_blocking_script_holds_the_sites_table(app):
    script = (await ask(app, "GET", f"{SITE}/OtAutoBlock.js")).body.decode()
    inside = json.loads(json.loads(script.removeprefix("run('OtAutoBlock.js', ").removesuffix(")")))
    assert inside[0] == {"Tag": "stats.test", "CategoryId": ["C0002"], "Vendor": None}


def test_a_table_cannot_end_the_script_it_stands_in():
    assert b"</" not in auto_block(SCRIPTS["OtAutoBlock.js"], SHOP.publication.site).plain


@pytest.fixture
def built() -> SdkScripts:
    """The scripts themselves; they are built when nobody has done so."""
    if not (built_folder() / "otBannerSdk.js").exists():
        web = Path(__file__).parents[3] / "sdk" / "web"
        subprocess.run(["npm", "ci", "--silent"], cwd=web, check=True)
        subprocess.run(["npm", "run", "--silent", "build"], cwd=web, check=True)
    return load_scripts(built_folder())


def test_what_speaks_the_strings_fits_into_twenty_five_kilobytes_more(built):
    assert len(built["otTCF.js"].brotli) + len(built["otGPP.js"].brotli) <= SIGNALS
    assert len(built["tcf.stub.js"].brotli) <= 1024


async def test_all_that_a_first_banner_needs_fits_into_thirteen_kilobytes(app, built):
    settings = await ask(app, "GET", f"{SITE}/brief.json?lang=en", BROTLI)
    assert len(built["otSDKStub.js"].brotli) <= 2100
    assert len(built["otSDKStub.js"].brotli) + len(built["otBannerSdk.js"].brotli) + len(settings.body) <= LARGEST
