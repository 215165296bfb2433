"""What the banner costs the page, counted rather than timed: a busy machine changes nothing of it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.servers import Shop

Visit = Callable[..., Page]
OF_A_NEW_SITE = 'async crossorigin="anonymous" fetchpriority="high"'

FRAMES = """<script>
window.opacities = [];
(function look() {
  const banner = document.getElementById('onetrust-banner-sdk');
  if (banner) opacities.push(getComputedStyle(banner).opacity);
  if (opacities.length < 3) requestAnimationFrame(look);
})();
</script>"""

WRITES = """<script>
window.writes = [];
const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
Object.defineProperty(document, 'cookie', { get: () => cookie.get.call(document), set(text) {
  writes.push(text.split('=')[0]); cookie.set.call(document, text); } });
</script>"""


def requests_of(visitor: BrowserContext, shop: Shop, visit: Visit) -> dict[str, dict[str, Any]]:
    """How the browser sees each of our requests, with the tag of a new site: its priority, its connection."""
    page = visitor.new_page()
    chrome, seen = visitor.new_cdp_session(page), {}
    names: dict[str, str] = {}

    def sent(event: dict[str, Any]) -> None:
        names[event["requestId"]] = name = event["request"]["url"].rpartition("/")[2].partition("?")[0]
        seen[name] = {"priority": event["request"]["initialPriority"]}

    chrome.on("Network.requestWillBeSent", sent)
    chrome.on("Network.responseReceived", lambda event: seen[names[event["requestId"]]].update(event["response"]))
    chrome.send("Network.enable")
    visit(page=page, attributes=OF_A_NEW_SITE)
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    page.wait_for_function("Boolean(window.OneTrust?.AllowAll)")
    return seen


def test_what_the_banner_needs_does_not_queue_behind_the_page(
    visitor: BrowserContext, shop: Shop, visit: Visit
) -> None:
    seen = requests_of(visitor, shop, visit)
    priorities = {name: seen[name]["priority"] for name in seen if name.startswith("ot") or name == "brief.json"}
    assert priorities == {
        "otSDKStub.js": "High",
        "brief.json": "High",
        "otBannerSdk.js": "High",
        "otPreferences.js": "Low",
    }


def test_settings_come_over_the_stubs_own_connection(visitor: BrowserContext, shop: Shop, visit: Visit) -> None:
    seen = requests_of(visitor, shop, visit)
    assert seen["brief.json"]["connectionId"] == seen["otSDKStub.js"]["connectionId"]


def test_the_first_frame_with_the_banner_shows_it(visit: Visit) -> None:
    page = visit(head=FRAMES)
    page.wait_for_function("opacities.length === 3")
    assert page.evaluate("opacities") == ["1", "1", "1"]


def test_each_cookie_is_written_once(visit: Visit) -> None:
    page = visit(head=WRITES)
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    assert page.evaluate("writes.splice(0)") == ["OptanonConsent"]
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    assert page.evaluate("writes") == ["OptanonConsent", "OptanonAlertBoxClosed"]


def test_a_press_only_takes_the_banner_away_and_the_rest_follows(visit: Visit) -> None:
    page = visit()
    page.wait_for_function("Boolean(window.OneTrust?.AllowAll)")
    at_once = page.evaluate("""() => {
      document.getElementById('onetrust-accept-btn-handler').click();
      return [document.getElementById('onetrust-banner-sdk').checkVisibility(), OnetrustActiveGroups,
        document.cookie.includes('OptanonAlertBoxClosed')];
    }""")
    assert at_once == [False, ",C0001,", False]
    page.wait_for_function("OnetrustActiveGroups.includes('C0004')")
    assert "OptanonAlertBoxClosed" in page.evaluate("document.cookie")
