"""How released scripts run: in order, as the kind they are, once, and without harm to the page."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.servers import Shop
from tests.browser.test_blocking import ready

Visit = Callable[..., Page]
WAITS = 'type="text/plain" class="optanon-category-C0002"'
ALLOW = "OneTrust.UpdateConsent('Category', 'C0002:1')"


def test_external_scripts_run_in_the_order_of_the_page_and_inline_ones_after_them(visit: Visit, shop: Shop) -> None:
    slow = threading.Event()
    shop.holding = lambda path: slow if path == "/first.js" else None
    body = f"""<script {WAITS} src="/first.js"></script><script {WAITS} src="/second.js"></script>
      <script {WAITS}>ran.push('inline after ' + ran.length)</script><script {WAITS} src="/third.js"></script>
      <script {WAITS} async src="/soon.js"></script>"""
    page = ready(visit(body=body))
    page.evaluate(ALLOW)
    page.wait_for_function("window.ran?.length === 1")
    assert page.evaluate("ran[0]") == "www.shop.test/soon.js"
    slow.set()
    page.wait_for_function("ran.length === 5")
    host = "www.shop.test"
    assert page.evaluate("ran.slice(1)") == [
        f"{host}/first.js",
        f"{host}/second.js",
        "inline after 3",
        f"{host}/third.js",
    ]


def test_an_inline_script_runs_after_an_external_one_that_failed(visit: Visit) -> None:
    body = f'<script {WAITS} src="/none"></script><script {WAITS}>window.ran = ["inline"]</script>'
    page = ready(visit(body=body))
    page.evaluate(ALLOW)
    page.wait_for_function("window.ran?.[0] === 'inline'")


def test_a_script_that_no_browser_loads_holds_nobody_up(visit: Visit) -> None:
    body = f'<script {WAITS} nomodule src="/old.js"></script><script {WAITS}>window.ran = ["inline"]</script>'
    page = ready(visit(body=body))
    page.evaluate(ALLOW)
    assert page.evaluate("ran") == ["inline"]


@pytest.mark.parametrize("inner", ["", " src='/module.js'"])
def test_a_module_stays_a_module(visit: Visit, shop: Shop, inner: str) -> None:
    shop.pages["module.js"] = "window.kind = [typeof import.meta.url, typeof this]"
    text = "" if inner else shop.pages["module.js"]
    page = ready(visit(body=f'<script {WAITS} data-type="module"{inner}>{text}</script>'))
    page.evaluate(ALLOW)
    page.wait_for_function("window.kind")
    assert page.evaluate("kind") == ["string", "undefined"]
    assert page.locator("main script").get_attribute("type") == "module"


def test_whoever_waits_for_a_script_hears_of_it_once(visit: Visit) -> None:
    body = f"""<script {WAITS} src="/late.js" id="one" onload="heard.push('attribute')"></script>
      <script {WAITS} src="/none" id="two" onerror="heard.push('error')"></script>
      <script>window.heard = []; one.addEventListener('load', () => heard.push('listener'));</script>"""
    page = ready(visit(body=body))
    page.evaluate(ALLOW)
    page.wait_for_function("heard.length >= 3")
    assert sorted(page.evaluate("heard")) == ["attribute", "error", "listener"]


@pytest.mark.parametrize(
    "code",
    [
        "document.write('<b id=written>1</b>')",
        "document.writeln('<b id=written>', '1</b>')",
        "document.open(); document.write('<b id=written>1</b>'); document.close()",
        "document.write('<b id=written>'); document.write('1</b>')",
        "document.write('<b id=written>1</b><script>document.write(2)<' + '/script>')",
    ],
)
def test_what_a_released_script_writes_stands_at_its_place(visit: Visit, code: str) -> None:
    page = ready(visit(body=f"<p id=kept>Words</p><script {WAITS}>{code}</script>"))
    page.evaluate(ALLOW)
    assert page.locator("#kept").inner_text() == "Words"
    assert page.locator("main #written").inner_text() == "1"
    assert page.evaluate("document.write === Document.prototype.write && Object.hasOwn(document, 'write')") is False


def test_what_was_released_is_never_released_again(visit: Visit) -> None:
    body = f"""<script {WAITS} data-src="/late.js"></script>
      <script {WAITS} data-src="kept" src="/other.js"></script>
      <script {WAITS} data-src="">(window.ran ||= []).push('x')</script>
      <img class="optanon-category-C0002" data-src="/pixel.gif" alt="">"""
    page = ready(visit(body=body))
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function("window.ran?.includes('www.shop.test/late.js') && ran.includes('www.shop.test/other.js')")
    page.evaluate("document.querySelector('img').setAttribute('src', '/mine.gif')")
    before = page.evaluate("ran.length")
    for value in ("C0004:0", "C0004:1", "C0003:0"):
        page.evaluate(f"OneTrust.UpdateConsent('Category', '{value}')")
    page.goto(page.url + "#same")
    assert page.evaluate("ran.length") == before == 2
    assert page.locator("img").get_attribute("src") == "/mine.gif"
