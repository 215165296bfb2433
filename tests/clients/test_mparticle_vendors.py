"""A single vendor may speak for a purpose: the OneTrust kit, unmodified, reads it as we hand it the mapping."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.clients.deployment import Deployment, Receiver, deployed, until
from tests.clients.page import log, open_page

MAPPED = """
        vendor_consents:
          - {list: iab, vendor: "3", purpose: ads}
          - {list: google, vendor: "43", purpose: run}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server whose advertising hangs on a vendor of the IAB's list, all else on one of Google's."""
    yield from deployed(tmp_path_factory.mktemp("vendors"), source=MAPPED)


def choose(page: Page, iab: str, google: str) -> None:
    """The visitor changes what they said of vendors; both groups are active all the time."""
    said = f"{{vendor: {{consents: '{iab}'}}, addtlConsent: '{google}'}}"
    page.evaluate(f"() => {{ OneTrust.getVendorConsentsRequestV2 = (told) => told({said}); }}")
    page.evaluate("choose(',C0001,C0004,')")


def test_what_was_said_of_a_vendor_decides(deployment: Deployment, receiver: Receiver, visitor: BrowserContext) -> None:
    page = open_page(visitor, deployment, groups=",C0001,C0004,")

    def arrived(path: str) -> set[str]:
        return {event.get("event", "") for event in receiver.at(path)}

    choose(page, "110", "1~39.43")
    log(page, "Refused")
    until(lambda: "Refused" in arrived("/counter"))
    choose(page, "001", "1~39.430")
    log(page, "Agreed")
    until(lambda: "Agreed" in arrived("/ads"))
    assert "Refused" not in arrived("/ads")
    choose(page, "001", "1~43")
    log(page, "Both")
    until(lambda: "Both" in arrived("/counter") & arrived("/ads"))
    assert "Agreed" not in arrived("/counter")
