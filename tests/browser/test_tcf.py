"""`__tcfapi` in the page: from the first line on, through asking and answering, to the next visit."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from placet.formats.tcf import tcf
from placet.formats.tcf.tcf import TcString
from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies
from tests.clients.deployment import until

Visit = Callable[..., Page]
VENDORS = {2, 8, 12, 25, 755}
EARLY = "<script>window.heard = []; __tcfapi('addEventListener', 2, data => heard.push(data))</script>"


@pytest.fixture(autouse=True)
def france(shop: Shop) -> None:
    """Visitors come from where the rule speaks the IAB's framework."""
    shop.country = "FR"


def heard(page: Page, count: int) -> list[Any]:
    """What a vendor's listener heard, once it heard so much."""
    page.wait_for_function(f"heard.length >= {count}")
    found: list[Any] = page.evaluate("heard")
    return found


def a_vendor(visit: Visit, **more: Any) -> Page:
    """A page with a vendor that listens before anything has loaded."""
    return visit(body=f"{EARLY}<p>Words.</p>", **more)


def ask(page: Page, command: str, parameter: object = None) -> Any:
    """What a command answers, and whether it could."""
    call = "([c, p]) => new Promise(done => __tcfapi(c, 2, (a, ok) => done([a, ok]), p ?? undefined))"
    return page.evaluate(call, [command, parameter])


def read(data: Any) -> TcString:
    """The string of an event."""
    return tcf.decode(data["tcString"])


def test_a_vendor_hears_of_the_question_and_of_the_answer(visit: Visit, visitor: BrowserContext) -> None:
    page = a_vendor(visit)
    (asked,) = heard(page, 1)
    assert (asked["eventStatus"], asked["gdprApplies"], asked["cmpId"]) == ("cmpuishown", True, 300)
    assert not read(asked).vendor_consents and not read(asked).purpose_consents
    assert set(read(asked).disclosed or ()) == VENDORS and read(asked).purpose_interests
    page.locator("#onetrust-accept-btn-handler").click()
    answered = heard(page, 2)[1]
    assert (answered["eventStatus"], answered["listenerId"]) == ("useractioncomplete", asked["listenerId"])
    assert set(read(answered).vendor_consents) == VENDORS
    assert answered["vendor"]["consents"]["755"] is True and answered["vendor"]["consents"]["3"] is False
    assert cookies(visitor)["eupubconsent-v2"]["value"] == answered["tcString"]
    assert cookies(visitor)["OTAdditionalConsentString"]["value"] == answered["addtlConsent"] == "2~89.108~dv."


def test_a_visitor_who_comes_back_is_known_by_the_string(visit: Visit, visitor: BrowserContext) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-reject-all-handler").click()
    text = heard(page, 2)[1]["tcString"]
    again = a_vendor(visit, page=page)
    (loaded,) = heard(again, 1)
    assert (loaded["eventStatus"], loaded["tcString"]) == ("tcloaded", text)
    assert not read(loaded).vendor_consents and read(loaded).vendor_interests
    expect(again.locator("#onetrust-banner-sdk")).to_have_count(0)


def test_purposes_live_in_the_string_and_are_no_active_groups(visit: Visit) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.evaluate("OneTrust.UpdateConsent('Category', 'IAB2V2_1:1,IAB2V2_3:1,C0002:1')")
    said = heard(page, 2)[1]
    assert set(read(said).purpose_consents) == {1, 3}
    assert read(said).publisher is not None and 1 in read(said).publisher.custom.consents
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,"


def test_a_stack_is_on_when_all_it_holds_is(visit: Visit) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.evaluate("OneTrust.AllowAll()")
    assert ",V2STACK2," in page.evaluate("OnetrustActiveGroups")


def test_an_answer_without_its_string_is_asked_for_again(visit: Visit, visitor: BrowserContext) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-accept-btn-handler").click()
    heard(page, 2)
    visitor.clear_cookies(name="eupubconsent-v2")
    page = a_vendor(visit, page=page)
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    assert heard(page, 1)[0]["eventStatus"] == "cmpuishown"


def test_a_string_of_another_policy_is_asked_for_again(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-accept-btn-handler").click()
    old = msgspec.structs.replace(read(heard(page, 2)[1]), policy_version=2, list_version=20)
    visitor.add_cookies([{"name": "eupubconsent-v2", "value": tcf.encode(old), "domain": ".shop.test", "path": "/"}])
    page = a_vendor(visit, page=page)
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    assert not read(heard(page, 1)[0]).purpose_consents


def test_every_command_answers_as_the_standard_says(visit: Visit) -> None:
    page = a_vendor(visit)
    listener = heard(page, 1)[0]["listenerId"]
    ping = ask(page, "ping")[0]
    assert (ping["cmpStatus"], ping["displayStatus"], ping["cmpLoaded"]) == ("loaded", "visible", True)
    assert (ping["gvlVersion"], ping["tcfPolicyVersion"], ping["cmpVersion"]) == (45, 4, 7)
    data, ok = ask(page, "getTCData")
    assert ok and data["tcString"] == heard(page, 1)[0]["tcString"]
    assert ask(page, "getTCData", [755])[0]["vendor"]["disclosedVendors"] == {"755": True}
    assert ask(page, "getInAppTCData")[0]["vendor"]["disclosedVendors"][754] == "1"
    assert ask(page, "getVendorList")[0]["vendorListVersion"] == 45
    assert ask(page, "getVendorList", "LATEST")[1] and ask(page, "getVendorList", 3) == [None, False]
    assert ask(page, "nonsense") == [None, False]
    assert page.evaluate("new Promise(done => __tcfapi('getTCData', 7, (a, ok) => done([a, ok])))") == [None, False]
    assert ask(page, "removeEventListener", listener)[0] is True
    assert ask(page, "removeEventListener", listener)[0] is False


def test_another_frame_finds_and_asks_us(visit: Visit, shop: Shop) -> None:
    shop.pages["ad"] = """<script>
      let found = window; while (true) { try { if (found.frames['__tcfapiLocator']) break } catch {}
        if (found === top) { found = null; break } found = found.parent }
      addEventListener('message', e => {
        const told = typeof e.data === 'string' ? JSON.parse(e.data) : e.data;
        if (told.__tcfapiReturn) top.postMessage({ ad: told.__tcfapiReturn, text: typeof e.data === 'string' }, '*') });
      const call = { command: 'ping', version: 2, callId: 'x' };
      found.postMessage({ __tcfapiCall: call }, '*');
      found.postMessage(JSON.stringify({ __tcfapiCall: { ...call, callId: 'y' } }), '*');
    </script>"""
    page = a_vendor(visit)
    heard(page, 1)
    page.evaluate(
        """url => { window.ads = []; addEventListener('message', e => e.data.ad && ads.push(e.data));
        const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame) }""",
        shop.page("ad", host="ads.other.test"),
    )
    page.wait_for_function("ads.length === 2")
    one, other = page.evaluate("ads")
    assert (one["ad"]["callId"], one["text"], one["ad"]["success"]) == ("x", False, True)
    assert (other["ad"]["callId"], other["text"]) == ("y", True)
    assert one["ad"]["returnValue"]["cmpId"] == 300


def test_the_early_stub_has_everything_from_the_first_line_on(visit: Visit, shop: Shop) -> None:
    early = f'<script src="{shop.consent}/consent/tcf.stub.js"></script>'
    ask_now = "<script>__tcfapi('ping', 2, ping => window.first = ping)</script>"
    page = visit(head=early + ask_now, body=f"{EARLY}<p>Words.</p>")
    assert page.evaluate("first.cmpStatus") == "stub"
    assert heard(page, 1)[0]["eventStatus"] == "cmpuishown"


def test_onetrusts_own_questions_are_answered_at_once(visit: Visit) -> None:
    asks = "OneTrust.getVendorConsentsRequestV2((data, ok) => window.wrapped = ok && data)"
    page = visit(body=f"<script>function OptanonWrapper() {{ {asks} }}</script>")
    page.wait_for_function("!!window.wrapped")
    page.evaluate("OneTrust.AllowAll()")
    data = page.evaluate("{ let said; OneTrust.getVendorConsentsRequestV2(data => said = data); said }")
    assert data["addtlConsent"].split("~")[1].split(".") == ["89", "108"]
    assert [at + 1 for at, bit in enumerate(data["vendor"]["consents"]) if bit == "1"] == sorted(VENDORS)
    assert page.evaluate("{ let said; OneTrust.getPingRequest(ping => said = ping); said }")["cmpId"] == 300


def test_the_receipt_holds_the_strings_and_is_taken(visit: Visit, shop: Shop) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-accept-btn-handler").click()
    text = heard(page, 2)[1]["tcString"]
    until(lambda: bool(shop.answers))
    assert set(shop.answers) == {200}
    receipt = shop.receipts[-1]
    assert receipt["consentString"] == {"type": "tcfeu", "content": text}
    assert receipt["gacString"] == "2~89.108~dv." and receipt["gppString"].endswith(text)
    assert len(receipt["purposes"]) > 10


def test_consent_of_an_app_around_the_page_comes_with_its_string(visit: Visit, visitor: BrowserContext) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-accept-btn-handler").click()
    text = heard(page, 2)[1]["tcString"]
    visitor.clear_cookies()
    given = (
        "<script>var OTExternalConsent={consentedDate:new Date().toISOString(),groups:'C0001:1',"
        f"tcString:'{text}',addtlString:'2~89~dv.108'}}</script>"
    )
    page = visit(head=given, body=EARLY, name="app")
    (loaded,) = heard(page, 1)
    assert (loaded["tcString"], loaded["addtlConsent"], loaded["eventStatus"]) == (text, "2~89~dv.108", "tcloaded")


def test_whoever_answers_before_our_script_has_come_is_not_asked_again(
    visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    held = threading.Event()
    shop.holding = lambda path: held if path.endswith("otTCF.js") else None
    page = a_vendor(visit, wait_until="commit")
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    held.set()
    (answered,) = heard(page, 1)
    assert answered["eventStatus"] == "useractioncomplete" and set(read(answered).vendor_consents) == VENDORS
    assert cookies(visitor)["eupubconsent-v2"]["value"] == answered["tcString"]
    assert "OptanonAlertBoxClosed" in cookies(visitor)
    expect(page.locator("#onetrust-banner-sdk")).to_be_hidden()
    until(lambda: bool(shop.answers))
    assert shop.receipts[0]["consentString"]["content"] == answered["tcString"]


def test_a_choice_in_one_tab_is_told_in_the_other(visit: Visit) -> None:
    one, other = a_vendor(visit), a_vendor(visit, name="other")
    heard(one, 1), heard(other, 1)
    one.locator("#onetrust-accept-btn-handler").click()
    assert heard(other, 2)[1]["tcString"] == heard(one, 2)[1]["tcString"]


def test_another_tab_is_not_misled_by_the_string_of_before(visit: Visit, visitor: BrowserContext) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-accept-btn-handler").click()
    heard(page, 2)
    one, other = a_vendor(visit, page=page), a_vendor(visit, name="other")
    heard(one, 1), heard(other, 1)
    waiting: list[Route] = []
    visitor.route("**/rules.json*", lambda route: waiting.append(route))
    with one.expect_request("**/rules.json*"):
        one.evaluate("OneTrust.RejectAll()")
    other.wait_for_function("OnetrustActiveGroups === ',C0001,'")
    assert "IAB2V2_1%3A1" not in other.evaluate("document.cookie")  # nobody wrote the old answers again
    waiting[0].continue_()
    text = heard(one, 2)[1]["tcString"]
    assert not tcf.decode(text).purpose_consents
    other.wait_for_function("text => heard.at(-1).tcString === text", arg=text)


def test_a_page_still_works_when_the_vendors_cannot_be_had(visit: Visit, shop: Shop) -> None:
    shop.failing = lambda path: "/iab/" in path
    page = a_vendor(visit)
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("OnetrustActiveGroups.includes('C0004')")
    until(lambda: bool(shop.answers))
    assert set(shop.answers) == {200} and "consentString" not in shop.receipts[-1]
