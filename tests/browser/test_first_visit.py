"""Somebody comes for the first time: the banner, the cookies, and what the page is told."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.serving import Shop

Visit = Callable[..., Page]


def test_the_banner_asks(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    expect(page.locator("#onetrust-policy-title")).to_have_text("Your choice of cookies")


def test_accepting_everything_is_kept_told_and_proven(visit: Visit, shop: Shop) -> None:
    page = visit()
    page.locator("#onetrust-accept-btn-handler").click()
    expect(page.locator("#onetrust-banner-sdk")).to_be_hidden()
    page.wait_for_function("window.OnetrustActiveGroups === ',C0001,C0002,C0003,BG1,C0004,C0005,'")
    page.wait_for_event("requestfinished", lambda r: "consentreceipts" in r.url) if not shop.answers else None
    page.wait_for_timeout(300)
    assert shop.answers == [200]
    print(shop.receipts)
