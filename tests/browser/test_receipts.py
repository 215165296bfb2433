"""Every choice leaves exactly one receipt, also when the server is away, slow or broken."""

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import WEB
from tests.browser.servers import NONE_WAITS, WAITING, Shop
from tests.clients.deployment import until

Visit = Callable[..., Page]
RECEIPTS = "/request/v1/consentreceipts"


def ready(page: Page) -> Page:
    """A page with all methods on it."""
    page.wait_for_function("!!window.OneTrust?.GetDomainData")
    return page


def answered(page: Page, shop: Shop, count: int = 1) -> None:
    """Wait until the server has answered so many receipts."""
    until(lambda: len(shop.answers) >= count)


def test_a_receipt_says_what_was_chosen_over_which_text(visit: Visit, shop: Shop) -> None:
    page = ready(visit())
    page.locator("#onetrust-reject-all-handler").click()
    answered(page, shop)
    receipt = shop.receipts[0]
    assert receipt["dsDataElements"]["InteractionType"] == "Banner - Reject All"
    assert [purpose["TransactionType"] for purpose in receipt["purposes"]] == ["NO_CHOICE"] + ["OPT_OUT"] * 4
    assert receipt["customPayload"] == {"Interaction": 1, "AddDefaultInteraction": True}
    assert receipt["isAnonymous"] is True and receipt["test"] is False
    seen = receipt["placet"]
    assert (seen["rule"], seen["layout"], seen["publication"], len(seen["content"])) == ("eu", "bottom", 1, 64)
    assert shop.answers == [200]
    assert page.evaluate("OneTrust.GetDomainData().ConsentIntegrationData.consentPayload.identifier")


def test_a_receipt_names_whom_the_page_names(visit: Visit, shop: Shop) -> None:
    subject = "{id: 'user 42', isAnonymous: false, identifierType: 'Email'}"
    page = ready(visit(head=f"<script>window.OneTrust = {{dataSubjectParams: {subject}}}</script>"))
    page.evaluate("OneTrust.AllowAll()")
    answered(page, shop)
    receipt = shop.receipts[0]
    assert (receipt["identifier"], receipt["identifierType"], receipt["isAnonymous"]) == ("user42", "Email", False)
    assert page.evaluate("OneTrust.dataSubjectParams.id") == "user 42"


def test_refusing_twice_says_nothing_new(visit: Visit, shop: Shop) -> None:
    page = ready(visit())
    page.evaluate("OneTrust.RejectAll()")
    answered(page, shop)
    page.evaluate("OneTrust.RejectAll()")
    page.evaluate("OneTrust.AllowAll(true)")
    page.wait_for_timeout(100)
    assert len(shop.receipts) == 1


def test_a_receipt_that_failed_is_sent_again_under_its_id(visit: Visit, shop: Shop) -> None:
    page = ready(visit())
    shop.failing = lambda path: path == RECEIPTS
    page.evaluate("window.applied = 0; addEventListener('OTConsentApplied', () => applied++); OneTrust.AllowAll()")
    page.wait_for_function("applied === 1")  # success or error: the page goes on
    kept = page.evaluate(f"JSON.parse(localStorage[{WAITING}[0]]).placet.id")
    shop.failing = lambda path: False
    visit(name="next", page=page)
    answered(page, shop)
    assert {receipt["placet"]["id"] for receipt in shop.receipts} == {kept}
    page.wait_for_function(NONE_WAITS)


def test_a_receipt_made_offline_goes_out_when_the_network_is_back(
    visit: Visit, visitor: BrowserContext, shop: Shop
) -> None:
    page = ready(visit())
    visitor.set_offline(True)
    with page.expect_event("requestfailed", lambda asked: asked.url.endswith(RECEIPTS)):
        page.evaluate("OneTrust.AllowAll()")
    visitor.set_offline(False)
    page.wait_for_function(NONE_WAITS)
    assert set(shop.answers) == {200}
    assert len({receipt["placet"]["id"] for receipt in shop.receipts}) == 1


def test_a_choice_made_before_the_second_script_came_still_leaves_a_receipt(visit: Visit, shop: Shop) -> None:
    shop.failing = lambda path: path.endswith("otPreferences.js")
    page = visit()
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("localStorage['placet.owed']")
    shop.failing = lambda path: False
    visit(name="next", page=page)
    answered(page, shop)
    assert shop.receipts[0]["dsDataElements"]["InteractionType"] == "Banner - Allow All"


def proofs(shop: Shop, interaction: str) -> set[str]:
    """The receipts of this interaction, by their ids: each may be sent more than once."""
    told = [body for body in list(shop.receipts) if body["dsDataElements"]["InteractionType"] == interaction]
    return {body["placet"]["id"] for body in told}


def test_a_choice_made_as_the_second_script_comes_leaves_one_receipt(visit: Visit, shop: Shop) -> None:
    shop.failing = lambda path: path.endswith("otPreferences.js")
    page = visit()
    page.locator("#onetrust-accept-btn-handler").wait_for()
    page.evaluate(
        """script => {
            document.getElementById('onetrust-accept-btn-handler').click();
            dispatchEvent(new Event('pagehide'));  // at once, not after the next frame: its proof is to follow
            document.head.append(Object.assign(document.createElement('script'), { textContent: script })) }""",
        (WEB / "dist" / "otPreferences.js").read_text(),
    )
    ready(page).evaluate("OneTrust.RejectAll()")
    until(lambda: len(proofs(shop, "API - Reject All")) == 1)
    assert len(proofs(shop, "Banner - Allow All")) == 1


def test_a_page_that_begins_again_while_a_receipt_is_written_leaves_one(visit: Visit, shop: Shop) -> None:
    shop.country = "FR"
    held = threading.Event()
    shop.holding = lambda path: held if path.endswith("otTCF.js") else None
    page = ready(visit(wait_until="commit"))
    page.locator("#onetrust-accept-btn-handler").click()
    page.wait_for_function("localStorage['placet.owed']")
    page.evaluate("OneTrust.Init()")
    held.set()
    until(lambda: bool(proofs(shop, "Banner - Allow All")))
    page.evaluate("OneTrust.RejectAll()")
    until(lambda: len(proofs(shop, "API - Reject All")) == 1)
    assert len(proofs(shop, "Banner - Allow All")) == 1


@pytest.mark.parametrize("broken", ["brief.json", "otBannerSdk.js", "otSDKStub.js"])
def test_a_page_lives_without_us(visit: Visit, shop: Shop, broken: str) -> None:
    shop.failing = lambda path: path.endswith(broken)
    faults: list[str] = []
    page = visit(name="blank")
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.reload()
    page.wait_for_timeout(150)
    expect(page.locator("main")).to_have_text("Words of the shop.")
    assert faults == []
    assert page.evaluate("(window.OnetrustActiveGroups || '').includes('C0002')") is False
