"""Somebody comes for the first time: the banner, the cookies, and what the page is told, in which order."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from placet.api.http.static_files import pack
from tests.browser.conftest import WEB
from tests.browser.servers import Shop
from tests.clients.deployment import until

Visit = Callable[..., Page]
DEFAULTS = ",C0001,"
EVERYTHING = ",C0001,C0002,C0003,BG1,C0004,C0005,"

LISTEN = """<script>
window.told = [];
for (const name of ['consent.onetrust', 'OneTrustGroupsUpdated', 'OTConsentApplied', 'OneTrustPCLoaded'])
  addEventListener(name, (event) => told.push([name, event.detail && event.detail.join(),
    document.cookie.includes('C0002%3A1')]));
window.OptanonWrapper = () => told.push(['wrapper', OnetrustActiveGroups, document.cookie.includes('C0002%3A1')]);
window.dataLayer = []; dataLayer.push = function (entry) {
  const groups = entry.OnetrustActiveGroups || entry.OptanonActiveGroups;
  if (entry.event !== 'trackOptanonEvent') told.push(['layer', entry.event, groups]);
  return Array.prototype.push.call(this, entry); };
</script>"""


def told(page: Page) -> list[list[object]]:
    """What the page heard, once the wrapper has run."""
    page.wait_for_function("told.some(([name]) => name === 'wrapper')")
    heard: list[list[object]] = page.evaluate("told.splice(0)")
    return heard


def test_the_banner_asks(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    expect(page.locator("#onetrust-policy-title")).to_have_text("Your choice of cookies")
    assert page.evaluate("document.body.lastElementChild.id") == "onetrust-consent-sdk"


def test_a_page_hears_of_the_first_state_in_order(visit: Visit) -> None:
    assert [[name, what] for name, what, *_ in told(visit(head=LISTEN))] == [
        ["layer", "OneTrustLoaded"],  # the stub: nothing is stored yet
        ["layer", "OptanonLoaded"],
        ["layer", "OneTrustLoaded"],  # the SDK
        ["layer", "OptanonLoaded"],
        ["layer", "OneTrustGroupsUpdated"],
        ["OneTrustGroupsUpdated", "C0001"],
        ["wrapper", DEFAULTS],
    ]


def test_an_answer_is_told_in_order(visit: Visit, shop: Shop) -> None:
    page = visit(head=LISTEN)
    told(page)
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("told.some(([name]) => name === 'OTConsentApplied')")
    ids = EVERYTHING.strip(",")
    assert page.evaluate("told") == [
        ["layer", "OneTrustLoaded", EVERYTHING],
        ["layer", "OptanonLoaded", EVERYTHING],
        ["layer", "OneTrustGroupsUpdated", EVERYTHING],
        ["consent.onetrust", ids, True],  # the cookie is written when the events come
        ["OneTrustGroupsUpdated", ids, True],
        ["wrapper", EVERYTHING, True],
        ["OTConsentApplied", None, True],
    ]
    assert set(shop.answers) == {200}


def test_a_stored_answer_is_told_by_the_stub_alone(visit: Visit) -> None:
    page = visit()
    page.locator("#onetrust-reject-all-handler").click()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    heard = [[name, what] for name, what, *_ in told(visit(name="next", page=page, head=LISTEN))]
    assert heard.count(["consent.onetrust", "C0001"]) == 1
    assert heard.count(["layer", "OneTrustLoaded"]) == 2
    assert heard[-1] == ["wrapper", DEFAULTS]
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(0)


@pytest.mark.parametrize(
    ("button", "groups"), [("#onetrust-accept-btn-handler", EVERYTHING), ("#onetrust-reject-all-handler", DEFAULTS)]
)
def test_each_answer_hides_the_banner_and_is_kept(visit: Visit, button: str, groups: str) -> None:
    page = visit()
    page.locator(button).click()
    expect(page.locator("#onetrust-banner-sdk")).to_be_hidden()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    assert page.evaluate("[OnetrustActiveGroups, OptanonActiveGroups]") == [groups, groups]


def test_switches_are_saved_and_a_parent_follows_its_children(visit: Visit, shop: Shop) -> None:
    page = visit()
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#ot-group-id-C0002").click()
    page.locator("[data-optanongroupid=BG1] button").first.click()
    page.locator("#ot-sub-group-id-C0004").click()
    expect(page.locator("#ot-group-id-BG1")).not_to_be_checked()
    page.locator("#ot-sub-group-id-C0005").click()
    expect(page.locator("#ot-group-id-BG1")).to_be_checked()
    page.locator("#ot-sub-group-id-C0005").click()
    page.locator(".save-preference-btn-handler").click()
    expect(page.locator("#onetrust-pc-sdk")).to_be_hidden()
    page.wait_for_function("OnetrustActiveGroups === ',C0001,C0002,C0004,'")


def test_one_request_stands_between_the_stub_and_the_banner(visit: Visit, shop: Shop) -> None:
    expect(visit().locator("#onetrust-banner-sdk")).to_be_visible()
    until(lambda: any(path.endswith("/otPreferences.js") for path in shop.asked))
    asked = [path.removeprefix("consent.placet.test") for path in shop.asked if path.startswith("consent.")]
    assert asked[0] == "/scripttemplates/otSDKStub.js"
    assert {path.rpartition("/")[2] for path in asked[1:3]} == {"brief.json", "otBannerSdk.js"}
    assert [path.rpartition("/")[2] for path in asked[3:]] == ["otPreferences.js"]


def test_a_page_does_not_move_when_the_banner_comes(visit: Visit) -> None:
    shifts = (
        "<script>window.shift=0;new PerformanceObserver(l=>l.getEntries().forEach(e=>shift+=e.value))"
        ".observe({type:'layout-shift',buffered:true})</script>"
    )
    page = visit(head=shifts, body="<p>word</p>" * 60)
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    assert page.evaluate("shift") == 0


@pytest.mark.parametrize("country, asked", [("DE", True), ("JP", False)])
def test_the_rule_decides_whether_to_ask(visit: Visit, shop: Shop, country: str, asked: bool) -> None:
    shop.country = country
    page = visit(head=LISTEN)
    told(page)
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(int(asked))


def test_a_place_may_be_named_by_the_page(visit: Visit) -> None:
    preset = "<script>window.OneTrust={geolocationResponse:{countryCode:'US',stateCode:'CA'}}</script>"
    page = visit(head=preset + LISTEN)
    told(page)
    assert page.evaluate("OneTrust.getGeolocationData()") == {"country": "US", "state": "CA", "stateName": ""}
    assert page.evaluate("OneTrust.GetDomainData().ConsentModel.Name") == "opt-out"
    assert page.evaluate("OneTrust.geolocationResponse.countryCode") == "US"


def test_opt_out_with_a_signal_is_honoured_and_said(visitor: BrowserContext, visit: Visit, shop: Shop) -> None:
    shop.country, shop.region = "US", "CA"
    visitor.add_init_script("Object.defineProperty(Navigator.prototype,'globalPrivacyControl',{get:()=>true})")
    page = visit(head=LISTEN)
    told(page)
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,C0003,"
    expect(page.locator("#onetrust-banner-sdk .ot-optout-signal")).to_be_visible()
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function(f"OnetrustActiveGroups === '{EVERYTHING}'")
    visit(name="next", page=page, head=LISTEN)
    told(page)
    assert page.evaluate("OnetrustActiveGroups") == EVERYTHING


def test_a_signal_that_comes_on_later_takes_consent_back(visitor: BrowserContext, visit: Visit, shop: Shop) -> None:
    shop.country, shop.region = "US", "CA"
    page = visit()
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function(f"window.OnetrustActiveGroups === '{EVERYTHING}'")
    visitor.add_init_script("Object.defineProperty(Navigator.prototype,'globalPrivacyControl',{get:()=>true})")
    visit(name="next", page=page, head=LISTEN)
    page.wait_for_function("told.some(([name]) => name === 'OTConsentApplied')")
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,C0003,"
    until(lambda: "GPC value changed" in [one["dsDataElements"]["InteractionType"] for one in list(shop.receipts)])


def test_implied_consent_is_given_by_going_on(visit: Visit, shop: Shop) -> None:
    shop.country = "BR"
    page = visit(head=LISTEN)
    assert told(page)[-1][1] == DEFAULTS
    visit(name="next", page=page, head=LISTEN)
    assert told(page)[-1][1] == EVERYTHING
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(0)


def test_google_hears_an_update_once_there_is_an_answer(visit: Visit, shop: Shop) -> None:
    shop.country = "GB"
    page = visit(attributes='data-consent-default="denied"')
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    page.wait_for_function("dataLayer.filter(e => e[0] === 'consent').length > 2")
    commands = json.loads(
        page.evaluate("JSON.stringify(dataLayer.filter(e => e[0] === 'consent').map(e => [e[1], e[2]]))")
    )
    assert [name for name, _ in commands] == ["default", "update", "update"]
    assert commands[0][1]["ad_storage"] == "denied" and commands[0][1]["wait_for_update"] == 500
    assert commands[1][1]["analytics_storage"] == "denied"
    assert commands[2][1] == {
        "ad_storage": "granted",
        "analytics_storage": "granted",
        "ad_user_data": "granted",
        "region": ["GB"],
    }


def test_without_our_default_google_hears_nothing_before_an_answer(visit: Visit, shop: Shop) -> None:
    shop.country = "GB"
    page = visit(head=LISTEN)
    told(page)
    assert page.evaluate("dataLayer.filter(e => e[0] === 'consent').length") == 0


@pytest.mark.parametrize(
    "attributes, layer, count",
    [
        ('data-dLayer-name="myLayer"', "myLayer", 5),
        ('data-dLayer-ignore="true"', "dataLayer", 0),
    ],
)
def test_the_data_layer_is_named_or_silenced(visit: Visit, attributes: str, layer: str, count: int) -> None:
    page = visit(attributes=attributes)
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    assert page.evaluate(f"(window.{layer} || []).length") == count


def test_a_robot_is_not_asked_and_leaves_no_receipt(browser: object, shop: Shop, visit: Visit) -> None:
    context = browser.new_context(user_agent="Mozilla/5.0 (compatible; Examplebot/2.1)")
    page = visit(page=context.new_page(), head=LISTEN)
    told(page)
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(0)
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_timeout(100)
    assert shop.receipts == []
    context.close()


def test_a_pinned_stub_pins_its_scripts(visit: Visit) -> None:
    stub = pack((WEB / "dist" / "otSDKStub.js").read_bytes())
    page = visit(attributes=f'integrity="{stub.integrity}" crossorigin="anonymous"')
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    page.wait_for_function("Boolean(window.OneTrust?.AllowAll)")
    scripts = page.evaluate("[...document.querySelectorAll('script[src]')].map(({ integrity }) => integrity)")
    assert len(scripts) == 3
    assert all(one.startswith("sha") for one in scripts)
