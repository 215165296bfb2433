"""mParticle's web SDK and OneTrust's kit, unmodified, in a page: what a visitor agreed to decides what leaves us."""

from playwright.sync_api import BrowserContext

from tests.clients.deployment import Deployment, Receiver, until
from tests.clients.page import log, open_page


def names(receiver: Receiver, path: str) -> set[str]:
    """The events that came to a destination."""
    return {event.get("event", "") for event in receiver.at(path)}


def test_what_a_page_sends_goes_where_its_visitor_agreed(
    deployment: Deployment, receiver: Receiver, visitor: BrowserContext
) -> None:
    page = open_page(visitor, deployment, groups=",C0001,C0004,")
    log(page, "Plan Chosen", plan="gold")
    until(lambda: "Plan Chosen" in names(receiver, "/ads") & names(receiver, "/counter"))
    chosen = next(event for event in receiver.at("/ads") if event.get("event") == "Plan Chosen")
    assert chosen["properties"]["plan"] == "gold"
    assert {name: one["consented"] for name, one in chosen["consent_state"]["gdpr"].items()} == {
        "run": True,
        "ads": True,
    }


def test_a_refusal_and_a_change_of_mind_are_heard(
    deployment: Deployment, receiver: Receiver, visitor: BrowserContext
) -> None:
    page = open_page(visitor, deployment, groups=",C0001,")
    log(page, "Refused")
    until(lambda: "Refused" in names(receiver, "/counter"))
    page.evaluate("choose(',C0001,C0004,')")
    log(page, "Agreed")
    until(lambda: "Agreed" in names(receiver, "/ads"))
    page.evaluate("choose(',C0001,')")
    log(page, "Withdrawn")
    until(lambda: "Withdrawn" in names(receiver, "/counter"))
    assert not {"Refused", "Withdrawn"} & names(receiver, "/ads")
