"""Somebody the page knows by name is asked once, wherever they go; nobody else's answer is ever taken for theirs."""

import threading
from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.node_context import token
from tests.browser.sample_shop import SECRET
from tests.browser.servers import NONE_WAITS, Shop
from tests.browser.test_cookies import cookies
from tests.browser.test_screens import AXE, violations
from tests.clients.deployment import until

Visit = Callable[..., Page]

GROUPED = "consent/{}/otSDKStub.js"
BANNER = "#onetrust-banner-sdk"
PROFILE = "/v1/preferences"
ALL, COUNTED = ",C0001,C0002,C0003,BG1,C0004,C0005,", ",C0001,C0002,"


def as_(who: str, proof: str = "") -> str:
    """What a page says that knows its visitor."""
    subject = f"{{id: '{who}', isAnonymous: false, token: '{proof or token(who, SECRET)}', identifierType: 'Email'}}"
    return f"<script>window.OneTrust = {{dataSubjectParams: {subject}}}</script>"


def ready(page: Page) -> Page:
    """A page with all methods on it."""
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    return page


def answered(page: Page, shop: Shop, count: int = 1) -> None:
    """Wait until the server has answered so many receipts, and the page knows that."""
    until(lambda: len(shop.answers) >= count)
    page.wait_for_function(NONE_WAITS)


def proofs(shop: Shop) -> set[str]:
    """The receipts that came, by their ids: each may come more than once."""
    return {receipt["placet"]["id"] for receipt in list(shop.receipts)}


def consent(context: BrowserContext, key: str) -> str:
    """One value of the consent cookie."""
    text = str(cookies(context).get("OptanonConsent", {}).get("value", ""))
    return unquote_plus(dict(pair.split("=", 1) for pair in text.split("&") if pair).get(key, ""))


@pytest.fixture
def elsewhere(browser: Browser, shop: Shop, visit: Visit) -> Callable[..., None]:
    """The person answers on another device, at another site of the group."""

    def answer(who: str, site: str, call: str) -> None:
        context = browser.new_context()
        page = ready(visit(site, name="elsewhere", page=context.new_page(), head=as_(who), form=GROUPED))
        before = len(shop.answers)
        page.evaluate(call)
        answered(page, shop, before + 1)
        context.close()

    return answer


def test_a_person_who_is_fully_known_is_not_asked(
    unhurried: None, visit: Visit, visitor: BrowserContext, elsewhere, shop: Shop
) -> None:
    elsewhere("ada", "club", "OneTrust.UpdateConsent('Category', 'C0002:1')")
    page = ready(visit("club", head=as_("ada"), form=GROUPED))
    assert page.evaluate("OnetrustActiveGroups") == COUNTED
    expect(page.locator(BANNER)).to_have_count(0)
    assert page.evaluate("OneTrust.IsAlertBoxClosed() && OneTrust.getDataSubjectId()") == "ada"
    assert (consent(visitor, "isAnonUser"), consent(visitor, "identifierType")) == ("0", "Email")
    assert len(proofs(shop)) == 1


def test_a_site_that_asks_for_more_asks(unhurried: None, visit: Visit, elsewhere) -> None:
    elsewhere("bob", "club-small", "OneTrust.AllowAll()")
    page = ready(visit("club", head=as_("bob"), form=GROUPED))
    expect(page.locator(BANNER)).to_be_visible()
    assert page.evaluate("OnetrustActiveGroups") == COUNTED  # what was said elsewhere holds already
    page.reload()
    expect(page.locator(BANNER)).to_be_visible()


def test_a_name_that_is_not_proven_stays_unknown(
    unhurried: None, visit: Visit, visitor: BrowserContext, elsewhere
) -> None:
    elsewhere("cleo", "club", "OneTrust.AllowAll()")
    page = ready(visit("club", head=as_("cleo", token("cleo", "another key")), form=GROUPED))
    expect(page.locator(BANNER)).to_be_visible()
    assert page.evaluate("OneTrust.getDataSubjectId()") != "cleo"
    assert consent(visitor, "isAnonUser") == "1"


def test_without_a_profile_this_devices_answer_becomes_it(
    unhurried: None, visit: Visit, visitor, shop: Shop, browser: Browser
) -> None:
    page = ready(visit("club", form=GROUPED))
    page.evaluate("OneTrust.RejectAll()")
    answered(page, shop)
    said = cookies(visitor)["OptanonAlertBoxClosed"]["value"]
    ready(visit("club", page=page, head=as_("dora"), form=GROUPED))
    expect(page.locator(BANNER)).to_have_count(0)
    until(lambda: len(proofs(shop)) == 2)
    answered(page, shop, 2)
    brought = shop.receipts[-1]
    assert (brought["identifier"], brought["interactionDate"]) == ("dora", said)
    assert brought["dsDataElements"]["InteractionType"] == "Banner - Reject All"  # as far as the cookie can tell
    other = browser.new_context()
    known = ready(visit("club", page=other.new_page(), head=as_("dora"), form=GROUPED))
    known.wait_for_function("OneTrust.IsAlertBoxClosed()")  # it may begin before its profile has come
    expect(known.locator(BANNER)).to_have_count(0)
    assert known.evaluate("OnetrustActiveGroups") == ",C0001,"
    other.close()


@pytest.mark.parametrize(("site", "active"), [("club", ALL), ("newer", ",C0001,")])
def test_the_toggle_decides_whose_answer_wins(
    unhurried: None, visit: Visit, shop: Shop, elsewhere, site: str, active: str
) -> None:
    elsewhere("eve", site, "OneTrust.AllowAll()")
    page = ready(visit(site, form=GROUPED))
    page.evaluate("OneTrust.RejectAll()")
    answered(page, shop, 2)
    ready(visit(site, page=page, head=as_("eve"), form=GROUPED))
    assert page.evaluate("OnetrustActiveGroups") == active


def test_an_older_answer_of_the_device_yields(unhurried: None, visit: Visit, shop: Shop, elsewhere) -> None:
    page = ready(visit("newer", form=GROUPED))
    page.evaluate("OneTrust.RejectAll()")
    answered(page, shop)
    elsewhere("finn", "newer", "OneTrust.AllowAll()")
    ready(visit("newer", page=page, head=as_("finn"), form=GROUPED))
    assert page.evaluate("OnetrustActiveGroups") == ALL


def test_nobody_inherits_another_persons_answers(unhurried: None, visit: Visit, shop: Shop) -> None:
    page = ready(visit("club", head=as_("gus"), form=GROUPED))
    page.evaluate("OneTrust.AllowAll()")
    answered(page, shop)
    ready(visit("club", page=page, head=as_("hana"), form=GROUPED))
    expect(page.locator(BANNER)).to_be_visible()
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,"
    assert page.evaluate("OneTrust.getDataSubjectId()") == "hana"
    assert len(proofs(shop)) == 1


def test_a_slow_server_holds_up_no_page(visit: Visit, visitor: BrowserContext, elsewhere, shop: Shop) -> None:
    elsewhere("ivy", "club", "OneTrust.AllowAll()")
    held = threading.Event()
    shop.holding = lambda path: held if path == PROFILE else None
    page = visit("club", head=as_("ivy"), form=GROUPED)
    expect(page.locator(BANNER)).to_be_visible()
    held.set()  # the answer comes at last, and the question goes
    expect(page.locator(BANNER)).to_have_count(0)
    assert page.evaluate("OnetrustActiveGroups") == ALL


def test_a_name_that_a_slow_server_does_not_believe_is_given_up(
    visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    held = threading.Event()
    shop.holding = lambda path: held if path == PROFILE else None
    page = ready(visit("club", head=as_("cleo", token("cleo", "another key")), form=GROUPED))
    assert page.evaluate("OneTrust.getDataSubjectId()") == "cleo"
    held.set()
    page.wait_for_function("OneTrust.getDataSubjectId() !== 'cleo'")
    assert consent(visitor, "consentId") not in ("", "cleo")
    assert (consent(visitor, "isAnonUser"), consent(visitor, "identifierType")) == ("1", "")
    page.evaluate("OneTrust.AllowAll()")
    until(lambda: bool(shop.receipts))
    assert shop.receipts[0]["isAnonymous"] is True and shop.receipts[0]["identifier"] != "cleo"


def test_what_is_said_while_the_server_is_slow_is_the_newest(visit: Visit, elsewhere, shop: Shop) -> None:
    elsewhere("jon", "club", "OneTrust.AllowAll()")
    held = threading.Event()
    shop.holding = lambda path: held if path == PROFILE else None
    page = ready(visit("club", head=as_("jon"), form=GROUPED))
    page.evaluate("OneTrust.RejectAll()")
    with page.expect_response(lambda answer: PROFILE in answer.url and answer.request.method == "GET") as profile:
        held.set()
    profile.value.finished()
    page.evaluate("new Promise(done => setTimeout(done, 50))")  # what follows from it has followed
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,"


@pytest.mark.parametrize("broken", [PROFILE, "otBefore.js"])
def test_a_page_asks_when_the_profile_cannot_be_had(visit: Visit, shop: Shop, broken: str) -> None:
    shop.failing = lambda path: path.endswith(broken)
    faults: list[str] = []
    page = visit(name="blank")
    page.on("pageerror", lambda error: faults.append(str(error)))
    ready(visit("club", page=page, head=as_("kim"), form=GROUPED))
    expect(page.locator(BANNER)).to_be_visible()
    assert faults == []


def test_a_person_may_come_in_during_a_visit(unhurried: None, visit: Visit, elsewhere) -> None:
    elsewhere("lea", "club", "OneTrust.AllowAll()")
    wrapper = "<script>window.wrapped = 0; function OptanonWrapper() { wrapped++ }</script>"
    page = ready(visit("club", head=wrapper, form=GROUPED))
    page.wait_for_function("wrapped === 1")
    expect(page.locator(BANNER)).to_be_visible()
    page.evaluate(f"OneTrust.syncConsentProfile('lea', '{token('lea', SECRET)}')")
    page.wait_for_function(f"OnetrustActiveGroups === '{ALL}' && wrapped === 2")
    expect(page.locator(BANNER)).to_have_count(0)
    assert page.evaluate("OneTrust.getDataSubjectId()") == "lea"
    page.evaluate(f"OneTrust.syncConsentProfile('max', '{token('max', SECRET)}')")
    expect(page.locator(BANNER)).to_be_visible()


def test_the_usual_stub_looks_nobody_up(visit: Visit, shop: Shop) -> None:
    page = ready(visit("club", head=as_("nora")))
    assert page.evaluate("[typeof OneTrust.SendReceipt, typeof OneTrust.syncConsentProfile]") == [
        "function",
        "undefined",
    ]
    assert not any(asked.endswith((PROFILE, "otBefore.js")) for asked in shop.asked)


def test_a_person_is_told_once_that_saved_choices_came(unhurried: None, visit: Visit, elsewhere) -> None:
    elsewhere("grace@shop.test", "club", "OneTrust.AllowAll()")
    page = ready(visit("club-small", head=as_("grace@shop.test"), form=GROUPED))
    page.emulate_media(reduced_motion="reduce")
    notice = page.locator("#ot-sync-ntfy")
    expect(notice.locator("p")).to_have_text("Your saved privacy choices now apply here, too.")
    page.add_script_tag(path=AXE)
    assert violations(page, "light") == []
    notice.get_by_role("button", name="Cookie settings").click()
    expect(page.locator("#onetrust-pc-sdk")).to_be_visible()
    expect(notice).to_have_count(0)
    page = ready(visit("club-small", page=page, head=as_("grace@shop.test"), form=GROUPED))
    page.wait_for_function("OnetrustActiveGroups.includes('C0002')")
    expect(notice).to_have_count(0)  # nothing has changed


def test_what_was_said_to_vendors_comes_along(
    unhurried: None, visit: Visit, visitor: BrowserContext, elsewhere, shop: Shop
) -> None:
    shop.country = "FR"
    elsewhere("ruth@shop.test", "club", "__tcfapi('addEventListener', 2, () => {}); OneTrust.AllowAll()")
    said = shop.receipts[0]["consentString"]["content"]
    page = ready(visit("club", head=as_("ruth@shop.test"), form=GROUPED))
    answer = (
        "new Promise(done => __tcfapi('addEventListener', 2, data => data.eventStatus === 'tcloaded' && done(data)))"
    )
    loaded = page.evaluate(answer)
    assert (loaded["tcString"], loaded["addtlConsent"]) == (said, "2~89.108~dv.")
    expect(page.locator(BANNER)).to_have_count(0)


def test_a_new_category_of_a_group_asks_everybody_again(visit: Visit, visitor: BrowserContext) -> None:
    old = {"OptanonConsent": "groups=C0001%3A1%2CC0002%3A1", "OptanonAlertBoxClosed": "2026-11-20T10:00:00.000Z"}
    visitor.add_cookies(
        [{"name": name, "value": text, "domain": ".shop.test", "path": "/"} for name, text in old.items()]
    )
    page = ready(visit("club-small", form=GROUPED))
    expect(page.locator(BANNER)).to_have_count(0)
    page = ready(visit("club", page=page, form=GROUPED))
    expect(page.locator(BANNER)).to_be_visible()
    assert page.evaluate("OnetrustActiveGroups") == COUNTED
    assert "OptanonAlertBoxClosed" not in page.evaluate("document.cookie")
