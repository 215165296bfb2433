"""Segment's own client for its Public API, unmodified, manages filters and people here and notices no difference."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from on_node import ask

from placet.services.settings.api_tokens import NewToken, make_token
from placet.settings.api_tokens import Role
from placet.stores.open import open_stores
from tests.clients.deployment import HASTY, KEY, Deployment, deployed, until
from tests.small_organisation import small

MANAGE = Path(__file__).parent / "node-segment-public" / "manage.cjs"
CONDITION = '!contains(context.consent.onetrust, "C0002:1")'
NEW = {"sourceId": "web-events", "title": "Only analytics consent", "description": "seed test", "enabled": True,
       "if": CONDITION, "actions": [{"type": "DROP"}]}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server that soon finishes what is to be deleted: it waits until no worker can hold a delivery of before."""
    yield from deployed(tmp_path_factory.mktemp("public"), **HASTY)


@pytest.fixture
def token(deployment: Deployment) -> str:
    """A key to the workspace of the shop."""

    async def make() -> str:
        stores = await open_stores(deployment.store)
        workspace = small().workspaces[0].id
        wanted = NewToken(small().id.lower(), workspace, "sdk", frozenset(Role))
        made = await make_token(wanted, stores, "tests", os.urandom, 1)
        await stores.close()
        return made.secret

    return asyncio.run(make())


def manage(
    deployment: Deployment, token: str, *calls: tuple[str, list[Any]], api: str = "DestinationFiltersApi"
) -> Any:
    question = [{"api": api, "call": call, "with": values} for call, values in calls]
    return ask(MANAGE, {"host": deployment.url, "token": token, "calls": question})


def test_a_filter_is_made_read_changed_and_removed(deployment: Deployment, token: str) -> None:
    made, found, listed, changed, gone, missing = manage(
        deployment, token,
        ("createFilterForDestination", ["ads", NEW]),
        ("getFilterInDestination", ["ads", "$0.filter.id"]),
        ("listFiltersFromDestination", ["ads", {"count": 10}]),
        ("updateFilterForDestination", ["ads", "$0.filter.id", {"enabled": False, "title": "Off"}]),
        ("removeFilterFromDestination", ["ads", "$0.filter.id"]),
        ("getFilterInDestination", ["ads", "$0.filter.id"]),
    )  # fmt: skip
    shown = made["data"]["filter"]
    assert {name: shown[name] for name in NEW} == NEW
    assert shown["destinationId"] == "ads"
    assert found["data"]["filter"] == shown
    assert listed["data"]["filters"] == [shown]
    assert listed["data"]["pagination"]["totalEntries"] == 1
    assert (changed["data"]["filter"]["enabled"], changed["data"]["filter"]["title"]) == (False, "Off")
    assert gone["data"] == {"status": "SUCCESS"}
    assert (missing["status"], missing["errors"][0]["type"]) == (404, "not-found")


@pytest.mark.parametrize("groups, sent", [("C0001:1,C0002:1", True), ("C0001:1,C0002:0", False), (None, False)])
def test_a_filter_is_tried_on_an_event_before_anybody_trusts_it(
    deployment: Deployment, token: str, groups: str | None, sent: bool
) -> None:
    payload = {"type": "track", "event": "A", "context": {"consent": {"onetrust": groups}} if groups else {}}
    trial = {"filter": {"if": CONDITION, "actions": [{"type": "DROP"}]}, "payload": payload}
    (answer,) = manage(deployment, token, ("previewDestinationFilter", [trial]))
    assert answer["data"] == {"inputPayload": payload, "result": payload if sent else None}


def test_a_condition_that_cannot_be_read_is_refused_with_its_field(deployment: Deployment, token: str) -> None:
    (answer,) = manage(deployment, token, ("createFilterForDestination", ["ads", NEW | {"if": 'event = "'}]))
    assert answer["status"] == 422
    assert answer["errors"][0]["type"] == "validation-error"
    assert answer["errors"][0]["field"] == "if"


def test_a_stranger_gets_nowhere(deployment: Deployment) -> None:
    (answer,) = manage(deployment, "guessed", ("listFiltersFromDestination", ["ads", {"count": 10}]))
    assert answer["status"] == 401


def test_a_user_is_suppressed_and_let_in_again(deployment: Deployment, token: str) -> None:
    users = {"subjectType": "USER_ID", "subjectIds": ["u-7"]}
    made, listed, one, found, _, after = manage(
        deployment, token,
        ("createWorkspaceRegulation", [users | {"regulationType": "SUPPRESS_ONLY"}]),
        ("listWorkspaceRegulations", ["FINISHED", [], {"count": 10}]),
        ("getRegulation", ["$0.regulateId"]),
        ("listSuppressions", [{"count": 10}]),
        ("createWorkspaceRegulation", [users | {"regulationType": "UNSUPPRESS"}]),
        ("listSuppressions", [{"count": 10}]),
        api="DeletionAndSuppressionApi",
    )  # fmt: skip
    assert listed["data"]["regulations"][0]["id"] == made["data"]["regulateId"]
    assert one["data"]["regulation"]["overallStatus"] == "FINISHED"
    assert found["data"]["suppressed"][0]["subjectIds"] == ["u-7"]
    assert after["data"]["suppressed"][0]["subjectIds"] == []


def test_somebody_is_deleted_and_that_is_followed(deployment: Deployment, token: str) -> None:
    event = {"type": "track", "event": "A", "userId": "u-8", "messageId": "gone"}
    agreed = {"context": {"consent": {"categoryPreferences": {"C0001": True}}}}
    assert deployment.post("/v1/batch", {"batch": [event | agreed], "writeKey": KEY}) == 200
    until(lambda: deployment.receiver.at("/counter") != [])
    users = {"subjectType": "USER_ID", "subjectIds": ["u-8"], "regulationType": "DELETE_ONLY"}
    objects = {"subjectType": "OBJECT_ID", "subjectIds": ["o"], "regulationType": "DELETE_ONLY", "collection": "things"}
    made, of_source, cloud = manage(
        deployment, token,
        ("createWorkspaceRegulation", [users]),
        ("createSourceRegulation", ["web-events", users | {"subjectIds": ["u-9"]}]),
        ("createCloudSourceRegulation", ["web-events", objects]),
        api="DeletionAndSuppressionApi",
    )  # fmt: skip
    assert cloud["status"] == 422
    id = made["data"]["regulateId"]
    assert of_source["data"]["regulateId"] != id

    def look() -> Any:
        (one,) = manage(deployment, token, ("getRegulation", [id]), api="DeletionAndSuppressionApi")
        return one["data"]["regulation"]

    until(lambda: look()["overallStatus"] == "FINISHED")
    (stream,) = look()["streamStatus"]
    assert stream["id"] == "web-events"
    assert [(one["name"], one["status"]) for one in stream["destinationStatus"]] == [("counter", "FINISHED")]
    told = [body for _, _, body in deployment.receiver.got if body.get("type") == "person.deleted"]
    assert [{"kind": "user_id", "value": "u-8"}] in [body["names"] for body in told]
