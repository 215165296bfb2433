"""The costliest requests that each dialect's routes take: dense JSON, many items, long strings, packed bodies."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from typing import Any, Final

from placet.events.filters_tree import MOST_BYTES as MOST_FILTER
from placet.faces.http import MOST_MEMBERS
from placet.faces.segment.messages import MOST_BATCH
from placet.formats.nesting import MOST_DEEP, MOST_DEEP_BODY

MOST: Final = 1 << 20
"""Bytes of a body, packed and unpacked."""


def filled(item: Callable[[int], bytes], before: bytes, after: bytes, most: int, items: int = MOST) -> bytes:
    """As many different items as fit between two texts, at most `items`."""
    parts: list[bytes] = []
    room = most - len(before) - len(after)
    for n in count():
        part = item(n)
        room -= len(part) + 1
        if room < 0 or n == items:
            return before + b",".join(parts) + after
        parts.append(part)
    raise AssertionError


def member(name: str, part: bytes, most: int = MOST) -> Callable[[bytes], bytes]:
    """Puts a part under a name into an object of about `most` bytes."""
    del most
    return lambda outer: outer[:-1] + (b"," if len(outer) > 2 else b"") + json.dumps(name).encode() + b":" + part + b"}"


@cache
def parts(most: int = MOST) -> dict[str, bytes]:
    """Values of at most so many bytes that are costly to measure, to read or to unescape."""
    nest = MOST_DEEP - 20
    return {
        "keys": filled(lambda n: b'"%x":0' % n, b"{", b"}", most),
        "numbers": filled(lambda n: b"%d" % (n % 10), b"[", b"]", most),
        "lists": filled(lambda n: b"[]", b"[", b"]", most),
        "objects": filled(lambda n: b'{"":0}', b"[", b"]", most),
        "texts": filled(lambda n: b'"%x"' % n, b"[", b"]", most),
        "empty texts": filled(lambda n: b'""', b"[", b"]", most),
        "escapes": b'"' + b"\\u00e9" * ((most - 2) // 6) + b'"',
        "surrogates": b'"' + b"\\ud83d" * ((most - 2) // 6) + b'"',
        "quotes": b'"' + b'\\"' * ((most - 2) // 2) + b'"',
        "emoji": b'"' + "😀".encode() * ((most - 2) // 4) + b'"',
        "nests": filled(lambda n: b"[" * nest + b"]" * nest, b"[", b"]", most),
        "deepest nests": filled(lambda n: b"[" * (MOST_DEEP_BODY - 5) + b"]" * (MOST_DEEP_BODY - 5), b"[", b"]", most),
        "nested keys": filled(lambda n: b'{"":' * nest + b"0" + b"}" * nest, b"[", b"]", most),
    }  # fmt: skip


def packed(body: bytes) -> bytes:
    """A body as the most members that one gzip body may join."""
    size = len(body) // MOST_MEMBERS + 1
    return b"".join(gzip.compress(body[at : at + size], 6, mtime=0) for at in range(0, len(body), size))


def stored(body: bytes) -> bytes:
    """A body as gzip that packs nothing."""
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def with_each_part(body: Any, most: int = MOST) -> Iterator[tuple[str, bytes]]:
    """A body with every costly part under one of its own names, and under a name that nobody knows."""
    outer = json.dumps(body).encode()
    if isinstance(body, list):
        for says, part in parts(most - 2).items():
            yield says, b"[" + part + b"]"
        for says, one in with_each_part(body[0], most - 2):
            yield f"one with {says}", b"[" + one + b"]"
        yield "many", filled(lambda _: json.dumps(body[0]).encode(), b"[", b"]", most)
        return
    for says, part in parts(most - len(outer) - 30).items():
        yield f"unknown {says}", member("unknown", part)(outer)
        for name in body:
            rest = json.dumps({key: value for key, value in body.items() if key != name}).encode()
            yield f"{name}: {says}", member(name, part)(rest)
    for says, part in parts(most).items():
        yield says, part


