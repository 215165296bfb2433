"""Every destination makes the requests that its vendor documents, and understands its answers."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import json as fast

from placet.events.event import Identity
from placet.outputs.delivery.batching import request_batches
from placet.outputs.destination import (
    DestinationConfig,
    ErasureRequest,
    HttpRequest,
    OutgoingEvent,
    Payload,
    Reply,
    Sent,
    TryAgain,
    UnsupportedEvent,
)
from placet.outputs.registry import OWN, all_destinations, config_for
from placet.outputs.transport.http_send import replied, send
from placet.outputs.transport.oauth_tokens import OAuthTokens
from placet.settings.connections import DestinationSetting
from tests.outputs.receiver import Request, listening

FOLDER = Path(__file__).parents[3] / "vectors" / "destinations"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [(name, case) for name, file in FILES.items() for case in file["cases"]]
ANSWERS = [(name, answer) for name, file in FILES.items() for answer in file.get("answers", [])]
FORGETS = [name for name, file in FILES.items() if "forget" in file]
EVERYTHING = frozenset({"analytics", "ads", "sale"})


def named(pair: tuple[str, dict[str, Any]]) -> str:
    return f"{pair[0]}: {pair[1]['name']}"


def config(name: str, base: str = "") -> DestinationConfig:
    """The way that a file's settings lead, or another that leads to `base`."""
    said = FILES[name]["settings"]
    options = {key: base if base and is_address(value) else value for key, value in said.get("options", {}).items()}
    if base:
        defaults = all_destinations()[name].type.options.__struct_defaults__
        fields = all_destinations()[name].type.options.__struct_fields__
        spare = dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=True))
        options |= {key: base for key, value in spare.items() if is_address(value)}
    to = DestinationSetting(name, name, base or said.get("url", ""), name, options=options, loopback=bool(base))
    secrets = {"": said.get("secret", ""), **said.get("secrets", {})}
    return config_for(all_destinations()[name], to, {key: value.encode() for key, value in secrets.items() if value})


def is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("https://")


def rows(name: str, case: dict[str, Any], to: DestinationConfig) -> list[Payload | UnsupportedEvent]:
    first = FILES[name]["now"] - 1000
    granted = frozenset(case["granted"])
    items = [OutgoingEvent(f"d{at}", event, first + at, granted) for at, event in enumerate(case["events"])]
    return [all_destinations()[name].row(item, to) for item in items]


def requests(name: str, case: dict[str, Any], to: DestinationConfig) -> list[HttpRequest]:
    queued = [(str(at).encode(), row) for at, row in enumerate(rows(name, case, to)) if isinstance(row, Payload)]
    batches = request_batches(queued, all_destinations()[name], to, FILES[name]["now"])
    return [request_batch.request for request_batch in batches if isinstance(request_batch.request, HttpRequest)]


def shown(request: HttpRequest) -> dict[str, Any]:
    """A request as the files write it."""
    headers = {name: value for name, value in request.headers if name != "Content-Length"}
    made = {"method": request.method, "url": request.url, "headers": headers, "body": content(request.body)}
    return made | ({"ticket": shown(request.token_request)} if request.token_request else {})


def content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def told(reply: Reply) -> str:
    if isinstance(reply, Sent):
        return "sent"
    return f"{'again' if isinstance(reply, TryAgain) else 'refused'}: {reply.why}"


def test_every_destination_that_speaks_http_has_its_file():
    assert {destination.type.name for destination in OWN} - {"postgresql", "parquet"} == set(FILES)


@pytest.mark.parametrize("pair", CASES, ids=named)
def test_events_become_the_requests_that_the_vendor_documents(pair):
    name, case = pair
    to = config(name)
    if "unfit" in case:
        assert rows(name, case, to) == [UnsupportedEvent(case["unfit"])]
        return
    assert [shown(request) for request in requests(name, case, to)] == case["requests"]


@pytest.mark.parametrize("pair", ANSWERS, ids=named)
def test_answers_mean_what_the_vendor_documents(pair):
    name, answer = pair
    events = answer["events"]
    if isinstance(events, int):
        going = [Payload(None)] * events
    else:
        going = rows(name, {"events": events, "granted": EVERYTHING}, config(name))
    body = answer["body"]
    said = b"" if body is None else body.encode() if isinstance(body, str) else fast.encode(body)
    replies = all_destinations()[name].replies(replied(answer["status"], "", said), going)
    assert [told(reply) for reply in replies] == answer["told"]


def forgetting(name: str, to: DestinationConfig) -> tuple[HttpRequest, ...]:
    forget, file = all_destinations()[name].forget, FILES[name]["forget"]
    assert forget is not None
    return forget(ErasureRequest(tuple(Identity(*one) for one in file["names"]), file["id"], FILES[name]["now"]), to)


@pytest.mark.parametrize("name", FORGETS)
def test_somebody_is_forgotten_as_the_vendor_documents(name):
    assert [shown(request) for request in forgetting(name, config(name))] == FILES[name]["forget"]["requests"]


@pytest.mark.parametrize("name", [name for name in FORGETS if name != "webhook"])
def test_nobody_is_asked_about_a_person_it_cannot_know(name):
    forget = all_destinations()[name].forget
    assert forget is not None
    assert forget(ErasureRequest((Identity("ios_idfv", "x"),), "f", 0), config(name)) == ()


@pytest.mark.parametrize("name", FORGETS)
def test_a_destination_that_forgets_says_what_that_does(name):
    assert all_destinations()[name].forgets


@pytest.mark.parametrize("name", FILES)
async def test_the_requests_arrive_over_http_as_they_were_shaped(name):
    """The same requests, sent to a receiver on this machine, passes and all."""
    async with listening(body=b'{"access_token": "pass", "expires_in": 3599}') as (base, heard):
        to = config(name, base)
        wanted = [request for case in FILES[name]["cases"] for request in requests(name, case, to)]
        wanted += forgetting(name, to) if name in FORGETS else ()
        through = OAuthTokens(send, lambda: 0)
        assert {type(await through(request)) for request in wanted} == {Sent}
    passes = [one for one in heard if one.path == "/token"]
    assert len(passes) == (1 if any(request.token_request for request in wanted) else 0)
    assert [one for one in heard if one.path != "/token"] == [arrived(request) for request in wanted]


def arrived(request: HttpRequest) -> Request:
    """What the receiver must have heard."""
    parts = urlsplit(request.url)
    headers = {key.lower(): value for key, value in request.headers}
    if request.token_request:
        headers["authorization"] = "Bearer pass"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(request.method, path, headers, request.body)


@pytest.mark.parametrize("name", FILES)
def test_an_event_full_of_nonsense_is_held_or_sent_and_breaks_nothing(name):
    """Every part of the wrong sort: a shape may have no place for it, but must say so."""
    to = config(name)
    for wrong in (None, 1, "x", [1], {"a": [None]}):
        parts = ("event", "name", "properties", "traits", "context", "messageId")
        for kind in ("track", "page", "identify", "alias", "", None, 7):
            event = dict.fromkeys(parts, wrong) | {"type": kind, "userId": "u", "anonymousId": "a"}
            row = all_destinations()[name].row(OutgoingEvent("d", event, 1, EVERYTHING), to)
            if isinstance(row, Payload):
                assert all_destinations()[name].request([row], to, 1).body
