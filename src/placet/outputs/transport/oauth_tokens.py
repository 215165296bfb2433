"""Requests that need a pass get one: asked for once, shared until shortly before it runs out, renewed when refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import DecodeError, Struct, json
from msgspec.structs import replace

from placet.outputs.destination import HttpRequest, Rejected, Reply, Sent, TryAgain

EARLY: Final = 60_000
"""How long before its end a pass is no longer used, in ms."""
UNAUTHORISED: Final = 401


class AccessToken(Struct, frozen=True):
    """What a token server hands out (RFC 6749 §5.1): the token, and for how many seconds it is good."""

    access_token: str
    expires_in: int = 3600


class CachedToken(Struct, frozen=True):
    """A pass in our hands, good until then (epoch ms)."""

    token: str
    until: int


class OAuthTokens:
    """Sends through `send`, with a pass where a request wants one. `clock` tells epoch ms."""

    def __init__(self, send: Callable[[HttpRequest], Awaitable[Reply]], clock: Callable[[], int]) -> None:
        """No pass yet."""
        self._send, self._clock = send, clock
        self._held: dict[bytes, CachedToken] = {}
        self._asking: dict[bytes, asyncio.Lock] = {}

    async def __call__(self, request: HttpRequest) -> Reply:
        """Send it. A pass that cannot be had, or is no longer taken, means: try again."""
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
        """The pass in our hands, or a new one; many who want the same ask once."""
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
    """The same for the same pass: where it is asked for, and with what."""
    return token_request.url.encode() + b"\n" + token_request.body
