"""Alive is not ready, and ready says why not."""

import asyncio
import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from placet.faces.dispatch import Dispatcher
from placet.faces.metrics import BOUNDS, Metrics
from placet.faces.ops import Readiness, ops_routes
from tests.faces.asgi import Answer, ask


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


async def test_metrics_speak_prometheus():
    metrics = Metrics("9.9")
    metrics.decisions["101"] += 3
    metrics.saves["BANNER_ACCEPT_ALL"] += 2
    metrics.gauge("placet_outbox_waiting", "Notes not dealt with yet.", lambda: 7)
    watch = metrics.watch("GET", "/x")
    for seconds in (0.0001, 0.0005, 0.3, 99.0):
        watch.note(200, seconds)
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
