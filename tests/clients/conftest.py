"""A receiver, a running server (one for all tests that leave it as it was, and one to be killed), and a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.browser.conftest import chromium as chromium
from tests.browser.conftest import launched
from tests.clients.deployment import HASTY, Deployment, Receiver, deployed


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server for a whole file of tests."""
    yield from deployed(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def deployment(shared: Deployment) -> Deployment:
    """The shared server, its receiver fresh; what an earlier test caused may still come, so each looks for its own."""
    shared.receiver.got.clear()
    return shared


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Deployment]:
    """A server of its own, to be killed."""
    yield from deployed(tmp_path, **HASTY)


@pytest.fixture
def receiver(deployment: Deployment) -> Receiver:
    """What the shared server sends to."""
    return deployment.receiver


@pytest.fixture(scope="module")
def tool(shared: Deployment) -> Iterator[Playwright]:
    """Playwright, which occupies this thread's event loop: it begins after the server, and ends with this file."""
    del shared
    with sync_playwright() as tool:
        yield tool


@pytest.fixture(scope="module")
def browser(tool: Playwright, chromium: str | None) -> Iterator[Browser]:
    """The browser."""
    browser = launched(tool, chromium)
    yield browser
    browser.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody who was never here."""
    context = browser.new_context()
    yield context
    context.close()
