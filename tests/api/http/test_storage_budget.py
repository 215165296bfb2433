"""Bytes that strangers may have stored: a budget for each site, of which one network gets a tenth."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from placet.api.cmp.read_request import LONGEST_IDENTIFIER, LONGEST_SAVE
from placet.api.cmp.receipts import LONGEST_RECEIPT
from placet.api.http.request import HttpRefusal, Limits, Request
from placet.api.http.storage_budget import HOUR, ByteBudget, StorageBudget
from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from tests.api.cmp.device import API
from tests.api.cmp.test_receipts import point
from tests.api.node_context import MASTER, Clock, Server, northwind, ot_headers, stores_with_example

MEGABYTE = 1 << 20


def a_request(address: str) -> Request:
    scope = {"method": "POST", "path": "/", "headers": [], "query_string": b"", "client": (address, 1)}
    return Request(scope, b"", Limits())


@given(st.lists(st.tuples(st.floats(0, 900), st.integers(1, 400)), max_size=60), st.integers(100, 5000))
def test_in_no_hour_more_is_stored_than_a_full_budget_and_its_refill(posts, per_hour):
    budget = ByteBudget(per_hour)
    moments = list(accumulate(pause for pause, _ in posts))
    stored = []
    for now, (_, size) in zip(moments, posts, strict=True):
        if not budget.early("site", size, now):
            budget.charge("site", size, now)
            stored.append((now, size))
    for first, (begin, _) in enumerate(stored):
        within = sum(size for now, size in stored[first:] if now <= begin + HOUR)
        assert within <= 2 * per_hour + 1e-3


def test_one_network_may_use_a_tenth_and_others_go_on():
    budget = StorageBudget(1000, lambda request: request.peer, lambda: 0.0)
    attacker, visitor = a_request("192.0.2.7"), a_request("198.51.100.1")
    budget.spend("site", attacker, 100)
    with pytest.raises(HttpRefusal) as refused:
        budget.spend("site", attacker, 10)
    assert (refused.value.status, dict(refused.value.headers)) == (429, {b"retry-after": b"360"})
    budget.spend("site", visitor, 100)
    budget.spend("other site", attacker, 100)


def test_a_site_has_a_budget_over_all_networks_and_gets_it_back_with_time():
    now, refused = [0.0], []
    budget = StorageBudget(1000, lambda request: request.peer, lambda: now[0], refused.append)
    for network in range(10):
        budget.spend("site", a_request(f"10.0.{network}.1"), 100)
    with pytest.raises(HttpRefusal):
        budget.spend("site", a_request("10.1.0.1"), 100)
    assert refused == ["site"]
    now[0] = 360.0
    budget.spend("site", a_request("10.1.0.1"), 100)


def test_budgets_are_kept_in_bounded_memory():
    budget = ByteBudget(1000, most_keys=3)
    for key in "abcde":
        budget.charge(key, 1000, 0.0)
    assert len(budget) == 3
    assert budget.early("e", 1, 0.0) > 0


async def a_server(**settings: int) -> Server:
    clock = Clock()
    node = Node(replace(Config(rate_per_minute=0), **settings), await stores_with_example(), secrets_of(MASTER), clock)
    server = Server(node, northwind(), clock)
    await server.refresh()
    return server


def a_receipt(server: Server, filling: int = 0) -> dict[str, object]:
    return {
        "requestInformation": point(server),
        "identifier": "ann@example.org",
        "purposes": [],
        "filling": "x" * filling,
    }


PATH = "/request/v1/consentreceipts"


async def test_receipts_with_the_public_token_are_bounded_in_size_and_number():
    server = await a_server(site_megabytes_per_hour=1)
    assert (await server.ask("POST", PATH, {}, a_receipt(server))).status == 200
    large = await server.ask("POST", PATH, {}, a_receipt(server, LONGEST_RECEIPT))
    assert large.status == 400
    assert f"at most {LONGEST_RECEIPT} are allowed" in large.body.decode()
    statuses = [(await server.ask("POST", PATH, {}, a_receipt(server, 50_000))).status for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert b'placet_rate_limited_total{face="storage budget"} 2.0' in server.node.metrics.page()[0]


async def test_bulk_receipts_are_bounded_one_by_one():
    server = await a_server()
    bodies = [a_receipt(server), a_receipt(server, LONGEST_RECEIPT)]
    assert (await server.ask("POST", f"{PATH}/bulk", {}, bodies)).status == 400


@pytest.mark.parametrize("length, status", [(LONGEST_IDENTIFIER, 200), (LONGEST_IDENTIFIER + 1, 400)])
async def test_identifiers_are_bounded_however_they_come(length, status):
    server = await a_server()
    name = "a" * length
    receipt = a_receipt(server) | {"identifier": name}
    assert (await server.ask("POST", PATH, {}, receipt)).status == status
    headers = ot_headers(server.app_id("outfitter/shop-ios")) | {"OT-Identifier": name}
    assert (await server.ask("GET", f"{API}/banner", headers)).status == status


async def test_the_body_of_a_save_is_bounded():
    server = await a_server()
    headers = ot_headers(server.app_id("outfitter/shop-ios")) | {"Content-Type": "application/json"}
    body = {"interactionType": "BANNER_ALLOW_ALL", "filling": "x" * LONGEST_SAVE}
    answer = await server.ask("POST", f"{API}/save-log-consent", headers, body)
    assert (answer.status, f"at most {LONGEST_SAVE} are allowed" in answer.body.decode()) == (400, True)


async def test_an_unknown_site_or_source_has_no_budget_to_use_up():
    server = await a_server(site_megabytes_per_hour=1, source_megabytes_per_hour=1)
    headers = ot_headers("00000000-0000-4000-8000-000000000000") | {"Content-Type": "application/json"}
    for _ in range(30):
        body = {"interactionType": "BANNER_ALLOW_ALL", "filling": "x" * 100_000}
        assert (await server.ask("POST", f"{API}/save-log-consent", headers, body)).status == 400
    assert b"storage budget" not in server.node.metrics.page()[0]
