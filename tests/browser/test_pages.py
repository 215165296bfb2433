"""The pages the server itself shows: read and used without a script, by keyboard, in every language; saved as proof."""

import json
import time
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from placet.app.derived_secrets import secrets_of
from placet.formats.crypto.sealed_links import PreferenceLink, write
from placet.formats.tcf import tcf
from tests.api.node_context import MASTER, token
from tests.browser.conftest import ROOT
from tests.browser.sample_shop import APP, SECRET
from tests.browser.servers import CONSENT_HOST, Shop
from tests.clients.deployment import PATIENCE

AXE = (ROOT / "sdk/web/node_modules/axe-core/axe.min.js").read_text()
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
NONCE = bytes(range(12))


def address(shop: Shop, who: str = "", *, site: str = "club", minutes: int = 5, lang: str = "en") -> str:
    """Where somebody's preferences are; where everybody's are, without a name."""
    ends = int(time.time() * 1000) + minutes * 60_000
    link = write(PreferenceLink(APP[site], who, ends, "Email"), secrets_of(MASTER).secret_box, NONCE)
    return f"{shop.consent}/preferences/{APP[site]}?lang={lang}" + (f"&link={link}" if who else "")


@pytest.fixture
def plain(browser: Browser, shop: Shop):
    """A browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def asked(shop: Shop, path: str, headers: dict[str, str], body: str | None = None) -> tuple[HTTPResponse, bytes]:
    """What the server answers another program."""
    line = HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE)
    line.request("GET" if body is None else "POST", path, body, {"host": CONSENT_HOST, **headers})
    answer = line.getresponse()
    return answer, answer.read()


def profile(shop: Shop, who: str) -> dict[str, Any]:
    """The profile, asked for as any other system would."""
    tenant = "0a0b0000-0000-4000-8000-00000000000a"
    headers = {"identifier": who, "tenantid": tenant, "authorization": token(who, SECRET)}
    _, body = asked(shop, "/v1/preferences", headers)
    told: dict[str, Any] = json.loads(body)
    return told


def statuses(shop: Shop, who: str) -> dict[str, str]:
    """What it says of each purpose."""
    return {one["id"]: one["status"] for one in profile(shop, who)["preferences"]}


def interaction(page: Page, button: str) -> None:
    """Press it, and wait for the page that comes of it: the one before may look the same."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def switch(page: Page, id: str):
    """The switch of a category."""
    return page.locator(f"#c-{id}")


def test_a_person_changes_their_mind_without_a_script(plain: Page, shop: Shop) -> None:
    plain.goto(address(shop, "ada"))
    expect(plain.get_by_role("heading", level=1)).to_have_text("Privacy preferences")
    expect(plain.get_by_role("switch")).to_have_count(4)
    plain.get_by_role("switch", name="Performance").check()
    interaction(plain, "Save choices")
    expect(plain.get_by_role("status")).to_have_text("Your choices are saved.")
    expect(switch(plain, "C0002")).to_be_checked()
    expect(switch(plain, "C0004")).not_to_be_checked()
    told = [*statuses(shop, "ada").values()]
    assert (told.count("ACTIVE"), told.count("OPT_OUT")) == (1, 3)


def test_the_frameworks_purposes_are_decided_here_too(plain: Page, shop: Shop) -> None:
    shop.country = "FR"
    plain.goto(address(shop, "iris"))
    expect(plain.get_by_role("heading", level=2)).to_have_text(
        ["Your choices by category", "IAB Transparency & Consent Framework", "Partners (7)"]
    )
    plain.get_by_role("switch", name="Store and/or access").check()
    plain.get_by_role("switch", name="Use precise geolocation data").check()
    interaction(plain, "Save choices")
    expect(plain.get_by_role("status")).to_be_visible()
    expect(plain.get_by_role("switch", checked=True)).to_have_count(2)
    (strings,) = profile(shop, "iris")["syncGroups"].values()
    said = tcf.decode(strings["tcStringV2"])
    assert (set(said.purpose_consents), set(said.special_features)) == ({1}, {1})


def strings_of(shop: Shop, who: str) -> tuple[tcf.TcString, str]:
    """The TC string of a profile, read, and its AC string."""
    (strings,) = profile(shop, who)["syncGroups"].values()
    return tcf.decode(strings["tcStringV2"]), strings["gacString"]


def test_single_partners_are_decided_without_a_script(plain: Page, shop: Shop) -> None:
    shop.country = "FR"
    plain.goto(address(shop, "jon"))
    interaction(plain, "Accept all")
    plain.get_by_text("IAB Transparency & Consent Framework (5)").click()
    plain.get_by_text("Google partners (2)").click()
    plain.get_by_role("switch", name="Captify Technologies Limited Consent").uncheck()
    plain.get_by_role("checkbox", name="Google Advertising Products Object").check()
    plain.get_by_role("switch", name="Facebook Consent").uncheck()
    interaction(plain, "Save choices")
    plain.get_by_role("status").wait_for()
    said, ac = strings_of(shop, "jon")
    assert set(said.vendor_consents) == {8, 12, 25, 755} and set(said.purpose_consents) >= {1, 3, 4}
    assert 755 not in said.vendor_interests and 8 in said.vendor_interests
    assert ac == "2~108~dv.89"
    plain.get_by_text("IAB Transparency & Consent Framework (5)").click()
    expect(plain.get_by_role("switch", name="Captify Technologies Limited Consent")).not_to_be_checked()
    expect(plain.get_by_role("checkbox", name="Google Advertising Products Object")).to_be_checked()


def test_a_purpose_is_objected_to_without_a_script(plain: Page, shop: Shop) -> None:
    shop.country = "FR"
    plain.goto(address(shop, "kim"))
    plain.get_by_role("checkbox", name="Understand audiences").check()
    interaction(plain, "Save choices")
    expect(plain.get_by_role("status")).to_be_visible()
    expect(plain.get_by_role("checkbox", name="Understand audiences")).to_be_checked()
    said, _ = strings_of(shop, "kim")
    assert 9 not in said.purpose_interests and 10 in said.purpose_interests


def test_whoever_has_no_link_reads_who_the_partners_are(plain: Page, shop: Shop) -> None:
    shop.country = "FR"
    plain.goto(address(shop, site="partners"))
    plain.get_by_text("Other partners (1)").click()
    expect(plain.get_by_role("heading", name="Tally Ltd")).to_be_visible()
    plain.get_by_text("IAB Transparency & Consent Framework (5)").click()
    plain.locator("section", has_text="Google Advertising").get_by_text("Purposes", exact=True).click()
    expect(plain.get_by_text("Store and/or access information on a device (548 days)")).to_be_visible()
    expect(plain.get_by_role("checkbox")).to_have_count(0)


def test_both_great_buttons_do_what_they_say(plain: Page, shop: Shop) -> None:
    plain.goto(address(shop, "bea"))
    interaction(plain, "Accept all")
    expect(plain.get_by_role("switch", checked=True)).to_have_count(4)
    interaction(plain, "Reject all")
    expect(plain.get_by_role("switch", checked=True)).to_have_count(0)
    sizes = [plain.get_by_role("button", name=name).bounding_box() for name in ("Accept all", "Reject all")]
    assert sizes[0] and sizes[1] and sizes[0]["y"] == sizes[1]["y"]
    assert abs(sizes[0]["width"] - sizes[1]["width"]) < 1


def test_what_was_said_here_holds_on_the_website(plain: Page, shop: Shop, unhurried: None, visit) -> None:
    plain.goto(address(shop, "cid"))
    interaction(plain, "Accept all")
    expect(plain.get_by_role("status")).to_be_visible()
    subject = f"{{id: 'cid', token: '{token('cid', SECRET)}'}}"
    head = f"<script>window.OneTrust = {{dataSubjectParams: {subject}}}</script>"
    page = visit("club", head=head, form="consent/{}/otSDKStub.js")
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    assert page.evaluate("OneTrust.IsAlertBoxClosed() && OnetrustActiveGroups.includes(',C0004,')")


@pytest.mark.parametrize("minutes", [-1, 5])
def test_a_link_that_is_over_or_not_ours_changes_nothing(plain: Page, shop: Shop, minutes: int) -> None:
    url = address(shop, "dov", minutes=minutes)
    answer = plain.goto(url if minutes < 0 else url.replace("link=", "link=x"))
    assert answer is not None and answer.status == 403
    expect(plain.get_by_text("This link is no longer valid.")).to_be_visible()
    path = plain.url.removeprefix(shop.consent)
    assert asked(shop, path, {}, "press=accept")[0].status == 403


def test_without_a_link_there_is_only_something_to_read(plain: Page, shop: Shop) -> None:
    plain.goto(address(shop))
    expect(plain.get_by_text("You can change your choices on our website at any time.")).to_be_visible()
    expect(plain.get_by_role("switch")).to_have_count(0)
    plain.get_by_text("Cookies", exact=True).first.click()
    expect(plain.get_by_role("cell", name="What is in your basket.")).to_be_visible()


def test_a_page_may_load_run_and_tell_nothing(plain: Page, shop: Shop) -> None:
    answer = plain.goto(address(shop, "eli"))
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    interaction(plain, "Save choices")
    expect(plain.get_by_role("status")).to_be_visible()  # the policy allows the form


@pytest.mark.parametrize(("lang", "title"), [("de", "Datenschutz-Einstellungen"), ("ar", "تفضيلات الخصوصية")])
def test_every_language_is_read_its_own_way(plain: Page, shop: Shop, lang: str, title: str) -> None:
    plain.goto(address(shop, "fay", lang=lang))
    expect(plain.get_by_role("heading", level=1)).to_have_text(title)
    html = plain.locator("html")
    expect(html).to_have_attribute("lang", lang)
    expect(html).to_have_attribute("dir", "rtl" if lang == "ar" else "ltr")
    plain.get_by_role("navigation").get_by_text("EN").click()
    expect(plain.get_by_role("switch")).to_have_count(4)  # the link came along


def test_the_browsers_language_counts_when_the_address_says_none(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(locale="de-AT")
    page = context.new_page()
    page.goto(address(shop).replace("lang=en", ""))
    expect(page.locator("html")).to_have_attribute("lang", "de")
    context.close()


def test_a_keyboard_is_enough(plain: Page, shop: Shop) -> None:
    plain.goto(address(shop, "gil"))
    for _ in range(20):
        plain.keyboard.press("Tab")
        if switch(plain, "C0003").evaluate("one => one === document.activeElement"):
            break
    plain.keyboard.press("Space")
    expect(switch(plain, "C0003")).to_be_checked()
    with plain.expect_navigation():
        plain.keyboard.press("Enter")  # a form is sent from any of its fields
    expect(plain.get_by_role("status")).to_be_visible()
    expect(switch(plain, "C0003")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["preferences", "policy"])
def test_axe_finds_nothing_wrong(visitor: BrowserContext, shop: Shop, kind: str, scheme: str) -> None:
    page = visitor.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 700})  # 400 % of 1280
    shop.country = "FR"
    page.goto(address(shop, "hal") if kind == "preferences" else f"{shop.consent}/policy/{APP['club']}")
    for details in page.locator("details").all():
        details.evaluate("one => one.open = true")
    # The page allows no script, so the examiner comes through the debugger's door.
    page.evaluate(AXE)
    violations = page.evaluate(f"{RULES}.then(({{violations}}) => violations.map(one => one.id + one.nodes[0].html))")
    assert violations == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_cookie_policy_is_a_page_a_piece_and_data(plain: Page, shop: Shop) -> None:
    policy = f"{shop.consent}/policy/{APP['club']}"
    answer = plain.goto(f"{policy}?lang=de")
    assert answer is not None and "frame-ancestors *" in answer.headers["content-security-policy"]
    expect(plain.get_by_role("cell", name="_tally*")).to_be_visible()
    expect(plain.get_by_text("90 Tage")).to_be_visible()
    data, body = asked(shop, f"/policy/{APP['club']}/policy.json", {"origin": "https://anywhere.test"})
    assert data.headers["access-control-allow-origin"] == "https://anywhere.test"
    categories = {one["id"]: one for one in json.loads(body)["categories"]}
    assert list(categories) == ["C0001", "C0002", "C0003", "C0004", "C0005"]
    assert categories["C0001"]["alwaysActive"] and categories["C0002"]["cookies"][0]["days"] == 90


def test_the_piece_fits_into_a_page(visitor: BrowserContext, shop: Shop) -> None:
    url = f"{shop.consent}/policy/{APP['club']}/fragment.html?lang=ar"
    load = f"fetch('{url}').then(one => one.text()).then(html => document.querySelector('main').innerHTML = html)"
    shop.pages["cookies"] = f"<!doctype html><title>Cookies</title><main></main><script>{load}</script>"
    page = visitor.new_page()
    page.goto(shop.page("cookies"))
    piece = page.locator(".ot-sdk-cookie-policy")
    expect(piece).to_have_attribute("dir", "rtl")
    expect(piece.locator(".ot-sdk-cookie-policy-group")).to_have_count(5)


def test_the_style_of_a_page_holds_no_secret_door() -> None:
    css = (ROOT / "src/placet/api/web/pages/page.css").read_text()
    assert "</" not in css and "url(" not in css and "@import" not in css
