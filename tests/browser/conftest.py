"""A browser, a server and a fresh visitor for each test; what is missing is installed, never skipped."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.npm_install import fetched
from tests.browser.sample_shop import APP
from tests.browser.servers import Shop, start_shop
from tests.clients.deployment import PATIENCE

ROOT = Path(__file__).parents[2]
WEB = ROOT / "sdk" / "web"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
WORDS = "<p>Words of the shop.</p>"

Moment = Literal["commit", "load"]
"""What of a page is waited for; scripts that are held up hold up its load event."""

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker drives the one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """Where Chromium is: the system's, by apt where we may; else the tool's own (None)."""
    program = fetched("chromium", "chromium", "chromium-browser")
    if program is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return program


@pytest.fixture(scope="session")
def built() -> None:
    """The scripts, built from this tree unless they are already: other tests may be reading them now."""
    subprocess.run(["make", "--silent", "sdk"], cwd=ROOT, check=True)


@pytest.fixture(scope="package")
def tool() -> Iterator[Playwright]:
    """Playwright, which occupies this thread's event loop: it ends with the last test of this folder."""
    with sync_playwright() as tool:
        yield tool


def launched(tool: Playwright, program: str | None) -> Browser:
    """Chromium, in which every page waits patiently for what must come: how busy the machine is decides nothing."""
    browser = tool.chromium.launch(executable_path=program, args=ARGUMENTS, timeout=PATIENCE * 1000)
    browser.on("context", lambda context: context.set_default_timeout(PATIENCE * 1000))
    return browser


@pytest.fixture(scope="package")
def browser(tool: Playwright, chromium: str | None) -> Iterator[Browser]:
    browser = launched(tool, chromium)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def running_shop(built: None) -> Iterator[Shop]:
    shop, end = start_shop()
    yield shop
    end()


@pytest.fixture
def shop(running_shop: Shop) -> Shop:
    running_shop.reset()
    return running_shop


@pytest.fixture
def visitor(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    """Somebody who was never here. When they leave, everybody leaves: no page of one test is open in the next."""
    context = browser.new_context(locale="en-GB")
    yield context
    for each in browser.contexts:
        each.close()


@pytest.fixture
def unhurried(visitor: BrowserContext) -> None:
    """Pages wait for what they would else begin without after some seconds: a profile, dice, a list."""
    visitor.add_init_script(
        """{ const { setTimeout } = window, patience = [1500, 3000, 5000];
        window.setTimeout = (run, ms, ...more) => setTimeout(run, patience.includes(ms) ? ms * 100 : ms, ...more) }"""
    )


@pytest.fixture
def visit(visitor: BrowserContext, shop: Shop) -> Callable[..., Page]:
    """Opens a page of the shop that has the stub, and whatever else in its head and body."""

    def go(
        layout: str = "bottom",
        *,
        name: str = "",
        page: Page | None = None,
        query: str = "",
        wait_until: Moment = "load",
        **more: str,
    ) -> Page:
        shop.pages[name] = html(shop, layout, **more)
        page = page or visitor.new_page()
        page.goto(shop.page(name) + query, wait_until=wait_until)
        return page

    return go


def html(
    shop: Shop,
    layout: str,
    *,
    head: str = "",
    body: str = WORDS,
    attributes: str = "",
    lang: str = "en",
    form: str = "",
    base: str = "",
) -> str:
    """A page of the shop, as plain as can be."""
    path = (form or "scripttemplates/otSDKStub.js").format(APP[layout])
    stub = f'<script src="{base or shop.consent}/{path}" data-domain-script="{APP[layout]}" {attributes}></script>'
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>'
        f'<meta name="viewport" content="width=device-width">{head}{stub}</head><body><main>{body}</main></body></html>'
    )
