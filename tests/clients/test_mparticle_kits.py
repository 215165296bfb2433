"""A kit in a page gets what its forwarding rule lets it: the web SDK, unmodified, keeps the rules we hand it."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.clients.deployment import Deployment
from tests.clients.page import log, open_page

DUMMY = """
    window.dummy = { started: 0, events: [] };
    window.given = [];
    window.registerKits = (config) => {
        config.kits = config.kits || {};
        config.kits.Dummy = { constructor: function () {
            this.name = 'Dummy';
            this.init = () => { window.dummy.started += 1; return 'started' };
            this.process = (event) => {
                window.dummy.events.push(event.EventName);
                window.given.push(event);
                return 'sent';
            };
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


TELL = """
    mParticle.Identity.getCurrentUser().setUserAttribute('plan', 'gold');
    mParticle.Identity.getCurrentUser().setUserAttribute('size', 'm');
    mParticle.logEvent('Secret', mParticle.EventType.Navigation, { price: '1' });
    mParticle.logEvent('Secret', mParticle.EventType.Other, { price: '1' });
    mParticle.logEvent('Found', mParticle.EventType.Search, {});
    mParticle.logEvent('Shown', mParticle.EventType.Navigation, { price: '1', colour: 'red' });
    mParticle.logPageView('Hidden', { total: '1' });
    mParticle.logPageView('Cart', { total: '1', items: '2' });
"""


def test_what_is_switched_off_is_kept_from_a_kit(deployment: Deployment, visitor: BrowserContext) -> None:
    page = open_page(visitor, deployment, groups=",C0001,C0004,", before=DUMMY)
    page.wait_for_function("window.dummy.started === 1")
    page.evaluate("mParticle.Identity.login({ userIdentities: { customerid: 'kit-1', email: 'kit@shop.example' } })")
    page.wait_for_function("Object.keys(mParticle.Identity.getCurrentUser().getUserIdentities().userIdentities).length")
    page.evaluate("window.given.length = 0")
    page.evaluate(TELL)
    page.wait_for_function("window.given.some((event) => event.EventName === 'Cart')")
    given = page.evaluate("window.given.map((event) => [event.EventName, event.EventAttributes])")
    assert [one for one in given if one[0] in ("Secret", "Found", "Shown", "Hidden", "Cart")] == [
        ["Secret", {"price": "1"}],
        ["Shown", {"colour": "red"}],
        ["Cart", {"items": "2"}],
    ]
    last = page.evaluate("window.given[window.given.length - 1]")
    assert last["UserAttributes"] == {"size": "m"}
    assert [one["Type"] for one in last["UserIdentities"]] == [1]
