"""A page script of the shape of seed 002's: it asks for the list of destinations first, then registers a plugin.

On the answer it calls `analytics.register`, which the snippet's stub does not have: where analytics.js is not there
yet, the script throws and no event carries its choices. `integrations_wait_ms` holds the list back for pages.
"""

import json
import threading

from playwright.sync_api import BrowserContext, Page

from tests.browser.analytics import event, sent
from tests.browser.servers import Shop
from tests.browser.shop_pages import KEY

SCRIPT = """
(() => {
  const [key, cdn] = %s, started = performance.now();
  const analytics = (window.analytics = []);
  const queued = (method) => (...given) => (analytics.push([method, ...given]), analytics);
  for (const method of ['track', 'page', 'identify', 'group', 'alias', 'ready', 'on', 'addSourceMiddleware'])
    analytics[method] = queued(method);
  Object.assign(analytics, { _writeKey: key, _cdn: cdn, SNIPPET_VERSION: '4.15.3' });
  analytics.load = (writeKey) => {
    const script = document.createElement('script');
    Object.assign(script, { async: true, src: `${cdn}/analytics.js/v1/${writeKey}/analytics.min.js` });
    document.head.appendChild(script);
  };
  window.seen = {};
  const choose = async () => {
    const answer = await fetch(`${cdn}/v1/projects/${key}/integrations`);
    if (!answer.ok) throw new Error('no list');
    const list = await answer.json();
    window.seen.list ??= performance.now() - started;
    const integrations = Object.fromEntries(list.map(({ creationName }) => [creationName, false]));
    const enrich = (ctx) => ((ctx.event.integrations = { ...integrations, 'Segment.io': true }), ctx);
    window.analytics.register({
      name: 'OneTrust Integration API', version: '0.1.0', type: 'enrichment',
      isLoaded: () => true, load: () => Promise.resolve(), page: enrich, track: enrich, identify: enrich,
    });
    window.analytics.page();
  };
  choose().catch((error) => (window.seen.failed = String(error)));
  analytics.load(key);
})();
"""


def visit(visitor: BrowserContext, shop: Shop, page: Page | None = None) -> Page:
    """A page with the script, once it has had its list; what was sent before is forgotten."""
    shop.receipts.clear()
    code = SCRIPT % json.dumps([KEY, shop.consent])
    shop.pages["store"] = f"<!doctype html><html lang=en><head><script>{code}</script></head><body>Words.</body></html>"
    page = page or visitor.new_page()
    page.goto(shop.page("store"), wait_until="commit")
    page.wait_for_function("seen.list")
    return page


def test_it_registers_on_the_first_visit_and_with_everything_in_the_cache(visitor: BrowserContext, shop: Shop) -> None:
    page = None
    for _ in range(2):
        page = visit(visitor, shop, page)
        chosen = event(shop, "page")["integrations"]
        assert page.evaluate("seen.failed ?? null") is None
        assert chosen.pop("Segment.io") is True
        assert set(chosen.values()) == {False}
    assert sum(path.endswith("/integrations") for path in shop.asked) == 2


def test_a_script_that_is_later_than_the_wait_makes_it_throw(visitor: BrowserContext, shop: Shop) -> None:
    """What the wait is for: the list is there, analytics.js is not."""
    listed = threading.Event()
    shop.holding = lambda path: listed if path.endswith("/analytics.min.js") else None
    page = visit(visitor, shop)
    page.wait_for_function("seen.failed")
    assert "register is not a function" in page.evaluate("seen.failed")
    listed.set()
    assert sent(shop) == []
