"""Segment's own browser clients, unmodified, in a page of ours: only their host is another."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.analytics import UPDATED, answered, delivered, event, open_page, sent, snippet_of, stub
from tests.browser.page_clients import bundled
from tests.browser.servers import CONSENT_HOST, Shop
from tests.browser.shop_pages import KEY
from tests.clients.deployment import until

NPM = """
import { AnalyticsBrowser } from '@segment/analytics-next';
window.analytics = new AnalyticsBrowser();
window.start = (writeKey, cdnURL) => void analytics.load({ writeKey, cdnURL });
"""
WRAPPED = """
import { AnalyticsBrowser } from '@segment/analytics-next';
import { withOneTrust } from './onetrust_wrapper.js';
window.analytics = new AnalyticsBrowser();
window.start = (writeKey, cdnURL, settings) => {
  withOneTrust(analytics, settings);
  void analytics.load({ writeKey, cdnURL });
  analytics.page('Home');
};
"""
CALLS = {
    "track": "analytics.track('Bought', {price: 3})",
    "identify": "analytics.identify('ada', {plan: 'gold'})",
    "page": "analytics.page('Home')",
    "screen": "analytics.screen('Home')",
    "group": "analytics.group('g-1', {name: 'Acme'})",
    "alias": "analytics.alias('new', 'old')",
}
GRANTED = {"C0001": True, "C0002": True, "C0003": False, "BG1": False, "C0004": False, "C0005": False}


@pytest.fixture
def store(visitor: BrowserContext, shop: Shop) -> Callable[..., Page]:
    """Opens a page with a bundle of this code, started with our host, and whatever else in its head."""

    def go(code: str, *head: str, settings: str = "{}", page: Page | None = None) -> Page:
        shop.pages["npm.js"] = bundled(code)
        start = f'<script src="/npm.js"></script><script>start("{KEY}", "{shop.consent}", {settings})</script>'
        return open_page(visitor, shop, *head, start, page=page)

    return go


def agreed(**answers: bool) -> str:
    return f"{{consent: {{categoryPreferences: {str(answers).lower().replace('c00', 'C00')}}}}}"


@pytest.mark.parametrize("kind", CALLS)
def test_the_npm_client_needs_nothing_but_our_host(store: Callable[..., Page], shop: Shop, kind: str) -> None:
    store(NPM).evaluate(f"void {CALLS[kind]}")
    assert event(shop, kind)["context"]["library"]["version"].startswith("npm:next-")
    until(lambda: bool(shop.answers))
    assert set(shop.answers) == {200}
    until(lambda: any(path.startswith("pixels.test/") for path in list(shop.asked)))
    asked = {path.partition("/")[0] for path in shop.asked}
    assert asked == {CONSENT_HOST, "www.shop.test", "pixels.test"}


def test_the_snippet_and_its_chunks_come_from_us(visitor: BrowserContext, shop: Shop) -> None:
    elsewhere: list[str] = []
    visitor.on("request", lambda request: elsewhere.append(request.url) if ".test:" not in request.url else None)
    page = open_page(visitor, shop, snippet_of(shop))
    page.evaluate("void analytics.track('Bought', {price: 3})")
    assert event(shop, "Bought")["context"]["library"]["version"].startswith("next-")
    assert event(shop, "page")["properties"]["path"] == "/store"
    assert any("/analytics-next/bundles/ajs-destination" in path for path in shop.asked)
    assert elsewhere == []


def test_what_the_event_says_was_agreed_decides(store: Callable[..., Page], shop: Shop) -> None:
    page = store(NPM)
    page.evaluate(f"void analytics.track('Refused', {{}}, {agreed(C0001=True, C0002=True, C0004=False)})")
    page.evaluate(f"void analytics.track('Granted', {{}}, {agreed(C0001=True, C0002=True, C0004=True)})")
    until(lambda: len(delivered(shop, "/counter")) == 2 and len(delivered(shop, "/ads")) == 1)
    assert delivered(shop, "/ads")[0]["event"] == "Granted"


def test_the_onetrust_wrapper_starts_segment_once_there_is_an_answer(store: Callable[..., Page], shop: Shop) -> None:
    page = store(WRAPPED, stub(shop))
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    page.wait_for_timeout(1200)
    assert sent(shop) == [] and not any("settings" in path for path in shop.asked)
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#ot-group-id-C0002").press("Space")
    answered(page, ".save-preference-btn-handler")
    assert event(shop, "Home")["context"]["consent"] == {"categoryPreferences": GRANTED}
    assert event(shop, UPDATED)["context"]["consent"] == {"categoryPreferences": GRANTED}
    until(lambda: len(delivered(shop, "/counter")) >= 2 and len(delivered(shop, "/desk")) >= 2)
    assert delivered(shop, "/ads") == []


def test_where_nobody_is_asked_the_wrapper_starts_at_once(store: Callable[..., Page], shop: Shop) -> None:
    shop.country, shop.region = "US", "CA"
    page = store(WRAPPED, stub(shop))
    assert all(event(shop, "Home")["context"]["consent"]["categoryPreferences"].values())
    page.evaluate("OneTrust.RejectAll()")
    assert event(shop, UPDATED)["context"]["consent"]["categoryPreferences"] == {id: id == "C0001" for id in GRANTED}


def test_the_wrapper_hears_every_later_change(store: Callable[..., Page], shop: Shop) -> None:
    page = store(WRAPPED, stub(shop))
    answered(page, "#onetrust-accept-btn-handler")
    event(shop, "Home")

    def told() -> list[bool]:
        stamps = [one["context"]["consent"] for one in sent(shop) if one.get("event") == UPDATED]
        return [stamp["categoryPreferences"]["C0004"] for stamp in stamps]

    for on in (0, 1):
        page.evaluate(f"OneTrust.UpdateConsent('Category', 'C0004:{on}')")
        until(lambda on=on: bool(on) in told())


def test_refusing_all_of_what_is_mapped_still_tells_the_refusal(store: Callable[..., Page], shop: Shop) -> None:
    """C0001 is always granted and a destination needs it, so analytics.js runs and the refusal is on record."""
    page = store(WRAPPED, stub(shop))
    page.wait_for_function("window.hears")  # else it only learns of the answer that it started with
    answered(page, "#onetrust-reject-all-handler")
    assert event(shop, UPDATED)["context"]["consent"]["categoryPreferences"]["C0002"] is False
    until(lambda: UPDATED in [one.get("event") for one in delivered(shop, "/desk")])
    assert delivered(shop, "/counter") == delivered(shop, "/ads") == []


PIXEL = """window.pixel = (settings) => ({
  name: 'Pixel', type: 'destination', version: '1', isLoaded: () => true, load: () => Promise.resolve(),
  track: (ctx) => { (window.seen = window.seen || []).push([settings.account, ctx.event.event]); return ctx; },
  page: (ctx) => { (window.seen = window.seen || []).push('page'); return ctx; },
});"""


def test_a_page_sends_by_itself_only_what_was_agreed_to(store: Callable[..., Page], shop: Shop) -> None:
    """Segment's device mode, without any consent wrapper: the routing rules alone hold events back."""
    shop.pages["pixel.js"] = PIXEL
    page = store(NPM)
    for name, stamp in {
        "Granted": agreed(C0001=True, C0004=True),
        "Refused": agreed(C0001=True, C0004=False),
        "Unasked": "{}",
    }.items():
        page.evaluate(f"analytics.track('{name}', {{}}, {stamp})")
    page.evaluate(f"analytics.page('Filtered', {{}}, {agreed(C0004=True)})")
    page.evaluate("analytics.track('Last', {}, {consent: {categoryPreferences: {C0004: true}}})")
    page.wait_for_function("(window.seen || []).length >= 2")
    assert page.evaluate("seen") == [["a-1", "Granted"], ["a-1", "Last"]]
    assert "pixels.test/pixel.js" in shop.asked


def test_what_has_no_consent_is_not_even_loaded_behind_the_wrapper(store: Callable[..., Page], shop: Shop) -> None:
    shop.pages["pixel.js"] = PIXEL
    page = store(WRAPPED, stub(shop))
    answered(page, "#onetrust-reject-all-handler")
    event(shop, "Home")
    assert "pixels.test/pixel.js" not in shop.asked
    page.evaluate("OneTrust.AllowAll()")
    store(WRAPPED, stub(shop), page=page)
    page.wait_for_function("!!window.pixel")
    page.evaluate("analytics.track('Bought')")
    page.wait_for_function("(window.seen || []).some(([, name]) => name === 'Bought')")


def test_the_snippet_loads_what_it_needs_for_the_rules(visitor: BrowserContext, shop: Shop) -> None:
    shop.pages["pixel.js"] = PIXEL
    page = open_page(visitor, shop, snippet_of(shop))
    page.evaluate(f"void analytics.track('Granted', {{}}, {agreed(C0004=True)})")
    page.wait_for_function("(window.seen || []).length === 1")
    assert any("/analytics-next/bundles/tsub-middleware" in path for path in shop.asked)
