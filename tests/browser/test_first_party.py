"""Browsers that soon forget what scripts write are told again by the site's own server, and only by that."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Response

from tests.browser.servers import OWN_HOST, Shop
from tests.browser.test_cookies import cookies
from tests.clients.deployment import until

Visit = Callable[..., Page]
APPLE = "Object.defineProperty(Navigator.prototype, 'vendor', {get: () => 'Apple Computer, Inc.'})"


def is_keeping(response: Response) -> bool:
    """Has the server answered a wish to keep the cookies?"""
    return response.request.method == "POST" and response.url.endswith("/keep")


@pytest.fixture
def safari(visitor: BrowserContext) -> None:
    """The browser says that it is Apple's."""
    visitor.add_init_script(APPLE)


@pytest.mark.parametrize("base", ["/placet", f"http://{OWN_HOST}:{{port}}"])
def test_the_sites_own_server_sets_the_cookies_again(safari, visit: Visit, visitor, shop: Shop, base: str) -> None:
    page = visit(base=base.format(port=shop.port))
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    with page.expect_response(is_keeping) as kept:
        page.locator("#onetrust-accept-btn-handler").click()
    assert kept.value.status == 204
    set_again = kept.value.headers_array()
    names = [header["value"].partition("=")[0] for header in set_again if header["name"].lower() == "set-cookie"]
    assert names == ["OptanonConsent", "OptanonAlertBoxClosed"]
    with page.expect_response(is_keeping):
        page.reload()  # each page writes anew, and is told anew
    page.wait_for_function("OneTrust.IsAlertBoxClosed?.()")
    kept = [cookie for name, cookie in cookies(visitor).items() if name.startswith("Optanon")]
    assert len(kept) == 2 and all(cookie["domain"] == ".shop.test" for cookie in kept)
    assert page.evaluate("OnetrustActiveGroups.includes(',C0004,')")


@pytest.mark.parametrize("browser_like", ["safari", "other"])
def test_nobody_is_asked_in_vain(visit: Visit, visitor: BrowserContext, shop: Shop, browser_like: str) -> None:
    if browser_like == "safari":
        visitor.add_init_script(APPLE)
    page = visit(base="" if browser_like == "safari" else "/placet")
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    page.evaluate("OneTrust.AllowAll()")
    until(lambda: bool(shop.answers))  # its receipt goes out after everybody was told
    assert not any(asked.endswith("/keep") for asked in shop.asked)
