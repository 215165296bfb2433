"""The paths of a face: what they are called, who answers, and what the routes of one dialect share."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from placet.api.http.cors import Allows
from placet.api.http.problems import Shape, neutral
from placet.api.http.request import App, Request, Response

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Answers one request. It may raise what `errors.STATUSES` lists, and Refusal."""

SyncHandler: TypeAlias = Callable[[Request], Response | None]
"""Answers a request that nothing need be waited for, or leaves it (None) to the handler. It may raise what that may."""

Caller: TypeAlias = Callable[[Request], str | bytes]
"""The name a caller gives itself, an app id or tenant: the rate limit counts by it where there is no address."""


Claims: TypeAlias = Callable[[Request], bool]
"""Is this request meant for us, and not for the other dialect that has the same path?"""


class Dialect(Struct, frozen=True):
    """What the routes of one dialect share.

    `shape` words its errors; `allows` opens it to web pages (None: no CORS); `caller` names whom the
    rate limit counts where there is no address (None: no limit). With `credentials` pages may send cookies along, which
    prove nothing to us.
    """

    name: str
    shape: Shape = neutral
    allows: Allows | None = None
    caller: Caller | None = None
    credentials: bool = False


class Route(Struct, frozen=True):
    """One method on one path, which may hold places: `{name}` is one segment, a last `{name*}` all that is left.

    `sync_handler` is asked before `handler` where most requests can be answered without waiting. Where two dialects
    have
    the same path, one of them answers what it `claims`, the other all the rest.
    """

    method: str
    path: str
    handler: Handler
    dialect: Dialect
    sync_handler: SyncHandler | None = None
    claims: Claims | None = None


class CustomDomainSetting(Struct, frozen=True):
    """Where the faces of these names are found too: below a prefix (`/mp`), at a host name of their own, or both."""

    dialects: frozenset[str]
    prefix: str = ""
    host: str = ""


class Mount(Struct, frozen=True):
    """Everything below a prefix (`/admin`) belongs to another ASGI application."""

    prefix: str
    app: App


def pattern(path: str) -> re.Pattern[str] | None:
    """What a path with places matches, or None when it has none."""
    if "{" not in path:
        return None
    parts = re.split(r"\{(\w+\*?)\}", path)
    literals = [re.escape(part) for part in parts[::2]]
    places = [rf"(?P<{name.rstrip('*')}>{'.+' if name.endswith('*') else '[^/]+'})" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*places, ""], strict=True)))
