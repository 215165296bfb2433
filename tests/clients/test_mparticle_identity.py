"""mParticle's web SDK, unmodified, asks us who its user is: it identifies, logs in and out, and changes names."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.clients.deployment import KEY, Deployment, Receiver, deployed, until
from tests.clients.page import log, open_page

CONVERSION = "    identity: {strategy: conversion}\n"

ASK = """
    ([call, names]) => new Promise((done) => mParticle.Identity[call](
        names ? {userIdentities: names} : {},
        (result) => done({httpCode: result.httpCode, body: result.body}),
    ))
"""
SEARCH = "([key, names]) => new Promise((done) => mParticle.Identity.search(key, names, done))"
USER = """
    () => {
        const user = mParticle.Identity.getCurrentUser();
        return user && {mpid: user.getMPID(), known: user.isLoggedIn(), names: user.getUserIdentities().userIdentities};
    }
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server whose workspace converts anonymous people, as mParticle does by default."""
    yield from deployed(tmp_path_factory.mktemp("conversion"), CONVERSION)


def opened(visitor: BrowserContext, deployment: Deployment, groups: str = ",C0001,") -> Page:
    """A page whose SDK knows who its user is."""
    page = open_page(visitor, deployment, groups=groups)
    page.wait_for_function("() => mParticle.Identity.getCurrentUser() !== null")
    return page


def ask(page: Page, call: str, **names: str | None) -> dict[str, Any]:
    """One identity call by the SDK, and what it told its callback."""
    answer: dict[str, Any] = page.evaluate(ASK, [call, names])
    assert answer["httpCode"] == 200, answer
    return answer


def user(page: Page) -> dict[str, Any]:
    """Who the SDK takes its user for."""
    found: dict[str, Any] = page.evaluate(USER)
    return found


def test_a_first_visit_has_an_mpid_that_stays(deployment: Deployment, visitor: BrowserContext) -> None:
    first = user(opened(visitor, deployment))
    assert int(first["mpid"])
    assert not first["known"]
    assert user(opened(visitor, deployment)) == first


def test_whoever_logs_in_keeps_their_mpid_and_whoever_logs_out_gets_another(
    deployment: Deployment, visitor: BrowserContext
) -> None:
    page = opened(visitor, deployment)
    first = user(page)["mpid"]
    ask(page, "login", customerid="ada", email="ada@shop.example")
    known = user(page)
    assert known == {"mpid": first, "known": True, "names": {"customerid": "ada", "email": "ada@shop.example"}}
    ask(page, "logout")
    assert user(page)["mpid"] != first
    assert not user(page)["known"]
    ask(page, "login", customerid="ada")
    assert (user(page)["mpid"], user(page)["known"]) == (first, True)


def test_the_same_customer_on_another_device_has_the_same_mpid(deployment: Deployment, visitor: BrowserContext) -> None:
    page = opened(visitor, deployment)
    ask(page, "login", customerid="bea")
    elsewhere = visitor.browser.new_context() if visitor.browser else visitor
    other = opened(elsewhere, deployment)
    assert user(other)["mpid"] != user(page)["mpid"]
    ask(other, "login", customerid="bea")
    assert user(other)["mpid"] == user(page)["mpid"]
    elsewhere.close()


def test_a_changed_name_leaves_somebody_logged_in(deployment: Deployment, visitor: BrowserContext) -> None:
    page = opened(visitor, deployment)
    ask(page, "login", customerid="cleo", email="old@shop.example")
    before = user(page)
    ask(page, "modify", email="new@shop.example")
    assert user(page) == {**before, "names": {"customerid": "cleo", "email": "new@shop.example"}}
    ask(page, "modify", email=None)
    assert user(page)["known"]
    assert not user(page)["names"]["email"]


def test_a_search_tells_who_goes_by_a_name(deployment: Deployment, visitor: BrowserContext) -> None:
    page = opened(visitor, deployment)
    ask(page, "login", customerid="emil")
    found = page.evaluate(SEARCH, [KEY, {"customerid": "emil"}])
    assert (found["httpCode"], found["body"]["mpid"]) == (200, user(page)["mpid"])
    assert page.evaluate(SEARCH, [KEY, {"customerid": "nobody"}])["httpCode"] == 404


def test_a_request_that_is_refused_is_told_and_holds_up_nothing(
    deployment: Deployment, receiver: Receiver, visitor: BrowserContext
) -> None:
    page = opened(visitor, deployment)
    told = page.evaluate(ASK, ["login", {"customerid": "x" * 300}])
    assert told["httpCode"] == 400
    assert told["body"]["Errors"][0]["code"] == "BAD_REQUEST"
    log(page, "Went On")
    until(lambda: any(event.get("event") == "Went On" for event in receiver.at("/counter")))


def test_what_a_visitor_agreed_to_counts_for_the_customer_wherever_they_are(
    deployment: Deployment, receiver: Receiver, visitor: BrowserContext
) -> None:
    page = opened(visitor, deployment, groups=",C0001,C0004,")
    log(page, "Seen")
    until(lambda: any(event.get("event") == "Seen" for event in receiver.at("/ads")))
    ask(page, "login", customerid="dora")
    event = {"type": "track", "event": "At The Till", "userId": "dora", "messageId": "till", "writeKey": KEY}
    assert deployment.post("/v1/track", event) == 200
    until(lambda: receiver.ids("/ads")["till"] >= 1)
    page.evaluate("choose(',C0001,')")
    log(page, "Refused")
    until(lambda: any(event.get("event") == "Refused" for event in receiver.at("/counter")))
    assert deployment.post("/v1/track", {**event, "messageId": "later"}) == 200
    until(lambda: receiver.ids("/counter")["later"] >= 1)
    assert receiver.ids("/ads")["later"] == 0
