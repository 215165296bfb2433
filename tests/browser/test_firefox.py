"""The walks that matter most, in Firefox: asked, answered, blocked, remembered, signalled, told to vendors."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import html
from tests.browser.firefox import Firefox, Tab
from tests.browser.npm_install import fetched
from tests.browser.servers import Shop
from tests.clients.deployment import until

BANNER = "#onetrust-banner-sdk"
SEEN = "document.querySelector('{}')?.checkVisibility() === true"
RAN = "(window.ran || []).join()"
WAITING = '<script type="text/plain" class="optanon-category-C0004" src="/ads.js"></script>'
SETTINGS = '<button class="ot-sdk-show-settings" id="ot-sdk-btn">Cookies</button>'
VENDOR = "<script>window.heard = []; __tcfapi('addEventListener', 2, data => heard.push(data))</script>"


@pytest.fixture(scope="module")
def program() -> str:
    """Where Firefox is: the system's, by apt where we may. It has no installer of its own that needs nobody's leave."""
    found = fetched("firefox-esr", "firefox-esr", "firefox")
    assert found, "Firefox is missing here and only root may install it: apt-get install firefox-esr"
    return found


@pytest.fixture(scope="module")
def running(program: str) -> Iterator[Firefox]:
    with Firefox(program) as browser:
        yield browser


@pytest.fixture
def tab(running: Firefox, shop: Shop) -> Iterator[Tab]:
    """A tab of somebody who was never here."""
    running.visitor()
    yield running.tab()
    running.leave()


def visit(tab: Tab, shop: Shop, name: str = "", body: str = "") -> None:
    """Opens a page of the shop and waits for all methods on it."""
    shop.pages[name] = html(shop, "bottom", body=body or "<p>Words.</p>")
    tab.open(shop.page(name))
    tab.until("!!window.OneTrust?.GetDomainData")


@pytest.mark.parametrize(
    ("button", "active", "answers"),
    [
        ("#onetrust-accept-btn-handler", ",C0001,C0002,C0003,BG1,C0004,C0005,", {"NO_CHOICE", "CONFIRMED"}),
        ("#onetrust-reject-all-handler", ",C0001,", {"NO_CHOICE", "OPT_OUT"}),
    ],
)
def test_an_answer_is_kept_and_proven(tab: Tab, shop: Shop, button: str, active: str, answers: set[str]) -> None:
    visit(tab, shop, body=WAITING)
    assert tab.says(SEEN.format(BANNER)) and tab.says("window.ran") is None
    tab.click(button)
    ran = "www.shop.test/ads.js" if "C0004" in active else ""
    tab.until(f"!({SEEN.format(BANNER)}) && OnetrustActiveGroups === '{active}' && {RAN} === '{ran}'")
    until(lambda: bool(shop.answers))
    assert set(shop.answers) == {200}
    assert {purpose["TransactionType"] for purpose in shop.receipts[0]["purposes"]} == answers
    assert {"OptanonConsent", "OptanonAlertBoxClosed"} == set(cookies(tab))
    assert ("C0004%3A1" in cookies(tab)["OptanonConsent"]) is ("C0004" in active)
    visit(tab, shop, "next", body=WAITING)
    assert tab.says(f"!({SEEN.format(BANNER)}) && OnetrustActiveGroups") == active
    tab.until(f"{RAN} === '{ran}'")


def cookies(tab: Tab) -> dict[str, str]:
    """The page's cookies."""
    pairs: list[str] = tab.says("document.cookie").split("; ")
    return dict(pair.split("=", 1) for pair in pairs)


def walk_to(tab: Tab, selector: str) -> None:
    """Press Tab until this has the keyboard; a dialog has no more than so many stops."""
    for _ in range(40):
        if tab.says(f"document.activeElement.matches('{selector}')"):
            return
        tab.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def test_the_preference_centre_works_by_keyboard_alone(tab: Tab, shop: Shop) -> None:
    visit(tab, shop, body=SETTINGS)
    tab.click("#onetrust-reject-all-handler")
    tab.until("document.cookie.includes('OptanonAlertBoxClosed')")
    tab.says("document.querySelector('#ot-sdk-btn').focus()")
    tab.press("Enter")
    tab.until("document.activeElement.id === 'close-pc-btn-handler'")
    walk_to(tab, "#ot-group-id-C0002")
    tab.press(" ")
    tab.until("document.activeElement.getAttribute('aria-checked') === 'true'")
    walk_to(tab, ".save-preference-btn-handler")
    tab.press("Enter")
    tab.until("OnetrustActiveGroups === ',C0001,C0002,' && document.activeElement.id === 'ot-sdk-btn'")


def test_vendors_are_answered(tab: Tab, shop: Shop) -> None:
    shop.country = "FR"
    visit(tab, shop, body=VENDOR)
    tab.until("heard[0]?.eventStatus === 'cmpuishown'")
    tab.click("#onetrust-accept-btn-handler")
    tab.until("heard[1]?.eventStatus === 'useractioncomplete'")
    assert cookies(tab)["eupubconsent-v2"] == tab.says("heard[1].tcString")
    assert tab.says("new Promise(done => __tcfapi('ping', 2, done))")["cmpId"] == 300


def test_the_browsers_own_signal_is_honoured(program: str, shop: Shop) -> None:
    shop.country, shop.region = "US", "CA"
    with Firefox(program, privacy__globalprivacycontrol__enabled=True) as browser:
        browser.visitor()
        tab = browser.tab()
        visit(tab, shop)
        assert tab.says("navigator.globalPrivacyControl") is True
        assert tab.says("OnetrustActiveGroups") == ",C0001,C0002,C0003,"
        assert tab.says(SEEN.format(f"{BANNER} .ot-optout-signal"))
        tab.click("#onetrust-accept-btn-handler")
        until(lambda: bool(shop.answers))
        assert set(shop.answers) == {200}
        assert shop.receipts[0]["placet"]["gpc"] is True
