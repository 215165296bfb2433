"""Pages that keep no cookies: AMP has local storage, a preview has nothing."""

import json
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import html
from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies

Visit = Callable[..., Page]
BANNER = "#onetrust-banner-sdk"
ALL = ",C0001,C0002,C0003,BG1,C0004,C0005,"


def ready(page: Page) -> Page:
    """A page with all methods on it."""
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    return page


def test_an_amp_page_keeps_answers_in_local_storage(
    unhurried: None, visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    page = ready(visit(attributes="amp"))
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function(f"OnetrustActiveGroups === '{ALL}'")
    kept = json.loads(page.evaluate(f"localStorage['{APP['bottom']}']"))
    assert set(kept) == {"OptanonConsent", "OptanonAlertBoxClosed"} and "groups=C0001%3A1" in kept["OptanonConsent"]
    assert cookies(visitor) == {}
    page.reload()
    ready(page)
    assert page.evaluate("OneTrust.IsAlertBoxClosed()") and page.evaluate("OnetrustActiveGroups") == ALL
    expect(page.locator(BANNER)).to_have_count(0)
    assert cookies(visitor) == {}


def test_amp_hears_what_was_answered(unhurried: None, visitor: BrowserContext, shop: Shop) -> None:
    shop.pages["frame"] = html(shop, "bottom", attributes="amp")
    listen = "window.heard = []; addEventListener('message', event => heard.push(event.data))"
    shop.pages["amp"] = f"<!doctype html><title>AMP</title><script>{listen}</script><iframe src='/frame'></iframe>"
    page = visitor.new_page()
    page.goto(shop.page("amp"))
    stored_batch = page.frame_locator("iframe")
    stored_batch.locator("#onetrust-reject-all-handler").click()
    page.wait_for_function("heard.some(message => message.type === 'consent-response')")
    assert page.evaluate("heard") == [
        {"type": "consent-ui", "action": "ready"},
        {"type": "consent-response", "action": "reject", "info": "C0001"},
    ]


def test_a_preview_asks_again_and_leaves_nothing(
    unhurried: None, visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    page = ready(visit(attributes='data-preview-mode="true"'))
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function(f"OnetrustActiveGroups === '{ALL}' && !Object.keys(localStorage).length")
    page.reload()
    expect(page.locator(BANNER)).to_be_visible()
    assert cookies(visitor) == {}
    assert shop.receipts == []


def test_a_page_begins_without_what_does_not_come(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    shop.failing = lambda path: path.endswith("otBefore.js")
    page = ready(visit(attributes="amp"))
    expect(page.locator(BANNER)).to_be_visible()
