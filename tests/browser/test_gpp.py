"""`__gpp` and `__uspapi` in the page: American opt-outs as they stand, Europe's string once it was answered."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from placet.formats.gpp import gpp
from placet.formats.gpp.us_section import UsChoices
from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies
from tests.clients.deployment import until

Visit = Callable[..., Page]
EARLY = "<script>window.heard = []; __gpp('addEventListener', event => heard.push(event))</script>"
SIGNAL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"


@pytest.fixture
def colorado(shop: Shop) -> Shop:
    """Visitors come from where the rule speaks US strings."""
    shop.country, shop.region = "US", "CO"
    return shop


def a_vendor(visit: Visit, **more: Any) -> Page:
    """A page with a vendor that listens before anything has loaded; it is ready when the vendor heard something."""
    page = visit(body=f"{EARLY}<p>Words.</p>", **more)
    page.wait_for_function("heard.length > 0")
    return page


def ping(page: Page) -> Any:
    """What `ping` says."""
    return page.evaluate("new Promise(done => __gpp('ping', done))")


def ask(page: Page, command: str, parameter: str = "") -> Any:
    """What a command answers, and whether it could."""
    return page.evaluate("([c, p]) => new Promise(done => __gpp(c, (a, ok) => done([a, ok]), p))", [command, parameter])


def section(text: str, number: int) -> UsChoices:
    """A US section of a string, read."""
    found = gpp.decode(text).get(number)
    assert found is not None and isinstance(found.value, UsChoices)
    return found.value


def test_american_strings_are_in_force_at_once(visit: Visit, visitor: BrowserContext, colorado: Shop) -> None:
    page = a_vendor(visit)
    said = ping(page)
    assert (said["gppVersion"], said["cmpStatus"], said["signalStatus"]) == ("1.1", "loaded", "ready")
    assert said["supportedAPIs"] == ["7:usnat", "10:usco", "6:uspv1"]
    assert (said["sectionList"], said["applicableSections"]) == ([6, 7, 10], [7, 10])
    assert section(said["gppString"], 10).fields["SaleOptOut"] == 2
    assert said["parsedSections"]["uspv1"] == {"Version": 1, "Notice": "Y", "OptOutSale": "N", "LspaCovered": "N"}
    kept = cookies(visitor)
    assert kept["OTGPPConsent"]["value"] == said["gppString"]
    assert "GPPCookiesCount=1" in str(kept["OptanonConsent"]["value"])


def test_an_opt_out_is_told_section_by_section(visit: Visit, visitor: BrowserContext, colorado: Shop) -> None:
    page = a_vendor(visit)
    page.evaluate("heard.length = 0")
    page.locator("#onetrust-reject-all-handler").click()
    page.wait_for_function("heard.some(e => e.eventName === 'sectionChange')")
    names = [event["eventName"] for event in page.evaluate("heard")]
    assert (names[0], names[-1]) == ("signalStatus", "signalStatus") and "cmpDisplayStatus" in names
    changed = [event["data"] for event in page.evaluate("heard") if event["eventName"] == "sectionChange"]
    assert changed == ["uspv1", "usnat", "usco"]
    assert ask(page, "getField", "usnat.SaleOptOut") == [1, True]
    assert ask(page, "hasSection", "usco") == [True, True] and ask(page, "hasSection", "usca") == [False, True]
    assert ask(page, "getSection", "usca") == [None, False] and ask(page, "nonsense") == [None, False]
    assert ask(page, "getSection", "usco")[0]["TargetedAdvertisingOptOut"] == 1
    assert page.evaluate("new Promise(done => __uspapi('getUSPData', 1, data => done(data)))") == {
        "version": 1, "uspString": "1YYN",
    }  # fmt: skip
    assert cookies(visitor)["usprivacy"]["value"] == "1YYN"


def test_a_listener_leaves(visit: Visit, colorado: Shop) -> None:
    page = a_vendor(visit)
    (listener,) = page.evaluate("heard.filter(e => e.eventName === 'listenerRegistered').map(e => e.listenerId)")
    gone = page.evaluate("id => new Promise(done => __gpp('removeEventListener', done, id))", listener)
    assert (gone["eventName"], gone["data"]) == ("listenerRemoved", True)


def test_the_browsers_signal_stands_in_the_string(visit: Visit, visitor: BrowserContext, colorado: Shop) -> None:
    visitor.add_init_script(SIGNAL)
    said = ping(a_vendor(visit))
    national = section(said["gppString"], 7)
    assert national.gpc is True and national.fields["SaleOptOut"] == 1


def test_a_receipt_holds_the_american_string(visit: Visit, colorado: Shop) -> None:
    page = a_vendor(visit)
    page.locator("#onetrust-reject-all-handler").click()
    until(lambda: bool(colorado.answers))
    assert set(colorado.answers) == {200}
    assert colorado.receipts[-1]["gppString"] == ping(page)["gppString"]


def test_europe_is_section_two_once_it_was_answered(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    shop.country = "FR"
    page = a_vendor(visit)
    page.wait_for_function("heard.some(e => e.pingData.cmpDisplayStatus === 'visible')")
    assert ping(page)["signalStatus"] == "not ready" and "OTGPPConsent" not in cookies(visitor)
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("heard.some(e => e.eventName === 'signalStatus' && e.data === 'ready')")
    said = ping(page)
    assert (said["cmpId"], said["sectionList"], said["cmpDisplayStatus"]) == (300, [2], "hidden")
    assert said["gppString"].split("~")[1] == cookies(visitor)["eupubconsent-v2"]["value"]
    assert cookies(visitor)["OTGPPConsent"]["value"] == said["gppString"]


def test_elsewhere_nobody_pretends_to_answer(visit: Visit) -> None:
    page = visit()
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    assert page.evaluate("[typeof __tcfapi, typeof __gpp, typeof __uspapi]") == ["undefined"] * 3


def test_the_privacy_string_has_a_tag_of_its_own(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    tag = '<script src="{}/opt-out/otCCPAiab.js" ccpa-opt-out-ids="C0004" ccpa-opt-out-geo="{}" {}></script>'
    page = visit(head=tag.format(shop.consent, "all", 'ccpa-opt-out-lspa="true"'))
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function("document.cookie.includes('usprivacy=1YNY')")
    page.evaluate("OneTrust.RejectAll()")
    page.wait_for_function("document.cookie.includes('usprivacy=1YYY')")
    string = "new Promise(done => __uspapi('getUSPData', 1, data => done(data.uspString)))"
    assert page.evaluate(string) == "1YYY"
    shop.country = "DE"
    other = visit(head=tag.format(shop.consent, "us", ""), name="other")
    other.wait_for_function("document.cookie.includes('usprivacy=1---')")
    assert other.evaluate(string) == "1---"
