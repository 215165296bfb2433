"""mParticle's own clients for servers, unmodified, send to us and notice no difference; what arrives obeys consent."""

import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from on_node import ask

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)
    import mparticle
    from mparticle.rest import ApiException

from tests.clients.deployment import INPUT, KEY, SECRET, Deployment, Receiver, until

SEND = Path(__file__).parent / "node-mparticle" / "send.cjs"
GENRES = {"custom_event", "screen_view", "commerce_event", "session_start"}


def api(deployment: Deployment, key: str = INPUT, secret: str = SECRET) -> mparticle.EventsApi:
    """The client for Python, sent here by its one setting for that."""
    configuration = mparticle.Configuration()
    configuration.host = f"{deployment.url}/v2"
    configuration.api_key, configuration.api_secret = key, secret
    return mparticle.EventsApi(configuration)


def a_batch(id: str, customer: str, ads: bool) -> mparticle.Batch:
    """One event of each kind, from somebody who agreed to advertising or did not."""
    batch = mparticle.Batch()
    batch.environment = "development"
    batch.source_request_id = id
    batch.user_identities = mparticle.UserIdentities(customerid=customer)
    batch.user_attributes = {"plan": "gold"}
    record = mparticle.GDPRConsentState()
    record.consented, record.timestamp_unixtime_ms = ads, int(time.time() * 1000)
    batch.consent_state = mparticle.ConsentState()
    batch.consent_state.gdpr = {"run": told(True), "ads": record}
    batch.events = [
        mparticle.AppEvent("Plan Chosen", "navigation", custom_attributes={"plan": "gold"}),
        mparticle.ScreenViewEvent(screen_name="Home"),
        mparticle.CommerceEvent(product_action=mparticle.ProductAction(action="purchase")),
        mparticle.SessionStartEvent(),
    ]
    return batch


def told(yes: bool) -> mparticle.GDPRConsentState:
    """A record of consent."""
    record = mparticle.GDPRConsentState()
    record.consented, record.timestamp_unixtime_ms = yes, int(time.time() * 1000)
    return record


def test_the_python_client_delivers_every_kind_of_event(deployment: Deployment, receiver: Receiver) -> None:
    client = api(deployment)
    client.upload_events(a_batch("py-1", "ada", ads=True))
    client.bulk_upload_events([a_batch("py-2", "bea", ads=False), a_batch("py-3", "cleo", ads=True)])
    ours = ("py-1", "py-2", "py-3")
    until(lambda: len(receiver.of("/counter", *ours)) == 12 and len(receiver.of("/ads", *ours)) == 8)
    came = receiver.of("/ads", *ours)
    assert {event["userId"] for event in came} == {"ada", "cleo"}
    assert {event["event_type"] for event in came} == GENRES
    tracked = next(event for event in came if event["event_type"] == "custom_event")
    assert tracked["properties"] == {"plan": "gold"}
    assert tracked["user_attributes"] == {"plan": "gold"}
    assert tracked["environment"] == "development"


def test_the_python_client_may_send_a_batch_twice(deployment: Deployment, receiver: Receiver) -> None:
    for _ in range(2):
        api(deployment).upload_events(a_batch("py-twice", "dora", ads=True))
    api(deployment).upload_events(a_batch("py-after", "dora", ads=True))
    until(lambda: len(receiver.of("/ads", "py-twice", "py-after")) == 8)
    assert {number for id, number in receiver.ids("/ads").items() if id.startswith("py-twice:")} == {1}


@pytest.mark.parametrize("key, secret, status", [(INPUT, "wrong", 403), ("nobody-s-key", SECRET, 403), (KEY, "", 403)])
def test_the_python_client_is_told_when_its_key_is_wrong(
    deployment: Deployment, key: str, secret: str, status: int
) -> None:
    with pytest.raises(ApiException) as refused:
        api(deployment, key, secret).upload_events(a_batch("py-wrong", "eve", ads=True))
    assert refused.value.status == status


def test_the_python_client_is_told_what_is_wrong_with_a_batch(deployment: Deployment) -> None:
    batch = a_batch("py-bad", "eve", ads=True)
    batch.user_identities = None
    with pytest.raises(ApiException) as refused:
        api(deployment).upload_events(batch)
    assert refused.value.status == 400
    assert "no_user_anon_id" in str(refused.value.body)


def on_node(deployment: Deployment, **more: Any) -> Any:
    return ask(SEND, {"host": deployment.url, "key": INPUT, "secret": SECRET, "marketing": True, **more})


@pytest.mark.parametrize("bulk", [False, True])
def test_the_node_client_delivers_every_kind_of_event(deployment: Deployment, receiver: Receiver, bulk: bool) -> None:
    assert on_node(deployment, id=f"node-{bulk}", bulk=bulk) == {"status": 202, "error": None}
    until(lambda: len(receiver.of("/ads", f"node-{bulk}")) == 4)
    assert {event["event_type"] for event in receiver.of("/ads", f"node-{bulk}")} == GENRES
    assert {event["mpid"] for event in receiver.of("/ads", f"node-{bulk}")} == {"-5012345678901234567"}


def test_the_node_client_s_refusals_are_heeded(deployment: Deployment, receiver: Receiver) -> None:
    assert on_node(deployment, id="node-no", marketing=False, bulk=False)["status"] == 202
    assert on_node(deployment, id="node-yes", bulk=False)["status"] == 202
    until(lambda: len(receiver.of("/ads", "node-yes")) == 4)
    assert receiver.of("/ads", "node-no") == []  # a person's events go in their order


def test_the_node_client_is_told_when_its_key_is_wrong(deployment: Deployment) -> None:
    assert on_node(deployment, id="node-wrong", secret="wrong")["status"] == 403
