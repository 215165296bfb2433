"""Global Privacy Control: the request header, and the file in which a site declares support (iab.md section 10)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import msgspec

from placet.formats.documents import read_json
from placet.formats.errors import Malformed

HEADER: Final = "Sec-GPC"
PATH: Final = "/.well-known/gpc.json"
MAX_BYTES: Final = 65_536


class GpcSupport(msgspec.Struct, frozen=True):
    """The content of `gpc.json`: whether the site honours GPC, and when it last said so (RFC 3339 date or
    date-time)."""

    gpc: bool
    updated: date | None = None


def opted_out(values: Iterable[str]) -> bool:
    """Do these values of the `Sec-GPC` header opt out? A value of exactly `1` does; all others are ignored."""
    return any(value == "1" for value in values)


def read_support(data: bytes | str) -> GpcSupport:
    """The content of a site's `gpc.json`; unknown members are ignored. Raises Malformed."""
    members = read_json(data, dict[str, Any], name="gpc.json", limit=MAX_BYTES)
    gpc, updated = members.get("gpc"), members.get("lastUpdate")
    if not isinstance(gpc, bool):
        raise Malformed("is not true or false", standard="gpc.json", field="gpc")
    return GpcSupport(gpc, None if updated is None else _moment(updated))


def write_support(support: GpcSupport) -> bytes:
    """The file, to be served as `application/json`."""
    members: dict[str, bool | str] = {"gpc": support.gpc}
    if support.updated is not None:
        members["lastUpdate"] = support.updated.isoformat().replace("+00:00", "Z")
    return msgspec.json.encode(members)


def _moment(text: object) -> date:
    for kind in (date, datetime):
        try:
            moment = msgspec.convert(text, kind)
        except msgspec.ValidationError:
            continue
        if not isinstance(moment, datetime) or moment.tzinfo:
            return moment
    raise Malformed("is not an RFC 3339 date", "write one like 2026-03-02", standard="gpc.json", field="lastUpdate")
