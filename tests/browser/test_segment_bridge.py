"""Our bridge to Segment: what each event of an unmodified analytics.js carries, and what may then leave the house."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.analytics import UPDATED, answered, delivered, event, open_page, sent, snippet_of, stub
from tests.browser.page_clients import bundled
from tests.browser.servers import Shop
from tests.browser.shop_pages import KEY, NEEDS
from tests.clients.deployment import until

NOTHING_BUT_NEEDED = {"C0001": True, "C0002": False, "C0003": False, "BG1": False, "C0004": False, "C0005": False}
KINDS = "track('T'), identify('ada', {a: 1}), page('P'), screen('S'), group('g'), alias('new', 'old')"

NPM = """
import { AnalyticsBrowser } from '@segment/analytics-next';
import { connect } from '@placet/web/segment';
window.start = (writeKey, cdnURL, options) => {
  window.analytics = AnalyticsBrowser.load({ writeKey, cdnURL });
  connect(window.analytics, options);
};
"""


@pytest.fixture
def store(visitor: BrowserContext, shop: Shop) -> Callable[..., Page]:
    """Opens a page that has these things in its head."""

    def go(*head: str, page: Page | None = None) -> Page:
        shop.pages["npm.js"] = bundled(NPM)
        return open_page(visitor, shop, *head, page=page)

    return go


def npm(shop: Shop, **options: Any) -> str:
    """The npm form, as a site's own bundle."""
    return f'<script src="/npm.js"></script><script>start("{KEY}", "{shop.consent}", {json.dumps(options)})</script>'


def tag(shop: Shop, **attributes: str) -> str:
    """The bridge as a tag."""
    written = " ".join(f"data-{name}='{value}'" for name, value in attributes.items())
    return f'<script src="{shop.consent}/scripttemplates/0/segment-tag.js" {written}></script>'


def names(shop: Shop, path: str) -> set[str]:
    """The events of this test that reached a destination."""
    return {one.get("event", "") for one in delivered(shop, path)}


def test_every_kind_of_event_is_stamped(store: Callable[..., Page], shop: Shop) -> None:
    page = store(stub(shop), npm(shop, onetrust=True))
    page.wait_for_function("!!window.OnetrustActiveGroups && document.cookie.includes('groups')")
    for call in KINDS.split("), "):
        page.evaluate(f"analytics.{call.rstrip(')')})")
    until(lambda: len({one["messageId"] for one in sent(shop)}) == 6)
    for one in sent(shop):
        assert one["context"]["consent"] == {
            "categoryPreferences": NOTHING_BUT_NEEDED,
            "onetrust": "C0001:1,C0002:0,C0003:0,BG1:0,C0004:0,C0005:0",
        }
    assert "properties" not in event(shop, "identify")
    assert not any(path.endswith("/integrations") for path in shop.asked), "stamping needs no list"


def test_a_site_may_stamp_some_kinds_only(store: Callable[..., Page], shop: Shop) -> None:
    page = store(stub(shop), npm(shop, events=["page", "track", "identify"]))
    page.wait_for_function("document.cookie.includes('groups')")
    page.evaluate("analytics.group('g'), analytics.track('T')")
    assert "consent" not in event(shop, "group")["context"]
    assert "consent" in event(shop, "T")["context"]


@pytest.mark.parametrize("below", [True, False])
def test_the_order_of_scripts_does_not_matter(store: Callable[..., Page], shop: Shop, below: bool) -> None:
    head = [snippet_of(shop), tag(shop), stub(shop)]
    page = store(*(reversed(head) if below else head))
    assert set(event(shop, "page")["context"]["consent"]) == {"categoryPreferences"}
    answered(page, "#onetrust-accept-btn-handler")
    page.evaluate("analytics.track('After')")
    assert event(shop, "After")["context"]["consent"]["categoryPreferences"] == dict.fromkeys(NOTHING_BUT_NEEDED, True)


def test_without_our_stub_nothing_is_allowed(store: Callable[..., Page], shop: Shop) -> None:
    page = store(npm(shop))
    page.evaluate("analytics.track('Early')")
    assert event(shop, "Early")["context"]["consent"] == {"categoryPreferences": {}}
    page.wait_for_timeout(300)
    assert all(delivered(shop, f"/{name}") == [] for name in NEEDS)


def test_an_event_reaches_only_who_may_have_it(store: Callable[..., Page], shop: Shop) -> None:
    page = store(stub(shop), npm(shop))
    page.wait_for_function("!!window.OneTrust?.UpdateConsent")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1,C0004:0')")
    page.evaluate("analytics.track('Bought')")
    until(lambda: all("Bought" in names(shop, path) for path in ("/counter", "/desk")))
    page.wait_for_timeout(200)
    assert delivered(shop, "/ads") == []


@pytest.mark.parametrize(
    "button", ["#onetrust-accept-btn-handler", "#onetrust-reject-all-handler", ".save-preference-btn-handler"]
)
def test_every_button_is_heard_and_told_once(store: Callable[..., Page], shop: Shop, button: str) -> None:
    page = store(stub(shop), npm(shop, page=True))
    page.wait_for_function("!!window.OneTrust?.ToggleInfoDisplay")
    if button.startswith("."):
        page.locator("#onetrust-pc-btn-handler").click()
    answered(page, button)
    told = event(shop, UPDATED)
    granted = button == "#onetrust-accept-btn-handler"
    assert told["context"]["consent"]["categoryPreferences"] == NOTHING_BUT_NEEDED | (
        dict.fromkeys(NOTHING_BUT_NEEDED, True) if granted else {}
    )
    assert told["properties"] == {}
    assert event(shop, "page")["context"]["consent"]["categoryPreferences"]["C0004"] is granted
    store(stub(shop), npm(shop), page=page)
    page.evaluate("analytics.track('Later')")
    event(shop, "Later")
    assert [one.get("event") for one in sent(shop)].count(UPDATED) == 1


def test_connecting_twice_tells_once(store: Callable[..., Page], shop: Shop) -> None:
    shop.pages["twice.js"] = bundled(NPM.replace("options);", "options); connect(window.analytics, options);"))
    page = store(stub(shop), npm(shop).replace("/npm.js", "/twice.js"))
    page.wait_for_function("document.cookie.includes('groups')")
    answered(page, "#onetrust-accept-btn-handler")
    event(shop, UPDATED)
    page.wait_for_timeout(200)
    assert [one.get("event") for one in sent(shop)].count(UPDATED) == 1


# One destination of a mapped kind each way, and one (Live Chat) that nobody mapped.
SWITCHES = [
    ({}, {"Counter": True, "Ads": False, "Pixel": False, "Segment.io": True}),
    (
        {"unmapped": "off"},
        {"Counter": True, "Ads": False, "Pixel": False, "Desk": False, "All": False, "Segment.io": True},
    ),
    ({"categories": {"Live Chat": ["C0002", "C0004"]}}, {"Desk": False, "Segment.io": True}),
    ({"destinations": {"Ads": "C0002"}}, {"Counter": True, "Ads": True, "Pixel": False, "Segment.io": True}),
]


@pytest.mark.parametrize(("options", "switches"), SWITCHES)
def test_destinations_are_switched_in_the_event(
    unhurried: None, store: Callable[..., Page], shop: Shop, options: dict[str, Any], switches: dict[str, bool]
) -> None:
    page = store(stub(shop), npm(shop, mode="integrations", writeKey=KEY, cdn=shop.consent, **options))
    page.wait_for_function("!!window.OneTrust?.UpdateConsent")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1,C0004:0')")
    page.evaluate("analytics.track('Bought', {}, {integrations: {Counter: {deep: 1}}})")
    own = event(shop, "Bought")["integrations"]
    assert own.pop("Counter") == {"deep": 1}
    assert own == {name: on for name, on in switches.items() if name != "Counter"}
    assert UPDATED not in [one.get("event") for one in sent(shop)]


@pytest.mark.parametrize(("options", "fallback"), [({}, False), ({"fallback": True}, True)])
def test_an_unknown_list_of_destinations_closes_them_all(
    store: Callable[..., Page], shop: Shop, options: dict[str, Any], fallback: bool
) -> None:
    shop.failing = lambda path: path.endswith("/integrations")
    page = store(stub(shop), npm(shop, mode="integrations", writeKey=KEY, cdn=shop.consent, **options))
    page.evaluate("analytics.track('Bought')")
    assert event(shop, "Bought")["integrations"] == {"Segment.io": True, "All": fallback}
    assert sum("integrations" in path for path in shop.asked) == 1


def test_a_refusal_in_the_event_itself_stays(store: Callable[..., Page], shop: Shop) -> None:
    page = store(stub(shop), npm(shop, mode="integrations", destinations={"Counter": "C0001", "Ads": "C0001"}))
    page.wait_for_function("document.cookie.includes('groups')")
    page.evaluate("analytics.track('Bought', {}, {integrations: {Ads: false}})")
    assert event(shop, "Bought")["integrations"] == {"Counter": True, "Ads": False, "Segment.io": True}


def test_even_segment_may_be_kept_from_the_event(store: Callable[..., Page], shop: Shop) -> None:
    page = store(stub(shop), npm(shop, mode="integrations", segment=False))
    page.evaluate("analytics.track('Bought')")
    page.wait_for_timeout(500)
    assert sent(shop) == []


def test_the_tag_says_what_the_options_say(unhurried: None, store: Callable[..., Page], shop: Shop) -> None:
    told = {"mode": "integrations", "write-key": KEY, "cdn": shop.consent, "unmapped": "off", "categories": "{}"}
    page = store(stub(shop), tag(shop, **told), snippet_of(shop))
    page.evaluate("analytics.track('Bought')")
    assert event(shop, "Bought")["integrations"] == {
        **dict.fromkeys((*(name.title() for name in NEEDS), "Pixel"), False),
        "All": False,
        "Segment.io": True,
    }


def test_another_program_may_write_beside_us(store: Callable[..., Page], shop: Shop) -> None:
    page = store(stub(shop), npm(shop))
    page.wait_for_function("document.cookie.includes('groups')")
    page.evaluate("analytics.track('T', {}, {consent: {version: 2, categoryPreferences: {C0004: true}}})")
    consent = event(shop, "T")["context"]["consent"]
    assert consent == {"version": 2, "categoryPreferences": NOTHING_BUT_NEEDED}
