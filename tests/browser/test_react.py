"""A site made with React: hooks that follow the answers, a banner of its own, and pages rendered on a server."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.page_clients import bundled, on_a_server
from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.clients.deployment import until

SHOP = """
import { createElement as h, memo, useState } from 'react';
import { Consented, categories, load, useCategory, useConsent } from '@placet/web/react';

let counted = 0;
const Counter = memo(() => {
  const on = useCategory('C0002');
  return h('p', { id: 'counter' }, `${on ? 'counting' : 'silent'} ${++counted}`);
});

function Ask() {
  const { ready, decided, acceptAll, rejectAll, save } = useConsent();
  const [answers, answer] = useState({});
  if (!ready || decided) return null;
  return h('form', { id: 'ask', onSubmit: (event) => { event.preventDefault(); save(answers); } },
    categories().filter((one) => !one.locked && !one.parent).map(({ id, name }) => h('label', { key: id },
      h('input', { type: 'checkbox', onChange: (event) => answer({ ...answers, [id]: event.target.checked }) }), name)),
    h('button', { type: 'submit' }, 'Save'),
    h('button', { type: 'button', onClick: acceptAll }, 'All'),
    h('button', { type: 'button', onClick: rejectAll }, 'None'));
}

export function Shop() {
  const { active, open } = useConsent();
  return h('main', null,
    h(Counter), h(Ask),
    h('output', null, active.join()),
    h('button', { id: 'open', onClick: open }, 'Settings'),
    h(Consented, { category: 'C0004', otherwise: h('i', null, 'no video') }, h('b', null, 'a video')));
}
"""
IN_PAGE = (
    SHOP
    + """
import { createRoot, hydrateRoot } from 'react-dom/client';
window.start = (options) => {
  const root = document.getElementById('root');
  const wrong = (error) => (window.wrong = window.wrong || []).push(String(error));
  if (root.hasChildNodes()) hydrateRoot(root, h(Shop), { onRecoverableError: wrong });
  else createRoot(root).render(h(Shop));
  load(options);
};
"""
)
ON_SERVER = (
    SHOP
    + """
import { renderToString } from 'react-dom/server';
load({ base: 'https://consent.test', site: 'x' });
export const answer = renderToString(h(Shop));
"""
)


@pytest.fixture
def store(visitor: BrowserContext, shop: Shop) -> Callable[..., Page]:
    """Opens the site; `html` is what a server has rendered already."""

    def go(html: str = "", *, headless: bool = True, page: Page | None = None) -> Page:
        shop.pages["react.js"] = bundled(IN_PAGE)
        options = f'{{base: "{shop.consent}", site: "{APP["bottom"]}", headless: {str(headless).lower()}}}'
        shop.pages["react"] = (
            f'<!doctype html><html lang="en"><title>Shop</title><div id="root">{html}</div>'
            f'<script src="/react.js"></script><script>start({options})</script></html>'
        )
        page = page or visitor.new_page()
        page.goto(shop.page("react"))
        return page

    return go


def test_a_site_asks_with_a_screen_of_its_own(store: Callable[..., Page], shop: Shop) -> None:
    page = store()
    expect(page.locator("#ask label")).to_have_text(["Performance", "Comfort", "Marketing"])
    expect(page.locator("output")).to_have_text("C0001")
    page.get_by_label("Performance").check()
    page.get_by_text("Save").click()
    expect(page.locator("#ask")).to_have_count(0)
    expect(page.locator("output")).to_have_text("C0001,C0002")
    expect(page.locator("#counter")).to_contain_text("counting")
    expect(page.locator("main > i")).to_have_text("no video")
    expect(page.locator("#onetrust-consent-sdk")).to_have_count(0)
    until(lambda: bool(shop.receipts))
    assert shop.receipts[-1]["dsDataElements"]["InteractionType"] == "API - Confirm"


@pytest.mark.parametrize("button, video", [("All", True), ("None", False)])
def test_what_is_shown_follows_the_answers(store: Callable[..., Page], button: str, video: bool) -> None:
    page = store()
    page.get_by_text(button, exact=True).click()
    expect(page.locator("main > b")).to_have_count(int(video))
    again = store(page=page)
    again.wait_for_function("!!window.OneTrust?.GetDomainData")
    expect(again.locator("main > b")).to_have_count(int(video))
    expect(again.locator("#ask")).to_have_count(0)


def test_a_component_renders_only_when_its_category_changes(store: Callable[..., Page]) -> None:
    page = store()
    page.wait_for_function("!!window.OneTrust?.UpdateConsent")
    expect(page.locator("#ask")).to_be_visible()
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0003:1')")
    expect(page.locator("output")).to_have_text("C0001,C0003")
    expect(page.locator("#counter")).to_have_text("silent 1")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1')")
    expect(page.locator("#counter")).to_have_text("counting 2")


def test_a_server_renders_the_page_of_a_stranger(shop: Shop) -> None:
    html = on_a_server(ON_SERVER)
    assert '<p id="counter">silent 1</p>' in html
    assert "<i>no video</i>" in html and 'id="ask"' not in html


def test_the_server_s_page_comes_alive_without_a_fault(store: Callable[..., Page]) -> None:
    html = on_a_server(ON_SERVER)
    page = store(html, headless=False)
    page.locator("#onetrust-accept-btn-handler").click()
    expect(page.locator("main > b")).to_have_text("a video")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    store(html, headless=False, page=page)
    expect(page.locator("main > b")).to_have_text("a video")
    page.wait_for_function("!!window.OneTrust?.ToggleInfoDisplay")
    page.locator("#open").click()
    expect(page.locator("#onetrust-pc-sdk")).to_be_visible()
    assert page.evaluate("window.wrong") is None
    assert said == []
