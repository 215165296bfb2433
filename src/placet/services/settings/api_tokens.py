"""Tokens to a workspace: made, shown, revoked, and honoured; what is not allowed expressly is refused."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from placet.errors import Invalid, Missing
from placet.settings.api_tokens import ApiToken, Bearer, Role, fresh_secret, hash_of
from placet.stores.ports.stores import Stores

ID_BYTES: Final = 5
DAY: Final = 86_400_000


class NewToken(Struct, frozen=True):
    """A token to be made: for which workspace, called what, allowing what, and for how many days (0: for ever)."""

    organisation: str
    workspace: str
    name: str
    roles: frozenset[Role]
    days: int = 0


class CreatedToken(Struct, frozen=True):
    """A new token. Its text is told once, here, and kept by nobody but its bearer."""

    token: ApiToken
    secret: str


async def make_token(
    wanted: NewToken, stores: Stores, by: str, jitter: Callable[[int], bytes], now: int
) -> CreatedToken:
    """A new token to a workspace. Raises Missing (no such workspace) and Invalid (nothing allowed, no name)."""
    draft = await stores.catalogue.draft(wanted.organisation)
    spaces = [space.id for space in draft.organisation.workspaces] if draft else []
    if wanted.workspace not in spaces:
        raise Missing(f"there is no workspace '{wanted.workspace}': choose of {', '.join(spaces) or 'none'}")
    if not wanted.roles or not wanted.name.strip():
        raise Invalid("a token has a name, and at least one role of: read, write, unmasked")
    secret = fresh_secret(jitter)
    token = ApiToken(
        id=jitter(ID_BYTES).hex(),
        organisation=wanted.organisation,
        workspace=wanted.workspace,
        name=wanted.name.strip(),
        roles=wanted.roles,
        hash=hash_of(secret),
        created_at=now,
        created_by=by,
        expires_at=now + wanted.days * DAY if wanted.days else 0,
    )
    await stores.tokens.add(token)
    return CreatedToken(token, secret)


async def authenticate(secret: str, stores: Stores, now: int) -> Bearer | None:
    """Whoever shows this token; None when it opens nothing."""
    token = await stores.tokens.find(hash_of(secret))
    if token is None or not token.opens(now):
        return None
    return Bearer(token.organisation, token.workspace, token.name, token.roles)
