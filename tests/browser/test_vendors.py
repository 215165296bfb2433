"""The vendor screen: what it shows, what it lets one decide, and that everybody can use it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from placet.formats.tcf.tcf import TcString
from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies
from tests.browser.test_screens import AXE, STRICT, violations
from tests.browser.test_tcf import VENDORS, a_vendor, heard, read
from tests.clients.deployment import until

Visit = Callable[..., Page]
CLAIMING = {8, 755}


@pytest.fixture(autouse=True)
def france(shop: Shop) -> None:
    """Visitors come from where the rule speaks the IAB's framework."""
    shop.country = "FR"


def at_the_list(visit: Visit, **more: Any) -> Page:
    """Somebody who went from the banner straight to the partners."""
    page = a_vendor(visit, **more)
    heard(page, 1)
    page.get_by_role("button", name="Partners (7)").click()
    page.locator("#ot-ven-lst").wait_for()
    return page


def save(page: Page) -> Any:
    """The string after the choices were saved."""
    before = page.evaluate("heard.length")
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function(f"heard.length > {before} && heard.at(-1).eventStatus === 'useractioncomplete'")
    return read(page.evaluate("heard.at(-1)"))


def restrictions(said: TcString) -> set[tuple[int, int, tuple[int, ...]]]:
    """The publisher's restrictions in a string: purpose, kind, vendors."""
    return {(each.purpose, each.kind, tuple(each.vendors)) for each in said.restrictions}


def test_the_first_screen_names_purposes_and_partners(visit: Visit) -> None:
    page = a_vendor(visit)
    text = page.locator("#onetrust-policy-text").inner_text()
    assert "Store and/or access information on a device" in text and "Use precise geolocation data" in text
    assert "Advertising based on limited data and advertising measurement" in text  # a stack, in place of its purposes
    assert "Measure advertising performance" not in text and "Partners (7)" in text


def test_partners_are_one_click_away_and_said_aloud(visit: Visit) -> None:
    page = at_the_list(visit)
    assert page.evaluate("document.activeElement.id") == "ot-lst-title"
    expect(page.locator("#ot-lst-title")).to_have_text("Partners (7)")
    expect(page.locator("#ot-ven-lst li.ot-ven-item")).to_have_count(5)
    expect(page.locator("#ot-addtl-venlst li.ot-ven-item")).to_have_count(2)
    expect(page.locator("#onetrust-pc-sdk > .ot-scrn-rdr")).to_have_text("Partners found: 7")


def test_a_search_narrows_the_list(visit: Visit) -> None:
    page = at_the_list(visit)
    page.locator("#vendor-search-handler").fill("GOOGLE")
    expect(page.locator("#ot-lst-title")).to_have_text("Partners (1)")
    expect(page.locator("[data-vendor='755']")).to_be_visible()
    expect(page.locator("[data-vendor='8']")).to_be_hidden()


def test_a_partner_explains_itself(visit: Visit, shop: Shop) -> None:
    page = at_the_list(visit)
    google = page.locator("[data-vendor='755']")
    google.locator("h5 button").click()
    text = google.inner_text()
    assert "Store and/or access information on a device (Data kept for: 548 days)" in text
    assert "Purposes · Legitimate interest" in text and "Ensure security" in text and "IP addresses" in text
    expect(google.get_by_role("link", name="Privacy policy")).to_have_attribute("rel", "noopener noreferrer")
    stored = {"identifier": "IDE", "type": "cookie", "maxAgeSeconds": 86_400, "domains": ["*.ads.test"]}
    told = {"json": {"disclosures": [stored]}, "headers": {"access-control-allow-origin": "*"}}
    page.route(re.compile("gstatic"), lambda route: route.fulfill(**told))
    google.get_by_role("button", name="Show what is stored").click()
    expect(google.get_by_text("IDE · cookie · 1 day · *.ads.test")).to_be_visible()


def test_single_partners_are_chosen_and_objected_to(visit: Visit) -> None:
    page = at_the_list(visit)
    page.locator("#ot-vendor-id-8").check()
    page.locator("[data-vendor='755'] .ot-obj-leg-btn-handler").click()
    page.locator("#ot-addtl-ven-id-89").check()
    said = save(page)
    assert set(said.vendor_consents) == {8} and set(said.vendor_interests) == CLAIMING - {755}
    assert page.evaluate("heard.at(-1).addtlConsent") == "2~89~dv.108"


def test_a_saved_choice_is_told_once_and_not_before_it_is_made(visit: Visit) -> None:
    page = at_the_list(visit)
    page.evaluate("heard.length = 0")
    page.locator("#ot-vendor-id-8").check()
    assert set(save(page).vendor_consents) == {8}
    assert page.evaluate("heard.map(event => event.eventStatus)") == ["useractioncomplete"]


def test_everybody_at_once(visit: Visit) -> None:
    page = at_the_list(visit)
    page.locator("#select-all-vendor-groups-handler").check()
    page.locator("#select-all-vendor-leg-handler").click()
    said = save(page)
    assert set(said.vendor_consents) == VENDORS and not said.vendor_interests


def test_a_partner_outside_the_lists_is_counted_listed_and_decided(visit: Visit) -> None:
    page = visit("partners")
    page.wait_for_function("!!window.OneTrust?.showVendorsList")
    page.get_by_role("button", name="Partners (8)").click()
    expect(page.locator("#ot-lst-title")).to_have_text("Partners (8)")
    expect(page.get_by_role("heading", name="Other partners")).to_be_visible()
    tally = page.get_by_role("switch", name="Tally Ltd")
    expect(tally).not_to_be_checked()
    tally.check()
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function("OnetrustActiveGroups.includes(',tally,')")
    page.evaluate("OneTrust.showVendorsList()")
    expect(tally).to_be_checked()
    page.locator("#vendor-search-handler").fill("google")
    expect(page.get_by_role("heading", name="Other partners")).to_be_hidden()
    page.locator("#vendor-search-handler").fill("")
    tally.uncheck()
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function("!OnetrustActiveGroups.includes('tally')")


def test_a_partner_outside_the_lists_follows_its_category_until_refused_alone(visit: Visit) -> None:
    page = visit("partners")
    page.wait_for_function("!!window.OneTrust?.showVendorsList")
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    page.locator("#ot-group-id-C0002").check()
    page.locator(".onetrust-vendors-list-handler").click()
    tally = page.get_by_role("switch", name="Tally Ltd")
    expect(tally).to_be_checked()
    tally.uncheck()
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function("OnetrustActiveGroups === ',C0001,C0002,'")
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function("document.cookie.includes('interactionCount=2')")
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0002,"


def test_partners_follow_the_purposes_where_nobody_was_singled_out(visit: Visit) -> None:
    page = a_vendor(visit)
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator(".onetrust-vendors-list-handler").wait_for()
    page.locator("#ot-group-id-IAB2V2_1").check()
    page.locator(".onetrust-vendors-list-handler").click()
    expect(page.locator("#ot-vendor-id-2")).to_be_checked()
    said = save(page)
    assert set(said.purpose_consents) == {1} and set(said.vendor_consents) == VENDORS


def centre_with(page: Page, *purposes: int) -> None:
    """The preference centre with these purposes on."""
    page.wait_for_function("!!window.OneTrust?.showVendorsList")
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    page.locator(".onetrust-vendors-list-handler").wait_for()
    for purpose in purposes:
        page.locator(f"#ot-group-id-IAB2V2_{purpose}").check()


def test_a_partner_refused_while_purposes_are_off_stays_refused_when_they_come_on(visit: Visit) -> None:
    page = at_the_list(visit)
    page.locator("#ot-vendor-id-8").check()
    page.locator("#ot-vendor-id-8").uncheck()
    assert not save(page).vendor_consents
    page.evaluate("OneTrust.RejectAll()")
    page = a_vendor(visit, page=page)
    centre_with(page, 1)
    page.locator(".onetrust-vendors-list-handler").click()
    expect(page.locator("#ot-vendor-id-8")).not_to_be_checked()
    said = save(page)
    assert set(said.purpose_consents) == {1} and set(said.vendor_consents) == VENDORS - {8}


def test_partners_that_were_all_refused_singly_stay_refused(visit: Visit) -> None:
    page = a_vendor(visit)
    centre_with(page, 1)
    page.locator(".onetrust-vendors-list-handler").click()
    for vendor in VENDORS:
        page.locator(f"#ot-vendor-id-{vendor}").uncheck()
    assert not save(page).vendor_consents
    centre_with(page, 9)
    said = save(page)
    assert set(said.purpose_consents) == {1, 9} and not said.vendor_consents


def test_a_purpose_is_objected_to_and_the_objection_stays(visit: Visit) -> None:
    page = a_vendor(visit)
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("[data-optanongroupid=IAB2V2_9] h4 button").click()
    page.locator("[data-optanongroupid=IAB2V2_9] .ot-obj-leg-btn-handler").click()
    said = save(page)
    assert 9 not in said.purpose_interests and 10 in said.purpose_interests
    page = a_vendor(visit, page=page)
    page.wait_for_function("!!window.OneTrust?.showVendorsList")
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    page.locator("[data-optanongroupid=IAB2V2_9] h4 button").click()
    expect(page.locator("[data-optanongroupid=IAB2V2_9] .ot-remove-objection-handler")).to_have_text(
        "Withdraw objection"
    )


def test_a_purpose_leads_to_those_who_rely_on_it_and_back(visit: Visit) -> None:
    page = a_vendor(visit)
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("[data-optanongroupid=ISF2V2_1] h4 button").click()
    there = page.locator("[data-optanongroupid=ISF2V2_1] .category-vendors-list-handler")
    expect(there).to_have_text("Partners (2)")
    there.click()
    expect(page.locator("#ot-lst-title")).to_have_text("Partners (2): Use precise geolocation data")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # back
    assert page.evaluate("document.activeElement.className").startswith("category-vendors-list-handler")
    expect(page.locator("#ot-pc-lst")).to_be_hidden()


def test_what_cannot_be_refused_says_so(visit: Visit) -> None:
    page = a_vendor(visit)
    page.locator("#onetrust-pc-btn-handler").click()
    row = page.locator("[data-optanongroupid=ISP2V2_1]")
    row.locator("h4 button").click()
    expect(row.get_by_text("You cannot refuse these.")).to_be_visible()
    expect(row.get_by_role("switch")).to_have_count(0)


def test_vendors_hear_that_the_screen_is_open_and_gone(visit: Visit) -> None:
    page = a_vendor(visit)
    heard(page, 1)
    page.locator("#onetrust-accept-btn-handler").click()
    heard(page, 2)
    page.evaluate("OneTrust.showVendorsList()")
    opened = heard(page, 3)[2]
    assert opened["eventStatus"] == "cmpuishown" and read(opened).vendor_consents
    page.locator("#ot-pc-lst").wait_for()
    page.keyboard.press("Escape")
    assert heard(page, 4)[3]["eventStatus"] == "useractioncomplete"
    assert page.evaluate("new Promise(done => __tcfapi('ping', 2, done))")["displayStatus"] == "hidden"


def test_restrictions_of_the_publisher_are_respected(visit: Visit) -> None:
    page = at_the_list(visit)
    yahoo, google = page.locator("[data-vendor='25']"), page.locator("[data-vendor='755']")
    yahoo.locator("h5 button").click()
    google.locator("h5 button").click()
    assert "Measure content performance" not in yahoo.inner_text()
    asked = google.inner_text().partition("Purposes · Legitimate interest")[0]
    assert "Understand audiences" in asked  # turned to consent
    said = save(page)
    assert restrictions(said) == {(9, 1, (755,))}  # 25 has no signal that one could restrict
    page.evaluate("OneTrust.AllowAll()")
    assert restrictions(read(page.evaluate("heard.at(-1)"))) == {(8, 0, (25,)), (9, 1, (755,))}


def test_the_vendor_screen_needs_nothing_that_a_strict_policy_forbids(visit: Visit, shop: Shop) -> None:
    shop.headers["content-security-policy"] = STRICT.format(port=shop.port)
    watch = (
        "<script nonce='abc'>window.bad=[];addEventListener('securitypolicyviolation',"
        "e=>bad.push(e.violatedDirective+' '+e.sample+e.blockedURI))</script>"
    )
    page = visit(head=watch, attributes='nonce="abc"')
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator(".onetrust-vendors-list-handler").click()
    page.locator("[data-vendor='755'] h5 button").click()
    expect(page.locator("[data-vendor='755']")).to_contain_text("IP addresses")
    page.locator("#accept-recommended-btn-handler").click()
    until(lambda: "eupubconsent-v2" in cookies(page.context))  # `wait_for_function` would need `eval`
    assert page.evaluate("bad") == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_wrong_with_the_vendor_screen(browser: Browser, visit: Visit, language: str) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = visit(page=context.new_page(), lang=language, attributes='data-document-language="true"')
    page.locator("#onetrust-banner-sdk").wait_for()
    page.add_script_tag(path=AXE)
    page.locator("#onetrust-policy-text button").wait_for()
    page.wait_for_function("!!window.OneTrust?.showVendorsList")
    assert violations(page, "light") + violations(page, "dark") == []
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator(".onetrust-vendors-list-handler").wait_for()
    page.evaluate("document.querySelectorAll('#onetrust-pc-sdk [aria-expanded]').forEach(button => button.click())")
    assert violations(page, "light") + violations(page, "dark") == []
    page.locator(".onetrust-vendors-list-handler").click()
    page.evaluate("document.querySelectorAll('#ot-ven-lst [aria-expanded]').forEach(button => button.click())")
    assert violations(page, "light") + violations(page, "dark") == []
    assert page.locator("#onetrust-consent-sdk").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    context.close()
