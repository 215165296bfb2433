"""The one table from errors to statuses, and the shape an error has when a dialect does not say."""

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from placet.api.http.request import JSON, Header, HttpRefusal, Response
from placet.errors import Busy, Denied, Invalid, Missing, Reused, Stale
from placet.formats.errors import Malformed

STATUSES: Final[dict[type[Exception], int]] = {
    Malformed: 400,
    Reused: 422,
    Invalid: 400,
    Denied: 403,
    Missing: 404,
    Stale: 409,
    Busy: 503,
}
"""Every error a floor below may answer with. What is neither here nor a Refusal is our own bug."""

_RETRY_SOON: Final = ((b"retry-after", b"1"),)


class Problem(Struct, frozen=True):
    """Why there is no better answer. `incident` names our own bug in the log; then `reason` says nothing about it."""

    status: int
    reason: str
    headers: tuple[Header, ...] = ()
    incident: str = ""
    error: Exception | None = None


Shape: TypeAlias = Callable[[Problem], Response]
"""How a dialect words a problem. It may choose another status; it keeps the problem's headers."""


def problem_of(error: Exception) -> Problem | None:
    """The problem a known error makes, or None when it is our own bug."""
    if isinstance(error, HttpRefusal):
        return Problem(error.status, str(error), error.headers, error=error)
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return Problem(status, str(error), _RETRY_SOON if status == 503 else (), error=error)
    return None


def neutral(problem: Problem) -> Response:
    """`{"error": reason}`, with the incident if there is one."""
    body = {"error": problem.reason} | ({"incident": problem.incident} if problem.incident else {})
    return Response(problem.status, msgspec.json.encode(body), (JSON, *problem.headers))
