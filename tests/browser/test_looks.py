"""Every look of the screens: whole on the screen, by keyboard, for axe, and under a person's own settings."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.sample_shop import LAYOUTS, LOOKS
from tests.browser.servers import Shop
from tests.browser.test_screens import AXE, violations
from tests.clients.deployment import until

Visit = Callable[..., Page]
CENTRES = {"bottom": "otPcCenter", "list": "otPcList", "panel": "otPcPanel", "popup": "otPcPopup", "tab": "otPcTab"}


@pytest.fixture
def opened(visit: Visit) -> Callable[..., Locator]:
    """Opens a site's preference centre."""

    def go(site: str, page: Page | None = None, **more: str) -> Locator:
        page = visit(site, page=page, **more)
        page.emulate_media(reduced_motion="reduce")
        page.locator("#onetrust-pc-btn-handler").click()
        centre = page.locator("#onetrust-pc-sdk")
        centre.wait_for()
        return centre

    return go


def inside(centre: Locator, width: int, height: int) -> bool:
    """Does it stand on the screen with all its buttons?"""
    buttons = [centre, *centre.locator(".ot-pc-footer button").all(), centre.locator("#close-pc-btn-handler")]
    boxes = [one.bounding_box() for one in buttons]
    return all(
        box
        and box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= width
        and box["y"] + box["height"] <= height
        for box in boxes
    )


@pytest.mark.parametrize(("site", "name"), CENTRES.items())
def test_a_preference_centre_has_its_look(opened: Callable[..., Locator], site: str, name: str) -> None:
    centre = opened(site)
    assert name in (centre.get_attribute("class") or "").split()
    for width, height in ((1280, 720), (390, 760), (640, 480)):
        centre.page.set_viewport_size({"width": width, "height": height})
        assert inside(centre, width, height), (width, height)
    layout = centre.page.evaluate("OneTrust.GetDomainData().PCLayout")
    assert [key for key, on in layout.items() if on] == [name.removeprefix("otPc")]
    centre.page.add_script_tag(path=AXE)
    assert violations(centre.page, "light") + violations(centre.page, "dark") == []


def test_beside_tabs_stand_the_details_of_one(opened: Callable[..., Locator]) -> None:
    centre = opened("tab")
    details = centre.locator(".ot-acc-txt")
    assert [one.is_visible() for one in details.all()] == [True, False, False, False]
    centre.get_by_role("button", name="Marketing").click()
    assert [one.is_visible() for one in details.all()] == [False, False, False, True]
    centre.get_by_role("button", name="Marketing").click()  # one is always there
    expect(details.nth(3)).to_be_visible()


def test_a_list_has_nothing_to_unfold(opened: Callable[..., Locator]) -> None:
    assert all(one.is_visible() for one in opened("list").locator(".ot-acc-txt").all())


@pytest.mark.parametrize("site", CENTRES)
def test_right_to_left_is_a_mirror(opened: Callable[..., Locator], site: str) -> None:
    centre = opened(site, lang="ar", attributes='data-document-language="true"')
    assert inside(centre, 1280, 720)
    name, switch = (
        centre.locator("#ot-header-id-C0002").bounding_box(),
        centre.locator("#ot-group-id-C0002").bounding_box(),
    )
    assert name and switch and switch["x"] < name["x"]
    close, title = centre.locator("#close-pc-btn-handler").bounding_box(), centre.locator("#ot-pc-title").bounding_box()
    assert close and title and close["x"] <= title["x"]
    box = centre.bounding_box()
    assert box and (site != "panel" or box["x"] == 0) and (site != "popup" or box["x"] > 640)


def test_a_banner_with_switches_saves_them(visit: Visit, shop: Shop) -> None:
    page = visit("choices")
    banner = page.locator("#onetrust-banner-sdk.otChoicesBanner")
    expect(banner.get_by_role("switch")).to_have_count(5)
    expect(banner.get_by_role("switch", name="Strictly necessary")).to_be_disabled()
    banner.get_by_role("switch", name="Comfort").check()
    banner.locator(".ot-bnr-save-handler").click()
    expect(banner).to_be_hidden()
    page.wait_for_function("OnetrustActiveGroups === ',C0001,C0003,'")
    until(lambda: bool(shop.answers))
    assert shop.receipts[0]["dsDataElements"]["InteractionType"] == "Banner - Confirm"
    page.reload()
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    expect(banner).to_have_count(0)


def test_axe_finds_nothing_wrong_with_switches_on_a_banner(visit: Visit) -> None:
    page = visit("choices")
    page.emulate_media(reduced_motion="reduce")
    page.locator(".ot-choices").wait_for()
    page.add_script_tag(path=AXE)
    assert violations(page, "light") + violations(page, "dark") == []


def in_context(browser: Browser, visit: Visit, site: str, **settings: Any) -> tuple[BrowserContext, Page]:
    """A visitor whose browser is set like this."""
    context = browser.new_context(**settings)
    page = visit(site, page=context.new_page())
    page.locator("#onetrust-banner-sdk").wait_for()
    return context, page


@pytest.mark.parametrize("site", (*LAYOUTS, *LOOKS))
def test_nothing_moves_for_whoever_wants_no_motion(browser: Browser, visit: Visit, site: str) -> None:
    context, page = in_context(browser, visit, site, reduced_motion="reduce")
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("[data-optanongroupid=C0002] h4 button").click()
    page.locator("#ot-group-id-C0002").check()
    moving = "document.getAnimations().map(one => one.effect.target.id || one.effect.target.className)"
    assert page.evaluate(moving) == []
    context.close()


@pytest.mark.parametrize("site", (*LAYOUTS, *LOOKS))
def test_forced_colours_leave_every_control_its_outline(browser: Browser, visit: Visit, site: str) -> None:
    context, page = in_context(browser, visit, site, forced_colors="active", reduced_motion="reduce")
    bare = """() => [...document.querySelectorAll('#onetrust-consent-sdk button, #onetrust-consent-sdk [role=switch]')]
        .filter(one => one.getClientRects().length && getComputedStyle(one).borderStyle === 'none'
            && !one.closest('.ot-row')).map(one => one.outerHTML)"""
    assert page.evaluate(bare) == []
    page.locator("#onetrust-pc-btn-handler").click()
    assert page.evaluate(bare) == []
    on, off = page.locator("#ot-group-id-C0002"), page.locator("#ot-group-id-C0003")
    on.check()
    colour = "one => getComputedStyle(one).backgroundColor"
    assert on.evaluate(colour) != off.evaluate(colour)
    context.close()


@pytest.mark.parametrize("site", (*LAYOUTS, *LOOKS))
def test_a_page_at_twice_its_size_shows_every_button(browser: Browser, visit: Visit, site: str) -> None:
    # 200 % of 1280 by 720 is a window of 640 by 360 with two device pixels for each.
    settings = {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2, "reduced_motion": "reduce"}
    context, page = in_context(browser, visit, site, **settings)
    page.locator("#onetrust-pc-btn-handler").scroll_into_view_if_needed()
    page.locator("#onetrust-pc-btn-handler").click()
    for button in page.locator("#onetrust-pc-sdk button:visible").all():
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 640 and 0 <= box["y"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    context.close()


@pytest.mark.parametrize("site", ["bottom", "center", "choices", "tab"])
def test_text_of_twice_the_size_stays_readable(visit: Visit, site: str) -> None:
    page = visit(site, head="<style>html{font-size:200%}</style>")
    page.emulate_media(reduced_motion="reduce")
    page.add_style_tag(content="#onetrust-consent-sdk{--p-font-size:32px!important}")
    page.locator("#onetrust-pc-btn-handler").click()
    cut = """() => [...document.querySelectorAll('#onetrust-pc-sdk button, #onetrust-pc-sdk h2, #onetrust-pc-sdk h4')]
        .filter(one => one.getClientRects().length && one.scrollWidth > one.clientWidth + 1).map(one => one.id)"""
    assert page.evaluate(cut) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
