"""Parses untrusted JSON into a typed value, with one error for every fault."""

from typing import TypeVar

import msgspec

from placet.formats.errors import Malformed

T = TypeVar("T")


def read_json(data: bytes | str, shape: type[T], *, name: str, limit: int) -> T:
    """`data` as a `shape`; Malformed (naming the document `name`) when it is longer than `limit` or does not fit.

    The length is checked first, so that a huge text costs nothing. Members that `shape` does not know are ignored.
    """
    if len(data) > limit:
        raise Malformed(f"{len(data)} long, more than {limit}", "send a shorter document", standard=name)
    try:
        return msgspec.json.decode(data, type=shape)
    except RecursionError:
        raise Malformed("nested too deeply", standard=name) from None
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise Malformed(str(wrong), standard=name) from None
