"""`__tcfapi` in the page: from the first line on, through asking and answering, to the next visit."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from placet.formats import tcf
from placet.formats.tcf import TcString
from tests.browser.serving import Shop
from tests.browser.test_cookies import cookies

Visit = Callable[..., Page]
VENDORS = {2, 8, 12, 25, 755}
EARLY = "<script>window.heard = []; __tcfapi('addEventListener', 2, data => heard.push(data))</script>"


@pytest.fixture(autouse=True)
def france(shop: Shop) -> None:
    """Visitors come from where the rule speaks the IAB's framework."""
    shop.country = "FR"


def heard(page: Page, count: int) -> list[Any]:
    """What a vendor's listener heard, once it heard so much."""
    page.wait_for_function(f"heard.length >= {count}")
    found: list[Any] = page.evaluate("heard")
    return found


def a_vendor(visit: Visit, **more: Any) -> Page:
    """A page with a vendor that listens before anything has loaded."""
    return visit(body=f"{EARLY}<p>Words.</p>", **more)


def read(data: Any) -> TcString:
    """The string of an event."""
    return tcf.decode(data["tcString"])


def test_a_vendor_hears_of_the_question_and_of_the_answer(visit: Visit, visitor: BrowserContext) -> None:
    page = a_vendor(visit)
    (asked,) = heard(page, 1)
    assert (asked["eventStatus"], asked["gdprApplies"], asked["cmpId"]) == ("cmpuishown", True, 300)
    assert not read(asked).vendor_consents and not read(asked).purpose_consents
    assert set(read(asked).disclosed or ()) == VENDORS and read(asked).purpose_interests
    page.locator("#onetrust-accept-btn-handler").click()
    answered = heard(page, 2)[1]
    assert (answered["eventStatus"], answered["listenerId"]) == ("useractioncomplete", asked["listenerId"])
    assert set(read(answered).vendor_consents) == VENDORS
    assert answered["vendor"]["consents"]["755"] is True and answered["vendor"]["consents"]["3"] is False
    assert cookies(visitor)["eupubconsent-v2"]["value"] == answered["tcString"]
    assert cookies(visitor)["OTAdditionalConsentString"]["value"] == answered["addtlConsent"] == "2~89.108~dv."
