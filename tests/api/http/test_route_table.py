"""Two dialects may share a path, and each may have a door of its own."""

import pytest

from placet.api.http.dispatch import Dispatcher
from placet.api.http.metrics import Metrics
from placet.api.http.request import Request, Response
from placet.api.http.routes import CustomDomainSetting, Dialect, Route
from tests.api.asgi import ask

ONE, OTHER = Dialect("one"), Dialect("other")
PUBLIC = "https://consent.example"


def saying(word: str):
    async def handler(request: Request) -> Response:
        return Response(200, f"{word} {request.path} {request.target} {request.base(PUBLIC)}".encode())

    return handler


def keyed(request: Request) -> bool:
    return b"x-key" in request.headers


SHARED = (
    Route("POST", "/v1/identify", saying("one"), ONE),
    Route("POST", "/v1/identify", saying("other"), OTHER, claims=keyed),
    Route("POST", "/v1/{id}/modify", saying("modify"), OTHER),
)


def an_app(*doors: CustomDomainSetting) -> Dispatcher:
    return Dispatcher(SHARED, Metrics("test"), domains=doors)


@pytest.mark.parametrize("headers, word", [([], "one"), ([("x-key", "k")], "other")])
async def test_a_request_goes_to_the_dialect_that_claims_it_else_to_the_other(headers, word):
    answer = await ask(an_app(), "POST", "/v1/identify", headers)
    assert answer.body.decode().split()[0] == word


BELOW = CustomDomainSetting(frozenset({"other"}), prefix="/mp")
NAMED = CustomDomainSetting(frozenset({"other"}), host="mp.example")


@pytest.mark.parametrize(
    "door, url, host, said",
    [
        (BELOW, "/mp/v1/identify?a=1", "x", f"other /v1/identify /mp/v1/identify?a=1 {PUBLIC}/mp"),
        (BELOW, "/mp/v1/7/modify", "x", f"modify /v1/7/modify /mp/v1/7/modify {PUBLIC}/mp"),
        (BELOW, "/v1/identify", "x", f"one /v1/identify /v1/identify {PUBLIC}"),
        (NAMED, "/v1/identify", "mp.example", "other /v1/identify /v1/identify https://mp.example"),
        (NAMED, "/v1/identify", "MP.example:8443", "other /v1/identify /v1/identify https://MP.example:8443"),
        (NAMED, "/v1/identify", "x", f"one /v1/identify /v1/identify {PUBLIC}"),
        (CustomDomainSetting(frozenset({"one"}), "/seg", "mp.example"), "/seg/v1/identify", "mp.example",
         "one /v1/identify /seg/v1/identify https://mp.example/seg"),
    ],
)  # fmt: skip
async def test_behind_a_door_of_its_own_a_dialect_has_every_path_to_itself(door, url, host, said):
    answer = await ask(an_app(door), "POST", url, [("host", host)])
    assert (answer.status, answer.body.decode()) == (200, said)


@pytest.mark.parametrize("url, host", [("/mp", "x"), ("/mpx/v1/identify", "x"), ("/mp/nothing", "x")])
async def test_what_is_not_behind_a_door_is_nowhere(url, host):
    assert (await ask(an_app(BELOW), "POST", url, [("host", host)])).status == 404


async def test_what_a_door_does_not_have_is_found_at_the_common_one():
    answer = await ask(an_app(CustomDomainSetting(frozenset({"one"}), host="seg.example")), "POST", "/v1/7/modify",
                       [("host", "seg.example")])  # fmt: skip
    assert answer.body.startswith(b"modify")


@pytest.mark.parametrize("routes", [(SHARED[0], SHARED[0]), (SHARED[1], SHARED[1])])
def test_of_two_handlers_for_one_path_one_must_claim_something(routes):
    with pytest.raises(ValueError, match="two handlers"):
        Dispatcher(routes, Metrics("test"))
