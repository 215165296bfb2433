"""Google's tags on a page of ours: what the data layer holds, in which order, and in the shapes that tags read."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.analytics import answered, open_page, stub
from tests.browser.sample_shop import APP
from tests.browser.servers import Shop

DENIED = {
    **dict.fromkeys(("ad_storage", "ad_user_data", "ad_personalization"), "denied"),
    **dict.fromkeys(("analytics_storage", "functionality_storage", "personalization_storage"), "denied"),
    "security_storage": "granted",
    "wait_for_update": 500,
}
CONTAINER = (
    "<script>(window.dataLayer = window.dataLayer || []).push({'gtm.start': Date.now(), event: 'gtm.js'})</script>"
)
READ = """JSON.stringify(dataLayer.map(entry =>
  Object.prototype.toString.call(entry) === '[object Arguments]' ? ['command', ...entry] : entry))"""


def google(shop: Shop, attributes: str = "") -> str:
    return f'<script src="{shop.consent}/consent/{APP["bottom"]}/google.js" {attributes}></script>'


def layer(page: Page) -> list[Any]:
    """What the data layer holds; commands begin with that word."""
    entries: list[Any] = json.loads(page.evaluate(READ))
    return entries


def named(entries: list[Any]) -> list[str]:
    """Each entry in a word or two."""
    return [" ".join(entry[1:3]) if isinstance(entry, list) else entry["event"] for entry in entries]


def test_every_region_has_its_default_before_the_container(visitor: BrowserContext, shop: Shop) -> None:
    entries = layer(open_page(visitor, shop, google(shop, "data-redact data-passthrough"), CONTAINER))
    assert entries[0] == ["command", "consent", "default", DENIED]
    regions = {tuple(entry[3]["region"])[:1]: entry[3] for entry in entries[1:-3]}
    assert regions[("GB",)] == DENIED | {"region": ["GB"]}
    assert ("US-CA",) in regions and ("BR",) in regions
    assert named(entries)[-3:] == ["set ads_data_redaction", "set url_passthrough", "gtm.js"]


def test_an_update_comes_before_the_events_that_tags_wait_for(visitor: BrowserContext, shop: Shop) -> None:
    shop.country = "GB"
    page = open_page(visitor, shop, google(shop), CONTAINER, stub(shop))
    page.wait_for_function("dataLayer.some(entry => entry.event === 'placet.consent')")
    first = layer(page)
    start = named(first).index("gtm.js")
    assert set(named(first)[:start]) == {"consent default"}
    assert named(first)[start + 1 :] == [
        "consent update",
        "OneTrustLoaded",
        "OptanonLoaded",
        "OneTrustGroupsUpdated",
        "placet.consent",
    ]
    assert first[-1]["placet"]["decided"] is False
    answered(page, "#onetrust-accept-btn-handler")
    page.wait_for_function("dataLayer.filter(entry => entry.event === 'placet.consent').length === 2")
    update, *events, ours = [entry for entry in layer(page)[len(first) :] if "trackOptanonEvent" not in str(entry)]
    assert update[:3] == ["command", "consent", "update"]
    assert update[3] == dict.fromkeys(("ad_storage", "analytics_storage", "ad_user_data"), "granted") | {
        "region": ["GB"]
    }
    assert named(events) == ["OneTrustLoaded", "OptanonLoaded", "OneTrustGroupsUpdated"]
    assert ",C0002," in events[-1]["OnetrustActiveGroups"]
    assert ours == {
        "event": "placet.consent",
        "placet": {
            "decided": True,
            "categories": dict.fromkeys(("C0001", "C0002", "C0003", "BG1", "C0004", "C0005"), "granted"),
        },
    }


@pytest.mark.parametrize("signal", [False, True])
def test_a_signal_is_heeded_at_once(visitor: BrowserContext, shop: Shop, signal: bool) -> None:
    if signal:
        visitor.add_init_script("Object.defineProperty(Navigator.prototype,'globalPrivacyControl',{get:()=>true})")
    page = open_page(visitor, shop, google(shop), CONTAINER)
    (virginia,) = [entry[3] for entry in layer(page) if "US-VA" in str(entry)]
    assert virginia["ad_storage"] == ("denied" if signal else "granted")
    assert virginia["analytics_storage"] == "granted"


def test_the_layer_may_have_another_name(visitor: BrowserContext, shop: Shop) -> None:
    page = open_page(visitor, shop, google(shop, 'data-dlayer-name="other"'))
    assert page.evaluate("[other.length > 1, window.dataLayer]") == [True, None]
