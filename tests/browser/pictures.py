"""Takes a picture of every screen, in every look, theme and direction: `python -m tests.browser.pictures [FOLDER]`.

They are laid together in one sheet for each screen, small enough to be kept beside the docs.
"""

import sys
from base64 import b64decode, b64encode
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, ROOT, html
from tests.browser.npm_install import found
from tests.browser.sample_shop import APP, LAYOUTS, LOOKS
from tests.browser.servers import Shop, start_shop
from tests.browser.test_pages import address

FOLDER = ROOT / "docs" / "pictures"
WIDE, PHONE = (1120, 700), (390, 700)
SHOTS = (("light", "en", WIDE), ("dark", "ar", WIDE), ("light", "ar", PHONE), ("dark", "en", PHONE))
"""Theme, language and size: both themes in both directions, on both screens."""
ZOOM = 2
ZOOMED = (("light", "en", (WIDE[0] // ZOOM, WIDE[1] // ZOOM)), ("dark", "ar", (WIDE[0] // ZOOM, WIDE[1] // ZOOM)))
"""What is left of the wide screen for somebody who enlarges pages to 200 %."""

HEIGHT = 460
"""Of a picture in a sheet, in pixels."""

FILL = "".join(
    f"<h2>Tent no. {n}</h2><p>Two poles, one night, no rain gets in. It packs small and pitches fast, in wind too.</p>"
    for n in range(1, 12)
)
PAGE = f"<h1>Tents and boots</h1>{FILL}"
WAITING = (
    '<h1>Tents and boots</h1><iframe class="optanon-category-C0004" data-src="https://video.test/film" width="420" '
    'height="220" title="How to pitch a tent"></iframe><div id="ot-sdk-cookie-policy"></div>'
)
LOOK = (
    "<style>body{font:16px Georgia,serif;margin:2rem;background:#f5f2ea;color:#222}"
    "@media(prefers-color-scheme:dark){body{background:#22262b;color:#ddd}}</style>"
)


def banner(page: Page, shop: Shop, site: str, language: str) -> None:
    """A site's banner over a page."""
    attributes = 'data-document-language="true"'
    shop.pages[""] = html(shop, site, head=LOOK, body=PAGE, lang=language, attributes=attributes)
    page.goto(shop.page())
    page.locator(".ot-choices" if site == "choices" else "#onetrust-banner-sdk").wait_for()


def preferences(page: Page, shop: Shop, site: str, language: str) -> None:
    """A site's preference centre, with one category open."""
    banner(page, shop, site, language)
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator("#onetrust-pc-sdk").wait_for()
    opener = page.locator("[data-optanongroupid=C0002] h4 button")
    if opener.get_attribute("aria-expanded") == "false":
        opener.click()
    page.locator("#ot-group-id-C0003").check()


def hosts(page: Page, shop: Shop, site: str, language: str) -> None:
    """The list of other parties' hosts, with its filter open."""
    preferences(page, shop, site, language)
    page.locator("[data-optanongroupid=C0002] .category-host-list-handler").click()
    page.locator("#filter-btn-handler").click()


def framework(page: Page, shop: Shop, site: str, language: str) -> None:
    """The banner of a rule of the IAB's framework."""
    shop.country = "FR"
    banner(page, shop, site, language)
    shop.country = "DE"
    page.locator("#onetrust-policy-text button").wait_for()


def blocked(page: Page, shop: Shop, site: str, language: str) -> None:
    """A film that waits for consent, and the cookies of a site, in a page of its own; the button for settings."""
    attributes = 'data-document-language="true"'
    shop.pages[""] = html(shop, site, head=LOOK, body=WAITING, lang=language, attributes=attributes)
    page.goto(shop.page())
    page.locator("#onetrust-reject-all-handler").click()
    page.locator(".ot-placeholder").wait_for()
    page.locator("#ot-sdk-btn-floating").wait_for()


def own_page(page: Page, shop: Shop, site: str, language: str) -> None:
    """A page of the server's own."""
    policy = f"{shop.consent}/policy/{APP['club']}?lang={language}"
    page.goto(policy if site == "policy" else address(shop, "ada", lang=language))
    for details in page.locator("details").all():
        details.locator("summary").click()
    page.mouse.wheel(0, -9999)
    page.wait_for_timeout(200)


def own_partners(page: Page, shop: Shop, site: str, language: str) -> None:
    """The partners on the server's own preferences page."""
    shop.country = "FR"
    page.goto(address(shop, "ada", lang=language))
    shop.country = "DE"
    partners = page.locator("details:has([name=box])")
    partners.last.locator("summary").first.click()
    partners.first.locator("summary").first.click()
    partners.first.scroll_into_view_if_needed()
    page.locator("#n-8").scroll_into_view_if_needed()


def partner_list(page: Page, shop: Shop, site: str, language: str) -> None:
    """The list of partners from its beginning, those outside the lists among them."""
    framework(page, shop, site, language)
    page.locator("#onetrust-policy-text button").click()
    page.locator("#ot-ven-lst").wait_for()


def partners(page: Page, shop: Shop, site: str, language: str) -> None:
    """A rule of the IAB's framework: the purposes with one of them open, or the partners."""
    shop.country = "FR"
    banner(page, shop, "bottom", language)
    shop.country = "DE"
    page.locator("#onetrust-pc-btn-handler").click()
    page.locator(".onetrust-vendors-list-handler").wait_for()
    page.locator("[data-optanongroupid=IAB2V2_1] h4 button").click()
    page.locator("[data-optanongroupid=IAB2V2_1]").scroll_into_view_if_needed()
    if site == "partners":
        page.locator(".onetrust-vendors-list-handler").click()
        page.locator("[data-vendor='755'] h5 button").click()


SCREENS = {
    **{f"banner-{site}": (banner, site) for site in (*LAYOUTS, "choices")},
    "preferences-center": (preferences, "bottom"),
    **{f"preferences-{site}": (preferences, site) for site in LOOKS if site != "choices"},
    "preferences-hosts": (hosts, "hosts"),
    "zoomed-banner": (banner, "bottom"),
    "zoomed-preferences": (preferences, "bottom"),
    "iab-banner": (framework, "bottom"),
    "iab-list": (partner_list, "partners"),
    "iab-purposes": (partners, "purposes"),
    "iab-partners": (partners, "partners"),
    "page-blocked": (blocked, "bottom"),
    "page-preferences": (own_page, "preferences"),
    "page-partners": (own_partners, "club"),
    "page-policy": (own_page, "policy"),
}
"""Every screen by its name, and how to get there."""


def taken(browser: Browser, shop: Shop, name: str) -> list[str]:
    """One screen in every theme, direction and size, as addresses of their own."""
    show, site = SCREENS[name]
    pictures = []
    zoomed = name.startswith("zoomed")
    for scheme, language, (width, height) in ZOOMED if zoomed else SHOTS:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=ZOOM if zoomed else 1,
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        show(page, shop, site, language)
        pictures.append("data:image/png;base64," + b64encode(page.screenshot()).decode())
        context.close()
    return pictures


TOGETHER = """async ([addresses, height, gap]) => {
    const images = await Promise.all(addresses.map(async address => {
        const image = new Image(); image.src = address; await image.decode(); return image }));
    const widths = images.map(image => Math.round(image.width * height / image.height));
    const canvas = document.createElement('canvas');
    canvas.height = height;
    canvas.width = widths.reduce((sum, width) => sum + width + gap, -gap);
    const pen = canvas.getContext('2d');
    pen.imageSmoothingQuality = 'high';
    images.reduce((at, image, n) => (pen.drawImage(image, at, 0, widths[n], height), at + widths[n] + gap), 0);
    return canvas.toDataURL('image/webp', 0.82).split(',')[1] }"""
"""Lays pictures side by side; the browser draws, so that no library for images is needed."""


def sheet(browser: Browser, pictures: list[str]) -> bytes:
    """The pictures side by side, as WebP."""
    page = browser.new_page()
    together = page.evaluate(TOGETHER, [pictures, HEIGHT, 12])
    page.close()
    return b64decode(together)


def main(folder: Path, names: list[str]) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    shop, end = start_shop()
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=found("chromium", "chromium-browser"), args=ARGUMENTS)
        for name in names or SCREENS:
            (folder / f"{name}.webp").write_bytes(sheet(browser, taken(browser, shop, name)))
        browser.close()
    end()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2:])
