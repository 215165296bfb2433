"""Who may ask: a workspace's token as a bearer; whoever shows none, or one that does not allow it, is refused."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from placet.api.http.request import HttpRefusal
from placet.errors import Denied
from placet.settings.api_tokens import Bearer, Role

Admit: TypeAlias = Callable[[str], Awaitable[Bearer | None]]
"""Whoever shows this token, or None."""

WHO: Final = ((b"www-authenticate", b'Bearer realm="placet"'),)


async def bearer(authorization: str, role: Role, admit: Admit) -> Bearer:
    """Whoever asks, if they may. Raises Refusal (401) for a stranger, Denied for one who may not do this."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise HttpRefusal(401, "show a workspace's token: Authorization: Bearer placet_…", WHO)
    found = await admit(secret.strip())
    if found is None:
        raise HttpRefusal(401, "this token opens nothing: unknown, expired or revoked", WHO)
    if not found.may(role):
        raise Denied(f"this token does not allow it: it takes the role {role}")
    return found
