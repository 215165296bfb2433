"""Cookies of a category without consent are deleted, however they were set."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.servers import Shop
from tests.browser.test_blocking import ready
from tests.browser.test_cookies import cookies

Visit = Callable[..., Page]

SET = {
    "a path": "_tally=1;path=/shop",
    "a path with a slash": "_tally=1;path=/shop/tents/",
    "the page's own path": "_tally=1;path=/shop/tents/blue",
    "a path and a domain": "_tally=1;path=/shop/tents;domain=shop.test",
    "host and domain": "_tally=1;path=/;domain=shop.test",
}
SECURE = {
    "secure": "_tally=1;path=/;secure",
    "__Secure-": "__Secure-_tally=1;path=/;secure;domain=example.test",
    "__Host-": "__Host-_tally=1;path=/;secure",
    "partitioned": "_tally=1;path=/;secure;samesite=none;partitioned",
    "partitioned below": "_tally=1;path=/shop;secure;samesite=none;partitioned",
}


@pytest.mark.parametrize("how", SET)
def test_a_cookie_goes_wherever_it_was_set(visit: Visit, visitor: BrowserContext, how: str) -> None:
    page = ready(visit(name="shop/tents/blue"))
    page.evaluate("OneTrust.AllowAll()")
    page.evaluate(f"document.cookie = '{SET[how]}'")
    assert "_tally" in page.evaluate("document.cookie")
    page.evaluate("OneTrust.RejectAll()")
    assert "_tally" not in cookies(visitor)


@pytest.mark.parametrize("how", SECURE)
def test_a_secure_cookie_goes_by_its_own_attributes(visitor: BrowserContext, how: str, shop: Shop, swept: str) -> None:
    page = visitor.new_page()
    page.route("https://www.example.test/**", lambda route: route.fulfill(body="<p>Words", content_type="text/html"))
    page.goto("https://www.example.test/shop/tents")
    page.evaluate(f"document.cookie = '{SECURE[how]}'")
    name = SECURE[how].partition("=")[0]
    assert name in page.evaluate("document.cookie")
    page.evaluate(swept + f"; sweeping.remove('{name}')")
    assert name not in page.evaluate("document.cookie")


@pytest.fixture(scope="module")
def swept(built: None) -> str:
    """The module that deletes cookies, as a script of its own: secure cookies need a page over TLS."""
    import subprocess

    from tests.browser.conftest import WEB

    command = ["npx", "esbuild", "src/blocking/sweep.ts", "--bundle", "--format=iife", "--global-name=sweeping"]
    done = subprocess.run(command, cwd=WEB, check=True, capture_output=True, text=True)
    return done.stdout.replace("var sweeping", "globalThis.sweeping").replace('"use strict";', "")


def left(visitor: BrowserContext, name: str) -> bool:
    """Is it still there?"""
    jar: Any = visitor.cookies()
    return any(cookie["name"] == name for cookie in jar)


def test_what_is_off_is_swept_when_a_page_begins(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    visitor.add_cookies(
        [{"name": name, "value": "1", "domain": ".shop.test", "path": "/"} for name in ("_tally_1", "basket", "other")]
    )
    page = ready(visit())
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,"
    page.wait_for_function("!document.cookie.includes('_tally_1')")
    assert left(visitor, "basket") and left(visitor, "other") and left(visitor, "OptanonConsent")


def test_what_is_on_stays_when_a_page_begins(visit: Visit, visitor: BrowserContext) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    page.evaluate("document.cookie = '_tally_1=1;path=/'")
    page = ready(visit(name="next", page=page))
    page.wait_for_function("window.OneTrust?.IsAlertBoxClosed()")
    assert left(visitor, "_tally_1")
