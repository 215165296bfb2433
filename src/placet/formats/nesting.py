"""The nesting depth of JSON, measured without parsing it: parsers recurse, and interpreters limit recursion."""

import re
from itertools import accumulate
from typing import Final

from placet.formats.errors import Malformed

MAX_DEEP: Final = 100
"""Levels of objects and lists that one event, or any other document, may have.

The interpreters' own limits start near 500 levels for recursive C code and near 300 for Python code that takes three
frames a level; what is kept wraps an event in fewer than ten levels.
"""
MAX_DEEP_BODY: Final = 200
"""Levels that a body with many events may have, so that one event that nests too deep is refused alone."""

_BRACKETS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_OTHERS: Final = bytes(set(range(256)) - set(b'[{]}"'))

_HIGH: Final = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW: Final = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE: Final = re.compile(rb"%b(?!%b)|(?<!%b)%b" % (_HIGH, _LOW, _HIGH, _LOW))
_REPLACEMENT: Final = rb"\\ufffd"

_RUN: Final = b"\x01" * 1000
"""So many levels opened one after the other exceed every limit without measuring."""
_FLAT: Final = 8
"""Most bodies nest no deeper: their depth is measured by removing the innermost brackets up to so many times."""

_RUNS: Final = tuple(
    (run, run.to_bytes(1, "big", signed=True), (-run).to_bytes(1, "big", signed=True)) for run in (16, 4)
)
"""Runs of brackets that are counted as one number each: (length, opened, closed)."""


def depth(text: bytes) -> int:
    """The deepest level of a JSON text; 0 where it has too few brackets to reach `MAX_DEEP`.

    Exact for JSON up to 1000 levels. Costs two counts for most texts, else time in proportion to the length.
    """
    if text.count(b"{") + text.count(b"[") <= MAX_DEEP:
        return 0
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes side by side are an empty string now, or the end of one and the start of the next.
    quoted = text.translate(_BRACKETS, _OTHERS).replace(b'""', b"")
    brackets = b"".join(quoted.split(b'"')[::2])
    if _RUN in brackets:
        return len(_RUN)
    levels = 0
    while len(brackets) > MAX_DEEP and levels < _FLAT:
        before = len(brackets)
        brackets = brackets.replace(b"\x01\xff", b"")
        levels += 1
        if len(brackets) > before * 7 // 8:
            break
    for run, opened, closed in _RUNS:
        brackets = brackets.replace(b"\x01" * run, opened).replace(b"\xff" * run, closed)
    return levels + max(accumulate(memoryview(brackets).cast("b")), default=0)


def check_depth(text: bytes, limit: int = MAX_DEEP, standard: str = "") -> None:
    """Raises Malformed where a JSON text nests deeper than `limit` levels."""
    if depth(text) > limit:
        raise Malformed(f"the JSON nests deeper than {limit} levels", "send flatter JSON", standard=standard)


def without_lone_surrogates(text: bytes) -> bytes:
    r"""A JSON text in which every half of a surrogate pair (`\ud83d`) is U+FFFD, as decoders of UTF-16 write it.

    Clients that cut a text in the middle of an emoji send such halves. No UTF-8 can hold them.
    """
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    if b"\0" in text:
        return text  # JSON has no raw zeros: the parser refuses this text
    return _LONE.sub(_REPLACEMENT, text.replace(rb"\\", b"\0\0")).replace(b"\0\0", rb"\\")


def is_utf8(text: bytes) -> bool:
    """Is this UTF-8?"""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_unfit(text: bytes) -> bool:
    """Is this JSON invalid UTF-8, or nested too deeply to be stored?"""
    return not is_utf8(text) or depth(text) > MAX_DEEP
