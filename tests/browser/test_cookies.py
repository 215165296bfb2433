"""The two cookies: spelled as others read them, shared with sub-domains, adopted when they are there already."""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import html
from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.clients.deployment import until

Visit = Callable[..., Page]

ADOPTED = (
    "isGpcEnabled=0&datestamp=Sat+Nov+21+2026+10%3A00%3A00+GMT%2B0000+(Coordinated+Universal+Time)&version=202501.2.0"
    "&browserGpcFlag=0&isIABGlobal=false&hosts=H1%3A1&consentId=1b9d0000-0000-4000-8000-00000000beef"
    "&interactionCount=1&isAnonUser=1&landingPath=NotLandingPage&groups=C0001%3A1%2CC0002%3A1%2CC0003%3A0%2CBG1%3A0"
    "%2CC0004%3A0%2CC0005%3A0&AwaitingReconsent=false&intType=6&geolocation=DE%3BBE&future=kept"
)


def cookies(context: BrowserContext) -> dict[str, dict[str, object]]:
    """The visitor's cookies by name. Each page reads its own first, and with that has written what it had to write."""
    for page in context.pages:
        page.evaluate("document.cookie")
    return {cookie["name"]: dict(cookie) for cookie in context.cookies()}


def ready(page: Page) -> Page:
    """A page with all methods on it."""
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    return page


def test_the_first_page_writes_the_defaults_and_no_answer(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    ready(visit(query="?utm=secret"))
    kept = cookies(visitor)
    assert "OptanonAlertBoxClosed" not in kept
    text = str(kept["OptanonConsent"]["value"])
    assert re.fullmatch(r"[\w&=%+().*~!'-]+", text)
    values = dict(pair.split("=", 1) for pair in text.split("&"))
    assert unquote_plus(values["groups"]) == "C0001:1,C0002:0,C0003:0,BG1:0,C0004:0,C0005:0"
    assert unquote_plus(values["landingPath"]) == shop.page()  # without the query: it is nobody's business
    assert values["interactionCount"] == "0"
    assert "+GMT%2B0000+(" in values["datestamp"]


def test_an_answer_is_dated_raw_and_shared_with_sub_domains(visit: Visit, visitor: BrowserContext) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.RejectAll()")
    kept = cookies(visitor)
    closed = kept["OptanonAlertBoxClosed"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(closed["value"]))
    assert closed["domain"] == ".shop.test" and closed["path"] == "/" and closed["sameSite"] == "Lax"
    assert "intType=2" in str(kept["OptanonConsent"]["value"])
    assert "geolocation=DE%3B" in str(kept["OptanonConsent"]["value"])


def test_another_sub_domain_knows_the_answer(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    page.goto(shop.page(host="blog.shop.test"))
    assert ready(page).evaluate("OneTrust.IsAlertBoxClosed()")


def test_a_migrated_visitor_is_not_asked_again(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    visitor.add_cookies(
        [
            {"name": "OptanonConsent", "value": ADOPTED, "domain": ".shop.test", "path": "/"},
            {
                "name": "OptanonAlertBoxClosed",
                "value": "2026-11-21T10:00:00.000Z",
                "domain": ".shop.test",
                "path": "/",
            },
        ]
    )
    page = ready(visit())
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(0)
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,"
    assert page.evaluate("OneTrust.getDataSubjectId()") == "1b9d0000-0000-4000-8000-00000000beef"
    kept = str(cookies(visitor)["OptanonConsent"]["value"])
    assert "future=kept" in kept and "hosts=H1%3A1" in kept
    assert shop.receipts == []


def test_an_answer_without_answers_is_asked_again(visit: Visit, visitor: BrowserContext) -> None:
    visitor.add_cookies(
        [
            {
                "name": "OptanonAlertBoxClosed",
                "value": "2026-11-21T10:00:00.000Z",
                "domain": ".shop.test",
                "path": "/",
            }
        ]
    )
    expect(visit().locator("#onetrust-banner-sdk")).to_be_visible()
    assert "OptanonAlertBoxClosed" not in cookies(visitor)


def test_a_test_publication_keeps_to_its_host(visitor: BrowserContext, shop: Shop) -> None:
    shop.pages["try"] = html(shop, "bottom").replace(APP["bottom"], APP["bottom"] + "-test")
    page = visitor.new_page()
    page.goto(shop.page("try"))
    ready(page).evaluate("OneTrust.AllowAll()")
    until(lambda: bool(shop.receipts))
    assert {str(cookie["domain"]) for cookie in cookies(visitor).values()} == {"www.shop.test"}
    assert shop.receipts[-1]["test"] is True


def test_a_page_may_forget_everything(visit: Visit, visitor: BrowserContext) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    page.evaluate("""new Promise(done => { addEventListener('message', e => e.data === 'CLEARED_OT_COOKIES' && done());
        postMessage('CLEAR_OT_COOKIES', '*') })""")
    assert cookies(visitor) == {}


def test_an_address_may_ask_to_forget(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    page.goto(shop.page() + "?otreset=true&other=1", wait_until="commit")
    page.wait_for_url("**/?other=1")
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()


def test_an_address_may_ask_for_a_preview_of_a_day(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    page = ready(visit(query="?otpreview=true&otgeo=us,ca"))
    assert page.evaluate("OneTrust.GetDomainData().cctId") == APP["bottom"] + "-test"
    assert str(cookies(visitor)["otpreview"]["value"]).endswith("&geo=us,ca")
    page.goto(shop.page())
    assert ready(page).evaluate("OneTrust.GetDomainData().cctId") == APP["bottom"] + "-test"


def test_an_address_may_hide_the_banner(visit: Visit) -> None:
    page = ready(visit(query="?hidebanner=true"))
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(0)


def test_consent_from_an_app_around_the_page_is_adopted(visit: Visit, visitor: BrowserContext) -> None:
    given = (
        "<script>var OTExternalConsent={consentedDate:'2026-11-21T10:00:00.000Z',"
        "groups:'C0001:1,C0002:1,C0003:0',tcString:''}</script>"
    )
    page = ready(visit(head=given))
    expect(page.locator("#onetrust-banner-sdk")).to_have_count(0)
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,"
    assert cookies(visitor)["OptanonAlertBoxClosed"]["value"] == "2026-11-21T10:00:00.000Z"


def test_cookies_may_be_set_for_a_site_in_other_pages_frames(visit: Visit, visitor: BrowserContext) -> None:
    visitor.add_init_script("""window.written = [];
        const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
        Object.defineProperty(document, 'cookie',
            { get: () => get.call(document), set: text => { written.push(text); set.call(document, text) } })""")
    page = ready(visit("framed"))
    page.evaluate("OneTrust.AllowAll()")
    kept = [text for text in page.evaluate("written") if "max-age=0" not in text]
    assert len(kept) >= 3
    stamps = [re.search(r"datestamp=([^&]+)", text) for text in kept if text.startswith("OptanonConsent=")]
    assert all(stamp and re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d%3A\d\d%3A\d\d\.\d{3}Z", stamp[1]) for stamp in stamps)
    manner = ";SameSite=None;Secure;Partitioned;Priority=High;max-age="
    assert all(manner in text for text in kept) and any(f";domain=.shop.test{manner}" in text for text in kept)


def test_other_tabs_are_told_of_an_answer_once_it_can_be_read(visit: Visit, visitor: BrowserContext) -> None:
    visitor.add_init_script("""window.done = [];
        const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
        Object.defineProperty(Document.prototype, 'cookie', {
            get() { done.push('read'); return get.call(this) },
            set(text) { done.push('write'); set.call(this, text) } });
        const { postMessage } = BroadcastChannel.prototype;
        BroadcastChannel.prototype.postMessage = function (it) { postMessage.call(this, it); done.push('tell') };""")
    page = ready(visit())
    page.evaluate("done.length = 0; OneTrust.AllowAll()")
    done = page.evaluate("done")
    before = done[: done.index("tell")]
    assert "write" in before and before[-1] == "read"


def test_a_choice_in_one_tab_holds_in_the_other(visit: Visit, visitor: BrowserContext) -> None:
    one, other = ready(visit()), ready(visit(name="other"))
    one.locator("#onetrust-accept-btn-handler").click()
    other.wait_for_function("OnetrustActiveGroups === ',C0001,C0002,C0003,BG1,C0004,C0005,'")
    expect(other.locator("#onetrust-banner-sdk")).to_be_hidden()
