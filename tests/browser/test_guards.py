"""A page's own code reaches nobody whose category was refused, when the page asks for such guards."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.clients.deployment import until

Visit = Callable[..., Page]

CALLS = {
    "fetch": "fetch('{url}', {{mode: 'no-cors'}}).then(() => 'came', why => why.message)",
    "XMLHttpRequest": """new Promise(done => {{ const call = new XMLHttpRequest(); call.onloadend = () => done('ended');
        call.onerror = () => done('error'); call.open('GET', '{url}'); call.send() }})""",
    "sendBeacon": "navigator.sendBeacon('{url}', 'x')",
    "new Image": "(() => {{ const made = new Image(); made.src = '{url}'; return made.getAttribute('data-src') }})()",
    "setAttribute": """(() => {{ const frame = document.createElement('iframe'); frame.setAttribute('src', '{url}');
        document.body.append(frame); return frame.dataset.src }})()""",
}


def guarded(shop: Shop, attributes: str = 'data-guard="network"', after: str = "") -> str:
    """The head of a page with the blocking script, and what runs behind it."""
    url = f"{shop.consent}/consent/{APP['bottom']}/OtAutoBlock.js"
    return f'<script src="{url}" {attributes}></script><script>{after}</script>'


def ready(page: Page) -> Page:
    """A page with all methods on it."""
    until(lambda: bool(page.evaluate("!!window.OneTrust?.GetDomainData")))  # a strict page forbids `wait_for_function`
    return page


def call(name: str, url: str) -> str:
    """One way to reach an address."""
    return CALLS[name].format(url=url)


@pytest.mark.parametrize("name", CALLS)
def test_a_listed_host_is_reached_with_consent_only(visit: Visit, shop: Shop, name: str) -> None:
    page = ready(visit(head=guarded(shop)))
    refused, agreed = (shop.page(word, host="stats.test") for word in ("refused", "agreed"))
    said = page.evaluate(call(name, refused))
    assert said in (False, refused, "error", f"placet: {refused} waits for consent")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1')")
    page.evaluate(call(name, agreed))
    # What stood in the page is let go with its category; a call that failed has failed.
    came = {"stats.test/agreed"} | ({"stats.test/refused"} if name == "setAttribute" else set())
    until(lambda: came <= set(shop.asked))
    assert ("stats.test/refused" in shop.asked) == (name == "setAttribute")


@pytest.mark.parametrize("name", CALLS)
def test_everybody_else_is_reached(visit: Visit, shop: Shop, name: str) -> None:
    page = ready(visit(head=guarded(shop)))
    page.evaluate(call(name, shop.page("free", host="cdn.test")))
    until(lambda: "cdn.test/free" in shop.asked)


@pytest.mark.parametrize("name", ["fetch", "XMLHttpRequest"])
@pytest.mark.parametrize("country", ["US", "DE"])
def test_the_first_calls_wait_for_the_first_state(visit: Visit, shop: Shop, name: str, country: str) -> None:
    shop.country, shop.region = country, "CA"  # California may be measured until it objects, Germany must be asked
    url = shop.page("early", host="stats.test")
    page = ready(visit(head=guarded(shop, after=f"window.early = {call(name, url)}")))
    page.evaluate("early")
    assert ("stats.test/early" in shop.asked) == (country == "US")


def test_without_the_attribute_calls_are_free(visit: Visit, shop: Shop) -> None:
    page = ready(visit(head=guarded(shop, "")))
    assert page.evaluate(call("sendBeacon", shop.page("free", host="stats.test"))) is True


def test_hosts_nobody_listed_may_be_treated_as_a_category(visit: Visit, shop: Shop) -> None:
    body = f"""<script src="{shop.page("unlisted.js", host="www.cdn.test")}"></script>
      <script src="/mine.js"></script><script src="{shop.page("mine.js", host="blog.shop.test")}"></script>
      <script>window.made = document.createElement('script'); made.src = '{shop.page("made.js", host="cdn.test")}';
        document.body.append(made)</script>"""
    page = ready(visit(head=guarded(shop, 'data-unknown="C0004" data-guard="network"'), body=body))
    assert page.evaluate("ran") == ["www.shop.test/mine.js", "blog.shop.test/mine.js"]
    assert page.evaluate(call("fetch", shop.page("far", host="cdn.test"))).endswith("waits for consent")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0004:1')")
    page.wait_for_function("ran.length === 4")


def test_a_strict_page_can_be_guarded(visit: Visit, shop: Shop) -> None:
    shop.headers["content-security-policy"] = (
        f"default-src 'self'; script-src 'self' {shop.consent} 'unsafe-inline'; connect-src *; "
        "require-trusted-types-for 'script'; trusted-types placet"
    )
    page = ready(visit(head=guarded(shop)))
    assert page.evaluate(call("sendBeacon", shop.page("refused", host="stats.test"))) is False
