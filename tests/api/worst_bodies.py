"""The costliest requests that each dialect's routes take: dense JSON, many items, long strings, packed bodies."""

import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from typing import Any, Final

from placet.api.cmp.read_request import LONGEST_SAVE as MOST_SAVE
from placet.api.http.request import MAX_MEMBERS
from placet.api.segment.messages import MAX_BATCH, MAX_EVENTS
from placet.formats.nesting import MAX_DEEP, MAX_DEEP_BODY

MOST: Final = 1 << 20
"""Bytes of a body, packed and unpacked."""


def filled(item: Callable[[int], bytes], before: bytes, after: bytes, limit: int, items: int = MOST) -> bytes:
    """As many different items as fit between two texts, at most `items`."""
    parts: list[bytes] = []
    room = limit - len(before) - len(after)
    for n in count():
        part = item(n)
        room -= len(part) + 1
        if room < 0 or n == items:
            return before + b",".join(parts) + after
        parts.append(part)
    raise AssertionError


def with_member(outer: bytes, name: str, part: bytes) -> bytes:
    """An object with one member more."""
    return outer[:-1] + (b"," if len(outer) > 2 else b"") + json.dumps(name).encode() + b":" + part + b"}"


@cache
def parts(limit: int = MOST) -> dict[str, bytes]:
    """Values of at most so many bytes that are costly to measure, to read or to unescape."""
    nest = MAX_DEEP - 20
    return {
        "keys": filled(lambda n: b'"%x":0' % n, b"{", b"}", limit),
        "numbers": filled(lambda n: b"%d" % (n % 10), b"[", b"]", limit),
        "lists": filled(lambda n: b"[]", b"[", b"]", limit),
        "objects": filled(lambda n: b'{"":0}', b"[", b"]", limit),
        "texts": filled(lambda n: b'"%x"' % n, b"[", b"]", limit),
        "empty texts": filled(lambda n: b'""', b"[", b"]", limit),
        "escapes": b'"' + b"\\u00e9" * ((limit - 2) // 6) + b'"',
        "surrogates": b'"' + b"\\ud83d" * ((limit - 2) // 6) + b'"',
        "quotes": b'"' + b'\\"' * ((limit - 2) // 2) + b'"',
        "emoji": b'"' + "😀".encode() * ((limit - 2) // 4) + b'"',
        "nests": filled(lambda n: b"[" * nest + b"]" * nest, b"[", b"]", limit),
        "deepest nests": filled(lambda n: b"[" * (MAX_DEEP_BODY - 5) + b"]" * (MAX_DEEP_BODY - 5), b"[", b"]", limit),
        "nested keys": filled(lambda n: b'{"":' * nest + b"0" + b"}" * nest, b"[", b"]", limit),
    }  # fmt: skip


def packed(body: bytes) -> bytes:
    """A body as the most members that one gzip body may join."""
    size = len(body) // MAX_MEMBERS + 1
    return b"".join(gzip.compress(body[at : at + size], 6, mtime=0) for at in range(0, len(body), size))


COSTLY: Final = ("keys", "nests", "escapes")


def with_parts(body: Any, limit: int = MOST) -> Iterator[tuple[str, bytes]]:
    """Bodies of so many bytes: nothing but a costly part, and a usual body with such a part under each of its names."""
    for says, part in parts(limit).items():
        yield says, part
    if isinstance(body, list):
        yield "many", filled(lambda _: json.dumps(body[0]).encode(), b"[", b"]", limit)
        return
    outer = json.dumps(body).encode()
    for says in COSTLY:
        part = parts(limit - len(outer) - 30)[says]
        yield f"unknown: {says}", with_member(outer, "unknown", part)
    for name in body:
        rest = json.dumps({key: value for key, value in body.items() if key != name}).encode()
        yield f"{name}: nests", with_member(rest, name, parts(limit - len(outer) - 30)["nests"])


def saves() -> Iterator[tuple[str, bytes]]:
    """Saves of the CMP dialect with as many statements as fit."""
    items: dict[str, Callable[[int], bytes]] = {
        "purposesStatus": lambda n: b'{"groupId":"C%d","status":true}' % n,
        "iabVendorsStatus": lambda n: b'{"vId":"%d","status":true}' % n,
        "googleVendorsStatus": lambda n: b'{"vId":"%d","status":true}' % n,
        "generalVendorsStatus": lambda n: b'{"vId":"V%d","status":true}' % n,
        "sdkStatus": lambda n: b'{"sdkId":"V%d","status":true}' % n,
        "ucPurposesStatus": lambda n: b'{"id":"V%d","status":true}' % n,
    }
    start = b'{"interactionType":"PREFERENCE_CENTER_CONFIRM",'
    for name, item in items.items():
        yield name, filled(item, start + b'"consent":{"%b":[' % name.encode(), b"]}}", MOST_SAVE)
    yield (
        "bulkOperation",
        filled(lambda n: b'"%d":true' % n, start + b'"consent":{"bulkOperation":{', b"}}}", MOST_SAVE),
    )


def segment_batches() -> Iterator[tuple[str, bytes]]:
    """Batches with as many messages as are taken, few words each, new people each, or much that all share."""
    items: dict[str, Callable[[int], bytes]] = {
        "events": lambda n: b'{"type":"track","event":"A","userId":"%d"}' % n,
        "people": lambda n: (
            b'{"type":"alias","userId":"%d","previousId":"p%d","anonymousId":"a%d","context":{"device":{"id":"%d"}}}'
            % (n, n, n, n)
        ),
        "nothing": lambda n: b"0",
    }
    for says, item in items.items():
        limit = MOST if says == "nothing" else MAX_EVENTS
        yield says, filled(item, b'{"batch":[', b"]}", MAX_BATCH, limit)
    shared = b'{"context":' + parts(MAX_BATCH // 2)["keys"] + b',"batch":['
    yield "shared context", filled(items["events"], shared, b"]}", MAX_BATCH, MAX_EVENTS)


def mparticle_batches(limit: int) -> Iterator[tuple[str, bytes]]:
    """Batches with as many events as are taken, and with much that all share."""

    def item(n: int) -> bytes:
        return b'{"event_type":"custom_event","data":{"event_name":"%d","custom_attributes":{"a":"b"},"x":"y"}}' % n

    start = b'{"mpid":5,"user_identities":{"customer_id":"C"},'
    yield "events", filled(item, start + b'"events":[', b"]}", limit, MAX_EVENTS)
    shared = start + b'"user_attributes":' + parts(limit // 2)["keys"] + b',"events":['
    yield "shared attributes", filled(item, shared, b"]}", limit, MAX_EVENTS)
    yield "compact", filled(
        lambda n: b'{"dt":"e","n":"%d","et":"Other","attrs":{"a":"b"},"id":"%d"}' % (n, n),
        b'{"dt":"h","id":"b","ui":[{"n":1,"i":"c"}],"msgs":[', b"]}", limit, MAX_EVENTS,
    )  # fmt: skip
