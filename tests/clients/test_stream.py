"""The live stream over a real connection: rows as they happen, and an end when the server stops."""

import asyncio
import http.client
import json
import os
import time
from typing import Any

from placet.services.settings.api_tokens import NewToken, make_token
from placet.settings.api_tokens import Role
from placet.stores.open import open_stores
from tests.clients.deployment import KEY, PATIENCE, Deployment
from tests.small_organisation import small


def opened(deployment: Deployment) -> http.client.HTTPResponse:
    """A stream that has begun."""

    async def make() -> str:
        stores = await open_stores(deployment.store)
        roles = frozenset({Role.READ, Role.UNMASKED})
        wanted = NewToken(small().id.lower(), small().workspaces[0].id, "watcher", roles)
        made = await make_token(wanted, stores, "tests", os.urandom, 1)
        await stores.close()
        return made.secret

    connection = http.client.HTTPConnection("127.0.0.1", deployment.port, timeout=PATIENCE)
    connection.request("GET", "/v1/stream", headers={"Authorization": f"Bearer {asyncio.run(make())}"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("content-type")) == (200, "text/event-stream")
    return answer


def next_row(stream: http.client.HTTPResponse) -> dict[str, Any]:
    """The next row; comments and empty lines between are passed over."""
    while True:
        line = stream.readline()
        assert line, "the stream ended"
        if line.startswith(b"data: "):
            found: dict[str, Any] = json.loads(line[6:])
            return found


def test_what_happens_is_shown_and_the_stream_ends_with_the_server(doomed: Deployment) -> None:
    stream = opened(doomed)
    context = {"consent": {"categoryPreferences": {"C0001": True, "C0004": False}}}
    event = {"writeKey": KEY, "userId": "ada", "event": "Viewed", "messageId": "m1", "context": context}
    assert doomed.post("/v1/track", event) == 200
    came, result = next_row(stream), next_row(stream)
    while result["verdict"] not in ("sent", "given up"):
        result = next_row(stream)  # a busy receiver may have been too late once
    assert (came["way"], came["event"], came["verdicts"]["to-counter"]) == ("in", "m1", "allowed")
    assert (result["way"], result["connection"], result["verdict"]) == ("out", "to-counter", "sent")
    began = time.monotonic()
    doomed.stop()
    assert b"data: " not in stream.read()
    assert time.monotonic() - began < PATIENCE
    assert doomed.process
    assert doomed.process.returncode == 0
