"""What is written is read back, an answer counts while it holds, and receipts survive what pages do to JavaScript."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import html
from tests.browser.servers import SHOP_HOST, Shop
from tests.browser.test_cookies import cookies, ready
from tests.clients.deployment import until

Visit = Callable[..., Page]
BANNER = "#onetrust-banner-sdk"
YES = "groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CBG1%3A1%2CC0004%3A1%2CC0005%3A1&intType=1&landingPath=NotLandingPage"
NO = YES.replace("%3A1", "%3A0").replace("C0001%3A0", "C0001%3A1")
NECESSARY = ",C0001,"


def remember(visitor: BrowserContext, consent: str, closed: datetime, domain: str = ".shop.test") -> None:
    """A visitor who answered at that time."""
    moment = closed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for name, value in (("OptanonConsent", consent), ("OptanonAlertBoxClosed", moment)):
        visitor.add_cookies([{"name": name, "value": value, "domain": domain, "path": "/"}])


@pytest.mark.parametrize("days", [-400, 400], ids=["an old one", "one from the future"])
def test_an_answer_that_does_not_count_is_asked_for_again(visit: Visit, visitor: BrowserContext, days: int) -> None:
    remember(visitor, YES, datetime.now(UTC) + timedelta(days))
    page = ready(visit())
    expect(page.locator(BANNER)).to_be_visible()
    assert page.evaluate("OnetrustActiveGroups") == NECESSARY
    assert page.evaluate("OneTrust.IsAlertBoxClosed()") is False
    assert "OptanonAlertBoxClosed" not in cookies(visitor)


def test_a_cookie_for_one_host_does_not_win_over_a_newer_refusal(visit: Visit, visitor: BrowserContext) -> None:
    now = datetime.now(UTC)
    remember(visitor, YES, now - timedelta(2), domain=SHOP_HOST)
    time.sleep(0.01)
    remember(visitor, NO, now - timedelta(1))
    page = ready(visit())
    assert page.evaluate("OnetrustActiveGroups") == NECESSARY
    until(lambda: [each["name"] for each in visitor.cookies()].count("OptanonConsent") == 1)
    page.evaluate("OneTrust.AllowAll()")
    kept = [each for each in visitor.cookies() if str(each["name"]).startswith("Optanon")]
    assert {each["domain"] for each in kept} == {".shop.test"} and len(kept) == 2
    assert "C0004%3A1" in str(cookies(visitor)["OptanonConsent"]["value"])


def test_a_refusal_is_kept_beside_what_fills_the_cookie(visit: Visit, visitor: BrowserContext) -> None:
    hosts = quote(",".join(f"H{at}:1" for at in range(370)))
    remember(visitor, f"{YES}&hosts={hosts}", datetime.now(UTC))
    page = ready(visit())
    page.evaluate("OneTrust.RejectAll()")
    page.reload()
    assert ready(page).evaluate("OnetrustActiveGroups") == NECESSARY
    assert page.evaluate("OneTrust.IsAlertBoxClosed()") is True
    assert "C0004%3A0" in str(cookies(visitor)["OptanonConsent"]["value"])


@pytest.mark.parametrize(
    "changed",
    [
        "for (const kind of [Array, Object, String, Date]) kind.prototype.toJSON = () => 'broken'",
        "JSON.stringify = () => 'broken'; JSON.parse = () => { throw Error('broken') }",
        "window.fetch = () => undefined",
    ],
    ids=["toJSON", "JSON", "fetch"],
)
def test_a_receipt_survives_what_a_page_has_changed(visit: Visit, shop: Shop, changed: str) -> None:
    page = ready(visit())
    page.evaluate(f"void setTimeout(() => {{ {changed}; OneTrust.RejectAll() }})")
    until(lambda: bool(shop.answers))
    assert shop.answers == [200]
    assert [each["TransactionType"] for each in shop.receipts[0]["purposes"]] == ["NO_CHOICE"] + ["OPT_OUT"] * 4


def test_an_origin_that_is_not_the_sites_is_told_and_asked_again(visitor: BrowserContext, shop: Shop) -> None:
    shop.pages[""] = html(shop, "bottom")
    page, said = visitor.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(shop.page(host="stray.shop.test"))
    ready(page).evaluate("OneTrust.AllowAll()")
    until(lambda: page.evaluate("OneTrust.IsAlertBoxClosed()") is False)
    assert any("stray.shop.test" in text and "origins" in text for text in said)
    page.reload()
    expect(ready(page).locator(BANNER)).to_be_visible()
    assert page.evaluate("OnetrustActiveGroups") == NECESSARY
    assert shop.receipts == []


def test_the_preference_centre_can_always_be_left(visit: Visit) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    centre = page.locator("#onetrust-pc-sdk")
    expect(centre).to_be_visible()
    page.keyboard.press("Escape")
    expect(centre).to_be_hidden()
