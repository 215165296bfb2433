"""Tags and functions of others hear of every state in their own words."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies, ready
from tests.browser.test_tcf import a_vendor, heard, read

Visit = Callable[..., Page]
META = "<script>window.meta = []; window.fbq = (...call) => meta.push(call)</script>"


def test_microsoft_hears_denied_first_and_then_the_answer(visit: Visit, shop: Shop) -> None:
    shop.country = "GB"
    page = ready(visit())
    assert page.evaluate("uetq.slice(0, 3)") == ["consent", "default", {"ad_storage": "denied"}]
    page.evaluate("OneTrust.AllowAll()")
    assert page.evaluate("uetq.slice(-3)") == ["consent", "update", {"ad_storage": "granted"}]
    mapping = page.evaluate("OneTrust.GetDomainData().MCMData")
    assert mapping == {"Enabled": True, "StorageTypes": {"ad_storage": "C0004"}}


def test_microsoft_hears_nothing_where_nobody_said_so(visit: Visit) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    assert page.evaluate("typeof uetq") == "undefined"


def test_meta_is_granted_what_was_agreed_to(visit: Visit, shop: Shop) -> None:
    shop.country = "GB"
    page = ready(visit(head=META))
    assert page.evaluate("meta.at(-1)") == ["consent", "revoke"]
    page.evaluate("OneTrust.AllowAll()")
    assert page.evaluate("meta.at(-1)") == ["consent", "grant"]


def test_meta_limits_its_use_where_one_objects(visit: Visit, shop: Shop) -> None:
    shop.country, shop.region = "US", "CO"
    page = ready(visit(head=META))
    assert page.evaluate("meta.at(-1)") == ["dataProcessingOptions", []]
    page.evaluate("OneTrust.RejectAll()")
    assert page.evaluate("meta.at(-1)") == ["dataProcessingOptions", ["LDU"], 1, 1001]


def test_shopify_hears_a_choice_by_its_own_names(visit: Visit) -> None:
    shopify = (
        "<script>window.told = []; window.Shopify = { loadFeatures(features, done) { Shopify.customerPrivacy ="
        " { setTrackingConsent: (consent, done) => { told.push(consent); done() } }; done() } }</script>"
    )
    mapping = '{"analytics":"C0002","marketing":"C0004"}'
    page = ready(visit(head=shopify, attributes=f"data-shopify-consent-mapping='{mapping}'"))
    assert page.evaluate("told") == []  # nobody has chosen yet
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1')")
    assert page.evaluate("told") == [{"analytics": True, "marketing": False}]


def test_the_last_listener_of_the_page_hears_every_state(visit: Visit) -> None:
    listeners = ("consent.changed", 1), ("consent.changed", 2), ("other", 3)
    given = ",".join(f"{{event: '{event}', listener: () => calls.push({n})}}" for event, n in listeners)
    head = f"<script>window.calls = []; window.otEventListeners = [{given}]</script>"
    page = ready(visit(head=head))
    page.evaluate("OneTrust.AllowAll()")
    assert page.evaluate("calls") == [2, 2]
    page.evaluate("OneTrust.UpdateGCM(() => calls.push(4))")
    page.evaluate("OneTrust.RejectAll()")
    assert page.evaluate("calls") == [2, 2, 4]


def test_a_browser_that_asks_not_to_be_tracked_is_heeded(browser: Browser, visit: Visit, shop: Shop) -> None:
    shop.country = "JP"
    asking = browser.new_context(extra_http_headers={"DNT": "1"})
    page = ready(visit(page=asking.new_page()))
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0003,"
    asking.close()
    assert ready(visit(name="other")).evaluate("OnetrustActiveGroups") == ",C0001,C0002,C0003,"


def test_single_vendors_are_answered_by_a_method(visit: Visit, shop: Shop) -> None:
    shop.country = "FR"
    page = a_vendor(visit)
    heard(page, 1)
    page.evaluate("OneTrust.UpdateConsent('IAB Vendor', '8:1,9:1')")
    assert set(read(heard(page, 2)[1]).vendor_consents) == {8}
    page.evaluate("OneTrust.UpdateConsent('IAB Vendor Legitimate Interest', '755:0')")
    assert set(read(heard(page, 3)[2]).vendor_interests) == {8}
    page.evaluate("OneTrust.UpdateConsent('Google Vendor', '89:1')")
    last: Any = heard(page, 4)[3]
    assert last["addtlConsent"] == "2~89~dv.108" and set(read(last).vendor_consents) == {8}


def test_hosts_and_services_are_kept_as_they_were_said(visit: Visit, visitor: BrowserContext) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.UpdateConsent('Host', 'H1:1,H2:0')")
    page.evaluate("OneTrust.UpdateConsent('Host', 'H2:1')")
    page.evaluate("OneTrust.UpdateConsent('VendorService', 'abc:1')")
    kept = str(cookies(visitor)["OptanonConsent"]["value"])
    assert "hosts=H1%3A1%2CH2%3A1" in kept and "vs=abc%3A1" in kept
