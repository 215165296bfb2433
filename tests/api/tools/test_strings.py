"""The API explains any consent string, and refuses the rest in neutral words."""

import pytest

from placet.api.tools.strings import MAX_BYTES
from tests.api import node_context

PATH = "/api/strings/explain"
TC = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"


@pytest.fixture
async def server():
    server = await node_context.start()
    yield server
    await server.node.close()


@pytest.mark.parametrize(
    "text, kind", [(TC, "TC string"), ("1YNN", "US Privacy string"), ("2~1~dv.2", "Additional Consent string")]
)
async def test_a_string_is_explained(server, text, kind):
    answer = await server.ask("POST", PATH, {"Origin": "https://anybody.example"}, {"text": text})
    assert answer.status == 200
    assert answer.json["kind"] == kind
    assert set(answer.json) == {"kind", "summary", "parts", "problems", "void"}
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body, status, words",
    [
        ({"text": "hello"}, 400, "none of the strings we know"),
        ({"text": "C" + TC[2:]}, 400, "TC string"),
        (b"", 400, "send"),
        (b'{"text": 1}', 400, "$.text"),
        (b"[" * 5000, 400, "send"),
        ({"text": "C" * MAX_BYTES}, 413, "bytes"),
    ],
)
async def test_what_can_not_be_read_is_refused_in_neutral_words(server, body, status, words):
    answer = await server.ask("POST", PATH, {}, body)
    assert (answer.status, list(answer.json)) == (status, ["error"])
    assert words in answer.json["error"]


async def test_a_string_never_travels_in_an_address(server):
    assert (await server.ask("GET", f"{PATH}?text={TC}")).status == 405
