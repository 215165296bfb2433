"""A shop that sends in mParticle's dialect: a page's key, a server's and an app's input, and what is behind them."""

import gzip
import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

from placet.app.derived_secrets import secrets_of
from placet.events.records.batch_codec import StoredBatchFields, document_of, read_stored_batch, read_stored_policy
from placet.services.settings.refresh_published import KeyRules, refresh_published
from tests.api.node_context import MASTER, PUBLISHED_AT, SECRET, Answer, Server, put_live
from tests.small_organisation import small
from tests.verdict_rows import Given, allowed, given, refusals

WEB, SERVER = "us1-web-page-key", "us1-server-key"
NOW = 1_772_600_000_000
DATE = "Wed, 04 Mar 2026 04:53:20 UTC"

PURPOSES = ("  - {id: ads, name: {en: Ads, de: Werbung}}", "  - {id: Marketing, name: {en: Ads, de: Werbung}}")
CATEGORY = ("        purpose: ads\n", "        purpose: Marketing\n")
SENDING = """    sources:
      - id: shop-events
        name: Shop
        site: web
        write_keys: us1-web-page-key
        inputs: [{{key: us1-server-key, secret: "env:INPUT_SECRET"}}]
        onetrust_kit: true
    destinations:
      - {{id: hook, name: Hook, url: "https://hook.example/in", secret: "env:HOOK_SECRET"}}
      - {{id: ads, name: Ads, url: "https://ads.example/in", secret: "env:HOOK_SECRET"}}
    connections:
      - {{id: to-hook, source: shop-events, destination: hook, exempt: true{hook}}}
      - {{id: to-ads, source: shop-events, destination: ads, purposes: Marketing{ads}}}
consent_groups:"""


def a_shop(hook: str = "", ads: str = "") -> Any:
    """The shop; `hook` and `ads` are more settings of its two connections."""
    return small(PURPOSES, CATEGORY, ("consent_groups:", SENDING.format(hook=hook, ads=ads)))


async def open_shop(server: Server, hook: str = "", ads: str = "") -> None:
    """Put the shop live beside the example."""
    await put_live(a_shop(hook, ads), server.node.context.stores, PUBLISHED_AT, stages=())
    await refresh_published(server.node.context, KeyRules(secrets_of(MASTER).secret_box, 60_000, 4096), lambda _: None)


BASIC = {"Authorization": "Basic " + b64encode(f"{SERVER}:{SECRET}".encode()).decode()}


def custom(name: str = "Plan Chosen", **data: Any) -> dict[str, Any]:
    """A custom event."""
    return {"event_type": "custom_event", "data": {"event_name": name, "custom_event_type": "navigation", **data}}


def a_batch(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A batch about customer C-1042."""
    return {
        "environment": "production",
        "source_request_id": "b-1",
        "user_identities": {"customer_id": "C-1042"},
        "events": list(events) or [custom()],
        **more,
    }


def agreed(at: int = NOW - 1000, **purposes: bool) -> dict[str, Any]:
    """A consent state under GDPR."""
    return {"gdpr": {name: {"consented": yes, "timestamp_unixtime_ms": at} for name, yes in purposes.items()}}


def opted_out(yes: bool, at: int = NOW - 1000) -> dict[str, Any]:
    """A consent state under CCPA."""
    return {"ccpa": {"data_sale_opt_out": {"consented": yes, "timestamp_unixtime_ms": at}}}


async def send(server: Server, body: Any, path: str = "/v2/events", headers: dict[str, str] | None = None) -> Answer:
    """Post something as a server does."""
    return await server.ask("POST", path, BASIC if headers is None else headers, body)


async def page(server: Server, body: Any, path: str = f"/v3/JS/{WEB}/events", **headers: str) -> Answer:
    """Post something as a page does."""
    return await server.ask("POST", path, {"Content-Type": "text/plain;charset=UTF-8", **headers}, body)


def signed(method: str, target: str, body: bytes = b"", secret: str = SECRET) -> dict[str, str]:
    """The headers with which an app signs a request."""
    text = f"{method}\n{DATE}\n{target}".encode() + body
    return {"Date": DATE, "x-mp-signature": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}


async def app(server: Server, body: Any, target: str = f"/v2/{SERVER}/events", prefix: str = "") -> Answer:
    """Post something as an app does: signed, then packed."""
    plain = json.dumps(body).encode()
    headers = signed("POST", prefix + target, plain) | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return await server.ask("POST", prefix + target, headers, gzip.compress(plain))


def batches(server: Server) -> list[StoredBatchFields]:
    """Every batch that was kept."""
    return [read_stored_batch(batch.body) for batch in server.node.context.stores.events.batches.values()]


def events(server: Server) -> list[Any]:
    """Every event that was kept."""
    return [event for stored_batch in batches(server) for event in stored_batch.events]


def documents(server: Server) -> list[dict[str, Any]]:
    """The same, as filters and destinations see them."""
    return [document_of(event) for event in events(server)]


def sent_to(server: Server, connection: str) -> list[str]:
    """The names of the events that go over a connection."""
    return [one.event.name for one in allowed(verdicts(server)) if one.connection.id == connection]


def why_held(server: Server, connection: str) -> list[str]:
    """Why others do not."""
    return [verdict.reason for one, verdict in refusals(verdicts(server)) if one.connection.id == connection]


def verdicts(server: Server) -> list[Given]:
    """Every verdict on every event that was kept."""
    kept = server.node.context.stores.events
    pairs = [
        (read_stored_batch(batch.body), read_stored_policy(kept.policies[batch.policy_id]))
        for batch in kept.batches.values()
    ]
    return [
        one
        for stored_batch, gates in pairs
        for one in given(stored_batch.events, stored_batch.verdicts, gates.connections)
    ]


def counted(server: Server) -> dict[str, int]:
    """What became of events, without the zeros."""
    return {name: count for name, count in server.node.metrics.events.items() if count}
