"""Ways out of the preference centre, one order of buttons, lists that read from the right, cookies of one host."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.sample_shop import ONE_BUTTON
from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies, ready

Visit = Callable[..., Page]
NO_DOMAIN = """{ const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
Object.defineProperty(Document.prototype, 'cookie', { configurable: true, get,
    set(text) { if (!/;domain=/i.test(text)) set.call(this, text) } }) }"""
"""A browser that takes the site's domain for a public suffix."""


@pytest.mark.parametrize("way", ["Escape", "cross"])
@pytest.mark.parametrize("size", [(1280, 720), (390, 760), (560, 350)])
def test_a_centre_with_one_button_has_ways_out(
    visit: Visit, visitor: BrowserContext, way: str, size: tuple[int, int]
) -> None:
    page = visit(ONE_BUTTON)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.locator("#onetrust-pc-btn-handler").click()
    centre, cross = page.locator("#onetrust-pc-sdk"), page.locator("#close-pc-btn-handler")
    expect(centre.locator(".ot-pc-footer button")).to_have_text(["Save choices"])
    expect(cross).to_be_in_viewport(ratio=1)
    box = cross.bounding_box()
    assert box and round(box["width"]) >= 44 and round(box["height"]) >= 44
    expect(cross).to_have_attribute("aria-label", "Close")
    page.locator("#ot-group-id-C0002").check()
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        cross.click()
    expect(centre).to_be_hidden()
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()
    kept = cookies(visitor)
    assert "OptanonAlertBoxClosed" not in kept and "C0002%3A0" in str(kept["OptanonConsent"]["value"])


def test_buttons_have_one_order_and_one_weight(visit: Visit) -> None:
    page = visit()
    names = page.locator("#onetrust-button-group button").all_inner_texts()
    assert names == ["Reject all", "Accept all", "Settings"]
    page.locator("#onetrust-pc-btn-handler").click()
    buttons = page.locator(".ot-pc-footer button")
    expect(buttons).to_have_text(["Reject all", "Accept all", "Save choices"])
    look = "(s => s.backgroundColor + s.color + s.fontWeight)(getComputedStyle(each))"
    looks = f"all => new Set(all.map(each => {look})).size"
    assert buttons.evaluate_all(looks) == 1


def test_the_cookie_list_reads_from_the_right_in_words(visit: Visit) -> None:
    page = visit(lang="ar", attributes='data-document-language="true"', body='<div id="ot-sdk-cookie-policy"></div>')
    group = page.locator(".ot-sdk-cookie-policy-group").nth(1)
    expect(group).to_have_attribute("dir", "rtl")
    heads = [each.bounding_box() for each in group.locator("th").all()]
    assert len(heads) == 4 and [box and box["x"] for box in heads] == sorted(
        (box["x"] for box in heads if box), reverse=True
    )
    expect(group.locator("tbody td").nth(2)).to_have_text("90 يومًا")
    purpose = group.locator("tbody td").nth(3)
    assert [purpose.get_attribute(name) for name in ("lang", "dir")] == ["en", "auto"]
    expect(group.locator("th").first).to_have_css("text-align", "start")


def test_a_name_in_another_language_is_marked(visit: Visit) -> None:
    page = visit(lang="de", attributes='data-document-language="true"')
    page.locator("#onetrust-pc-btn-handler").click()
    text = page.locator("#ot-desc-id-C0002 .ot-category-desc")
    assert [text.get_attribute(name) for name in ("lang", "dir")] == ["en", "auto"]
    assert page.locator("#ot-header-id-C0002").get_attribute("lang") is None
    assert page.locator("#ot-pc-desc > span").get_attribute("lang") == "en"


def test_a_browser_that_refuses_the_domain_keeps_the_answer_for_the_host(
    visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    visitor.add_init_script(NO_DOMAIN)
    page = ready(visit())
    page.evaluate("OneTrust.RejectAll()")
    page.reload()
    expect(ready(page).locator("#onetrust-banner-sdk")).to_have_count(0)
    kept = cookies(visitor)
    assert {str(each["domain"]) for each in kept.values()} == {"www.shop.test"}
    assert "C0002%3A0" in str(kept["OptanonConsent"]["value"]) and "OptanonAlertBoxClosed" in kept
