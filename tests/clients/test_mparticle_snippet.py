"""A page with mParticle's snippet, of which only the host was changed: script, settings and kit come from us."""

from collections.abc import Iterator
from typing import Any

import pytest
from on_node import installed
from playwright.sync_api import BrowserContext, Page

from tests.clients.deployment import KEY, Deployment, Receiver, deployed, until
from tests.clients.page import CLIENTS, CONSENT

SNIPPET = """
    ([source, development]) => {
        window.mParticle = { config: { isDevelopmentMode: development, rq: [] } };
        window.mParticle.ready = (told) => window.mParticle.config.rq.push(told);
        window.mParticle.ready(() => window.mParticle.logEvent('Ready', window.mParticle.EventType.Navigation));
        const script = document.createElement('script');
        script.src = source;
        document.head.append(script);
    }
"""
"""What the vendor's snippet does: calls that come early wait in `config.rq`."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server that has the vendor's packages."""
    modules = installed(CLIENTS) / "node_modules" / "@mparticle"
    yield from deployed(tmp_path_factory.mktemp("snippet"), PLACET_MPARTICLE_SCRIPTS=str(modules))


def open_page(visitor: BrowserContext, deployment: Deployment, groups: str, *, development: bool) -> Page:
    """A page of another origin with the snippet."""
    page = visitor.new_page()
    page.goto(f"http://localhost:{deployment.port}/readyz")
    page.evaluate(CONSENT)
    page.evaluate("groups => { window.OnetrustActiveGroups = groups }", groups)
    source = f"{deployment.url}/js/v2/{KEY}/mparticle.js?env={int(development)}"
    page.evaluate(SNIPPET, [source, development])
    page.wait_for_function("window.mParticle.Identity?.getCurrentUser()?.getMPID()")
    return page


def of_user(page: Page, receiver: Receiver, path: str) -> list[dict[str, Any]]:
    """The events of the page's user that came to a path; those of an earlier page may still come, too."""
    mpid = page.evaluate("mParticle.Identity.getCurrentUser().getMPID()")
    return [event for event in receiver.at(path) if event.get("mpid") == mpid]


@pytest.mark.parametrize("development, environment", [(True, "development"), (False, "production")])
def test_a_snippet_needs_nothing_but_our_host(
    deployment: Deployment, receiver: Receiver, visitor: BrowserContext, development: bool, environment: str
) -> None:
    page = open_page(visitor, deployment, ",C0001,C0004,", development=development)
    assert page.evaluate("mParticle.Identity.getCurrentUser().getMPID()").lstrip("-").isdigit()
    until(lambda: "Ready" in {event.get("event") for event in of_user(page, receiver, "/ads")})
    mine = [event for event in of_user(page, receiver, "/ads") if event.get("event") == "Ready"]
    assert {event["messageId"]: event["environment"] for event in mine} == {mine[0]["messageId"]: environment}


def test_the_kit_in_the_script_reads_the_page_s_consent(
    deployment: Deployment, receiver: Receiver, visitor: BrowserContext
) -> None:
    page = open_page(visitor, deployment, ",C0001,", development=False)
    state = page.evaluate("mParticle.Identity.getCurrentUser().getConsentState().getGDPRConsentState()")
    assert {purpose: record["Consented"] for purpose, record in state.items()} == {"run": True, "ads": False}
    until(lambda: "Ready" in {event.get("event") for event in of_user(page, receiver, "/counter")})
    assert of_user(page, receiver, "/ads") == []
