"""Alive is not ready, and ready says why not."""

import asyncio
import json
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from placet.api.http.dispatch import Dispatcher
from placet.api.http.health import Readiness, ops_routes
from placet.api.http.metrics import BOUNDS, Metrics
from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from tests.api.asgi import Answer, ask
from tests.api.node_context import MASTER, Clock, stores_with_example


async def fine() -> str:
    return ""


async def loading() -> str:
    return "publications are not loaded yet"


async def stuck() -> str:
    await asyncio.Event().wait()
    return ""


async def broken() -> str:
    raise ConnectionError("postgres://placet:secret@db")


async def asked(path: str, readiness: Readiness, metrics: Metrics | None = None) -> Answer:
    metrics = metrics or Metrics("9.9")
    await readiness.check()
    return await ask(Dispatcher(ops_routes(readiness, metrics, "9.9"), metrics), "GET", path)


@pytest.mark.parametrize(
    "checks, status, reasons",
    [
        ({"store": fine}, 200, None),
        ({}, 200, None),
        ({"store": fine, "publications": loading}, 503, {"publications": "publications are not loaded yet"}),
        ({"store": stuck}, 503, {"store": "no answer within 0.01 seconds"}),
        ({"store": broken}, 503, {"store": "failed with ConnectionError"}),
    ],
)
async def test_a_node_is_ready_when_every_part_is(checks, status, reasons):
    readiness = Readiness(checks, seconds=0.01)
    readiness.opened()
    answer = await asked("/readyz", readiness)
    assert (answer.status, json.loads(answer.body).get("reasons")) == (status, reasons)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_node_that_starts_or_drains_is_alive_but_not_ready():
    readiness = Readiness({"store": fine})
    assert json.loads((await asked("/readyz", readiness)).body)["reasons"] == {"server": "starting"}
    readiness.opened()
    assert (await asked("/readyz", readiness)).status == 200
    readiness.closing()
    assert json.loads((await asked("/readyz", readiness)).body)["reasons"] == {"server": "draining"}
    assert json.loads((await asked("/healthz", readiness)).body) == {"status": "alive", "version": "9.9"}


async def test_readiness_is_read_from_memory_whoever_asks():
    checks = Counter()

    async def counted() -> str:
        checks["store"] += 1
        return ""

    readiness, metrics = Readiness({"store": counted}), Metrics("9.9")
    readiness.opened()
    await readiness.check()
    dispatcher = Dispatcher(ops_routes(readiness, metrics, "9.9"), metrics)
    for _ in range(100):
        assert (await ask(dispatcher, "GET", "/readyz")).status == 200
    assert checks["store"] == 1


async def test_a_check_that_does_not_end_is_not_started_again_and_is_heard_when_it_ends():
    begun, release = Counter(), asyncio.Event()

    async def slow() -> str:
        begun["store"] += 1
        await release.wait()
        return "the disk is full"

    readiness = Readiness({"store": slow}, seconds=0.01)
    readiness.opened()
    for _ in range(3):
        await readiness.check()
        assert readiness.reasons() == {"store": "no answer within 0.01 seconds"}
    release.set()
    await readiness.check()
    assert readiness.reasons() == {"store": "the disk is full"}
    assert begun["store"] == 1


async def test_a_node_whose_checks_stopped_is_not_ready():
    now = [0.0]
    readiness = Readiness({"store": fine}, clock=lambda: now[0])
    readiness.opened()
    await readiness.check()
    assert readiness.reasons() == {}
    now[0] = 60.0
    assert readiness.reasons() == {"server": "not checked for 60 seconds"}


async def test_a_scrape_storm_makes_the_page_once_a_second():
    now, made = [100.0], Counter()

    def waiting() -> float:
        made["page"] += 1
        return 7.0

    metrics = Metrics("9.9", clock=lambda: now[0])
    metrics.gauge("placet_outbox_waiting", "Messages not dealt with yet.", waiting)
    for _ in range(50):
        metrics.page()
    assert made["page"] == 1
    now[0] += 1.0
    metrics.page()
    assert made["page"] == 2


async def test_the_page_of_an_idle_node_is_small():
    """Every real route is watched; those that nobody asked for have no series."""
    node = Node(Config(), await stores_with_example(), secrets_of(MASTER), Clock())
    page, _ = node.metrics.page()
    assert len(page) < 16_384
    assert b"placet_build_info" in page


async def test_metrics_speak_prometheus():
    metrics = Metrics("9.9")
    metrics.decisions["101"] += 3
    metrics.saves["BANNER_ACCEPT_ALL"] += 2
    metrics.gauge("placet_outbox_waiting", "Notes not dealt with yet.", lambda: 7)
    watch = metrics.route_metrics("GET", "/x")
    for seconds in (0.0001, 0.0005, 0.3, 99.0):
        watch.record(200, seconds)
    page = (await asked("/metrics", Readiness({}), metrics)).body.decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert samples["placet_decisions_total", "101"] == 3
    assert samples["placet_saves_total", "BANNER_ACCEPT_ALL"] == 2
    assert samples["placet_outbox_waiting",] == 7
    assert samples["placet_build_info", "9.9"] == 1
    assert samples["placet_http_request_seconds_bucket", str(BOUNDS[0]), "GET", "/x"] == 2
    assert samples["placet_http_request_seconds_bucket", "+Inf", "GET", "/x"] == 4
    assert samples["placet_http_request_seconds_sum", "GET", "/x"] == pytest.approx(99.3006)
    assert samples["placet_http_requests_total", "GET", "/x", "200"] == 4
