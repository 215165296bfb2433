"""Own fuzzing: whatever bytes arrive at whichever route, the answer is never our own fault.

Headers of a megabyte are the server's matter: `tests/server/test_run.py` sends them through a real one.
"""

import asyncio
import gzip
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.settings.interactions import INTERACTIONS
from tests.api.cmp.device import API, Device, problem, sealed
from tests.api.cmp.test_receipts import PATH, browsers
from tests.api.node_context import Answer, Server, ot_headers, start, token
from tests.clients.deployment import PATIENCE

SAVE = f"{API}/save-log-consent"
READS = [f"{API}/{route}" for route in ("banner", "preferences", "vendors", "uc-purposes")]
DSAR = f"{API}/dsar"
PATHS = [*READS, SAVE, DSAR, PATH, f"{PATH}/bulk", f"{PATH}/identified", "/v1/preferences", "/v2/preferences"]

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["C0001", "C0002", "BG1", "V1", "", "\u0000", "😀", "true", "9999-12-31T23:59:59Z", "-1"]),
)
ANY = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What belongs there, or anything else."""
    return good | good | ANY


IDS = st.sampled_from(["C0001", "C0002", "C0004", "BG1", "V1", "V2", "no such id"])
STATUS = st.fixed_dictionaries(
    {},
    optional={
        name: mostly(IDS if name.endswith("d") else st.booleans())
        for name in ("groupId", "vId", "sdkId", "id", "status", "liStatus")
    },
)
CONSENT = st.fixed_dictionaries(
    {},
    optional={
        name: mostly(st.lists(STATUS, max_size=3))
        for name in (
            "purposesStatus",
            "iabVendorsStatus",
            "googleVendorsStatus",
            "generalVendorsStatus",
            "sdkStatus",
            "ucPurposesStatus",
        )
    }
    | {"bulkOperation": mostly(st.dictionaries(st.sampled_from(["purposes", "sdks", "ucp"]), st.booleans()))},
)
BODY = st.fixed_dictionaries(
    {"interactionType": mostly(st.sampled_from(sorted(INTERACTIONS)))},
    optional={
        "consent": mostly(CONSENT),
        "userAgent": mostly(st.text(max_size=5)),
        "ageGate": mostly(st.dictionaries(st.sampled_from(["lowerBound", "upperBound"]), st.integers(-5, 300))),
        "customDataElements": mostly(st.dictionaries(st.text(max_size=5), ANY, max_size=3)),
    },
)
MEMORY = st.dictionaries(
    st.sampled_from(
        [
            "lastConsentDate",
            "expiryDate",
            "dsId",
            "isAnonymous",
            "groupConsents",
            "sdkConsents",
            "lastInteractionType",
            "ageLower",
            "ageDate",
            "ucpConsents",
            "shouldShowBanner",
            "globalOptOuts",
        ]
    ),
    ANY
    | st.integers(0, 2**54)
    | st.dictionaries(IDS, st.integers(-3, 3))
    | st.dictionaries(IDS, st.fixed_dictionaries({"lastOptedOut": st.integers(-(2**54), 2**54)})),
)
RECEIPT = st.dictionaries(
    st.sampled_from(
        [
            "identifier",
            "purposes",
            "interactionDate",
            "dsDataElements",
            "customPayload",
            "geolocation",
            "consentString",
            "isAnonymous",
            "language",
            "test",
            "gacString",
        ]
    ),
    ANY,
)
PURPOSE = st.dictionaries(
    st.sampled_from(["Id", "Version", "TransactionType", "ExpiryDate", "CustomPreferences"]),
    ANY | st.sampled_from(["CONFIRMED", "EXPIRED", "21191b4c-2668-403e-b828-bcfbd676941f", "2027-01-01"]),
)


def search(of: st.SearchStrategy[Any], examples: int, one: Callable[[Server, Any], Coroutine[Any, Any, None]]) -> None:
    """Try many examples on one server, whose state they share as strangers' calls do."""

    async def run() -> None:
        server, loop = await start(), asyncio.get_running_loop()

        @settings(max_examples=examples)
        @given(of)
        def tried(example: Any) -> None:
            asyncio.run_coroutine_threadsafe(one(server, example), loop).result(PATIENCE)

        await asyncio.to_thread(tried)
        await server.node.close()

    asyncio.run(run())


def answered(answer: Answer) -> None:
    """Answered in the dialect's shape, and not as our own bug."""
    assert answer.status < 500, answer
    if answer.status >= 400:
        problem(answer)


def test_any_body_of_a_save() -> None:
    async def one(server: Server, body: Any) -> None:
        anonymous, known = Device(server), Device(server, who="anna", proof=token("anna"))
        for device in (anonymous, known):
            answer = await server.ask("POST", SAVE, device.headers(), body)
            answered(answer)
            if answer.status == 200:
                device.memory = answer.json["otConsentString"]
                answered(await device.ask())
                answered(await device.ask("preferences"))
        headers = {"tenantId": server.organisation.id, "identifier": "anna", "Authorization": token("anna")}
        answered(await server.ask("GET", "/v1/preferences", headers))

    search(BODY, 200, one)


FORM = st.fixed_dictionaries(
    {"identifier": mostly(st.sampled_from(["sam@example.org", "SAM@EXAMPLE.ORG", "sam", "a@b"]))},
    optional={"purposes": mostly(st.lists(IDS | ANY, max_size=4))},
)


def test_any_opt_out() -> None:
    async def one(server: Server, form: Any) -> None:
        for device in (Device(server, country="US", region="CA"), Device(server, who="anna", proof=token("anna"))):
            answer = await server.ask("POST", DSAR, device.headers(), {"globalOptOut": form})
            answered(answer)
            if answer.status == 201:
                device.memory = answer.json["otConsentString"]
                answered(await device.ask())

    search(mostly(FORM), 150, one)


def test_any_memory() -> None:
    async def one(server: Server, memory: Any) -> None:
        device = Device(server, country="US", region="CA", memory=sealed(**memory))
        answered(await device.ask())
        answered(await device.ask("uc-purposes"))
        answered(await device.post("BANNER_CLOSE"))
        answered(await Device(server, memory=device.memory, who="anna", proof=token("anna")).post("SYNC_PROFILE"))

    search(MEMORY, 200, one)


def test_any_receipt() -> None:
    async def one(server: Server, more: Any) -> None:
        said, purposes = more
        body = browsers(server, identifier="anna", purposes=purposes) | said
        answered(await server.ask("POST", PATH, {"Authorization": token("anna")}, body))
        answered(await server.ask("POST", f"{PATH}/bulk", {"Authorization": token("anna")}, [body, body]))
        headers = {"tenantId": server.organisation.id, "identifier": "anna", "Authorization": token("anna")}
        answered(await server.ask("GET", "/v1/preferences", headers))
        answered(await Device(server, who="anna", proof=token("anna")).ask())

    search(st.tuples(RECEIPT, st.lists(PURPOSE, max_size=3)), 200, one)


def test_any_bytes_in_any_header() -> None:
    names = [
        b"ot-language",
        b"ot-country-code",
        b"ot-region-code",
        b"ot-consent-string",
        b"ot-identifier",
        b"ot-sync-profile-auth",
        b"ot-device-type",
        b"ot-cdn-location",
        b"ot-app-id",
        b"ot-fetch-type",
        b"ot-sdk-version",
        b"ot-platform",
        b"ot-gpp-string",
        b"idempotency-key",
        b"authorization",
        b"tenantid",
        b"identifier",
        b"if-none-match",
        b"origin",
        b"content-type",
        b"content-encoding",
        b"content-length",
    ]

    async def one(server: Server, drawn: Any) -> None:
        path, more = drawn
        headers = ot_headers(server.app_id("outfitter/shop-ios")) | {
            "tenantId": server.organisation.id,
            "identifier": "anna",
            "Authorization": token("anna"),
        }
        method = "POST" if path in (SAVE, DSAR, PATH, f"{PATH}/bulk", f"{PATH}/identified") else "GET"
        body = b'{"interactionType":"BANNER_ALLOW_ALL"}' if method == "POST" else b""
        answered(await server.ask(method, path, headers, body, raw_headers=more))

    header = st.tuples(
        st.sampled_from(names), st.binary(max_size=40) | st.sampled_from([b"\x00", b"\xff", b"a" * 20_000])
    )
    search(st.tuples(st.sampled_from(PATHS), st.lists(header, min_size=1, max_size=3)), 250, one)


@pytest.mark.parametrize("path", [SAVE, PATH, f"{PATH}/bulk"])
async def test_a_gzip_bomb_is_refused_before_it_unfolds(server: Server, path: str) -> None:
    bomb = gzip.compress(b'{"a":"' + b"0" * 200_000_000 + b'"}', 1)
    answer = await server.ask("POST", path, Device(server).headers() | {"Content-Encoding": "gzip"}, bomb[:900_000])

    assert problem(answer) == (413, "ERROR_CODE_INVALID_REQUEST_BODY")


async def test_a_packed_save_is_a_save(server: Server) -> None:
    phone = Device(server)
    body = gzip.compress(json.dumps({"interactionType": "BANNER_ALLOW_ALL"}).encode())

    answer = await server.ask("POST", SAVE, phone.headers() | {"Content-Encoding": "gzip"}, body)

    assert answer.json["appConfig"]["bannerReasonCode"] == 151


@pytest.mark.parametrize("path", [SAVE, PATH])
async def test_a_body_beyond_the_limit_is_a_413(server: Server, path: str) -> None:
    answer = await server.ask("POST", path, Device(server).headers(), b"[" + b"1," * 600_000 + b"1]")

    assert problem(answer)[0] == 413


async def test_too_many_headers_are_a_431(server: Server) -> None:
    many = [(f"x-{n}".encode(), b"1") for n in range(200)]
    answer = await server.ask("GET", READS[0], Device(server).headers(), raw_headers=many)

    assert problem(answer)[0] == 431
