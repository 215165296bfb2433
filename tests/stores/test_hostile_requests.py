"""No text, number or byte in any place of any route makes us fail, whatever the engine."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from placet.api.http.request import Response
from placet.services.settings.api_tokens import NewToken, make_token
from placet.settings.api_tokens import Role
from placet.stores.ports.stores import Stores
from tests.api.mparticle.sample_shop import BASIC as MPARTICLE
from tests.api.mparticle.sample_shop import SERVER, WEB, a_batch, open_shop, signed
from tests.api.node_context import Server, northwind, ot_headers, start, token

ORGANISATION = northwind().id.lower()
SEGMENT_KEY = "outfitter-web-write-key"
SEGMENT = {"Authorization": "Basic " + base64.b64encode(f"{SEGMENT_KEY}:".encode()).decode()}

TEXTS: Final = {
    "zero": b"\x00",
    "zero inside": b"a\x00b",
    "half a character": b"\xf0\x9f",
    "a surrogate": b"\xed\xa0\xbd",
    "no UTF-8": b"\xff",
    "digits": b"9" * 400,
    "a huge number": b"1e400",
    "no number": b"NaN",
    "other digits": "²٣".encode(),
    "deep": b"[" * 900,
    "deep, packed": base64.b64encode(b'{"a":' * 900 + b"1" + b"}" * 900),
    "deep memory": base64.b64encode(b'{"groupConsents":' + b'{"a":' * 900 + b"1" + b"}" * 901),
    "odd memory": base64.b64encode(b'{"groupConsents":{"a":1e400},"appId":"\\ud83d"}'),
    "long": b"x" * 4000,
}
"""Bytes for paths, queries and headers."""

VALUES: Final = {
    "zero": rb'"\u0000"',
    "half an emoji": rb'"\ud83d"',
    "no UTF-8": b'"\xff"',
    "a surrogate": b'"\xed\xa0\xbd"',
    "a huge number": b"1e400",
    "a huge negative number": b"-1e400",
    "many digits": b"9" * 400,
    "beyond 64 bits": b"18446744073709551616",
    "no number": b"NaN",
    "infinity": b"-Infinity",
    "a fraction": b"0.5",
    "minus one": b"-1",
    "deep": b"[" * 60 + b"]" * 60,
    "too deep": b"[" * 150 + b"]" * 150,
    "much too deep": b'{"a":' * 900 + b"1" + b"}" * 900,
    "nothing": b"null",
    "a list": b"[[]]",
    "an object": b'{"":{}}',
    "a long text": b'"' + b"x" * 5000 + b'"',
}
"""Values for every place of a body."""

QUERIES: Final = (
    "pagination[cursor]", "pagination[count]", "limit", "after", "before", "env", "read_only", "lang", "syncgroup",
    "state", "source", "link", "geo", "connection", "status", "regulateType", "type",
)  # fmt: skip
HEADERS: Final = (
    "if-none-match", "sec-gpc", "idempotency-key", "content-encoding", "content-type", "content-length",
    "authorization", "accept-encoding", "origin", "host", "last-event-id", "identifier", "tenantid", "location",
    "access-control-request-headers", "access-control-request-method", "x-forwarded-for", "forwarded", "date",
    "x-mp-key", "x-mp-signature", "cookie", "accept-language", "ot-cdn-location", "ot-app-id", "ot-device-type",
    "ot-sdk-version", "ot-sync-profile-auth", "ot-identifier", "ot-identifier-type", "ot-identifier-updatetype",
    "ot-fetch-type", "ot-force-fetch", "ot-language", "ot-country-code", "ot-region-code", "ot-platform",
    "ot-consent-string", "ot-tcf-eu2v2-consent-string", "ot-addtl-consent-string", "ot-gpp-string",
)  # fmt: skip

EVENT: Final = {
    "type": "track", "event": "A", "name": "A", "userId": "u", "anonymousId": "a", "previousId": "p", "groupId": "g",
    "messageId": "m", "timestamp": "2026-03-04T00:00:00Z", "sentAt": "2026-03-04T00:00:00Z", "properties": {"a": 1},
    "traits": {"a": 1}, "integrations": {"All": True}, "writeKey": SEGMENT_KEY,
    "context": {"consent": {"categoryPreferences": {"C0002": True}}, "device": {"advertisingId": "x"}},
}  # fmt: skip
SAVE: Final = {
    "appId": "a", "identifier": "u", "syncGroupId": "g", "interactionType": "BANNER_ALLOW_ALL",
    "customDataElements": {"a": "b"}, "groupConsents": [{"id": "C0002", "status": 1}], "dsDataElements": {"a": "b"},
    "purposes": [{"Id": "p", "TransactionType": "CONFIRMED"}], "requestInformation": "x", "consentPayload": {"a": 1},
}  # fmt: skip
COMPACT: Final = {
    "dt": "h", "id": "b", "ct": 1, "mpid": 5, "das": "d", "ui": [{"n": 1, "i": "c"}],
    "con": {"gdpr": {"a": {"c": True}}},
    "msgs": [{"dt": "e", "n": "A", "ct": 1, "attrs": {"a": "b"}, "lc": {"lat": 1}}],
}  # fmt: skip
IDENTITY: Final = {
    "known_identities": {"customerid": "u", "email": "a@b.example"}, "previous_mpid": "5", "environment": "production",
    "identity_changes": [{"identity_type": "customerid", "new_value": "u", "old_value": None}], "request_id": "r",
}  # fmt: skip
ALIAS: Final = {"request_id": "r", "data": {"source_mpid": "5", "destination_mpid": "6", "start_unixtime_ms": 1}}
ADMIN: Final = {
    "source": "shop-events", "connection": "shop-tally", "event": EVENT, "last": 5, "samples": 1, "subject": "x",
    "regulationType": "SUPPRESS_ONLY", "subjectType": "USER_ID", "subjectIds": ["u"], "if": "type = 'track'",
    "sourceId": "shop-events", "title": "t", "enabled": True, "actions": [{"type": "DROP"}], "description": "d",
    "filter": {"if": "a = 1", "actions": [{"type": "DROP"}]}, "payload": EVENT, "string": "CP", "ids": ["x"],
    "all": True,
    "draft": {"mapping": {}, "rules": []}, "text": "CP",
}  # fmt: skip
BATCH: Final = a_batch(mpid=5, mp_deviceid="d", timestamp_unixtime_ms=1, user_attributes={"a": 1}, device_info={"a": 1})


def body_of(path: str, dialect: str) -> Any:
    """What a client of this route sends."""
    if "alias" in path.lower() and "mparticle" in dialect:
        return ALIAS
    if re.search("login|logout|search|identify|modify", path) and dialect == "mparticle":
        return IDENTITY
    if dialect == "mparticle":
        return [BATCH] if "bulk" in path else COMPACT if re.search("nativeevents|/v[12]/[^J]+/events", path) else BATCH
    if dialect == "segment":
        return {"batch": [EVENT, EVENT], "context": {"a": 1}} if re.search("batch|/b$|import", path) else EVENT
    if dialect in ("admin", "segment-public", "tools"):
        return ADMIN
    return [SAVE] if "bulk" in path else SAVE


def mutations(body: Any, value: bytes) -> Iterator[bytes]:
    """The body with the value in each of its places."""
    marker = "@@here@@"

    def places(one: Any) -> Iterator[Any]:
        yield marker
        items = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, inner in items:
            for changed in places(inner):
                copy = one.copy()
                copy[key] = changed
                yield copy

    for changed in places(body):
        yield json.dumps(changed).encode().replace(f'"{marker}"'.encode(), value)


class Fuzz:
    """Asks one server, and writes down what it fails at."""

    def __init__(self, server: Server, bearer: str, once: bool) -> None:
        """`once`: each handler is asked by one of its names only."""
        self.server, self.bearer, self.once = server, bearer, once
        self.met: set[Any] = set()
        self.failures: set[str] = set()
        self.asked = 0

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """Method, path and face of every route."""
        table = self.server.node.app._table
        places = [*table._exact.values(), *(place for _, place in table._patterns)]
        for place in places:
            for method, entry in place.endpoints.items():
                for one in (entry, *(rival for _, rival in entry.rivals)):
                    if not self.once or one.handler not in self.met:
                        self.met.add(one.handler)
                        yield method, one.name, one.dialect.name

    def headers_for(self, dialect: str, method: str, path: str, body: bytes) -> dict[str, str]:
        """What opens this route."""
        if dialect in ("admin", "segment-public", "stream"):
            return {"Authorization": f"Bearer {self.bearer}"}
        if dialect == "segment":
            return SEGMENT
        if dialect == "mparticle":
            return signed(method, path, body) if f"/{SERVER}/" in path else MPARTICLE
        if dialect == "tools":
            return {"Content-Type": "application/json"}
        app = self.server.app_id("outfitter/shop-web")
        return ot_headers(app, OT_Identifier="u", OT_Sync_Profile_Auth=token("u")) | {
            "identifier": "u", "tenantId": ORGANISATION, "Authorization": f"Bearer {token('u')}"
        }  # fmt: skip

    def path_of(self, path: str, dialect: str, filling: str = "") -> str:
        """The path with its places filled."""
        own = {
            "key": SEGMENT_KEY if dialect == "segment" else WEB if "JS" in path or "js" in path else SERVER,
            "site": "outfitter/shop-web", "source": "shop-events", "destination": "tally", "id": "m", "mpid": "5",
            "file": "a.js", "name": "a.js",
        }  # fmt: skip
        return re.sub(r"\{(\w+)\}", lambda place: filling or own.get(place[1], "x"), path)

    async def ask(self, dialect: str, method: str, path: str, query: bytes = b"", body: bytes = b"",
                  header: tuple[str, bytes] | None = None) -> None:  # fmt: skip
        """One request; what is not an answer, or a 500, is written down. Answers without end are not waited for."""
        headers = {
            k: v
            for k, v in self.headers_for(dialect, method, path, body).items()
            if not header or k.lower() != header[0]
        }
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        raw += [(header[0].encode(), header[1])] if header else []
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw,
                 "client": ("127.0.0.1", 1)}  # fmt: skip
        answer = self.server.node.app.answer(scope, body)
        response = answer if isinstance(answer, Response) else await answer
        self.asked += 1
        if response is None or response.status == 500:
            self.failures.add(
                f"{method} {path[:80]!r} ?{query[:80]!r} {header and (header[0], header[1][:40])} {body[:200]!r}"
            )


async def hostile(server: Server, texts: Mapping[str, bytes], values: Mapping[str, bytes], once: bool) -> Fuzz:
    """Every text in every path, query and header, every value in every place of every body."""
    stores = server.node.context.stores
    wanted = NewToken(ORGANISATION, "outfitter", "tests", frozenset(Role), 0)
    made = await make_token(wanted, stores, "tests", lambda n: b"7" * n, server.clock.at)
    fuzz = Fuzz(server, made.secret, once)
    for method, name, dialect in fuzz.routes():
        if dialect == "mounted":
            continue
        body = b"" if method == "GET" else json.dumps(body_of(name, dialect)).encode()
        for text in texts.values():
            if "{" in name:
                # As servers hand paths on: percent-decoded, with U+FFFD for what is no UTF-8.
                await fuzz.ask(dialect, method, fuzz.path_of(name, dialect, text.decode(errors="replace")), body=body)
            path, said = fuzz.path_of(name, dialect), quote(text).encode()
            for query in QUERIES:
                await fuzz.ask(dialect, method, path, query.encode() + b"=" + said, body)
            for header in HEADERS:
                await fuzz.ask(dialect, method, path, body=body, header=(header, text.replace(b"\n", b"")))
        for value in values.values() if method != "GET" else ():
            for changed in mutations(body_of(name, dialect), value):
                await fuzz.ask(dialect, method, fuzz.path_of(name, dialect), body=changed)
    return fuzz


async def test_no_route_fails_in_memory() -> None:
    server = await start()
    await open_shop(server)
    server.clock.wait(1)
    fuzz = await hostile(server, TEXTS, VALUES, once=True)
    await server.node.close()
    assert sorted(fuzz.failures) == []
    assert fuzz.asked > 20_000


FEW: Final = ("zero", "half an emoji")


async def test_no_route_fails_in_any_engine(stores: Stores) -> None:
    server = await start(stores)
    await open_shop(server)
    texts, values = ({name: one for name, one in many.items() if name in FEW} for many in (TEXTS, VALUES))
    fuzz = await hostile(server, texts, values, once=True)
    await server.node.close()
    assert sorted(fuzz.failures) == []
