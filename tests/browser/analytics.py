"""Pages of the shop that use Segment's analytics.js, and the events that come of them."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.browser.page_clients import snippet
from tests.browser.sample_shop import APP
from tests.browser.servers import CONSENT_HOST, Shop
from tests.browser.shop_pages import KEY
from tests.clients.deployment import until

UPDATED = "Segment Consent Preference Updated"


def stub(shop: Shop) -> str:
    return f'<script src="{shop.consent}/scripttemplates/otSDKStub.js" data-domain-script="{APP["bottom"]}"></script>'


def snippet_of(shop: Shop) -> str:
    return f"<script>{snippet(f'{CONSENT_HOST}:{shop.port}', KEY)}</script>"


def open_page(visitor: BrowserContext, shop: Shop, *head: str, page: Page | None = None) -> Page:
    """A page that has these things in its head, in this order."""
    shop.pages["store"] = f"<!doctype html><html lang=en><head>{''.join(head)}</head><body><p>Words.</p></body></html>"
    page = page or visitor.new_page()
    page.goto(shop.page("store"))
    return page


def sent(shop: Shop) -> list[dict[str, Any]]:
    """The events the server has taken."""
    return [body for body in shop.receipts if "messageId" in body]


def event(shop: Shop, name: str) -> dict[str, Any]:
    """The event of this name or kind, once it is there."""

    def found() -> list[dict[str, Any]]:
        return [one for one in sent(shop) if name in (one.get("event"), one.get("name"), one["type"])]

    until(lambda: bool(found()))
    return found()[-1]


def answered(page: Page, button: str) -> None:
    """Press a button of the banner, and wait until everybody in the page has heard of it."""
    page.evaluate("addEventListener('consent.onetrust', () => setTimeout(() => window.all_have_heard = true))")
    page.locator(button).click()
    page.wait_for_function("window.all_have_heard")


def delivered(shop: Shop, path: str) -> list[dict[str, Any]]:
    """The events of this test that reached a destination, each once; one of an earlier test may come after its end."""
    ours = {one["messageId"] for one in sent(shop)}
    came = {body["messageId"]: body for body in shop.receiver.at(path)}
    return [body for id, body in came.items() if id in ours]
