"""Unmarked tags of listed hosts are held back, by whatever way they come into the page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.sample_shop import APP
from tests.browser.servers import Shop
from tests.browser.test_blocking import ready
from tests.clients.deployment import until

Visit = Callable[..., Page]

WAYS = {
    "document.write": "document.write('<script src=\"{url}\"><\\/script>')",
    "document.writeln in pieces": "document.writeln('<script async ', 'src={url}', '><\\/script>')",
    "written in a script": """document.write("<script>document.write('<script src={url}><\\\\/script>')<\\/script>")""",
    "createContextualFragment": """document.head.append(document.createRange()
        .createContextualFragment('<div><script src="{url}"><\\/script></div>'))""",
    "createElementNS": """const made = document.createElementNS('http://www.w3.org/1999/xhtml', 'script');
        made.src = '{url}'; document.head.appendChild(made)""",
    "a script of SVG": """const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        const code = document.createElementNS('http://www.w3.org/2000/svg', 'script');
        code.setAttribute('href', '{url}'); drawn.append(code); document.head.append(drawn)""",
    "cloneNode": """const old = document.createElement('script'); old.src = '{url}';
        document.head.appendChild(old.cloneNode(true))""",
    "importNode": """const far = document.implementation.createHTMLDocument('');
        far.body.innerHTML = '<i></i>'; const made = far.createElement('script'); made.src = '{url}';
        document.head.insertBefore(document.importNode(made, true), null)""",
    "another document": """const made = document.implementation.createHTMLDocument('').createElement('script');
        made.src = '{url}'; document.head.prepend(made)""",
    "setAttributeNode": """const made = document.createElement('script'); document.head.append(made);
        const src = document.createAttribute('src'); src.value = '{url}'; made.setAttributeNode(src)""",
    "setAttributeNodeNS": """const made = document.createElement('script'); document.head.append(made);
        const src = document.createAttribute('src'); src.value = '{url}'; made.setAttributeNodeNS(src)""",
    "setAttributeNS": """const made = document.createElement('script'); document.head.append(made);
        made.setAttributeNS(null, 'src', '{url}')""",
    "an address given late": """const made = document.createElement('script'); document.head.append(made);
        made.src = '{url}'""",
    "after, in a box": """const box = document.createElement('div'); const made = document.createElement('script');
        made.src = '{url}'; box.append(made); document.currentScript.after(box)""",
    "insertAdjacentElement": """const made = document.createElement('script'); made.src = '{url}';
        document.head.insertAdjacentElement('beforeend', made)""",
    "replaceChild": """const made = document.createElement('script'); made.src = '{url}';
        const old = document.head.appendChild(document.createElement('i')); document.head.replaceChild(made, old)""",
    "a type given afterwards": """const made = document.createElement('script'); made.src = '{url}';
        document.head.append(made); made.type = 'text/javascript'; document.head.append(made)""",
}


def block(shop: Shop, more: str = "") -> str:
    """The blocking script, which stands before all others."""
    return f'<script src="{shop.consent}/consent/{APP["bottom"]}/OtAutoBlock.js" {more}></script>'


@pytest.mark.parametrize("way", WAYS)
def test_a_script_of_a_listed_host_waits(visit: Visit, shop: Shop, way: str) -> None:
    held, free = (WAYS[way].format(url=shop.page("made.js", host=host)) for host in ("ads.test", "cdn.test"))
    page = ready(visit(head=block(shop), body=f"<script>{{ {free} }}</script><script>{{ {held} }}</script>"))
    page.wait_for_function("window.ran")
    assert page.evaluate("ran") == ["cdn.test/made.js"]
    assert "ads.test/made.js" not in shop.asked
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function("ran.includes('ads.test/made.js')")


@pytest.mark.parametrize("value", ["undefined", "null", "7", "new URL('http://cdn.test/')"])
@pytest.mark.parametrize(
    "act",
    [
        "const made = document.createElement('script'); made.src = {0}; document.head.append(made)",
        "const made = document.createElement('script'); made.setAttribute('src', {0}); made.type = {0}",
        "const made = document.createElement('iframe'); made.src = {0}; made.setAttribute('class', {0})",
        "const made = new Image(); made.src = {0}; made.setAttribute('src', {0})",
        "document.head.append({0}); document.write({0})",
    ],
)
def test_no_value_makes_the_guards_throw(visit: Visit, shop: Shop, value: str, act: str) -> None:
    shop.headers["content-security-policy"] = "img-src 'none'; frame-src 'none'"
    code = f"try {{ {act.format(value)}; window.said = 'fine' }} catch (why) {{ window.said = String(why) }}"
    page = visit(head=block(shop, 'data-guard="network"'), body=f"<script>{{ {code} }}</script>")
    assert page.evaluate("said") == "fine"


def test_a_module_that_was_held_back_runs_as_one(visit: Visit, shop: Shop) -> None:
    url = shop.page("kind.js", host="ads.test")
    shop.pages["kind.js"] = "(window.kinds ||= []).push(typeof this + import.meta.url.slice(0, 4))"
    shop.headers["access-control-allow-origin"] = "*"
    made = """const made = document.createElement('script'); made.type = 'module'; made.src = '{0}';
        document.head.append(made)"""
    body = f"""<script type="module" src="{url}?1"></script><script>{{ {made.format(url + "?2")} }}
      document.write('<script src="{url}?3" type="module"><\\/script>')</script>"""
    page = ready(visit(head=block(shop), body=body))
    assert page.evaluate("window.kinds") is None
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function("window.kinds?.length === 3")
    assert page.evaluate("kinds") == ["undefinedhttp"] * 3


def test_what_is_no_script_is_left_alone(visit: Visit, shop: Shop) -> None:
    url = shop.page("data.js", host="ads.test")
    body = f'<script type="text/template" src="{url}" id="data">text</script>'
    page = ready(visit(head=block(shop), body=body))
    page.evaluate("OneTrust.AllowAll()")
    assert page.locator("#data").get_attribute("type") == "text/template"
    assert page.evaluate("window.ran") is None


FRAMES = {
    "appended": """const made = document.createElement('iframe'); made.src = '{url}'; document.body.append(made)""",
    "written": "document.write('<iframe src=\"{url}\"></iframe>')",
    "as markup": "document.querySelector('main').insertAdjacentHTML('beforeend', '<iframe src=\"{url}\"></iframe>')",
    "late": """const made = document.createElement('iframe'); document.body.append(made); made.src = '{url}'""",
}


@pytest.mark.parametrize("way", FRAMES)
def test_a_frame_of_a_listed_host_waits_and_has_its_placeholder(visit: Visit, shop: Shop, way: str) -> None:
    url = shop.page("film", host="video.test")
    page = ready(visit(head=block(shop)))
    page.evaluate("window.frames_before = document.querySelectorAll('iframe').length")
    body = f"<p>Words</p><script>{{ {FRAMES[way].format(url=url)} }}</script>"
    page = ready(visit(head=block(shop), body=body, page=page))
    held = page.locator("iframe[data-src]")
    assert held.get_attribute("data-src") == url
    page.locator(".ot-placeholder button").wait_for()
    assert page.evaluate("[...document.querySelectorAll('iframe')].every(each => each.contentDocument !== null)")
    if way != "as markup":
        assert "video.test/film" not in shop.asked
    page.evaluate("OneTrust.AllowAll()")
    page.wait_for_function(f"document.querySelector('iframe[src]').getAttribute('src') === '{url}'")
    until(lambda: "video.test/film" in shop.asked)


def test_a_frame_that_a_script_fills_is_guarded_like_the_page(visit: Visit, shop: Shop) -> None:
    held, free = (shop.page("inside.js", host=host) for host in ("ads.test", "cdn.test"))
    body = f"""<script>
      const empty = document.createElement('iframe'); document.body.append(empty);
      for (const url of ['{held}', '{free}']) {{
        const made = empty.contentDocument.createElement('script'); made.src = url + '?1';
        empty.contentDocument.body.appendChild(made);
      }}
      const written = document.createElement('iframe'); document.body.append(written);
      written.contentDocument.write('<script src="{held}?2"><\\/script><script src="{free}?2"><\\/script>');
      written.contentDocument.close();
    </script>"""
    page = ready(visit(head=block(shop), body=body))
    page.wait_for_function("[0, 1].every(at => frames[at].ran?.length === 1)")
    assert "ads.test/inside.js" not in shop.asked
    assert page.evaluate("[0, 1].map(at => frames[at].ran[0])") == ["cdn.test/inside.js"] * 2


def test_a_frame_let_in_with_consent_goes_when_it_is_withdrawn(visit: Visit, shop: Shop) -> None:
    page = ready(visit(head=block(shop)))
    page.evaluate("OneTrust.AllowAll()")
    url = shop.page("film", host="video.test")
    shop.pages["film"] = "<p>A film</p>"
    page = ready(visit(head=block(shop), body=f'<iframe src="{url}"></iframe>', page=page))
    page.frame_locator("iframe").get_by_text("A film").wait_for()
    page.evaluate("OneTrust.RejectAll()")
    page.locator(".ot-placeholder button").wait_for()
    assert page.locator("iframe").get_attribute("data-src") == url
    assert page.evaluate("document.querySelector('iframe').contentDocument.body.textContent") == ""


def test_imports_of_a_listed_host_fail_where_the_page_asks_for_it(visit: Visit, shop: Shop) -> None:
    page = visit(head=block(shop, 'data-guard="imports"'))
    page.route(
        "https://*.test/**",
        lambda route: route.fulfill(
            body="export default 1", content_type="text/javascript", headers={"access-control-allow-origin": "*"}
        ),
    )
    said = [
        page.evaluate(f"import('https://{host}/x.js').then(() => 'came', why => why.name)")
        for host in ("ads.test", "cdn.test")
    ]
    assert said == ["TypeError", "came"]


def test_insertion_stays_cheap(visit: Visit, shop: Shop) -> None:
    page = ready(visit(head=block(shop)))
    looked = page.evaluate("""() => {
      const { matches, querySelectorAll } = Element.prototype; let looked = 0;
      Element.prototype.matches = function (...a) { looked++; return matches.apply(this, a) };
      Element.prototype.querySelectorAll = function (...a) { looked++; return querySelectorAll.apply(this, a) };
      const list = document.createElement('ul');
      for (let at = 0; at < 1000; at++) list.appendChild(document.createElement('li')).append('text');
      document.body.appendChild(list);
      Object.assign(Element.prototype, { matches, querySelectorAll });
      return looked }""")
    assert looked <= 2
