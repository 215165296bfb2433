"""Schemathesis over every described route, in process: never our own fault, and every answer as described."""

import asyncio

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from placet.app.derived_secrets import secrets_of
from placet.app.node import Node
from placet.config import Config
from tests.api.cmp.device import API, opened
from tests.api.cmp.test_receipts import point
from tests.api.node_context import MASTER, Clock, Server, northwind, ot_headers, stores_with_example, token

CHECKS = (not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance)
WHO = "shopper-42"


async def prepared() -> Server:
    """A server that watches nothing, so that it may answer from any event loop."""
    clock = Clock()
    server = Server(
        Node(Config(rate_per_minute=0), await stores_with_example(), secrets_of(MASTER), clock), northwind(), clock
    )
    await server.refresh()
    return server


SERVER = asyncio.run(prepared())
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", SERVER.node.app)
BOUNDED = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@SCHEMA.parametrize()
@BOUNDED
def test_whatever_is_sent_is_answered_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=list(CHECKS))


@SCHEMA.include(path_regex=f"^{API}").parametrize()
@BOUNDED
def test_whatever_is_sent_for_a_real_app(case: schemathesis.Case) -> None:
    """As above, past the first door: the required headers are right, everything else is as drawn."""
    headers = ot_headers(SERVER.app_id("outfitter/shop-ios")) | {"OT-Consent-String": "", "OT-Identifier": ""}
    case.call_and_validate(headers=headers, checks=list(CHECKS))


@SCHEMA.include(path_regex="^/request").parametrize()
@BOUNDED
def test_whatever_is_sent_to_a_real_collection_point(case: schemathesis.Case) -> None:
    """As above: the token of the collection point is real, everything else is as drawn."""
    if isinstance(case.body, dict):
        case.body["requestInformation"] = point(SERVER)
    case.call_and_validate(headers={"Authorization": token(WHO)}, checks=list(CHECKS))


@SCHEMA.include(path_regex="preferences$").include(path_regex="^/v").parametrize()
@BOUNDED
def test_whatever_is_sent_by_a_known_person(case: schemathesis.Case) -> None:
    """As above: the person is proven, everything else is as drawn."""
    headers = {"tenantId": northwind().id, "identifier": WHO, "Authorization": token(WHO)}
    case.call_and_validate(headers=headers, checks=list(CHECKS))


async def test_the_description_names_every_route_of_this_face() -> None:
    told = (await SERVER.ask("GET", "/openapi.json")).json

    assert told["openapi"] == "3.1.0"
    assert len(told["paths"]) == 11
    for path, methods in told["paths"].items():
        for method in methods:
            answer = await SERVER.ask(method.upper(), path, {}, b"{}" if method == "post" else b"")
            assert answer.status in (400, 401), path


@pytest.mark.parametrize("route", ["banner", "preferences"])
async def test_a_described_answer_is_a_real_one(route: str) -> None:
    answer = await SERVER.ask("GET", f"{API}/{route}", ot_headers(SERVER.app_id("outfitter/shop-ios")))
    name = {"banner": "Banner", "preferences": "Preferences"}[route]
    described = (await SERVER.ask("GET", "/openapi.json")).json["components"]["schemas"][name]

    assert set(described["required"]) <= set(answer.json)
    assert set(answer.json) <= set(described["properties"]) | {"groupsHierarchy"}
    assert opened(answer.json["otConsentString"])["isAnonymous"] == 1
