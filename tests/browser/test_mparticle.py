"""mParticle's web SDK in a page of ours, unmodified: with OneTrust's own kit, and with our bridge instead."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.analytics import answered, open_page, stub
from tests.browser.page_clients import bundled, installed_file
from tests.browser.servers import Shop
from tests.browser.shop_pages import KEY
from tests.clients.deployment import PATIENCE, until

MAPPING = [("Marketing", "C0004"), ("analytics", "C0002"), ("comfort", "C0003"), ("data_sale_opt_out", "C0005")]
SDK = """
import mParticle from '@mparticle/web-sdk';
import kit from '@mparticle/web-onetrust-kit';
import { connect } from '@placet/web/mparticle';
window.mParticle = mParticle;
window.with_kit = (config) => kit.register(config);
window.with_bridge = (config, options) => connect(mParticle, config, options);
window.start = (config, key = 'us1-demo') => mParticle.init(key, config);
"""
LATER = "new Promise(done => setTimeout(done, 50))"
"""What the page has put off until its next turn has run by then: its timers are in order, however slow it is."""

OWN = {"purposes": {"Marketing": "C0004", "analytics": "C0002"}, "sale": "C0005"}


class Mparticle:
    """Stands where mParticle's hosts would be, and remembers what the SDK sends there."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.people = {"": "11"}

    def answer(self, route: Route) -> None:
        """As the hosts do: an MPID for whoever it is, 202 for events."""
        cors = {"access-control-allow-origin": "*", "access-control-allow-headers": "x-mp-key, content-type"}
        path, body = urlsplit(route.request.url).path, route.request.post_data_json if route.request.post_data else {}
        if path.endswith("/events"):
            self.batches.append(body)
            route.fulfill(status=202, headers=cors, body="")
            return
        known = body.get("known_identities", {}).get("customerid", "")
        mpid = self.people.setdefault(known, str(11 * (len(self.people) + 1)))
        told = {"mpid": mpid, "matched_identities": {}, "is_ephemeral": False, "is_logged_in": bool(known)}
        route.fulfill(status=200, headers=cors, content_type="application/json", body=json.dumps(told))

    def events(self, name: str) -> list[dict[str, Any]]:
        """The batches with an event of this name."""
        return [one for one in self.batches if any(e["data"].get("event_name") == name for e in one["events"])]

    def wait(self, page: Page, name: str) -> None:
        """Until such an event has come; requests are only answered while the page is waited for."""
        end = time.monotonic() + PATIENCE
        while not self.events(name):
            assert time.monotonic() < end, f"{name} never came"
            page.wait_for_timeout(20)

    def consent(self, page: Page, name: str) -> dict[str, Any]:
        """The consent state that rides on an event which the page logs now."""
        page.evaluate(f"mParticle.logEvent('{name}', mParticle.EventType.Other)")
        self.wait(page, name)
        state: dict[str, Any] = self.events(name)[-1]["consent_state"]
        return state


@pytest.fixture
def mparticle(visitor: BrowserContext) -> Mparticle:
    """mParticle's side, at a host of its own."""
    theirs = Mparticle()
    visitor.route("**://mp.test/**", theirs.answer)
    return theirs


def config(*, kit: bool) -> dict[str, Any]:
    """What a site gives to `init`, its hosts changed; kits are named here since no configuration is fetched."""
    groups = [{"jsmap": None, "map": to, "maptype": "ConsentPurposes", "value": group} for to, group in MAPPING]
    one = {
        "name": "OneTrust",
        "moduleId": 134,
        "isDebug": True,
        "isVisible": True,
        "settings": {"consentGroups": json.dumps(groups).replace('"', "&quot;")},
        "eventSubscriptionId": 31,
        **{name: [] for name in ("eventNameFilters", "eventTypeFilters", "attributeFilters", "screenNameFilters")},
        **{name: [] for name in ("screenAttributeFilters", "userIdentityFilters", "userAttributeFilters")},
        "filteringEventAttributeValue": {},
        "filteringUserAttributeValue": {},
        "filteringConsentRuleValues": {},
    }
    return {
        "isDevelopmentMode": True,
        "requestConfig": False,
        "forceHttps": False,
        "workspaceToken": "a1b2c3d4",
        "flags": {"eventsV3": "100", "eventBatchingIntervalMillis": "0"},
        "identityUrl": "mp.test/v1/",
        "v3SecureServiceUrl": "mp.test/v3/JS/",
        "aliasUrl": "mp.test/v1/identity/",
        "kitConfigs": [one] if kit else [],
    }


@pytest.fixture
def store(visitor: BrowserContext, shop: Shop, mparticle: Mparticle) -> Callable[..., Page]:
    """Opens a page with our stub and the SDK, with the kit or with our bridge."""

    def go(*, kit: bool, options: dict[str, Any] = OWN, page: Page | None = None) -> Page:
        shop.pages["sdk.js"] = bundled(SDK)
        add = "with_kit(config)" if kit else f"with_bridge(config, {json.dumps(options)})"
        start = f"const config = {json.dumps(config(kit=kit))}; {add}; start(config);"
        wrapper = "<script>function OptanonWrapper() { window.wrapped = (window.wrapped || 0) + 1 }</script>"
        page = open_page(
            visitor,
            shop,
            wrapper,
            '<script src="/sdk.js"></script>',
            f"<script>{start}</script>",
            stub(shop),
            page=page,
        )
        page.wait_for_function("mParticle.Identity?.getCurrentUser() && !!window.OneTrust?.OnConsentChanged")
        page.wait_for_function("window.wrapped > 0")
        return page

    return go


def said(records: dict[str, Any] | None) -> dict[str, bool]:
    return {purpose: record["consented"] for purpose, record in (records or {}).items()}


def log_in(page: Page, customer: str) -> None:
    page.evaluate(
        "id => new Promise(done => mParticle.Identity.login({userIdentities: {customerid: id}}, () => done(1)))",
        customer,
    )


def test_the_kit_carries_every_answer(store: Callable[..., Page], mparticle: Mparticle) -> None:
    page = store(kit=True)
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1,C0003:0,C0004:0,C0005:1')")
    page.evaluate(LATER)
    state = mparticle.consent(page, "Bought")
    assert said(state["gdpr"]) == {"marketing": False, "analytics": True, "comfort": False}
    assert said(state["ccpa"]) == {"data_sale_opt_out": True}
    assert state["gdpr"]["analytics"]["document"] == "analytics"
    assert urlsplit(state["gdpr"]["analytics"]["location"]).path == "/store"
    page.evaluate("OneTrust.AllowAll()")
    page.evaluate(LATER)
    assert all(said(mparticle.consent(page, "Bought again")["gdpr"]).values())
    assert page.evaluate("wrapped") == 3, "the page's own wrapper is still called"


def test_the_kit_listens_once_however_often_the_wrapper_runs(store: Callable[..., Page]) -> None:
    page = store(kit=True)
    page.evaluate(
        "window.counted = 0; const made = mParticle.Consent.createGDPRConsent;"
        "mParticle.Consent.createGDPRConsent = (...given) => (counted++, made(...given))"
    )
    counts = []
    for on in (1, 0, 1):
        page.evaluate(f"counted = 0; OneTrust.UpdateConsent('Category', 'C0002:{on}')")
        page.evaluate(LATER)
        counts.append(page.evaluate("counted"))
    assert counts == [3, 1, 1], "three new purposes, then the one that changed"


def test_with_the_kit_a_person_who_logs_in_brings_the_answers_along(
    store: Callable[..., Page], mparticle: Mparticle
) -> None:
    page = store(kit=True)
    answered(page, "#onetrust-accept-btn-handler")
    page.evaluate(
        "new Promise(done => mParticle.Identity.login({userIdentities: {customerid: 'ada'}}, done)).then(() => 1)"
    )
    state = mparticle.consent(page, "Bought")
    assert mparticle.events("Bought")[-1]["mpid"] == "22"
    assert said(state["gdpr"]) == {"marketing": True, "analytics": True, "comfort": True}


def test_our_bridge_says_the_same_and_more(store: Callable[..., Page], mparticle: Mparticle) -> None:
    page = store(kit=False)
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1,C0004:0,C0005:0')")
    mparticle.wait(page, "Consent Changed")
    state = mparticle.consent(page, "Bought")
    assert said(state["gdpr"]) == {"marketing": False, "analytics": True}
    assert said(state["ccpa"]) == {"data_sale_opt_out": True}, "refused, hence opted out"
    record = state["gdpr"]["analytics"]
    closed = page.evaluate("Date.parse(document.cookie.match(/OptanonAlertBoxClosed=([^;]+)/)[1])")
    content = page.evaluate("placet.running.session.site.collection.content")
    assert (record["timestamp_unixtime_ms"], record["document"]) == (closed, content)
    assert record["location"].endswith("/store")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0005:1')")
    page.evaluate(LATER)
    again = mparticle.consent(page, "Bought again")
    assert said(again["ccpa"]) == {"data_sale_opt_out": False}
    assert again["gdpr"] == state["gdpr"], "what did not change keeps its time"


def test_with_our_bridge_a_person_who_logs_in_brings_the_answers_along(
    store: Callable[..., Page], mparticle: Mparticle
) -> None:
    page = store(kit=False)
    answered(page, "#onetrust-accept-btn-handler")
    page.evaluate(
        "new Promise(done => mParticle.Identity.login({userIdentities: {customerid: 'ada'}}, done)).then(() => 1)"
    )
    assert said(mparticle.consent(page, "Bought")["gdpr"]) == {"marketing": True, "analytics": True}
    assert mparticle.events("Bought")[-1]["mpid"] == "22"


def test_a_returning_visitor_is_known_at_once_and_nothing_is_told_twice(
    store: Callable[..., Page], mparticle: Mparticle
) -> None:
    page = store(kit=False)
    answered(page, "#onetrust-reject-all-handler")
    first = mparticle.consent(page, "Bought")
    store(kit=False, page=page)
    mparticle.batches.clear()
    assert mparticle.consent(page, "Later") == first
    assert mparticle.events("Consent Changed") == []


def test_the_bridge_is_silent_where_it_shall_be(store: Callable[..., Page], mparticle: Mparticle) -> None:
    page = store(kit=False, options={"purposes": {"analytics": "C0002"}, "event": False})
    answered(page, "#onetrust-accept-btn-handler")
    state = mparticle.consent(page, "Bought")
    assert (said(state["gdpr"]), state["ccpa"]) == ({"analytics": True}, None)
    assert mparticle.events("Consent Changed") == []


def test_the_bridge_stands_beside_the_snippet(visitor: BrowserContext, shop: Shop, mparticle: Mparticle) -> None:
    shop.pages["mparticle.js"] = installed_file("@mparticle/web-sdk/dist/mparticle.js")
    tag = (
        f'<script src="{shop.consent}/scripttemplates/0/mparticle-tag.js" '
        """data-purposes='{"analytics": "C0002"}' data-sale="C0005"></script>"""
    )
    page = open_page(
        visitor,
        shop,
        f"<script>window.mParticle = {{config: {json.dumps(config(kit=False))}}}</script>",
        tag,
        '<script src="/mparticle.js"></script><script>mParticle.init("us1-demo", mParticle.config)</script>',
        stub(shop),
    )
    page.wait_for_function("mParticle.Identity.getCurrentUser()")
    answered(page, "#onetrust-accept-btn-handler")
    mparticle.wait(page, "Consent Changed")
    state = mparticle.consent(page, "Bought")
    assert (said(state["gdpr"]), said(state["ccpa"])) == ({"analytics": True}, {"data_sale_opt_out": False})


def test_our_own_server_hears_the_kit_and_sends_on_what_was_agreed(visitor: BrowserContext, shop: Shop) -> None:
    shop.pages["sdk.js"] = bundled(SDK.replace("'us1-demo'", f"'{KEY}'"))
    host = shop.consent.removeprefix("http://")
    groups = [
        {"jsmap": None, "map": to, "maptype": "", "value": id} for to, id in (("count", "C0002"), ("ads", "C0004"))
    ]
    ours = config(kit=True) | {"identityUrl": f"{host}/v1/", "v3SecureServiceUrl": f"{host}/v3/JS/"}
    ours["kitConfigs"][0]["settings"] = {"consentGroups": json.dumps(groups)}
    wrapper = "<script>function OptanonWrapper() { window.wrapped = true }</script>"
    begin = f'<script src="/sdk.js"></script><script>const c = {json.dumps(ours)}; with_kit(c); start(c)</script>'
    page = open_page(visitor, shop, wrapper, begin, stub(shop))
    page.wait_for_function("mParticle.Identity?.getCurrentUser() && window.wrapped")
    page.evaluate("OneTrust.UpdateConsent('Category', 'C0002:1,C0004:0')")
    page.evaluate(LATER)
    page.evaluate("mParticle.logEvent('Bought', mParticle.EventType.Other)")
    until(lambda: "Bought" in [one.get("event") for one in shop.receiver.at("/counter")])
    page.evaluate("OneTrust.AllowAll()")
    page.evaluate(LATER)
    page.evaluate("mParticle.logEvent('Bought again', mParticle.EventType.Other)")
    until(lambda: "Bought again" in [one.get("event") for one in shop.receiver.at("/ads")])
    assert "Bought" not in [one.get("event") for one in shop.receiver.at("/ads")]
