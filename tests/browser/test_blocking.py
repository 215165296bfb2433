"""Tags wait for consent, are let go in order, and leave nothing behind when consent is taken back."""

import threading
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.browser.test_cookies import cookies

Visit = Callable[..., Page]


def ready(page: Page) -> Page:
    """A page with all methods on it."""
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    return page


def test_marked_scripts_run_with_all_their_categories(visit: Visit) -> None:
    body = """
      <script type="text/plain" class="optanon-category-C0002" data-a="1">window.order = ['two']</script>
      <script type="text/plain" class="optanon-category-C0002-C0004">window.order.push('both')</script>
      <script type="text/plain" class="optanon-category-C0002">window.order.push('two again')</script>
      <div id="after"></div>"""
    page = ready(visit(body=body))
    assert page.evaluate("window.order") is None
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1')")
    assert page.evaluate("order") == ["two", "two again"]
    page.evaluate("OneTrust.AllowAll()")
    assert page.evaluate("order") == ["two", "two again", "both"]
    released = page.locator("script[data-a]")
    assert released.get_attribute("type") == "text/javascript"
    assert page.evaluate("document.querySelector('main').lastElementChild.localName") == "script"


def test_external_scripts_are_let_go_on_the_next_page_too(visit: Visit) -> None:
    body = '<script type="text/plain" class="optanon-category-C0002" src="/late.js"></script>'
    page = ready(visit(body=body))
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function("window.ran && ran[0] === 'www.shop.test/late.js'")
    visit(name="next", page=page, body=body)
    page.wait_for_function("window.ran && ran.length === 1")


def test_a_frame_has_a_placeholder_that_asks_for_it_alone(visit: Visit, shop: Shop) -> None:
    stored_batch = f'<iframe class="optanon-category-C0004" data-src="{shop.page("film", host="video.test")}"></iframe>'
    page = ready(visit(body=stored_batch))
    expect(page.locator(".ot-placeholder p")).to_have_text("This content needs your consent: Advertising.")
    page.locator(".ot-placeholder button").click()
    expect(page.locator("iframe")).to_have_attribute("src", shop.page("film", host="video.test"))
    expect(page.locator(".ot-placeholder")).to_have_count(0)
    assert page.evaluate("OnetrustActiveGroups") == ",C0001,C0004,"


def test_unmarked_tags_of_listed_hosts_are_held_back(visit: Visit, shop: Shop) -> None:
    block = f'<script src="{shop.consent}/consent/{APP["bottom"]}/OtAutoBlock.js"></script>'
    body = f"""
      <script src="{shop.page("written.js", host="stats.test")}"></script>
      <script src="{shop.page("free.js", host="cdn.test")}"></script>
      <script data-ot-ignore src="{shop.page("excused.js", host="stats.test")}"></script>
      <iframe src="{shop.page("film", host="video.test")}"></iframe>
      <script>
        const made = document.createElement('script');
        made.src = '{shop.page("made.js", host="ads.test")}'; made.type = 'text/javascript';
        document.head.append(made);
        const named = document.createElement('script');
        named.setAttribute('src', '{shop.page("named.js", host="ads.test")}');
        document.head.append(named);
      </script>"""
    page = ready(visit(head=block, body=body))
    page.wait_for_function("window.ran && ran.length === 2")
    assert sorted(page.evaluate("ran")) == ["cdn.test/free.js", "stats.test/excused.js"]
    assert page.locator("iframe").get_attribute("data-src")
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function("ran.length === 5")
    assert sorted(page.evaluate("ran"))[:2] == ["ads.test/made.js", "ads.test/named.js"]
    expect(page.locator("iframe")).to_have_attribute("src", shop.page("film", host="video.test"))


def test_cookies_go_when_their_category_loses_consent(visit: Visit, visitor: BrowserContext) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.AllowAll()")
    page.evaluate(
        "document.cookie = '_tally_1=1;path=/;domain=.shop.test';"
        "document.cookie = '_tally=1;path=/'; document.cookie = 'basket=1;path=/'"
    )
    page.evaluate("OneTrust.RejectAll()")
    names = set(cookies(visitor))
    assert names == {"basket", "OptanonConsent", "OptanonAlertBoxClosed"}


def test_cookies_go_even_when_consent_was_lost_before_our_second_script_came(visit: Visit, shop: Shop) -> None:
    shop.country, shop.region = "US", "CA"
    held = threading.Event()
    shop.holding = lambda path: held if path.endswith("otPreferences.js") else None
    page = visit(wait_until="commit", head="<script>document.cookie = '_tally_1=1;path=/;domain=.shop.test'</script>")
    page.locator("#onetrust-reject-all-handler").click()
    page.wait_for_function("OnetrustActiveGroups === ',C0001,'")
    assert "_tally_1" in page.evaluate("document.cookie")
    held.set()
    page.wait_for_function("!document.cookie.includes('_tally_1')")


def test_tags_may_wait_for_a_vendor(visit: Visit) -> None:
    body = """
      <script type="text/plain" class="ot-vscat-tally">window.ran = ['vendor']</script>
      <script type="text/plain" class="ot-vscat-nobody">window.ran.push('unknown vendor')</script>
      <script type="text/plain" class="ot-vscat-tally optanon-category-C0004">window.ran.push('category')</script>"""
    page = ready(visit("partners", body=body))
    assert page.evaluate("window.ran") is None
    page.evaluate("OneTrust.UpdateConsent('General Vendor', 'tally:1')")
    assert page.evaluate("ran") == ["vendor"]
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0004:1')")
    assert page.evaluate("ran") == ["vendor", "category"]
