"""Takes a picture of every screen, in every look and size: `python -m tests.browser.pictures FOLDER [LAYOUT…]`."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.a_shop import LAYOUTS
from tests.browser.conftest import ARGUMENTS, html
from tests.browser.serving import Shop, start_shop

SIZES = {"wide": (1280, 720), "phone": (390, 760), "zoomed": (640, 360)}
FILL = "".join(
    f"<h2>Tent no. {n}</h2><p>Two poles, one night, no rain gets in. It packs small and pitches fast, in wind too.</p>"
    for n in range(1, 12)
)
PAGE = f"<h1>Tents and boots</h1>{FILL}"
LOOKS = (
    "<style>body{font:16px Georgia,serif;margin:2rem;background:#f5f2ea;color:#222}"
    "@media(prefers-color-scheme:dark){body{background:#22262b;color:#ddd}}</style>"
)


def shoot(browser: Browser, shop: Shop, folder: Path, layout: str, scheme: str, language: str, size: str) -> None:
    """The banner, then the preference centre with one category open."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
    )
    page = context.new_page()
    shop.pages[""] = html(
        shop, layout, head=LOOKS, body=PAGE, lang=language, attributes='data-document-language="true"'
    )
    page.goto(shop.page())
    page.locator("#onetrust-banner-sdk").wait_for()
    page.wait_for_timeout(400)
    name = f"{layout}-{scheme}-{language}-{size}"
    page.screenshot(path=folder / f"banner-{name}.png")
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#onetrust-pc-sdk").wait_for()
    page.locator("[data-optanongroupid=C0002] button").click()
    page.wait_for_timeout(400)
    page.screenshot(path=folder / f"preferences-{name}.png")
    context.close()


def shoot_vendors(browser: Browser, shop: Shop, folder: Path, scheme: str, language: str, size: str) -> None:
    """The banner of a rule of the IAB's framework, a purpose, and the list of partners with one of them open."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    shop.country = "FR"
    shop.pages[""] = html(
        shop, "bottom", head=LOOKS, body=PAGE, lang=language, attributes='data-document-language="true"'
    )
    page.goto(shop.page())
    page.locator("#onetrust-banner-sdk").wait_for()
    page.wait_for_timeout(400)
    name = f"{scheme}-{language}-{size}"
    page.screenshot(path=folder / f"iab-banner-{name}.png")
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator(".onetrust-vendors-list-handler").wait_for()
    page.locator("[data-optanongroupid=IAB2V2_1] h4 button").click()
    page.locator("[data-optanongroupid=IAB2V2_1]").scroll_into_view_if_needed()
    page.screenshot(path=folder / f"iab-purpose-{name}.png")
    page.locator(".onetrust-vendors-list-handler").click()
    page.locator("[data-vendor='755'] h4 button").click()
    page.wait_for_timeout(200)
    page.screenshot(path=folder / f"iab-partners-{name}.png")
    context.close()
    shop.country = "DE"


def main(folder: Path) -> None:
    """Every combination that looks different."""
    folder.mkdir(parents=True, exist_ok=True)
    shop, end = start_shop()
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for layout in sys.argv[2:] or LAYOUTS:
            for scheme in ("light", "dark"):
                for size in SIZES:
                    shoot(browser, shop, folder, layout, scheme, "en", size)
            shoot(browser, shop, folder, layout, "light", "ar", "wide")
            shoot(browser, shop, folder, layout, "light", "ar", "phone")
        for scheme, language, size in (("light", "en", "wide"), ("dark", "en", "phone"), ("light", "ar", "wide")):
            shoot_vendors(browser, shop, folder, scheme, language, size)
        browser.close()
    end()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
