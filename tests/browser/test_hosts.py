"""The hosts of others in the preference centre: listed with their cookies, found, switched where a site allows it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from placet.api.web.hosts import lasting_id
from tests.browser.sample_shop import APP, CATEGORIES
from tests.browser.servers import Shop
from tests.browser.test_blocking import ready
from tests.browser.test_cookies import cookies
from tests.browser.test_screens import AXE, violations
from tests.clients.deployment import until

Visit = Callable[..., Page]
STATS, ADS, VIDEO = (lasting_id(category.id, host) for category in CATEGORIES for host in category.hosts)


def at_the_list(page: Page, category: str = "C0002") -> Page:
    """Somebody who looks at the hosts of a category."""
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    row = "BG1" if category == "C0004" else category
    page.locator(f"[data-optanongroupid={row}] h4 button").click()
    page.locator(f"[data-optanongroupid={category}] .category-host-list-handler").last.click()
    return page


def listed(page: Page) -> list[str]:
    """The hosts one sees."""
    return page.locator("#ot-host-lst h4:visible").evaluate_all("all => all.map(e => e.innerText.split('\\n')[0])")


def test_hosts_are_listed_and_found(visit: Visit) -> None:
    page = at_the_list(ready(visit()))
    expect(page.locator("#ot-lst-title")).to_be_focused()
    expect(page.locator("#ot-lst-title")).to_have_text("Third parties (1)")
    expect(page.locator(".ot-scrn-rdr[aria-live]")).to_have_text("Third parties found: 1")
    assert listed(page) == ["stats.test"]
    page.locator("#filter-btn-handler").click()
    page.locator("#ot-fltr-modal").get_by_label("Advertising").check()
    page.locator("#filter-apply-handler").click()
    assert listed(page) == ["stats.test", "ads.test", "video.test"]
    page.locator("#ot-host-lst button", has_text="ads.test").click()
    expect(page.locator("#ot-host-lst td").first).to_have_text("seen")
    page.locator("#vendor-search-handler").fill("VID")
    assert listed(page) == ["video.test"]
    expect(page.locator("#ot-pc-lst input[role=switch]")).to_have_count(0)


def test_escape_folds_the_filter_before_it_closes_anything(visit: Visit) -> None:
    page = at_the_list(ready(visit()))
    page.locator("#filter-btn-handler").click()
    page.locator("#ot-fltr-modal").get_by_label("Advertising").check()
    page.keyboard.press("Escape")
    expect(page.locator("#ot-fltr-modal")).to_be_hidden()
    expect(page.locator("#filter-btn-handler")).to_be_focused()
    page.keyboard.press("Enter")
    expect(
        page.locator("#ot-fltr-modal").get_by_label("Advertising")
    ).not_to_be_checked()  # what was not applied is forgotten
    page.locator("#clear-filters-handler").click()
    assert len(listed(page)) == 3
    page.locator(".back-btn-handler").click()
    expect(page.locator("[data-optanongroupid=C0002] .category-host-list-handler")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#onetrust-pc-sdk")).to_be_hidden()


def test_without_its_words_there_is_no_list(visit: Visit, shop: Shop) -> None:
    shop.failing = lambda path: "/words/" in path
    page = ready(visit())
    page.evaluate("OneTrust.ToggleInfoDisplay()")
    until(lambda: any("/words/en.json" in path for path in shop.asked))
    page.locator("[data-optanongroupid=C0002] h4 button").click()
    expect(page.locator("[data-optanongroupid=C0002] td").first).to_have_text("_tally*")
    expect(page.locator(".category-host-list-handler")).to_have_count(0)


def a_switched_page(visit: Visit, shop: Shop, **more: object) -> Page:
    """A page of the site with switches, with unmarked tags of two hosts of one category."""
    tags = "".join(f'<script src="{shop.page("x.js", host=host)}"></script>' for host in ("ads.test", "video.test"))
    block = f'<script src="{shop.consent}/consent/{APP["hosts"]}/OtAutoBlock.js"></script>'
    return ready(visit("hosts", head=block, body="<p>Words.</p>" + tags, **more))


def test_one_host_is_refused_and_stays_refused(visit: Visit, visitor: BrowserContext, shop: Shop) -> None:
    page = at_the_list(a_switched_page(visit, shop), "C0004")
    expect(page.locator(f"#ot-host-id-{ADS}")).to_be_disabled()  # its category is off
    page.locator(".back-btn-handler").click()
    page.locator("#ot-sub-group-id-C0004").click()
    page.locator("[data-optanongroupid=C0004] .category-host-list-handler").click()
    expect(page.locator("#select-all-hosts-groups-handler")).to_be_checked()
    page.locator(f"#ot-host-id-{ADS}").click()
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function("window.ran?.join() === 'video.test/x.js'")
    assert page.evaluate("OnetrustActiveGroups") == f",C0001,C0004,{VIDEO},"
    assert f"{STATS}%3A0%2C{ADS}%3A0%2C{VIDEO}%3A1" in cookies(visitor)["OptanonConsent"]["value"]
    until(lambda: bool(shop.answers))
    assert set(shop.answers) == {200}
    assert shop.receipts[0]["placet"]["vendors"] == {STATS: 0, ADS: 0, VIDEO: 1}
    page = a_switched_page(visit, shop, page=page, name="next")
    page.wait_for_function("window.ran?.join() === 'video.test/x.js'")
    at_the_list(page, "C0004")
    expect(page.locator(f"#ot-host-id-{ADS}")).not_to_be_checked()
    page.locator(".back-btn-handler").click()
    page.locator("#ot-group-id-C0003").click()  # another answer takes nothing back
    page.locator(".save-preference-btn-handler").click()
    page.wait_for_function(f"OnetrustActiveGroups === ',C0001,C0003,C0004,{VIDEO},'")


@pytest.mark.parametrize(
    ("call", "hosts"),
    [
        ("OneTrust.AllowAll()", {STATS, ADS, VIDEO}),
        ("OneTrust.RejectAll()", set()),
        ("OneTrust.UpdateConsent('Category', 'C0004:1')", {ADS, VIDEO}),
        (f"OneTrust.AllowAll(); OneTrust.UpdateConsent('Host', '{ADS}:0,H12:1')", {STATS, VIDEO}),
    ],
)
def test_hosts_follow_their_categories_and_methods(visit: Visit, shop: Shop, call: str, hosts: set[str]) -> None:
    page = a_switched_page(visit, shop)
    page.evaluate(call)
    assert {id for id in page.evaluate("OnetrustActiveGroups").split(",") if id.startswith("H")} == hosts


def test_hosts_have_the_same_ids_everywhere(visit: Visit, shop: Shop) -> None:
    page = a_switched_page(visit, shop)
    ids = page.evaluate("OneTrust.GetDomainData().Groups.flatMap(g => g.Hosts).map(h => [h.HostName, h.HostId])")
    assert dict(ids) == {"stats.test": STATS, "ads.test": ADS, "video.test": VIDEO}
    assert page.evaluate("OneTrust.GetDomainData().GeneralVendors") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_list_of_hosts(
    browser: Browser, visit: Visit, shop: Shop, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, locale="en-GB", reduced_motion="reduce")
    page = at_the_list(a_switched_page(visit, shop, page=context.new_page()))
    page.locator("#filter-btn-handler").click()
    page.add_script_tag(path=AXE)
    assert violations(page, scheme) == []
    context.close()
