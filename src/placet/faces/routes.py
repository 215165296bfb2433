"""The paths of a face: what they are called, who answers, and what the routes of one dialect share."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from placet.faces.cors import Allows
from placet.faces.errors import Shape, neutral
from placet.faces.http import App, Request, Response

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Answers one request. It may raise what `errors.STATUSES` lists, and Refusal."""

Caller: TypeAlias = Callable[[Request], str | bytes]
"""Who is asking, for the rate limit: an app id, a tenant. "" means the client's network."""


class Face(Struct, frozen=True):
    """What the routes of one dialect share.

    `shape` words its errors; `allows` opens it to web pages (None: no CORS); `caller` names whom the rate
    limit counts (None: no limit); `credentials` lets those pages send their visitors' cookies along.
    """

    name: str
    shape: Shape = neutral
    allows: Allows | None = None
    caller: Caller | None = None
    credentials: bool = False


class Route(Struct, frozen=True):
    """One method on one path, which may hold places: `{name}` is one segment, a last `{name*}` all that is left."""

    method: str
    path: str
    handler: Handler
    face: Face


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
