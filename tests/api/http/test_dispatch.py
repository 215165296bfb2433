"""Every request gets exactly one answer, in the words of its dialect."""

import gzip
import json
import logging
from functools import partial

import msgspec
import pytest

from placet.api.http.dispatch import Dispatcher, Settings
from placet.api.http.metrics import Metrics
from placet.api.http.problems import STATUSES, Problem
from placet.api.http.rate_limit import Buckets, Rate
from placet.api.http.request import JSON, Limits, Request, Response
from placet.api.http.routes import Dialect, Mount, Route
from placet.errors import Busy, Denied, Invalid, Missing, Reused, Stale
from placet.formats.errors import Malformed
from tests.api.asgi import ask

OURS = "https://shop.example"


# Without a date in it, so that every test worker gives the cases below the same names.
gzipped = partial(gzip.compress, mtime=0)


def in_dialect(problem: Problem) -> Response:
    body = {"errors": [{"code": str(problem.status), "message": problem.reason}]}
    return Response(problem.status, msgspec.json.encode(body), (JSON, *problem.headers))


PLAIN = Dialect("plain")
OPEN = Dialect("open", shape=in_dialect, allows=lambda request, origin: origin == OURS)
COUNTED = Dialect("counted", caller=lambda request: request.header(b"ot-app-id"))


async def hello(request: Request) -> Response:
    return Response(200, b"hello", (JSON,))


async def echo(request: Request) -> Response:
    return Response(200, await request.body())


async def places(request: Request) -> Response:
    return Response(200, msgspec.json.encode([request.params, request.query()]), (JSON,))


def raising(error: Exception):
    async def handler(request: Request) -> Response:
        raise error

    return handler


def an_app(*routes: Route, **settings: object) -> Dispatcher:
    return Dispatcher(routes, Metrics("test"), Settings(**settings))


async def test_an_exact_path_finds_its_handler():
    answer = await ask(an_app(Route("GET", "/hello", hello, PLAIN)), "GET", "/hello")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"hello", "5")


async def test_head_is_answered_as_get_is():
    assert (await ask(an_app(Route("GET", "/hello", hello, PLAIN)), "HEAD", "/hello")).status == 200


@pytest.mark.parametrize(
    "template, url, found",
    [
        ("/v1/receipts/{id}", "/v1/receipts/a%b", [{"id": "a%b"}, {}]),
        ("/v1/{a}/x/{b}", "/v1/1/x/2?q=1&q=2&r=", [{"a": "1", "b": "2"}, {"q": "2", "r": ""}]),
        ("/files/{path*}", "/files/a/b.js", [{"path": "a/b.js"}, {}]),
        ("/v1/receipts/{id}", "/v1/receipts/", None),
        ("/v1/receipts/{id}", "/v1/receipts/1/2", None),
        ("/v1.0/{id}", "/v1x0/2", None),
    ],
)
async def test_places_in_a_path_become_params(template, url, found):
    answer = await ask(an_app(Route("GET", template, places, PLAIN)), "GET", url)
    assert (json.loads(answer.body) if found else answer.status) == (found or 404)


async def test_an_exact_path_goes_before_a_place():
    app = an_app(Route("GET", "/v1/{id}", places, PLAIN), Route("GET", "/v1/bulk", hello, PLAIN))
    assert (await ask(app, "GET", "/v1/bulk")).body == b"hello"


async def test_an_unknown_path_is_404_and_an_unknown_method_405_with_what_is_allowed():
    app = an_app(Route("GET", "/hello", hello, OPEN), Route("POST", "/hello", echo, OPEN))
    assert (await ask(app, "GET", "/nothing")).status == 404
    answer = await ask(app, "BREW", "/hello")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert json.loads(answer.body)["errors"][0]["code"] == "405"
    answer = await ask(app, "OPTIONS", "/hello")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS, POST", b"")


def test_two_handlers_for_one_method_are_a_mistake():
    with pytest.raises(ValueError, match="GET /hello has two handlers"):
        an_app(Route("GET", "/hello", hello, PLAIN), Route("GET", "/hello", echo, PLAIN))


@pytest.mark.parametrize(
    "error, status",
    [
        (Malformed("not a TC string"), 400),
        (Invalid("no such interaction"), 400),
        (Denied("who are you?"), 403),
        (Missing("no such site"), 404),
        (Stale("someone was faster"), 409),
        (Busy("the disk is full"), 503),
    ],
)
async def test_each_error_has_its_status_and_is_worded_by_the_dialect(error, status):
    answer = await ask(an_app(Route("GET", "/x", raising(error), OPEN)), "GET", "/x")
    assert answer.status == status
    assert json.loads(answer.body) == {"errors": [{"code": str(status), "message": str(error)}]}
    assert ("retry-after" in answer.headers) == (status == 503)


def test_the_table_of_errors_is_total():
    known = {Malformed, Reused, Invalid, Denied, Missing, Stale, Busy}
    assert set(STATUSES) == known


async def test_our_own_bug_is_told_by_its_number_only(caplog):
    bug = KeyError("anna@example.org")
    app = an_app(Route("GET", "/x", raising(bug), PLAIN), new_id=lambda: "incident-7")
    with caplog.at_level(logging.ERROR, "placet.http"):
        answer = await ask(app, "GET", "/x")
    assert answer.status == 500
    assert json.loads(answer.body) == {"error": "something went wrong here", "incident": "incident-7"}
    assert caplog.records[0].facts["incident"] == "incident-7"


@pytest.mark.parametrize("origin, allowed", [(OURS, True), ("https://evil.example", False), ("null", False)])
async def test_only_registered_origins_may_read_an_answer(origin, allowed):
    app = an_app(Route("GET", "/x", hello, OPEN))
    answer = await ask(app, "GET", "/x", [("Origin", origin)])
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert (answer.headers.get("access-control-expose-headers") == "ETag") == allowed
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.varies == ("Origin",)


async def test_an_error_may_be_read_by_a_registered_origin_too():
    answer = await ask(an_app(Route("GET", "/x", raising(Invalid("no")), OPEN)), "GET", "/x", [("Origin", OURS)])
    assert answer.headers["access-control-allow-origin"] == OURS


@pytest.mark.parametrize("origin", [OURS, "https://evil.example"])
async def test_a_preflight_is_answered_before_the_handler(origin):
    app = an_app(Route("POST", "/x", raising(AssertionError()), OPEN))
    asked = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "ot-app-id, content-type"),
    ]
    answer = await ask(app, "OPTIONS", "/x", asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers.get("access-control-allow-origin") == (OURS if origin == OURS else None)
    assert answer.headers["access-control-allow-headers"] == "ot-app-id, content-type"
    assert answer.headers["access-control-allow-methods"] == "OPTIONS, POST"


async def test_a_face_without_cors_says_nothing_about_origins():
    answer = await ask(an_app(Route("GET", "/x", hello, PLAIN)), "GET", "/x", [("Origin", OURS)])
    assert not answer.varies and "access-control-allow-origin" not in answer.headers


def a_reader(**limits: object) -> Dispatcher:
    return an_app(Route("POST", "/x", echo, PLAIN), limits=Limits(**limits))


@pytest.mark.parametrize("body", [b"", b"a", b"a" * 100, [b"a" * 40, b"", b"b" * 60]])
async def test_a_body_is_read_whole(body):
    answer = await ask(a_reader(body=100), "POST", "/x", body=body)
    assert answer.body == (body if isinstance(body, bytes) else b"".join(body))


@pytest.mark.parametrize(
    "headers, body, status",
    [
        ([], b"a" * 101, 413),
        ([], [b"a" * 60, b"a" * 60, b"never read"], 413),
        ([("Content-Length", "101")], b"", 413),
        ([("Content-Length", "9" * 5000)], b"", 413),
        ([("Content-Length", "-1")], b"", 400),
        ([("Content-Encoding", "br")], b"x", 415),
        ([("Content-Encoding", "gzip, gzip")], b"x", 415),
        ([("Content-Encoding", "gzip")], gzipped(b"a" * 100), 200),
        ([("Content-Encoding", "GZIP")], gzipped(b"a" * 50) + gzipped(b"a" * 50), 200),
        ([("Content-Encoding", "gzip")], gzipped(b"a" * 101), 413),
        ([("Content-Encoding", "gzip")], gzipped(b"a" * 10_000_000)[:90], 413),
        ([("Content-Encoding", "gzip")], gzipped(b"a" * 51) + gzipped(b"a" * 50), 413),
        ([("Content-Encoding", "gzip")], gzipped(b"a" * 50)[:-9], 400),
        ([("Content-Encoding", "gzip")], b"not gzip at all", 400),
        ([("Content-Encoding", "identity")], b"a" * 100, 200),
    ],
)
async def test_what_is_too_large_or_packed_unreadably_is_refused(headers, body, status):
    answer = await ask(a_reader(body=100), "POST", "/x", headers, body)
    assert answer.status == status
    assert status != 200 or len(answer.body) == 100
    assert status != 413 or "close" in answer.headers.get("connection", "close")


async def test_a_slow_body_is_given_up():
    async def never() -> None:
        import asyncio

        await asyncio.Event().wait()

    app = a_reader(body_seconds=0.01)
    sent = []

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": [], "client": None}
    await app(scope, never, send)
    assert sent[0]["status"] == 408 and (b"connection", b"close") in sent[0]["headers"]


async def test_nobody_is_answered_who_hung_up():
    app = a_reader()
    assert (await ask(app, "POST", "/x", body=[b"half", b"never"], hang_up=True)).status == 0


@pytest.mark.parametrize("path", ["/x", "/nowhere"])
async def test_too_many_headers_are_431(path):
    app = an_app(Route("GET", "/x", hello, PLAIN), limits=Limits(headers=10))
    headers = [(f"x-{number}", "1") for number in range(11)]
    assert (await ask(app, "GET", path, headers[:10])).status == (200 if path == "/x" else 404)
    assert (await ask(app, "GET", path, headers)).status == 431


async def test_a_caller_that_asks_too_often_is_told_when_to_come_back():
    clock = iter(range(1000))
    app = an_app(
        Route("GET", "/x", hello, COUNTED),
        Route("GET", "/free", hello, PLAIN),
        rates=Buckets(Rate(per_minute=6, burst=2)),
        clock=lambda: next(clock) / 1000,
        new_id=lambda: "event-1",
    )
    one = [("OT-App-Id", "one")]
    assert [(await ask(app, "GET", "/x", one)).status for _ in range(3)] == [200, 200, 429]
    assert (await ask(app, "GET", "/x", one, client=("198.51.100.1", 1))).status == 200
    assert (await ask(app, "GET", "/free", one)).status == 200
    answer = await ask(app, "GET", "/x", one)
    assert answer.headers["retry-after"] == "10"
    assert answer.headers["ot-ratelimit-event-id"] == "event-1"
    assert answer.headers["ot-requests-allowed"] == "6"
    assert answer.headers["ot-request-made"] == "4"
    assert answer.headers["ot-period"] == "MINUTE"


async def test_callers_without_a_name_are_counted_by_network():
    app = an_app(Route("GET", "/x", hello, COUNTED), rates=Buckets(Rate(per_minute=1, burst=1)))
    assert (await ask(app, "GET", "/x", client=("192.0.2.7", 1))).status == 200
    assert (await ask(app, "GET", "/x", client=("192.0.2.8", 1))).status == 429
    assert (await ask(app, "GET", "/x", client=("198.51.100.1", 1))).status == 200
    assert (await ask(app, "GET", "/x", client=None)).status == 200


async def test_a_long_name_is_remembered_by_its_beginning():
    rates = Buckets(Rate(per_minute=1, burst=1))
    app = an_app(Route("GET", "/x", hello, COUNTED), rates=rates)
    assert (await ask(app, "GET", "/x", [("OT-App-Id", "a" * 5000)], client=None)).status == 200
    assert (await ask(app, "GET", "/x", [("OT-App-Id", "a" * 5001)], client=None)).status == 429
    assert rates.made("a" * 64) == 2


@pytest.mark.parametrize("attacker", ["192.0.2.7", "2001:db8:1::1"])
async def test_a_caller_cannot_use_up_the_rate_of_others_by_their_app_id(attacker):
    app = an_app(Route("GET", "/x", hello, COUNTED), rates=Buckets(Rate(per_minute=1, burst=1)))
    victim = [("OT-App-Id", "known-app")]
    assert [(await ask(app, "GET", "/x", victim, client=(attacker, 1))).status for _ in range(3)] == [200, 429, 429]
    assert (await ask(app, "GET", "/x", victim, client=("198.51.100.1", 1))).status == 200


async def test_a_caller_that_makes_names_up_is_limited_all_the_same():
    app = an_app(Route("GET", "/x", hello, COUNTED), rates=Buckets(Rate(per_minute=1, burst=1)))
    statuses = [(await ask(app, "GET", "/x", [("OT-App-Id", f"made-up-{n}")])).status for n in range(5)]
    assert statuses == [200, 429, 429, 429, 429]


async def test_a_mounted_application_answers_below_its_prefix_only():
    inner = an_app(Route("GET", "/admin/x", hello, PLAIN))
    metrics = Metrics("test")
    app = Dispatcher([], metrics, mounts=[Mount("/admin", inner)])
    assert (await ask(app, "GET", "/admin/x")).body == b"hello"
    assert (await ask(app, "GET", "/administrator")).status == 404
    assert b'route="/admin",status="200"' in metrics.page()[0]


async def test_requests_are_counted_by_template_and_never_by_path():
    metrics = Metrics("test")
    app = Dispatcher([Route("GET", "/r/{id}", places, PLAIN)], metrics)
    await ask(app, "GET", "/r/anna@example.org")
    await ask(app, "GET", "/anna@example.org")
    await ask(app, "DELETE", "/r/anna@example.org")
    page = metrics.page()[0].decode()
    assert 'placet_http_requests_total{method="GET",route="/r/{id}",status="200"} 1.0' in page
    assert 'placet_http_requests_total{method="*",route="(none)",status="404"} 1.0' in page
    assert 'placet_http_requests_total{method="other",route="/r/{id}",status="405"} 1.0' in page
    assert 'placet_http_request_seconds_count{method="GET",route="/r/{id}"} 1.0' in page
    assert "anna" not in page
