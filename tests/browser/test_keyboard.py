"""From the banner to a single partner and back with a keyboard alone, and what a screen reader calls everything."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.servers import Shop
from tests.browser.test_tcf import read

Visit = Callable[..., Page]
EARLY = "<script>window.heard = []; __tcfapi('addEventListener', 2, data => heard.push(data))</script>"
LINKS = '<a href="#first" id="first">First</a><div style="height:3000px"></div><a href="#last" id="last">Last</a>'
MOST = 80
"""More elements than any screen of the shop has."""


@pytest.fixture
def asked(visit: Visit, shop: Shop) -> Callable[..., Page]:
    """A page of the shop whose rule speaks the IAB's framework, everything loaded; nothing on it moves."""

    def go(site: str = "partners", lang: str = "en", body: str = LINKS) -> Page:
        shop.country = "FR"
        page = visit(site, lang=lang, body=EARLY + body, attributes='data-document-language="true"')
        page.emulate_media(reduced_motion="reduce")
        page.locator("#onetrust-policy-text button").wait_for()
        page.wait_for_function("!!window.OneTrust?.showVendorsList && document.activeElement.id.includes('banner')")
        return page

    return go


def tab_to(page: Page, wanted: Locator) -> None:
    """Tab until the keyboard is there, and see that it can be seen."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            assert wanted.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
            return
    raise AssertionError("the keyboard never came there")


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_a_keyboard_goes_from_the_banner_to_a_partner_and_saves(asked: Callable[..., Page], lang: str) -> None:
    page = asked(lang=lang)
    tab_to(page, page.locator("#onetrust-pc-btn-handler"))
    page.keyboard.press("Enter")
    expect(page.locator("#close-pc-btn-handler")).to_be_focused()
    page.locator(".onetrust-vendors-list-handler").wait_for()
    performance = page.locator("[data-optanongroupid=C0002] h4 button")
    tab_to(page, performance)
    page.keyboard.press("Enter")
    expect(performance).to_have_attribute("aria-expanded", "true")
    tab_to(page, page.locator("#ot-group-id-C0002"))
    page.keyboard.press("Space")
    tab_to(page, page.locator(".onetrust-vendors-list-handler"))
    page.keyboard.press("Enter")
    expect(page.locator("#ot-lst-title")).to_be_focused()
    tab_to(page, page.locator("[data-vendor='755'] .ot-obj"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#ot-vendor-id-755"))
    page.keyboard.press("Space")
    tab_to(page, page.locator(".back-btn-handler"))
    page.keyboard.press("Enter")
    expect(page.locator(".onetrust-vendors-list-handler")).to_be_focused()
    tab_to(page, page.locator(".save-preference-btn-handler"))
    page.keyboard.press("Enter")
    page.wait_for_function("heard.at(-1)?.eventStatus === 'useractioncomplete'")
    said = read(page.evaluate("heard.at(-1)"))
    assert set(said.vendor_consents) == {755} and 755 not in said.vendor_interests
    page.wait_for_function("OnetrustActiveGroups === ',C0001,C0002,tally,'")
    page.locator("#ot-sdk-btn-floating").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator("#first")).to_be_focused()  # at the start of the page, where a visit begins


@pytest.mark.parametrize("button", ["#onetrust-accept-btn-handler", "#onetrust-reject-all-handler"])
@pytest.mark.parametrize("layout", ["bottom", "center"])
def test_whoever_answers_goes_on_at_the_start_of_the_page(visit: Visit, layout: str, button: str) -> None:
    page = visit(layout, body=LINKS)
    page.wait_for_function("!!window.OneTrust?.AllowAll && document.activeElement.id.includes('banner')")
    tab_to(page, page.locator(button))
    page.keyboard.press("Enter")
    page.locator("#ot-sdk-btn-floating").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator("#first")).to_be_focused()


def test_what_the_keyboard_reaches_is_never_behind_a_banner(visit: Visit) -> None:
    page = visit("top", body=LINKS)
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_function("parseFloat(document.documentElement.style.scrollPaddingTop) > 0")
    page.locator("#last").focus()
    page.evaluate("document.getElementById('first').focus()")
    page.locator("#last").focus()
    banner, link = page.locator("#onetrust-banner-sdk .ot-card").bounding_box(), page.locator("#last").bounding_box()
    assert banner and link and link["y"] >= banner["y"] + banner["height"]


BANNER = """
- region "Privacy choices":
  - dialog "Your choice of cookies":
    - heading "Your choice of cookies" [level=2]
    - link "cookie policy"
    - paragraph:
      - button "Partners (8)"
    - link "Privacy policy"
    - button "Reject all"
    - button "Accept all"
    - button "Settings"
"""
CENTRE = """
- dialog "Privacy preferences":
  - heading "Privacy preferences" [level=2]
  - button "Close"
  - group "Privacy preferences":
    - link "Privacy policy"
    - button "Partners (8)"
    - heading "Your choices by category" [level=3]
    - heading "Strictly necessary" [level=4]:
      - button "Strictly necessary"
    - text: Always active
    - heading "Performance" [level=4]:
      - button "Performance"
    - switch "Performance"
    - heading "IAB Transparency & Consent Framework" [level=3]
    - heading "Store and/or access information on a device" [level=4]:
      - button "Store and/or access information on a device"
    - switch "Store and/or access information on a device"
  - button "Reject all"
  - button "Accept all"
  - button "Save choices"
"""
PARTNERS = """
- region "Partners (8)":
  - button "Back"
  - heading "Partners (8)" [level=3]
  - searchbox "Search partners"
  - button /^Object. All partners$/
  - switch "All partners Consent"
  - heading "IAB Transparency & Consent Framework" [level=4]
  - list "IAB Transparency & Consent Framework":
    - listitem:
      - heading "Emerse Sverige AB" [level=5]:
        - button "Emerse Sverige AB"
      - button /^Object. Emerse Sverige AB$/
      - switch "Emerse Sverige AB Consent"
  - heading "Google partners" [level=4]
  - list "Google partners":
    - listitem:
      - heading "Facebook" [level=5]:
        - link "Facebook"
      - switch "Facebook Consent"
  - heading "Other partners" [level=4]
  - list "Other partners":
    - listitem:
      - heading "Tally Ltd" [level=5]
      - switch "Tally Ltd Consent"
"""


def test_a_screen_reader_finds_names_headings_and_places(asked: Callable[..., Page]) -> None:
    page = asked()
    expect(page.locator("#onetrust-consent-sdk")).to_match_aria_snapshot(BANNER)
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator(".onetrust-vendors-list-handler").wait_for()
    expect(page.locator("#onetrust-consent-sdk")).to_match_aria_snapshot(CENTRE)
    page.locator(".onetrust-vendors-list-handler").click()
    expect(page.locator("#onetrust-pc-sdk")).to_match_aria_snapshot(PARTNERS)


def test_no_two_answers_have_one_name(asked: Callable[..., Page]) -> None:
    page = asked()
    page.locator("#onetrust-policy-text button").click()
    page.locator("#ot-ven-lst").wait_for()
    names = re.findall(r'(?:button|switch) "([^"]+)"', page.locator("#onetrust-pc-sdk").aria_snapshot())
    assert len(names) > 20 and not [name for name, times in Counter(names).items() if times > 1]


def test_what_is_always_on_says_so_to_whoever_opens_it(asked: Callable[..., Page]) -> None:
    page = asked()
    page.locator("#onetrust-pc-btn-handler").click()
    expect(page.get_by_role("button", name="Strictly necessary")).to_have_accessible_description("Always active")


def test_a_text_in_another_language_is_read_in_that_language(asked: Callable[..., Page]) -> None:
    page = asked(lang="de")
    expect(page.locator("#onetrust-policy-text span")).to_have_attribute("lang", "en")
    page.locator("#onetrust-pc-btn-handler").click()
    row = page.locator("[data-optanongroupid=C0002]")
    expect(row.locator("#ot-header-id-C0002")).not_to_have_attribute("lang", re.compile("."))
    expect(row.locator(".ot-category-desc")).to_have_attribute("lang", "en")
    expect(row.get_by_role("cell", name="Counts your visits.", include_hidden=True)).to_have_attribute("lang", "en")
    expect(page.locator("#ot-header-id-IAB2V2_1")).to_have_attribute("lang", "en")


def test_content_that_waits_says_what_it_is(visit: Visit) -> None:
    batches = "".join(
        f'<iframe class="optanon-category-C0004" data-src="https://video.test/{film}" title="{film}"></iframe>'
        for film in ("Poles", "Pegs")
    )
    page = visit(body=batches)
    buttons = page.locator(".ot-placeholder button")
    expect(buttons).to_have_count(2)
    expect(buttons.first).to_have_accessible_name("Show this content: Poles")
    expect(buttons.last).to_have_accessible_name("Show this content: Pegs")
    expect(page.locator(".ot-placeholder").first).to_contain_text("Poles")
