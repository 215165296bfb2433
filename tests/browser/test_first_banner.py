"""The page for newcomers does what it says: its settings and its HTML, taken from it word for word."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from placet.settings_files.read import read_texts
from tests.browser.servers import Shop

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial" / "first-banner.md").read_text()


def block(kind: str) -> str:
    """The one block of this kind."""
    found = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_a_newcomer_sees_a_banner_that_works(visitor: BrowserContext, shop: Shop) -> None:
    settings = block("yaml").replace("http://localhost:8000", shop.page().rstrip("/"))
    outcome = read_texts([("site.yaml", settings.encode())])
    assert outcome.organisation is not None, outcome
    shop.publish(outcome.organisation)
    shop.pages[""] = block("html").replace("http://127.0.0.1:8080", shop.consent)
    page = visitor.new_page()
    page.goto(shop.page())
    page.locator("#onetrust-reject-all-handler").click()
    expect(page.locator("#onetrust-banner-sdk")).to_be_hidden()
    expect(page).to_have_title("My page")
    page.get_by_role("button", name="Cookie settings").first.click()
    page.locator("#ot-group-id-C0002").click()
    page.locator(".save-preference-btn-handler").click()
    expect(page).to_have_title("My page, counted")
    assert "visits=1" in page.evaluate("document.cookie")
    page.get_by_role("button", name="Cookie settings").first.click()
    page.locator(".ot-pc-refuse-all-handler").click()
    page.wait_for_function("!document.cookie.includes('visits')")
    expect(page.locator("#ot-sdk-cookie-policy td").first).to_have_text("visits")
