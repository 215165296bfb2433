"""Adds OAuth access tokens to requests: fetched once, shared until shortly before expiry, renewed when rejected."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import DecodeError, Struct, json
from msgspec.structs import replace

from placet.outputs.destination import HttpRequest, Rejected, Reply, Sent, TryAgain

EARLY: Final = 60_000
"""How long before its expiry a token is no longer used, in ms."""
UNAUTHORISED: Final = 401


class AccessToken(Struct, frozen=True):
    """A token response (RFC 6749 §5.1): the token, and for how many seconds it is valid."""

    access_token: str
    expires_in: int = 3600


class CachedToken(Struct, frozen=True):
    """A cached token, used until `until` (epoch ms)."""

    token: str
    until: int


class OAuthTokens:
    """Sends through `send`, with an access token where a request needs one. `clock` returns epoch ms."""

    def __init__(self, send: Callable[[HttpRequest], Awaitable[Reply]], clock: Callable[[], int]) -> None:
        """No token is cached."""
        self._send, self._clock = send, clock
        self._held: dict[bytes, CachedToken] = {}
        self._asking: dict[bytes, asyncio.Lock] = {}

    async def __call__(self, request: HttpRequest) -> Reply:
        """Send the request. A token that cannot be fetched or is rejected gives TryAgain."""
        if request.token_request is None:
            return await self._send(request)
        held = await self._access_token(request.token_request)
        if not isinstance(held, CachedToken):
            return held
        bearer = ("Authorization", f"Bearer {held.token}")
        reply = await self._send(replace(request, headers=(*request.headers, bearer), token_request=None))
        if isinstance(reply, Rejected) and reply.status == UNAUTHORISED:
            self._held.pop(key(request.token_request), None)
            return TryAgain("the pass was not taken", None, reply.status, reply.body)
        return reply

    async def _access_token(self, token_request: HttpRequest) -> CachedToken | TryAgain:
        """The cached token, or a new one; concurrent callers share one token request."""
        async with self._asking.setdefault(key(token_request), asyncio.Lock()):
            held = self._held.get(key(token_request))
            if held and held.until > self._clock():
                return held
            reply = await self._send(token_request)
            if not isinstance(reply, Sent):
                return TryAgain(f"no pass to be had: {reply.why}", reply.after if isinstance(reply, TryAgain) else None)
            try:
                found = json.decode(reply.body, type=AccessToken)
            except DecodeError:
                return TryAgain("no pass to be had: the answer is none")
            fresh = CachedToken(found.access_token, self._clock() + found.expires_in * 1000 - EARLY)
            self._held[key(token_request)] = fresh
            return fresh


def key(token_request: HttpRequest) -> bytes:
    """The cache key of a token request: equal for equal URL and content."""
    return token_request.url.encode() + b"\n" + token_request.body
