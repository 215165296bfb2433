"""Which web pages may read our answers (the Fetch standard's CORS protocol), decided route by route."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from placet.api.http.request import Header, Request, Response

Allows: TypeAlias = Callable[[Request, str], bool]
"""(request, origin) → may a page of this origin read the answer? A preflight carries no custom headers yet."""

VARY: Final[Header] = (b"vary", b"Origin")
CREDENTIALS: Final[Header] = (b"access-control-allow-credentials", b"true")
EXPOSE: Final[Header] = (b"access-control-expose-headers", b"ETag")
_HEADER_LIST: Final = re.compile(rb"[\w!#$%&'*+.^`|~ ,-]{1,2048}")
_PREFLIGHT_SECONDS: Final = b"7200"


def cors_headers(request: Request, allows: Allows, *, credentials: bool = False) -> tuple[Header, ...]:
    """What an answer says about who may read it.

    `credentials` also lets pages read it that send their cookies along; we tell nobody by those who they are.
    """
    origin = request.headers.get(b"origin")
    if origin is None or not allows(request, origin.decode("latin-1")):
        return (VARY,)
    also = (CREDENTIALS,) if credentials else ()
    return ((b"access-control-allow-origin", origin), *also, EXPOSE, VARY)


def is_preflight(request: Request) -> bool:
    """Is this a browser asking before it asks?"""
    return b"access-control-request-method" in request.headers and b"origin" in request.headers


def preflight(request: Request, methods: bytes) -> Response:
    """Which methods and headers may follow; every header that is asked for, since unknown ones are ignored anyway."""
    wanted = request.headers.get(b"access-control-request-headers", b"")
    headers: tuple[Header, ...] = (
        (b"access-control-allow-methods", methods),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    )
    if _HEADER_LIST.fullmatch(wanted):
        headers += ((b"access-control-allow-headers", wanted),)
    return Response(204, b"", headers)
