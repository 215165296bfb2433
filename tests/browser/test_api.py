"""The module for new sites: typed, loaded by itself, harmless where there is no window."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.sample_shop import APP
from tests.browser.servers import Shop

Visit = Callable[..., Page]
DIST = Path(__file__).parents[2] / "sdk" / "web" / "dist"

USE = """<script type="module">
import * as placet from '{base}/scripttemplates/0/api.js';
Object.assign(window, {{placet_api: placet, changes: []}});
placet.onChange(active => changes.push(active.join()));
placet.load({{base: '{base}', site: '{site}'}});
window.before = placet.decided();
placet.whenDecided().then(active => window.decided = active);
</script>"""


def test_a_site_is_told_when_its_visitor_has_decided(visitor: BrowserContext, shop: Shop) -> None:
    use = USE.format(base=shop.consent, site=APP["bottom"])
    shop.pages["own"] = f'<!doctype html><html lang="de"><title>Own</title><body><p>Words.</p>{use}</body></html>'
    page = visitor.new_page()
    page.goto(shop.page("own"))
    expect(page.locator("#onetrust-accept-btn-handler")).to_have_text("Alle akzeptieren")
    assert page.evaluate("[before, window.decided, placet_api.has('C0002')]") == [False, None, False]
    page.evaluate("placet_api.open()")
    expect(page.locator("#onetrust-pc-sdk")).to_be_visible()
    page.evaluate("placet_api.save({C0002: true, C0004: false})")
    page.wait_for_function("!!window.decided")
    assert page.evaluate("[decided, placet_api.has('C0002'), placet_api.has('C0004')]") == [
        ["C0001", "C0002"],
        True,
        False,
    ]
    page.evaluate("placet_api.acceptAll()")
    page.wait_for_function("changes.length === 3")
    page.evaluate("placet_api.rejectAll()")
    page.wait_for_function("changes.length === 4")
    assert page.evaluate("changes.pop()") == "C0001"


def test_who_decided_on_an_earlier_page_is_known(visitor: BrowserContext, shop: Shop) -> None:
    use = USE.format(base=shop.consent, site=APP["bottom"])
    shop.pages["own"] = f'<!doctype html><html lang="de"><title>Own</title><body><p>Words.</p>{use}</body></html>'
    page = visitor.new_page()
    for _ in range(2):
        page.goto(shop.page("own"))
        page.wait_for_function("!!window.OneTrust?.RejectAll")
        page.evaluate("placet_api.rejectAll()")
        page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")
    page.goto(shop.page("own"))
    page.wait_for_function("!!window.decided")
    assert page.evaluate("decided") == ["C0001"]


def test_a_screen_of_ones_own_can_list_what_to_ask(visitor: BrowserContext, shop: Shop) -> None:
    use = USE.format(base=shop.consent, site=APP["bottom"])
    shop.pages["own"] = f'<!doctype html><html lang="en"><title>Own</title><body><p>Words.</p>{use}</body></html>'
    page = visitor.new_page()
    page.goto(shop.page("own"))
    page.wait_for_function("placet_api.state().ready")
    necessary, performance, *_, social = page.evaluate("placet_api.categories()")
    assert (necessary["id"], necessary["locked"], necessary["on"]) == ("C0001", True, True)
    assert performance == {
        "id": "C0002",
        "name": "Performance",
        "description": "Counts visits so that we know what works.",
        "parent": "",
        "locked": False,
        "on": False,
    }
    assert social["parent"] == "BG1"


def test_a_server_may_import_it(built: None) -> None:
    ask = (
        "import('file://' + process.argv[1]).then(m => {"
        "m.load({}); m.open(); console.log(m.has('C0002'), m.active()) })"
    )
    node = ["node", "--input-type=module", "-e", ask, str(DIST / "api.js")]
    told = subprocess.run(node, capture_output=True, text=True, check=True)
    assert told.stdout == "false []\n"
