"""What a person sees and touches: by mouse, by keyboard, by screen reader, under a strict policy."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.sample_shop import LAYOUTS
from tests.browser.servers import Shop
from tests.clients.deployment import until

Visit = Callable[..., Page]
AXE = (Path(__file__).parents[2] / "sdk" / "web" / "node_modules" / "axe-core" / "axe.min.js").as_posix()
STRICT = (
    "default-src 'none'; script-src 'nonce-abc' http://consent.placet.test:{port}; connect-src http://consent.placet.test"
    ":{port}; style-src 'none'; img-src 'none'; require-trusted-types-for 'script'; trusted-types placet"
)


def violations(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    """What axe, which the page has loaded, finds wrong with our own screens."""
    page.emulate_media(color_scheme=scheme)
    found = page.evaluate(
        """async () => (await axe.run('#onetrust-consent-sdk', {resultTypes: ['violations']})).violations
        .flatMap(({id, nodes}) => nodes.map(({html}) => id + ': ' + html))"""
    )
    return list(found)


def focused(page: Page) -> str:
    """Where the keyboard is."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.localName"))


def comes_to(page: Page, id: str) -> None:
    """Wait until the keyboard is there: it is offered to a banner after the frame that shows it."""
    page.wait_for_function("id => document.activeElement.id === id", arg=id)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_axe_finds_nothing_wrong(browser: Browser, visit: Visit, layout: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = visit(layout, page=context.new_page())
    page.locator("#onetrust-banner-sdk").wait_for()
    page.add_script_tag(path=AXE)
    assert violations(page, "light") + violations(page, "dark") == []
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#onetrust-pc-sdk").wait_for()
    page.evaluate("document.querySelectorAll('#onetrust-pc-sdk [aria-expanded]').forEach(button => button.click())")
    assert violations(page, "light") + violations(page, "dark") == []
    context.close()


def test_a_banner_takes_the_keyboard_and_gives_it_back(visit: Visit) -> None:
    page = visit(body='<a id="first" href="#x">First link</a><p>Words.</p>')
    comes_to(page, "onetrust-banner-sdk")
    order = []
    for _ in range(7):
        page.keyboard.press("Tab")
        order.append(focused(page))
    assert order == [
        "a",
        "a",
        "onetrust-reject-all-handler",
        "onetrust-accept-btn-handler",
        "onetrust-pc-btn-handler",
        "first",
        "onetrust-banner-sdk",
    ]


def test_a_banner_never_takes_the_keyboard_from_somebody_who_types(visit: Visit) -> None:
    page = visit(body='<input id="name" autofocus>')
    page.locator("#onetrust-banner-sdk").wait_for()
    assert focused(page) == "name"


def test_a_banner_in_the_centre_is_modal(visit: Visit) -> None:
    page = visit("center", body='<a id="first" href="#x">First link</a>')
    page.locator("#onetrust-banner-sdk").wait_for()
    expect(page.locator("#onetrust-banner-sdk [role=alertdialog]")).to_have_attribute("aria-modal", "true")
    expect(page.locator(".onetrust-pc-dark-filter")).to_be_visible()
    comes_to(page, "onetrust-banner-sdk")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "onetrust-pc-btn-handler"
    page.keyboard.press("Tab")
    assert focused(page) == "a"
    page.keyboard.press("Escape")  # there is no close button: the question must be answered
    expect(page.locator("#onetrust-banner-sdk")).to_be_visible()


def test_the_preference_centre_works_by_keyboard_alone(visit: Visit) -> None:
    page = visit(body='<button class="ot-sdk-show-settings" id="ot-sdk-btn">Old words</button>')
    page.locator("#onetrust-reject-all-handler").click()
    expect(page.locator("#ot-sdk-btn")).to_have_text("Cookie settings")
    page.locator("#ot-sdk-btn").focus()
    page.keyboard.press("Enter")
    assert focused(page) == "close-pc-btn-handler"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className").startswith("ot-btn save-preference")
    page.locator("#ot-group-id-C0002").focus()
    page.keyboard.press("Space")
    expect(page.locator("#ot-group-id-C0002")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#onetrust-pc-sdk")).to_be_hidden()
    assert focused(page) == "ot-sdk-btn"
    page.keyboard.press("Enter")
    expect(page.locator("#ot-group-id-C0002")).not_to_be_checked()  # what was not saved is forgotten


def test_refusing_is_as_easy_as_accepting(visit: Visit) -> None:
    page = visit()
    page.emulate_media(reduced_motion="reduce")
    accept, reject = page.locator("#onetrust-accept-btn-handler"), page.locator("#onetrust-reject-all-handler")
    looks = "e => { const s = getComputedStyle(e); return [s.backgroundColor, s.color, s.fontSize, s.fontWeight] }"
    assert accept.evaluate(looks) == reject.evaluate(looks)
    one, other = accept.bounding_box(), reject.bounding_box()
    assert one and other
    assert (one["y"], one["height"]) == (other["y"], other["height"]) and one["height"] >= 44


def test_the_settings_button_stays(visit: Visit) -> None:
    page = visit()
    page.emulate_media(reduced_motion="reduce")
    page.locator("#onetrust-accept-btn-handler").click()
    page.locator("#ot-sdk-btn-floating button").click()
    expect(page.locator("#ot-group-id-C0002")).to_be_checked()
    page.add_script_tag(path=AXE)
    assert violations(page, "light") == []


@pytest.mark.parametrize("layout", ["bottom", "center"])
def test_nothing_is_needed_that_a_strict_policy_forbids(visit: Visit, shop: Shop, layout: str) -> None:
    shop.headers["content-security-policy"] = STRICT.format(port=shop.port)
    watch = (
        "<script nonce='abc'>window.bad=[];addEventListener('securitypolicyviolation',"
        "e=>bad.push(e.violatedDirective+' '+e.sample+e.blockedURI))</script>"
    )
    body = '<script type="text/plain" class="optanon-category-C0002" nonce="abc">window.inline = 1</script>'
    page = visit(layout, head=watch, attributes='nonce="abc"', body=body)
    card = page.locator("#onetrust-banner-sdk .ot-card")
    card.wait_for()
    assert card.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#accept-recommended-btn-handler").click()
    card.wait_for(state="hidden")
    until(lambda: page.evaluate("window.inline") == 1)  # `wait_for_function` would need `eval`
    assert page.evaluate("bad") == []


def test_a_sites_own_style_does_not_reach_in(visit: Visit) -> None:
    wild = (
        "<style>*{box-sizing:content-box}button{background:red}"
        "button,h2{font:40px fantasy;margin:3em;text-transform:uppercase;float:right}</style>"
    )
    page = visit(head=wild)
    button = page.locator("#onetrust-accept-btn-handler")
    assert button.evaluate("e => getComputedStyle(e).textTransform + getComputedStyle(e).float") == "nonenone"
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(31, 79, 216)"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_button_can_be_reached_on_every_screen(visitor: BrowserContext, visit: Visit, layout: str) -> None:
    page = visit(layout)
    page.emulate_media(reduced_motion="reduce")
    page.locator("#onetrust-banner-sdk").wait_for()
    for width, height in ((320, 568), (640, 320), (390, 844), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        for button in ("#onetrust-reject-all-handler", "#onetrust-accept-btn-handler", "#onetrust-pc-btn-handler"):
            page.locator(button).scroll_into_view_if_needed()
            box = page.locator(button).bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, (button, width)
            assert box["y"] >= 0 and box["y"] + box["height"] <= height, (button, height)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
