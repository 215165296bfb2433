"""Pages that change after they began, and pages whose own names and looks get in our way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.servers import Shop
from tests.browser.test_blocking import ready
from tests.browser.test_cookies import cookies
from tests.clients.deployment import until

Visit = Callable[..., Page]
BANNER = "#onetrust-banner-sdk"
ADD = "document.querySelector('main').insertAdjacentHTML('beforeend', `{0}`)"
FRAME = '<iframe class="optanon-category-C0004" data-src="/film"></iframe>'
SEEN = "checkVisibility({checkOpacity: true})"


def hit(page: Page, selector: str) -> bool:
    """Would a click in its middle reach it?"""
    return bool(
        page.evaluate(
            """selector => { const one = document.querySelector(selector);
            const { x, y, width, height } = one.getBoundingClientRect();
            return one.contains(document.elementFromPoint(x + width / 2, y + height / 2)) }""",
            selector,
        )
    )


def test_what_comes_later_gets_its_placeholder_or_is_let_go(visit: Visit) -> None:
    page = ready(visit())
    page.evaluate(ADD.format(FRAME))
    expect(page.locator(".ot-placeholder")).to_have_count(1)
    page.evaluate("OneTrust.AllowAll()")
    expect(page.locator("iframe")).to_have_attribute("src", "/film")
    script = '<script type="text/plain" class="optanon-category-C0002" src="/late.js"></script>'
    page.evaluate(ADD.format(FRAME + script.replace("</", "<\\/")))
    page.wait_for_function("window.ran?.[0] === 'www.shop.test/late.js'")
    expect(page.locator("iframe[src='/film']")).to_have_count(2)
    expect(page.locator(".ot-placeholder")).to_have_count(0)


def test_an_address_given_later_makes_an_element_wait(visit: Visit) -> None:
    page = ready(visit(body='<iframe class="optanon-category-C0004"></iframe>'))
    page.evaluate("document.querySelector('iframe').dataset.src = '/film'")
    expect(page.locator(".ot-placeholder")).to_have_count(1)


def test_tags_behind_a_fast_sdk_are_let_go(visit: Visit, shop: Shop) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    script = '<script type="text/plain" class="optanon-category-C0002" src="/late.js"></script>'
    waits = "<script src='/slow.js'></script>"
    page = ready(visit(page=page, body=f"{waits}{script}", attributes="async"))
    page.wait_for_function("window.ran?.includes('www.shop.test/late.js')")


@pytest.mark.parametrize("attributes", ["", 'data-ignore-html="true"'])
def test_a_withdrawn_frame_is_replaced_by_an_empty_one(visit: Visit, shop: Shop, attributes: str) -> None:
    shop.pages["film"] = "<p>A film</p>"
    page = ready(visit(body=FRAME, attributes=attributes))
    page.evaluate("OneTrust.AllowAll()")
    page.frame_locator("iframe").get_by_text("A film").wait_for()
    other = ready(visit(body=FRAME, page=page.context.new_page(), attributes=attributes))
    other.frame_locator("iframe").get_by_text("A film").wait_for()
    page.evaluate("OneTrust.RejectAll()")
    for each in (page, other):
        expect(each.locator("iframe[data-src='/film']:not([src])")).to_have_count(1)
        assert each.evaluate("document.querySelector('iframe').contentDocument.body.textContent") == ""
        expect(each.locator(".ot-placeholder")).to_have_count(0 if attributes else 1)


@pytest.mark.parametrize("style", ["iframe { display: block }", "iframe { display: block !important }"])
def test_a_waiting_frame_is_not_seen_whatever_the_page_says_of_frames(visit: Visit, shop: Shop, style: str) -> None:
    shop.country = "FR"
    page = ready(visit(head=f"<style>{style}</style>", body=FRAME + '<iframe style="display: inline"></iframe>'))
    expect(page.locator(".ot-placeholder")).to_have_count(1)
    page.wait_for_function("'__tcfapiLocator' in frames")
    seen = f"[...document.querySelectorAll('iframe')].map(each => each.{SEEN})"
    assert page.evaluate(seen).count(True) == 1  # the page's own
    page.evaluate("OneTrust.AllowAll()")
    expect(page.locator("iframe").first).to_be_visible()


SWAPS = {
    "a new body": """const body = document.createElement('body'); body.innerHTML = '<main>Next</main>';
        document.documentElement.replaceChild(body, document.body)""",
    "an emptied body": "document.body.innerHTML = '<main>Next</main>'",
    "a cached copy": """const copy = document.body.cloneNode(true);
        document.documentElement.replaceChild(document.createElement('body'), document.body);
        document.documentElement.replaceChild(copy, document.body)""",
}


@pytest.mark.parametrize("swap", SWAPS)
def test_a_banner_survives_a_swapped_body(visit: Visit, shop: Shop, swap: str) -> None:
    page = ready(visit(body=f"<main>First</main>{FRAME}"))
    expect(page.locator(BANNER)).to_be_visible()
    page.evaluate(f"{{ {SWAPS[swap]} }}")
    expect(page.locator(BANNER)).to_have_count(1)
    if swap == "a cached copy":
        expect(page.locator(".ot-placeholder")).to_have_count(1)
    assert hit(page, "#onetrust-accept-btn-handler")
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("OnetrustActiveGroups.includes('C0004')")
    expect(page.locator(BANNER)).to_be_hidden()
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    expect(page.locator("#onetrust-pc-sdk")).to_be_visible()


def test_other_frames_find_the_framework_after_a_swapped_body(visit: Visit, shop: Shop) -> None:
    shop.country = "FR"
    page = ready(visit())
    page.wait_for_function("'__tcfapiLocator' in frames")
    page.evaluate("document.documentElement.replaceChild(document.createElement('body'), document.body)")
    page.wait_for_function("'__tcfapiLocator' in frames")


def test_a_button_inside_a_shadow_root_opens_the_preferences(visit: Visit) -> None:
    page = ready(visit(body="<div id=host></div>"))
    page.evaluate("""document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML =
        '<button class="ot-sdk-show-settings"><span>Cookies</span></button>'""")
    page.locator("#host button span").click()
    expect(page.locator("#onetrust-pc-sdk")).to_be_visible()


def test_the_banner_can_be_used_over_a_modal_dialog(visit: Visit) -> None:
    page = ready(visit(body="<dialog id=outer>Old enough?</dialog><dialog id=inner>Really?</dialog>"))
    expect(page.locator(BANNER)).to_be_visible()
    for dialog in ("outer", "inner"):
        page.evaluate(f"document.querySelector('#{dialog}').showModal()")
        page.wait_for_function(f"document.querySelector('#{dialog} {BANNER}')")
    assert hit(page, "#onetrust-reject-all-handler")
    page.evaluate("document.querySelector('#inner').close()")
    page.wait_for_function(f"document.querySelector('#outer {BANNER}')")
    page.evaluate("document.querySelector('#outer').remove()")
    page.wait_for_function(f"document.querySelector('body > #onetrust-consent-sdk {BANNER}')")
    page.locator("#onetrust-reject-all-handler").click()
    page.wait_for_function("document.cookie.includes('OptanonAlertBoxClosed')")


def test_a_banner_that_comes_while_a_dialog_is_open_can_be_used(visit: Visit) -> None:
    dialog = "<dialog>Old enough?</dialog><script>document.querySelector('dialog').showModal()</script>"
    page = ready(visit(body=dialog))
    page.wait_for_function(f"document.querySelector('dialog {BANNER}')")
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("OnetrustActiveGroups.includes('C0004')")
    expect(page.locator("dialog")).to_be_visible()


@pytest.mark.parametrize(
    "style",
    [
        "body { transform: translateX(0); height: 5000px }",
        "body { filter: blur(0); contain: paint; height: 300px; overflow: hidden }",
        "body { opacity: .5; z-index: 0; position: relative } main { position: relative; z-index: 2147483647 }",
        "body { height: 5000px; perspective: 100px; will-change: transform }",
    ],
)
def test_the_looks_of_the_body_do_not_move_the_banner(visit: Visit, style: str) -> None:
    page = ready(visit(head=f"<style>{style}</style>"))
    expect(page.locator(BANNER)).to_be_visible()
    page.wait_for_function(
        f"Math.abs(document.querySelector('{BANNER}').getBoundingClientRect().bottom - innerHeight) < .5"
    )
    assert hit(page, "#onetrust-accept-btn-handler")


NAMES = ("cookie", "body", "head", "activeElement", "currentScript", "scripts", "write")


@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_a_documents_name_breaks_nothing(visit: Visit, visitor: BrowserContext, name: str) -> None:
    errors: list[str] = []
    page = visitor.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    form = f'<form name="{name}"></form><form id="dataLayer"></form>'
    script = '<script type="text/plain" class="optanon-category-C0002">window.ran = ["inline"]</script>'
    ready(visit(page=page, head=form, body=script))
    page.locator("#onetrust-accept-btn-handler").click()
    until(lambda: "OptanonAlertBoxClosed" in cookies(visitor))
    page.wait_for_function("window.ran?.[0] === 'inline'")
    ready(visit("bottom", name="next", page=page, head=form, body=script))
    assert page.evaluate("OnetrustActiveGroups").startswith(",C0001,C0002,")
    expect(page.locator(BANNER)).to_have_count(0)
    assert errors == []


def test_an_element_named_like_the_framework_is_in_nobodys_way(visit: Visit, shop: Shop) -> None:
    shop.country = "FR"
    page = ready(visit(head='<form id="__tcfapi"></form>'))
    page.wait_for_function("typeof __tcfapi === 'function'")
    assert page.evaluate("new Promise(done => __tcfapi('ping', 2, done))")["cmpId"] == 300


def test_a_sandboxed_frame_is_asked_and_its_vendors_are_answered(
    visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    shop.country = "FR"
    errors: list[str] = []
    page = visitor.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    shop.headers["content-security-policy"] = "sandbox allow-scripts allow-forms"
    ready(visit(page=page))
    assert page.evaluate("origin") == "null"
    assert page.evaluate("new Promise(done => __tcfapi('ping', 2, done))")["cmpId"] == 300
    page.evaluate("window.heard = []; __tcfapi('addEventListener', 2, data => heard.push(data.eventStatus))")
    expect(page.locator(BANNER)).to_be_visible()
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("heard.includes('useractioncomplete')")
    assert errors == []


def test_the_running_tag_is_the_stubs_own(visit: Visit, shop: Shop) -> None:
    page = visit(
        head=f'<script type="text/plain" src="{shop.consent}/old/otSDKStub.js" data-domain-script="none"></script>'
    )
    expect(page.locator(BANNER)).to_be_visible()
