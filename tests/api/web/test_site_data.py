"""The short form says all that a page needs, for one visitor in one language, and the long form agrees."""

import re
from pathlib import Path

import pytest
from msgspec import json
from msgspec.structs import replace

from placet.api.web.onetrust_site_data import domain_json, language_json
from placet.api.web.site_data import (
    Collection,
    NoticeView,
    choose_language,
    cookie_attributes,
    cookie_domain,
    site_data,
    view_of,
)
from placet.consent.rules.published import Published
from placet.settings.organisation import build_site
from placet.settings.regions import Place
from placet.settings.site import CookieManner, Publication, Stage, content_hash
from tests.browser.sample_shop import a_shop

ORIGINS = ("https://www.shop.test", "https://blog.shop.test")
NOW = 1_795_300_000_000
COLLECTION = Collection("https://consent.test/request/v1/consentreceipts", "token")


def published(stage: Stage = Stage.PRODUCTION, *, name: str = "bottom") -> Published:
    """One of the shop's sites, published."""
    organisation = a_shop(ORIGINS)
    workspace = organisation.workspaces[0]
    site = build_site(organisation, workspace, next(each for each in workspace.sites if each.id == name))
    return Published(Publication(site, stage, 3, "202611.1.0", 1, "tests", content_hash(site)))


def view(country: str = "DE", region: str = "", language: str = "de") -> NoticeView:
    """How somebody from there sees the shop."""
    return view_of(published(), Place(country, region), language, NOW)


def test_a_visitor_gets_one_rule_in_one_language():
    said = site_data(view(), COLLECTION)
    assert (said["rule"]["id"], said["rule"]["model"], said["language"]) == ("eu", "opt-in", "de")
    assert said["languages"] == {"default": "en", "en": "en", "de": "de", "ar": "ar"}
    assert said["banner"]["title"] == "Ihre Cookie-Auswahl"
    assert said["words"]["always"] == "Immer aktiv"
    assert said["domain"] == "shop.test"


def test_buttons_stand_in_the_order_of_their_places():
    assert list(site_data(view(), None)["banner"]["buttons"]) == ["reject", "accept", "manage"]


def test_a_category_says_only_what_it_has():
    necessary, performance, comfort, *_ = site_data(view(), None)["groups"]
    assert necessary["status"] == "always active"
    assert performance["hosts"] == ("stats.test",)
    assert performance["cookies"][0] | {"purpose": ""} == {
        "name": "_tally*", "host": "shop.test", "days": 90, "purpose": "", "thirdParty": False, "lang": "en",
    }  # fmt: skip
    assert "cookies" not in comfort and "legitimate" not in comfort


def test_a_signal_is_obeyed_where_the_rule_says_so():
    groups = site_data(view("US", "CA"), None)["groups"]
    assert [group["id"] for group in groups if group["gpc"]] == ["C0004", "C0005"]


def test_what_is_recorded_names_the_text():
    shop = published().publication
    assert site_data(view(), COLLECTION)["collection"] == {
        "url": COLLECTION.url, "token": "token", "publication": 3, "content": shop.content_hash, "notice": "bottom",
    }  # fmt: skip
    assert site_data(view(), None)["collection"] is None


@pytest.mark.parametrize(
    ("manner", "attributes"),
    [
        (CookieManner(), ";SameSite=Lax"),
        (CookieManner(high_priority=True), ";SameSite=Lax;Priority=High"),
        (CookieManner(cross_site=True), ";SameSite=None;Secure"),
        (CookieManner(partitioned=True), ";SameSite=None;Secure;Partitioned"),
    ],
)
def test_cookies_are_set_as_the_site_wishes(manner, attributes):
    shop = published().publication
    site = replace(shop.site, cookies=manner)
    assert cookie_attributes(site) == attributes
    seen = replace(view(), publication=replace(shop, site=site))
    assert site_data(seen, None).get("cookie", ";SameSite=Lax") == attributes
    assert domain_json(seen.publication, "")["CookieSameSiteNoneEnabled"] is manner.cross_site


def test_google_is_told_the_region_unless_the_rule_is_for_everywhere():
    assert site_data(view("GB"), None)["rule"]["regions"] == ["GB"]
    assert site_data(view("DE"), None)["rule"]["regions"] == []  # nothing of this rule goes to Google


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("de", "de"), ("DE-at", "de"), ("pt-BR", "pt-BR"), ("pt", "pt-BR"), ("fr", "en"), ("", "en")],
)
def test_the_language_is_the_nearest_published(wanted, language):
    assert choose_language(("en", "de", "pt-BR"), wanted) == language


@pytest.mark.parametrize(
    ("origins", "domain"),
    [
        (("https://www.shop.test",), "shop.test"),
        (("https://www.shop.test:8443", "https://blog.shop.test"), "shop.test"),
        (("https://a.shop.test", "https://a.other.test"), ""),
        (("https://a.co.uk", "https://b.co.uk"), ""),
        (("https://me.github.io", "https://you.github.io"), ""),
        (("https://www.shop.co.uk", "https://blog.shop.co.uk"), "shop.co.uk"),
        (("http://localhost:3000",), ""),
        ((), ""),
    ],
)
def test_cookies_are_shared_under_what_all_origins_end_in(origins, domain):
    assert cookie_domain(origins) == domain


def test_the_long_form_names_the_same_rules_for_scanners():
    said = domain_json(published().publication, "https://consent.test")
    eu, google, us, *_ = said["RuleSet"]
    assert eu["Default"] and "de" in eu["Countries"] and not eu["GCEnable"]
    assert google["GCEnable"] and google["Countries"] == ["gb"]
    assert us["States"] == {"us": ["ca"]} and us["Type"] == "CPRA"
    assert (said["Domain"], said["Version"], said["ScriptType"]) == ("shop.test", "202611.1.0", "PRODUCTION")
    assert domain_json(published(Stage.TEST).publication, "")["ScriptType"] == "TEST"


def test_the_long_form_says_who_writes_strings_and_over_which_lists():
    said = domain_json(published().publication, "https://consent.test")
    assert said["Iab2V2Data"]["cmpId"] == said["GppData"]["cmpId"] == "300"
    assert said["Iab2V2Data"]["globalVendorListUrl"] == "https://consent.test/vendorlist/iab2V2Data.json"
    by_id = {rule["Id"]: rule for rule in said["RuleSet"]}
    assert by_id["tcf"]["UseGoogleVendors"] and by_id["tcf"]["IsGPPEnabled"] and by_id["co"]["IsGPPEnabled"]
    assert not by_id["eu"]["UseGoogleVendors"] and not by_id["eu"]["IsGPPEnabled"]


def test_the_long_form_has_the_same_texts():
    said, short = language_json(view(), COLLECTION), site_data(view(), COLLECTION)
    data = said["DomainData"]
    assert data["BannerTitle"] == short["banner"]["title"]
    assert data["AlertAllowCookiesText"] == short["banner"]["buttons"]["accept"]["text"]
    assert [group["CustomGroupId"] for group in data["Groups"]] == [group["id"] for group in short["groups"]]
    assert data["GCAdStorage"] == "DNAC"
    assert said["CommonData"]["ConsentIntegration"]["ConsentApi"] == COLLECTION.url


def test_the_long_form_lists_cookies_under_whoever_sets_them():
    groups = {group["CustomGroupId"]: group for group in language_json(view(), COLLECTION)["DomainData"]["Groups"]}
    ads, performance = groups["C0004"], groups["C0002"]
    assert [(host["HostName"], host["HostId"]) for host in ads["Hosts"]] == [("ads.test", "H2"), ("video.test", "H3")]
    assert [cookie["Name"] for cookie in ads["Hosts"][0]["Cookies"]] == ["seen"] and ads["FirstPartyCookies"] == []
    assert performance["FirstPartyCookies"][0]["patternKey"] == "_tally*"
    assert groups["BG1"]["ShowSubgroup"] and not ads["ShowSubgroup"] and not groups["C0001"]["HasConsentOptOut"]


@pytest.mark.parametrize(("country", "implied"), [("BR", True), ("DE", False)])
def test_the_long_form_says_whether_going_on_is_consent(country, implied):
    data = language_json(view(country), COLLECTION)["DomainData"]
    assert data["NextPageCloseBanner"] is data["NextPageAcceptAllCookies"] is implied
    assert data["ScrollCloseBanner"] is False and data["BannerDPDTitle"] == ""


def test_the_short_form_is_short():
    assert len(json.encode(site_data(view(language="en"), COLLECTION))) < 6000


def test_no_key_is_among_the_names_that_the_build_shortens():
    build = (Path(__file__).parents[3] / "sdk" / "web" / "scripts" / "build.mjs").read_text()
    shortened = set(re.search(r"OWN_NAMES = new RegExp\(\s*`\^\(\?:\$\{`([^`]+)`", build)[1].split())
    told = site_data(replace(view(), publication=replace(published().publication)), COLLECTION)
    keys = set(re.findall(r'"(\w+)":', json.encode(told).decode()))
    optional = {"cookie", "profiles", "switches", "preferencesLayout", "newest", "tenant", "group", "url"}
    assert len(shortened) > 30 and shortened & (keys | optional) == set()
