"""A kit in a page gets what its forwarding rule lets it: the web SDK, unmodified, keeps the rules we hand it."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.clients.deployment import Deployment
from tests.clients.page import log, open_page

DUMMY = """
    window.dummy = { started: 0, events: [] };
    window.registerKits = (config) => {
        config.kits = config.kits || {};
        config.kits.Dummy = { constructor: function () {
            this.name = 'Dummy';
            this.init = () => { window.dummy.started += 1; return 'started' };
            this.process = (event) => { window.dummy.events.push(event.EventName); return 'sent' };
        } };
    };
"""


def dummy(page: Page) -> dict[str, Any]:
    """What became of the kit."""
    found: dict[str, Any] = page.evaluate("window.dummy")
    return found


def test_a_kit_starts_when_its_visitor_agrees_without_another_load(
    deployment: Deployment, visitor: BrowserContext
) -> None:
    page = open_page(visitor, deployment, groups=",C0001,", before=DUMMY)
    page.wait_for_function("mParticle.Identity.getCurrentUser() !== null")
    log(page, "Before")
    assert dummy(page) == {"started": 0, "events": []}
    page.evaluate("choose(',C0001,C0004,')")
    page.wait_for_function("window.dummy.started === 1")
    log(page, "Agreed")
    assert "Agreed" in dummy(page)["events"] and "Before" not in dummy(page)["events"]
    page.evaluate("choose(',C0001,')")
    log(page, "Withdrawn")
    assert "Withdrawn" not in dummy(page)["events"]


def test_a_kit_runs_from_the_start_where_its_visitor_had_agreed(
    deployment: Deployment, visitor: BrowserContext
) -> None:
    page = open_page(visitor, deployment, groups=",C0001,C0004,", before=DUMMY)
    page.wait_for_function("window.dummy.started === 1")
    log(page, "Agreed")
    assert "Agreed" in dummy(page)["events"]
