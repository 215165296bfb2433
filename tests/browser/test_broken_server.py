"""Our server is slow, broken or gone: the page lives on, nothing runs without consent, no answer is lost."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from placet.api.cmp.receipts import PATH as RECEIPTS
from tests.browser.broken_server import Fault
from tests.browser.conftest import html
from tests.browser.sample_shop import APP
from tests.browser.servers import NONE_WAITS, Shop
from tests.clients.deployment import until

Visit = Callable[..., Page]
BANNER = "#onetrust-banner-sdk"
ACCEPT = "#onetrust-accept-btn-handler"
LIVES = "<script>window.lives = true</script><button onclick=\"this.textContent = 'pressed'\">Buy</button>"
"""What the page does itself, below the stub's tag."""
MARKED = '<script type="text/plain" class="optanon-category-C0004" src="/ads.js"></script>'
RETRY_MS = 15_000
GIVE_UP_MS = 20_000

SCRIPTS = (Fault.FAILS, Fault.HANGS, Fault.IS_CUT)
DATA = (*SCRIPTS, Fault.IS_NONSENSE, Fault.MAY_NOT_BE_READ)
NEEDED = ("otSDKStub.js", "brief.json", "otBannerSdk.js")
"""Without one of these there is no banner."""
FRAMEWORK = ("otTCF.js", "rules.json")
REQUESTS = (*NEEDED, "otPreferences.js", *FRAMEWORK)


@pytest.fixture(autouse=True)
def mended(visitor: BrowserContext, shop: Shop) -> Iterator[None]:
    """No page of a visitor who leaves still waits for an answer."""
    yield
    shop.broken.mend()


def a_page(visitor: BrowserContext, shop: Shop, name: str = "") -> Page:
    """A page with tags that wait, marked and unmarked; of its load event, which scripts can delay, nobody waits."""
    listed = f'<script src="{shop.page("tally.js", host="stats.test")}"></script>'
    block = f'<script src="{shop.consent}/consent/{APP["bottom"]}/OtAutoBlock.js"></script>'
    shop.pages[name] = html(shop, "bottom", head=block, body=LIVES + MARKED + listed, attributes="async")
    page = visitor.new_page()
    page.goto(shop.page(name), wait_until="commit")
    page.wait_for_function("window.lives")
    return page


def nothing_ran(page: Page) -> bool:
    """Neither tag was let go, and nobody wrote that it may be."""
    agreed = page.evaluate("(window.OnetrustActiveGroups || '') + document.cookie")
    return page.evaluate("window.ran === undefined") and not re.search("C0004(,|%3A1)", agreed)


@pytest.mark.parametrize("path, fault", [(path, fault) for path in REQUESTS for fault in DATA
                                         if fault in SCRIPTS or path.endswith(".json")])  # fmt: skip
def test_the_page_lives_and_nothing_runs(visitor: BrowserContext, shop: Shop, path: str, fault: Fault) -> None:
    shop.country = "FR" if path in FRAMEWORK else "DE"
    shop.broken.faults[path] = fault
    faults: list[Exception] = []
    visitor.on("weberror", lambda error: faults.append(error.error))
    page = a_page(visitor, shop)
    until(lambda: any(asked.endswith(path) for asked in shop.asked))
    page.locator("main > button").click()
    expect(page.locator("main > button")).to_have_text("pressed")
    expect(page.locator(BANNER)).to_have_count(0 if path in NEEDED else 1)
    assert nothing_ran(page) and faults == []


@pytest.mark.parametrize("fault", SCRIPTS)
@pytest.mark.parametrize("path", ["otPreferences.js", *FRAMEWORK])
def test_an_answer_counts_with_the_banner_alone(visitor: BrowserContext, shop: Shop, path: str, fault: Fault) -> None:
    shop.country = "FR" if path in FRAMEWORK else "DE"
    shop.broken.faults[path] = fault
    page = a_page(visitor, shop)
    page.locator(ACCEPT).click()
    page.wait_for_function("window.ran?.includes('www.shop.test/ads.js')")
    expect(page.locator(BANNER)).to_be_hidden()
    page.close()
    shop.broken.mend()
    again = a_page(visitor, shop)
    until(lambda: 200 in shop.answers)
    again.wait_for_function("window.ran?.includes('stats.test/tally.js')")
    assert {receipt["dsDataElements"]["InteractionType"] for receipt in shop.receipts} == {"Banner - Allow All"}


@pytest.mark.parametrize("fault", DATA)
def test_no_receipt_is_lost(visitor: BrowserContext, shop: Shop, fault: Fault) -> None:
    shop.broken.faults[RECEIPTS] = fault
    visitor.clock.install()
    page = a_page(visitor, shop)
    page.evaluate("window.applied = 0; addEventListener('OTConsentApplied', () => applied++)")
    page.locator(ACCEPT).click()
    page.wait_for_function("window.ran?.includes('www.shop.test/ads.js')")
    until(lambda: f"consent.placet.test{RECEIPTS}" in shop.asked)
    page.clock.run_for(GIVE_UP_MS)
    page.wait_for_function("applied === 1")
    shop.broken.mend()
    page.clock.run_for(RETRY_MS)
    page.wait_for_function(NONE_WAITS)
    assert shop.answers and set(shop.answers) == {200}
    assert len({receipt["placet"]["id"] for receipt in shop.receipts}) == 1


def test_an_answer_whose_tab_was_closed_is_proven_by_another(visitor: BrowserContext, shop: Shop) -> None:
    page, other = a_page(visitor, shop), a_page(visitor, shop, "other")
    other.wait_for_function("!!window.OneTrust?.GetDomainData")
    shop.broken.faults[RECEIPTS] = Fault.FAILS
    page.evaluate("addEventListener('OTConsentApplied', () => window.applied = true)")
    page.locator(ACCEPT).click()
    page.wait_for_function("window.applied")
    page.close()
    other.wait_for_function(f"!({NONE_WAITS})")
    assert shop.receipts == []
    shop.broken.mend()
    other.evaluate("dispatchEvent(new Event('online'))")
    other.wait_for_function(NONE_WAITS)
    assert set(shop.answers) == {200}
    assert len({receipt["placet"]["id"] for receipt in shop.receipts}) == 1


def test_a_preference_centre_makes_way_for_an_answer_from_another_tab(visitor: BrowserContext, shop: Shop) -> None:
    page, other = a_page(visitor, shop), a_page(visitor, shop, "other")
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#ot-group-id-C0003").click()
    other.locator(ACCEPT).click()
    expect(page.locator("#onetrust-pc-sdk")).to_be_hidden()
    expect(page.locator(BANNER)).to_be_hidden()
    page.wait_for_function("window.ran?.length === 2")
    until(lambda: bool(shop.answers))
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    expect(page.locator("#ot-group-id-C0004, #ot-sub-group-id-C0004")).to_be_checked()
    assert set(shop.answers) == {200}
    assert len({receipt["placet"]["id"] for receipt in shop.receipts}) == 1


def test_what_one_tab_withdraws_the_other_no_longer_lets_go(visitor: BrowserContext, shop: Shop) -> None:
    page, other = a_page(visitor, shop), a_page(visitor, shop, "other")
    page.locator(ACCEPT).click()
    other.wait_for_function("window.ran?.length === 2 && !!window.OneTrust?.UpdateConsent")
    page.wait_for_function("!!window.OneTrust?.RejectAll")
    page.evaluate("OneTrust.RejectAll()")
    other.wait_for_function("OnetrustActiveGroups === ',C0001,'")
    other.evaluate(f"document.body.insertAdjacentHTML('beforeend', {MARKED!r})")
    other.evaluate("OneTrust.UpdateConsent('Category', 'C0003:1')")
    page.wait_for_function("OnetrustActiveGroups === ',C0001,C0003,'")
    expect(other.locator("script[type='text/plain'][class*=C0004]")).to_have_count(1)
    assert other.evaluate("window.ran.length") == 2
