"""What Segment's Public API does alike everywhere: data wrapped, pages, media types, times, errors."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from placet.api.admin.bodies import FRESH
from placet.api.http.problems import Problem
from placet.api.http.request import JSON, Header, Request, Response
from placet.errors import Invalid

MEDIA: Final = "application/vnd.segment.v1"
TYPES: Final = {401: "unauthorized", 403: "forbidden", 404: "not-found", 422: "validation-error", 429: "rate-limited"}
"""What a status is called in an error (the literals are ours: segment.md §10.5)."""


def iso(at: int) -> str:
    """Epoch ms as Segment writes times."""
    moment = datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cursor(place: int) -> str:
    """A place in a list, as a word nobody takes apart."""
    return f"c{place}"


def place_of(request: Request) -> int:
    """The place a cursor stands for. Raises Invalid."""
    text = request.query().get("pagination[cursor]", "") or cursor(0)
    if not text[1:].isdecimal() or text[0] != "c" or len(text) > 9:
        raise Invalid("pagination[cursor] is none of ours")
    return int(text[1:])


def media(request: Request) -> Header:
    """The media type a client asked for, where it is one of Segment's versions; else plain JSON."""
    wanted = request.header(b"accept")
    known = wanted.startswith(MEDIA) and wanted.endswith("+json") and wanted[len(MEDIA) : -5] in ("", "beta", "alpha")
    return (b"content-type", wanted.encode()) if known else JSON


def said(request: Request, data: dict[str, Any]) -> Response:
    """An answer as Segment wraps it."""
    return Response(200, msgspec.json.encode({"data": data}), (media(request), FRESH))


def worded(problem: Problem) -> Response:
    """An error as Segment words it; what cannot be read or used is 422."""
    status = 422 if problem.status == 400 else problem.status
    kind = TYPES.get(status, "internal-error" if status >= 500 else "bad-request")
    field = "if" if problem.reason.startswith("if: ") else None
    error = {"type": kind, "message": problem.reason, "field": field, "data": None, "status": status}
    return Response(status, msgspec.json.encode({"errors": [error]}), (JSON, *problem.headers))
