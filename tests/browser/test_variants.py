"""A notice on trial: drawn once for each visitor, kept, and named on the receipt."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.browser.test_blocking import ready
from tests.browser.test_cookies import cookies
from tests.clients.deployment import until

Visit = Callable[..., Page]
CORNER, BOTTOM = "#onetrust-banner-sdk.otFloatingRoundedCorner", "#onetrust-banner-sdk.otFlat.bottom"


@pytest.fixture(autouse=True)
def portugal(shop: Shop) -> None:
    """Visitors come from where a second notice is tried on every other visitor."""
    shop.country = "PT"


def jitter(visitor: BrowserContext, says: float) -> None:
    """What the browser's dice say from the next page on."""
    visitor.add_init_script(f"Math.random = () => {says}")


@pytest.mark.parametrize(
    ("says", "banner", "variant", "notice"),
    [(0.0, CORNER, "small", "corner"), (0.499, CORNER, "small", "corner"), (0.5, BOTTOM, "own", "bottom")],
)
def test_a_visitor_draws_once(
    unhurried: None,
    visit: Visit,
    visitor: BrowserContext,
    shop: Shop,
    says: float,
    banner: str,
    variant: str,
    notice: str,
) -> None:
    jitter(visitor, says)
    page = ready(visit())
    expect(page.locator(banner)).to_be_visible()
    assert cookies(visitor)["OTVariant"]["value"] == variant
    jitter(visitor, 0.9 - says)
    page = ready(visit(name="next", page=page))
    expect(page.locator(banner)).to_be_visible()
    page.locator("#onetrust-accept-btn-handler").click()
    until(lambda: bool(shop.answers))
    assert set(shop.answers) == {200}
    seen = shop.receipts[0]["placet"]
    assert (seen["variant"], seen["notice"]) == (variant, notice)


def test_without_the_dice_the_usual_notice_asks(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    shop.failing = lambda path: path.endswith("otBefore.js")
    expect(visit().locator(BOTTOM)).to_be_visible()
    assert "OTVariant" not in cookies(visitor)


def test_another_language_keeps_the_notice(unhurried: None, visit: Visit, visitor: BrowserContext) -> None:
    jitter(visitor, 0.1)
    page = ready(visit())
    page.evaluate("OneTrust.changeLanguage('de')")
    expect(page.locator(CORNER).get_by_text("Ihre Cookie-Auswahl")).to_be_visible()


def test_other_rules_draw_nothing(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    shop.country = "DE"
    ready(visit())
    assert "OTVariant" not in cookies(visitor) and not any("otBefore" in path for path in shop.asked)


def test_the_long_form_has_each_of_them(visit: Visit, shop: Shop) -> None:
    page = ready(visit())
    base = f"{shop.consent}/consent/{APP['bottom']}"
    fetched = "url => fetch(url).then(answer => answer.ok && answer.json())"
    domain = page.evaluate(fetched, f"{base}/{APP['bottom']}.json")
    trial = next(rule for rule in domain["RuleSet"] if rule["Id"] == "trial")
    assert (domain["MultiVariantTestingEnabled"], trial["VariantEnabled"]) == (True, True)
    assert trial["Variants"] == [{"Id": "small"}]
    assert page.evaluate(fetched, f"{base}/trial/variants/small/en.json")["DomainData"]["FloatingRoundedCorner"] is True
    assert page.evaluate(fetched, f"{base}/trial/variants/none/en.json") is False
